"""The phases of one pipeline as people see them, from its log and from what agents say."""

from __future__ import annotations

from bus.port import Recorded, Unreadable
from contracts import messages as m
from coordinator import saga
from coordinator.words import duration


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


def about(message: m.Message) -> str:  # noqa: PLR0911  one return per kind of message
    """What an entry of the log says, in one line; "" where its name says all."""
    match message:
        case m.Failed() | m.PipelineFailed() | m.PipelineRolledBack():
            return f"{message.code}: {message.message}"
        case m.Approval():
            said = "granted" if message.granted else "refused"
            return f"{said} by {message.who}" + (f": {message.reason}" if message.reason else "")
        case m.Cancel():
            return f"by {message.who}" + (f": {message.reason}" if message.reason else "")
        case m.Resolution():
            return f"{message.action} by {message.who}: {message.reason}".removesuffix(": ")
        case m.PipelineTimedOut():
            return f"no answer to {message.what}"
        case m.PipelineStuck():
            return f"taking back {message.area}: {message.why}"
        case Unreadable():
            return message.reason
        case _:
            return summary(message)


def rests(state: saga.State) -> bool:
    """Whether nothing more happens by itself."""
    waits = state.open is not None and isinstance(state.open.message, m.AwaitingApproval)
    return state.verdict is not None or state.stuck is not None or waits
