"""What is looked at before an app folder is sent anywhere: secrets, size, commits, variables. Pure.

A finding never holds the secret itself: only where it is, and of what kind it seems to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

CHECKS = ("secrets", "size", "git", "audit")
"""The checks by name, each of which a person may leave out."""
MOST_BYTES = 500 * 1000 * 1000
MOST_FILES = 20_000
"""What an archive of a folder may unpack to (bus.archive.MAX_UNPACKED is a little more), and what
a hosting platform takes without more ado."""
READ = 1_000_000
"""Bytes of a file in which secrets are looked for."""
SHOWN = 5
_ENV_FILE = re.compile(r"\.env(\..+)?$")
_EXAMPLE = re.compile(r"\.(example|sample|template|dist)$")
_VARIABLE = re.compile(r"^\s*(?:#\s*)?(?:export\s+)?([A-Z][A-Z0-9_]{1,99})\s*=", re.MULTILINE)
_KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}",
    "an AWS access key": r"\bA(?:KIA|SIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b",
    "a GitHub token": r"\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abprs]-[0-9]{6,}-[A-Za-z0-9-]{10,}",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a Google API key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a SendGrid key": r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a Netlify token": r"\bnfp_[A-Za-z0-9]{36,}",
    "an Anthropic key": r"\bsk-ant-[a-z]+[0-9]{2}-[A-Za-z0-9_-]{40,}",
    "an OpenAI key": r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}",
}
_PATTERNS = [(kind, re.compile(pattern.encode())) for kind, pattern in _KINDS.items()]


class Finding(Struct, frozen=True):
    """What a check does not let pass, in words that say where."""

    check: str
    problem: str
    hint: str


class Commit(Struct, frozen=True):
    """Where a folder stands: `id` "" without git; `changes` are first lines, newest first."""

    id: str = ""
    dirty: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The id, with `+` after it when not all is committed."""
        return f"{self.id}+" if self.id and self.dirty else self.id


def findings(
    files: Mapping[str, bytes], commit: Commit, *, production: bool
) -> tuple[Finding, ...]:
    """Everything that speaks against deploying these files, by relative path."""
    found = [*_secrets(files), *_size(files)]
    if production and commit.dirty:
        found.append(
            Finding(
                "git", f"changes are not committed: {_some(commit.dirty)}",
                "commit them, so that what is in production can be found again",
            )
        )  # fmt: skip
    return tuple(found)


def variables(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The names that `.env.example` has: what the app reads from its environment."""
    text = files.get(".env.example", b"").decode("utf-8", "replace")
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def _secrets(files: Mapping[str, bytes]) -> Iterator[Finding]:
    hint = "remove it from the folder, and make a new one where it was given out"
    for path, content in sorted(files.items()):
        name = PurePosixPath(path).name
        if _ENV_FILE.fullmatch(name) and not _EXAMPLE.search(name):
            yield Finding("secrets", f"{path} is a file of secrets", "move it away; set variables")
            continue
        for kind, pattern in _PATTERNS:
            if match := pattern.search(content[:READ]):
                line = content.count(b"\n", 0, match.start()) + 1
                yield Finding("secrets", f"{path}:{line} holds {kind}", hint)


def _size(files: Mapping[str, bytes]) -> Iterator[Finding]:
    size = sum(len(content) for content in files.values())
    if size > MOST_BYTES:
        largest = sorted(files, key=lambda path: len(files[path]), reverse=True)
        yield Finding(
            "size", f"the folder has {size / 1e6:.0f} MB of at most {MOST_BYTES / 1e6:.0f}:"
            f" {_some(tuple(largest))}",
            "move away what is no part of the app",
        )  # fmt: skip
    if len(files) > MOST_FILES:
        yield Finding(
            "size", f"the folder has {len(files)} files of at most {MOST_FILES}",
            "move away what is no part of the app",
        )  # fmt: skip


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
