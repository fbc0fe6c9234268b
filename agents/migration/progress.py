"""What a run tells while it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct

Direction = Literal["up", "down"]


class Progress(Struct, frozen=True, kw_only=True):
    """`begin` and `done` of a migration, each `statement` before it is run, a `retry`.

    `statement` counts from 1 up to `statements`; `number` and `total` count migrations.
    """

    kind: Literal["begin", "statement", "retry", "done"]
    direction: Direction
    name: str
    number: int = 1
    total: int = 1
    statement: int = 0
    statements: int = 0
    text: str = ""


Observer = Callable[[Progress], Awaitable[None]]


async def silent(_progress: Progress) -> None:
    """Tell nobody."""
