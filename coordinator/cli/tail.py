"""The ends of log files, merged by process, and what is added to them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from coordinator.cli.output import say

LOOK = 0.3
"""Seconds between looks at files that are being followed."""


def last_lines(path: Path, count: int, pattern: str) -> list[str]:
    """The last `count` lines of a file that contain `pattern`; a missing file has none."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return list(deque((line for line in file if pattern in line), maxlen=count))
    except FileNotFoundError:
        return []


async def tail(files: Mapping[str, Path], *, pattern: str, lines: int, follow: bool) -> None:
    """Print the files' last lines, then with `follow` what is added, for ever."""
    positions: dict[str, int] = {}
    for name, path in files.items():
        positions[name] = path.stat().st_size if path.exists() else 0
        _print(name, last_lines(path, lines, pattern))
    while follow:
        await asyncio.sleep(LOOK)
        for name, path in files.items():
            positions[name] = _print_added(name, path, positions[name], pattern)


def _print_added(name: str, path: Path, position: int, pattern: str) -> int:
    size = path.stat().st_size if path.exists() else 0
    if size < position:
        position = 0
    if size == position:
        return position
    with path.open("rb") as file:
        file.seek(position)
        added = file.read(size - position)
    text = added.decode("utf-8", "replace")
    _print(name, [line for line in text.splitlines(keepends=True) if pattern in line])
    return size


def _print(name: str, lines: list[str]) -> None:
    for line in lines:
        say(f"{name:<12} {line.rstrip()}")
