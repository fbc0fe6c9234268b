"""A pipeline as it happens: phases with times and percentages, on a terminal or line by line."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from contracts import messages as m
from coordinator import saga
from coordinator.cli.output import console, dump, duration, note

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.port import Recorded

TICK = 0.2
"""Seconds between redraws."""


class Phase:
    """One step as people see it; times are seconds since 1970 by the broker's clock."""

    def __init__(self, area: str) -> None:
        self.area = area
        self.began: float | None = None
        self.ended: float | None = None
        self.mark = "·"
        self.step = ""
        self.percent: float | None = None

    def begin(self, when: float) -> None:
        """The agent was asked."""
        self.began, self.ended, self.mark, self.step, self.percent = when, None, "▸", "", None

    def end(self, when: float, mark: str, step: str) -> None:
        """The agent answered."""
        self.ended, self.mark, self.step, self.percent = when, mark, step, None

    def line(self, now: float) -> str:
        """`▸ build       12 s   45%  running tests`."""
        if self.began is None:
            return f"· {self.area}"
        took = duration(max(0.0, (self.ended or now) - self.began))
        percent = f"{self.percent:3.0f}%" if self.percent is not None else "    "
        step = self.step.partition("\n")[0]
        return f"{self.mark} {self.area:<11} {took:>12} {percent}  {step}".rstrip()


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


class Board:
    """The phases of one pipeline, updated from its log and from what agents say."""

    def __init__(self, pipeline: str) -> None:
        self.pipeline = pipeline
        self.state = saga.State()
        self.phases: dict[str, Phase] = {}

    def take(self, entry: Recorded) -> None:
        """Update from an entry of the log."""
        before, self.state = self.state, saga.fold(self.state, entry)
        message = entry.message
        if isinstance(message, m.PipelineStarted):
            self.phases = {step: Phase(step) for step in message.steps}
        elif isinstance(message, m.Command):
            self._phase(message).begin(entry.time)
        elif type(message) in m.COMPLETIONS:
            self._phase(message).end(entry.time, "✓", summary(message))
        elif isinstance(message, m.Failed):
            self._phase(message).end(entry.time, "✗", message.message)
        elif isinstance(message, m.RolledBack):
            self._phase(message).end(entry.time, "↩", "taken back")
        elif before.open is not None and self.state.open is None:
            # Its agent does not end it: it was cancelled, or took too long.
            phase = self.phases.get(m.area_of(before.open.message))
            if phase is not None:
                phase.end(entry.time, "✗", _why(self.state))

    def hear(self, progress: m.Progress) -> None:
        """Update from what an agent says about itself."""
        phase = self.phases.get(progress.area)
        if phase is not None and phase.ended is None:
            phase.step, phase.percent = progress.step, progress.percent

    def _phase(self, message: m.Message) -> Phase:
        area = m.area_of(message)
        return self.phases.setdefault(area, Phase(area))


def _why(state: saga.State) -> str:
    """What ended the question that was open."""
    return state.last_error or (state.failure.message if state.failure else "")


def summary(message: m.Message) -> str:  # noqa: PLR0911  one return per kind of answer
    """An answer in a few words."""
    match message:
        case m.ScoutCompleted(patterns=patterns):
            return f"resembles {', '.join(patterns)}" if patterns else "no pattern resembles it"
        case m.PlanCompleted(title=title, entities=entities):
            return f"{title}: {', '.join(entities)}"
        case m.BuildCompleted(checks=checks):
            passed = sum(check.passed or 0 for check in checks)
            return f"{passed} tests passed, {len(checks)} checks"
        case m.MigrationCompleted(applied=applied):
            return f"{len(applied)} migrations applied" if applied else "nothing to apply"
        case m.DeploymentCompleted(url=url):
            return url
        case m.MonitoringCompleted(interval=interval):
            return f"up; checked every {interval:g} s"
        case _:
            return ""


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


def rests(state: saga.State) -> bool:
    """Whether nothing more happens by itself."""
    waits = state.open is not None and isinstance(state.open.message, m.AwaitingApproval)
    return state.verdict is not None or state.stuck is not None or waits


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
