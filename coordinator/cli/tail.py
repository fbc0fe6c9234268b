"""The ends of log files, and what is added to them: process by process, or as one story."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from coordinator.cli.output import say

LOOK = 0.3
"""Seconds between looks at files that are being followed."""


class Line(NamedTuple):
    """What a process wrote; `at` is the line's own time (ISO 8601, UTC), "" where none is known."""

    at: str
    process: str
    text: str


class _Structured(msgspec.Struct):
    timestamp: str = ""


def last_lines(path: Path, count: int, pattern: str) -> list[str]:
    """The last `count` lines of a file that contain `pattern`; a missing file has none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return list(deque((line for line in file if pattern in line), maxlen=count))
    except FileNotFoundError:
        return []


def in_order(written: Mapping[str, Iterable[str]]) -> list[Line]:
    """The lines of all processes by their own times; one without stays behind the one before."""
    found: list[Line] = []
    for process, lines in written.items():
        at = ""
        for text in lines:
            at = _time(text) or at
            found.append(Line(at, process, text))
    return sorted(found, key=lambda line: line.at)


def _time(text: str) -> str:
    try:
        return msgspec.json.decode(text, type=_Structured).timestamp
    except (msgspec.DecodeError, UnicodeEncodeError):
        return ""


async def tail(files: Mapping[str, Path], *, pattern: str, lines: int, follow: bool) -> None:
    """Print the files' last lines, then with `follow` what is added, for ever.

    With a `pattern`, such as a pipeline's id, the lines of all files are one story.
    """
    positions: dict[str, int] = {}
    written: dict[str, list[str]] = {}
    for name, path in files.items():
        positions[name] = path.stat().st_size if path.exists() else 0
        written[name] = last_lines(path, lines, pattern)
    _print(written, pattern)
    while follow:
        await asyncio.sleep(LOOK)
        for name, path in files.items():
            positions[name], written[name] = _added(path, positions[name], pattern)
        _print(written, pattern)


def _added(path: Path, position: int, pattern: str) -> tuple[int, list[str]]:
    """What was added to a file, in whole lines, and where that ends."""
    size = path.stat().st_size if path.exists() else 0
    if size < position:
        position = 0
    if size == position:
        return position, []
    with path.open("rb") as file:
        file.seek(position)
        added = file.read(size - position)
    # The rest of a line that is being written comes with the next look.
    whole = added[: added.rfind(b"\n") + 1]
    lines = whole.decode("utf-8", "replace").splitlines(keepends=True)
    return position + len(whole), [line for line in lines if pattern in line]


def _print(written: Mapping[str, list[str]], pattern: str) -> None:
    if pattern:
        shown = [(line.process, line.text) for line in in_order(written)]
    else:
        shown = [(name, text) for name, texts in written.items() for text in texts]
    for name, text in shown:
        say(f"{name:<12} {text.rstrip()}")
