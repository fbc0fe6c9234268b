"""What a pipeline's log comes to: one entry after the other is folded into a state. Pure.

The rules are those of `coordinator.saga`; this is what each message does to a pipeline. A message
that comes too late, twice, or as the answer to another question changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bus.port import Recorded
from contracts import messages as m

Verdict = Literal["completed", "failed", "rolled_back"]
Reaction = Callable[["State", Any, Recorded], "State"]


class Failure(Struct, frozen=True):
    """Why the pipeline turned around; `area` is the step that was under way."""

    area: m.Area | None
    code: str
    message: str
    hint: str = ""


class Question(Struct, frozen=True):
    """What is open: a message that somebody has to answer before `deadline` (server time)."""

    message: m.Command | m.AwaitingApproval
    sequence: int
    deadline: float


class State(Struct, frozen=True, kw_only=True):
    """A pipeline, as far as its log has been read.

    `unwell` says what is wrong with the release that was put back live.
    """

    last: int = 0
    started: m.PipelineStarted | None = None
    asked: tuple[m.Command, ...] = ()
    answers: dict[str, m.PipelineMessage] = {}
    open: Question | None = None
    approval: m.Approval | None = None
    failure: Failure | None = None
    undo_attempts: int = 0
    undone: tuple[m.Area, ...] = ()
    skipped: tuple[m.Area, ...] = ()
    stuck: m.PipelineStuck | None = None
    last_error: str = ""
    unwell: str = ""
    verdict: Verdict | None = None


def fold(state: State, entry: Recorded) -> State:
    """The state after one more entry of the log; an entry read before changes nothing."""
    if entry.sequence <= state.last:
        return state
    state = _with(state, last=entry.sequence)
    react = REACTIONS.get(type(entry.message))
    return react(state, entry.message, entry) if react else state


def _question(message: m.Command | m.AwaitingApproval, entry: Recorded) -> Question:
    return Question(message, entry.sequence, entry.time + message.timeout)


def _on_started(state: State, started: m.PipelineStarted, _: Recorded) -> State:
    return _with(state, started=started) if state.started is None else state


def _on_gate(state: State, gate: m.AwaitingApproval, entry: Recorded) -> State:
    return _with(state, open=_question(gate, entry))


def _on_command(state: State, command: m.Command, entry: Recorded) -> State:
    """A command asked for a second time keeps the place in which it was started."""
    again = any(type(command) is type(other) for other in state.asked)
    asked = state.asked if again else (*state.asked, command)
    return _with(state, asked=asked, open=_question(command, entry))


def _on_undo(state: State, command: m.Command, entry: Recorded) -> State:
    return _with(state, open=_question(command, entry))


def _answers(state: State, message: m.PipelineMessage) -> bool:
    """Whether the message answers the open question."""
    return state.open is not None and type(message) in ANSWERS.get(type(state.open.message), ())


def _on_completion(state: State, message: m.PipelineMessage, _: Recorded) -> State:
    if not _answers(state, message):
        return state
    return _with(state, answers={**state.answers, m.area_of(message): message}, open=None)


def _on_cancel(state: State, cancel: m.Cancel, _: Recorded) -> State:
    if state.failure is not None or state.verdict is not None:
        return state
    reason = f": {cancel.reason}" if cancel.reason else ""
    return _turn(state, "cancelled", f"cancelled by {cancel.who}{reason}")


def _on_approval(state: State, approval: m.Approval, _: Recorded) -> State:
    """One given in advance (`automatic`) is kept until it is needed, and replaces no person's."""
    if state.failure is not None or state.verdict is not None:
        return state
    waits = state.open is not None and isinstance(state.open.message, m.AwaitingApproval)
    if not waits:
        return _with(state, approval=approval) if _in_advance(state, approval) else state
    assert state.open is not None
    if not approval.automatic and approval.seen != state.open.sequence:
        return state
    if not approval.granted:
        reason = f": {approval.reason}" if approval.reason else ""
        return _turn(state, "refused", f"{approval.who} refused the approval{reason}")
    return _with(state, approval=approval, open=None)


def _in_advance(state: State, approval: m.Approval) -> bool:
    given = state.approval is not None and not state.approval.automatic
    used = any(isinstance(command, m.MigrationRun) for command in state.asked)
    return approval.automatic and not given and not used


def _on_failure(state: State, failed: m.Failed, _: Recorded) -> State:
    if not _answers(state, failed):
        return state
    if state.failure is not None:
        error = f"{failed.code}: {failed.message}" + (f" ({failed.hint})" if failed.hint else "")
        return _with(
            state, open=None, undo_attempts=state.undo_attempts + 1, last_error=error[:4000]
        )
    return _turn(state, failed.code, failed.message, failed.hint)


def _on_timeout(state: State, timeout: m.PipelineTimedOut, _: Recorded) -> State:
    if state.open is None or state.open.sequence != timeout.waited_for:
        return state
    if state.failure is not None:
        error = f"no answer to {timeout.what} in time"
        return _with(state, open=None, undo_attempts=state.undo_attempts + 1, last_error=error)
    if isinstance(state.open.message, m.AwaitingApproval):
        return _turn(state, "approval_expired", "nobody approved in time; production is untouched")
    return _turn(
        state, "timeout", f"{timeout.what} was not answered in time",
        "look at `genesis logs` for the agent, then run the same request again",
    )  # fmt: skip


def _turn(state: State, code: str, message: str, hint: str = "") -> State:
    """Turn the pipeline around."""
    step = step_of(state.open.message) if state.open else None
    return _with(state, open=None, failure=Failure(step, code, message[:4000], hint))


def _on_undone(state: State, done: m.RolledBack, _: Recorded) -> State:
    area = step_of(done)
    if not _answers(state, done) or area in state.undone:
        return state
    unwell = done.unhealthy if isinstance(done, m.DeploymentRolledBack) else state.unwell
    return _with(
        state, open=None, undone=(*state.undone, area), undo_attempts=0, last_error="",
        unwell=unwell,
    )  # fmt: skip


def _on_stuck(state: State, stuck: m.PipelineStuck, _: Recorded) -> State:
    return _with(state, stuck=stuck)


def _on_resolution(state: State, resolution: m.Resolution, _: Recorded) -> State:
    if state.stuck is None:
        return state
    skipped = (*state.skipped, state.stuck.area) if resolution.action == "skip" else state.skipped
    return _with(state, stuck=None, undo_attempts=0, skipped=skipped)


def _on_rollback(state: State, accepted: m.RollbackAccepted, _: Recorded) -> State:
    if state.verdict != "completed":
        return state
    why = f"rollback asked for by {accepted.requested_by or 'somebody'}"
    reason = f": {accepted.reason}" if accepted.reason else ""
    return _turn(_with(state, verdict=None), "rollback_requested", why + reason)


def _ends(verdict: Verdict) -> Reaction:
    return lambda state, _message, _entry: _with(state, verdict=verdict)


def step_of(message: m.PipelineMessage) -> m.Area:
    """The step that a message is about; waiting for a person is part of the migration."""
    if isinstance(message, m.AwaitingApproval):
        return "migration"
    area = m.area_of(message)
    assert area in m.AREAS
    return area


def app_of(state: State) -> str:
    """The app's slug as soon as it is known, else ""."""
    for area in ("build", "plan"):
        answer = state.answers.get(area)
        if isinstance(answer, m.BuildCompleted | m.PlanCompleted):
            return answer.app
    if state.started is not None and isinstance(state.started.request, m.DeployRequested):
        return state.started.request.app
    return ""


def _with(state: State, **changes: object) -> State:
    return msgspec.structs.replace(state, **changes)


ANSWERS: dict[type[m.PipelineMessage], tuple[type[m.PipelineMessage], ...]] = {
    order: tuple(
        answer
        for answer in (*(m.UNDONE if order in m.COMPENSATIONS else m.COMPLETIONS), *m.FAILURES)
        if m.area_of(answer) == m.area_of(order)
    )
    for order in (*m.COMMANDS, *m.COMPENSATIONS)
}
"""Which messages answer which command: same area, same direction."""

REACTIONS: dict[type[m.Message], Reaction] = {
    m.PipelineStarted: _on_started,
    m.AwaitingApproval: _on_gate,
    m.Approval: _on_approval,
    m.Cancel: _on_cancel,
    m.PipelineTimedOut: _on_timeout,
    m.PipelineStuck: _on_stuck,
    m.Resolution: _on_resolution,
    m.RollbackAccepted: _on_rollback,
    m.PipelineCompleted: _ends("completed"),
    m.PipelineFailed: _ends("failed"),
    m.PipelineRolledBack: _ends("rolled_back"),
    **dict.fromkeys(m.COMMANDS, _on_command),
    **dict.fromkeys(m.COMPENSATIONS, _on_undo),
    **dict.fromkeys(m.COMPLETIONS, _on_completion),
    **dict.fromkeys(m.FAILURES, _on_failure),
    **dict.fromkeys(m.UNDONE, _on_undone),
}
"""What each message does to a pipeline; a message that is not here does nothing."""
