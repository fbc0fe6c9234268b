"""Versions of migrations: what they are called and how they sort. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = re.compile(r"\d+")


class Version(NamedTuple):
    """`key` is the same for the same version however it is written; `order` sorts."""

    key: str
    order: tuple[int, ...]


def numbered(text: str) -> Version:
    """`003` is `3`; anything but digits is left out (diesel), dots and `_` are parts (Flyway)."""
    parts = [int(part) for part in _NUMBER.findall(text)]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return Version(".".join(map(str, parts)), tuple(parts))


def order_of(key: str) -> tuple[int, ...]:
    """What a key of the history sorts by."""
    return numbered(key).order
