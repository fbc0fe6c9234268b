"""A pipeline as it happens: phases with times and percentages, on a terminal or line by line."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from contracts import messages as m
from coordinator import saga
from coordinator.board import Board, rests
from coordinator.cli.output import console, dump, note

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.port import Recorded

TICK = 0.2
"""Seconds between redraws."""


class View(Protocol):
    """Where a pipeline is shown."""

    def shown(self) -> AbstractContextManager[Any]:
        """Show while the context is open."""
        ...

    def entry(self, entry: Recorded, board: Board) -> None:
        """One more entry of the log."""
        ...

    def tick(self, board: Board) -> None:
        """Time passed, or an agent said how far it is."""
        ...


class Terminal:
    """Redraws in place."""

    def __init__(self) -> None:
        from rich.live import Live  # noqa: PLC0415

        self._live = Live(console=console(stderr=True), refresh_per_second=8, transient=False)

    def shown(self) -> AbstractContextManager[Any]:
        """Show while the context is open."""
        return self._live

    def entry(self, entry: Recorded, board: Board) -> None:
        """Redraw."""
        del entry
        self.tick(board)

    def tick(self, board: Board) -> None:
        """Redraw."""
        from rich.text import Text  # noqa: PLC0415

        now = time.time()
        colours = {"✓": "green", "✗": "red", "↩": "yellow", "▸": "cyan"}
        text = Text()
        for phase in board.phases.values():
            line = phase.line(now)
            text.append(line[:1], style=colours.get(line[:1], "dim"))
            text.append(f"{line[1:]}\n")
        self._live.update(text)


class Lines:
    """Prints a line when a phase begins or ends."""

    def shown(self) -> AbstractContextManager[Any]:
        """Nothing to hold open."""
        return nullcontext()

    def entry(self, entry: Recorded, board: Board) -> None:
        """Print what changed."""
        message = entry.message
        area = m.area_of(message)
        if isinstance(message, m.Command):
            note(f"▸ {area}{' (taking back)' if m.tag(type(message)).endswith('rollback') else ''}")
        elif isinstance(message, m.Failed | m.RolledBack) or type(message) in m.COMPLETIONS:
            note(board.phases[area].line(entry.time))
        elif isinstance(message, m.PipelineTimedOut):
            area = message.what.partition(".")[0]
            if area in board.phases:
                note(board.phases[area].line(entry.time))

    def tick(self, board: Board) -> None:
        """Nothing: progress between phases would only be noise in a log."""


class Json:
    """Prints each entry as one line of JSON."""

    def shown(self) -> AbstractContextManager[Any]:
        """Nothing to hold open."""
        return nullcontext()

    def entry(self, entry: Recorded, board: Board) -> None:
        """Print the entry."""
        del board
        dump({"sequence": entry.sequence, "time": entry.time, "message": entry.message})

    def tick(self, board: Board) -> None:
        """Nothing between entries."""


def view(*, as_json: bool) -> View:
    """The view that fits where the output goes."""
    if as_json:
        return Json()
    return Terminal() if console(stderr=True).is_terminal else Lines()


async def watch(bus: NatsBus, pipeline: str, shown: View, *, after: int = 0) -> Board:
    """Show a pipeline until it ends, or waits for a person; entries above `after` are news."""
    board = Board(pipeline)
    hearing = asyncio.create_task(_hear(bus, board))
    ticking = asyncio.create_task(_tick(board, shown))
    try:
        with shown.shown():
            async for entry in bus.follow(pipeline=pipeline):
                board.take(entry)
                shown.entry(entry, board)
                if entry.sequence > after and await _is_the_end(bus, board, entry):
                    break
    finally:
        for task in (hearing, ticking):
            task.cancel()
        await asyncio.gather(hearing, ticking, return_exceptions=True)
    return board


async def _is_the_end(bus: NatsBus, board: Board, entry: Recorded) -> bool:
    """Whether nothing more happens by itself, and nothing more has happened since."""
    if not rests(board.state) or saga.decide(board.state):
        return False
    return (await bus.read(board.pipeline))[-1].sequence == entry.sequence


async def _hear(bus: NatsBus, board: Board) -> None:
    async for message in bus.listen(f"progress.*.{board.pipeline}"):
        if isinstance(message, m.Progress):
            board.hear(message)


async def _tick(board: Board, shown: View) -> None:
    while True:
        await asyncio.sleep(TICK)
        shown.tick(board)
