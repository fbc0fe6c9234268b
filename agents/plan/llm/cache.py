"""Answers by the digest of their request, in files, so that a build can be repeated.

A file holds what came and nothing of whom it came from but the digest: no key, no idea. One that
cannot be read or written is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from agents.plan.llm.answers import Answer, Prompt
from agents.plan.llm.errors import Usage
from agents.plan.llm.schema import VERSION

log = structlog.get_logger()

KEPT = 500
"""Answers that are kept; the oldest go."""


class _Entry(Struct, frozen=True, kw_only=True):
    text: str
    sent: int
    received: int


def digest(wire: str, url: str, model: str, prompt: Prompt) -> str:
    """What names a request: 64 hex digits of all that decides on the answer."""
    parts = (wire, url, model, prompt, VERSION)
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


class Cache:
    """A folder of answers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> Answer | None:
        """The answer to a request, None when it is not there or damaged."""
        try:
            entry = msgspec.json.decode((self._folder / f"{name}.json").read_bytes(), type=_Entry)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        usage = Usage(sent=entry.sent, received=entry.received)
        return Answer(text=entry.text, usage=usage, cached=True)

    def put(self, name: str, answer: Answer) -> None:
        """Keep an answer, readable by its owner alone."""
        usage = answer.usage
        entry = _Entry(text=answer.text, sent=usage.sent, received=usage.received)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, path = tempfile.mkstemp(dir=self._folder, suffix=".new")
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(entry))
            Path(path).replace(self._folder / f"{name}.json")
            self._prune()
        except OSError as error:
            log.warning("an answer was not kept", folder=str(self._folder), error=str(error))

    def _prune(self) -> None:
        files = sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for file in files[:-KEPT]:
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
