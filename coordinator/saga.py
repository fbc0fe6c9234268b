"""The saga: from a pipeline's log to the next message. Pure; no clock, no I/O.

`fold` reads one entry of the log into the state, `decide` says what has to be appended next,
or None while somebody else has to speak. The rules, and there are no others:

1. Steps run in order, one at a time; production waits for a person before it is touched.
2. A failure, a timeout, a refusal or a cancellation turns the pipeline around: everything that
   was *asked* is undone, newest first by start. A step that timed out may have had effects.
3. An undo that fails is asked again, later each time, and then waits for a person.
4. An answer to anything but the open question changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from bus.port import Recorded
from contracts import messages as m

SAGA = 1
"""The version that a new pipeline follows; its log pins it."""

Verdict = Literal["completed", "failed", "rolled_back"]
Reaction = Callable[["State", Any, Recorded], "State"]

EFFECTS: tuple[m.Area, ...] = ("build", "migration", "deployment", "monitoring")
"""The areas whose steps leave something that can be taken back."""
TIMEOUTS: dict[m.Area, float] = {
    "scout": 60, "plan": 60, "build": 1800, "migration": 900, "deployment": 600, "monitoring": 120,
}  # fmt: skip
APPROVAL_TIMEOUT = 24 * 3600.0
UNDO_TIMEOUT = 600.0
UNDO_DELAYS = (0.0, 1.0, 5.0, 30.0)
"""Seconds to wait before each attempt of an undo; after the last one a person decides."""


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
    """A pipeline, as far as its log has been read."""

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
    verdict: Verdict | None = None


def fold(state: State, entry: Recorded) -> State:
    """The state after one more entry of the log; an entry read before changes nothing."""
    if entry.sequence <= state.last:
        return state
    state = _with(state, last=entry.sequence)
    react = REACTIONS.get(type(entry.message))
    return react(state, entry.message, entry) if react else state


def decide(state: State) -> m.PipelineMessage | None:
    """What must be appended next, or None while there is nothing to say."""
    if state.started is None or state.verdict is not None or state.stuck is not None:
        return None
    if state.open is not None:
        return _overtaken(state, state.open)
    if state.failure is not None:
        return _backward(state, state.started, state.failure)
    return _forward(state, state.started)


def _forward(state: State, started: m.PipelineStarted) -> m.PipelineMessage:
    for step in started.steps:
        if step in state.answers:
            continue
        production = started.request.environment == "production"
        if step == "migration" and production and not _agreed(state):
            return _gate(state, started)
        return _command(step, state, started)
    deployed = state.answers.get("deployment")
    url = deployed.url if isinstance(deployed, m.DeploymentCompleted) else None
    return m.PipelineCompleted(pipeline=started.pipeline, app=app_of(state), url=url)


def _command(  # noqa: PLR0911  one return per step
    step: m.Area, state: State, started: m.PipelineStarted
) -> m.Command:
    request, answers = started.request, state.answers
    pipeline, timeout = started.pipeline, TIMEOUTS[step]
    match step, request, answers:
        case "scout", m.BuildRequested(), _:
            return m.ScoutRun(
                pipeline=pipeline, timeout=timeout, idea=request.idea, name=request.name
            )
        case "plan", m.BuildRequested(), {"scout": m.ScoutCompleted(report=report)}:
            return m.PlanRun(
                pipeline=pipeline, timeout=timeout, report=report,
                name=request.name, plan=request.plan,
            )  # fmt: skip
        case "build", m.DeployRequested(), _:
            return m.BuildRun(
                pipeline=pipeline, timeout=timeout, app=request.app, source=request.source
            )
        case "build", _, {"plan": m.PlanCompleted(plan=plan, app=app)}:
            return m.BuildRun(pipeline=pipeline, timeout=timeout, app=app, plan=plan)
        case "migration", _, {"build": m.BuildCompleted(app=app, bundle=bundle)}:
            return m.MigrationRun(
                pipeline=pipeline, timeout=timeout, app=app, environment=request.environment,
                bundle=bundle, approved_by=_approver(state),
            )  # fmt: skip
        case "deployment", _, {"build": m.BuildCompleted() as built}:
            return m.DeploymentRun(
                pipeline=pipeline, timeout=timeout, app=built.app,
                environment=request.environment, platform=request.platform, bundle=built.bundle,
                build_id=built.build_id,
                expected_live=state.approval.live if state.approval else None,
            )  # fmt: skip
        case "monitoring", _, {
            "build": m.BuildCompleted(app=app, build_id=build_id),
            "deployment": m.DeploymentCompleted(url=url),
        }:
            return m.MonitoringRun(
                pipeline=pipeline, timeout=timeout, app=app, environment=request.environment,
                url=url, build_id=build_id,
            )  # fmt: skip
        case _:
            raise AssertionError(f"{pipeline}: step {step} has nothing to stand on")


def _gate(state: State, started: m.PipelineStarted) -> m.AwaitingApproval:
    built = state.answers["build"]
    assert isinstance(built, m.BuildCompleted)
    return m.AwaitingApproval(
        pipeline=started.pipeline, app=built.app, environment=started.request.environment,
        build_id=built.build_id, migrations=built.migrations, timeout=APPROVAL_TIMEOUT,
    )  # fmt: skip


def _backward(state: State, started: m.PipelineStarted, failure: Failure) -> m.PipelineMessage:
    to_undo = _to_undo(state)
    if to_undo:
        command = to_undo[-1]
        if state.undo_attempts >= len(UNDO_DELAYS):
            return m.PipelineStuck(
                pipeline=started.pipeline, area=_area(command), why=state.last_error
            )
        return _undo(command, UNDO_DELAYS[state.undo_attempts])
    if state.undone or state.skipped:
        return m.PipelineRolledBack(
            pipeline=started.pipeline, area=failure.area, code=failure.code,
            message=failure.message, hint=failure.hint,
            undone=state.undone, skipped=state.skipped,
        )  # fmt: skip
    return m.PipelineFailed(
        pipeline=started.pipeline, area=failure.area, code=failure.code,
        message=failure.message, hint=failure.hint,
    )  # fmt: skip


def _undo(command: m.Command, delay: float) -> m.Command:
    pipeline, timeout = command.pipeline, UNDO_TIMEOUT + delay
    match command:
        case m.BuildRun():
            return m.BuildRollback(pipeline=pipeline, timeout=timeout, delay=delay)
        case m.MigrationRun(app=app, environment=environment):
            return m.MigrationRollback(
                pipeline=pipeline, timeout=timeout, delay=delay, app=app, environment=environment
            )
        case m.DeploymentRun(app=app, environment=environment, platform=platform):
            return m.DeploymentRollback(
                pipeline=pipeline, timeout=timeout, delay=delay,
                app=app, environment=environment, platform=platform,
            )  # fmt: skip
        case m.MonitoringRun(app=app, environment=environment):
            return m.MonitoringRollback(
                pipeline=pipeline, timeout=timeout, delay=delay, app=app, environment=environment
            )
        case _:
            raise AssertionError(f"{pipeline}: {m.tag(type(command))} leaves nothing to undo")


def _overtaken(state: State, question: Question) -> m.PipelineMessage | None:
    """A command that something else followed must be asked again.

    Its answer is a compare-and-swap on the command, so the broker would refuse it.
    """
    if isinstance(question.message, m.Command) and question.sequence != state.last:
        return question.message
    return None


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


def _agreed(state: State) -> bool:
    return state.approval is not None and state.approval.granted


def _approver(state: State) -> str:
    if state.approval is None:
        return ""
    return state.approval.who + (" (in advance, --yes)" if state.approval.automatic else "")


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
    step = _area(state.open.message) if state.open else None
    return _with(state, open=None, failure=Failure(step, code, message[:4000], hint))


def _on_undone(state: State, done: m.RolledBack, _: Recorded) -> State:
    area = _area(done)
    if not _answers(state, done) or area in state.undone:
        return state
    return _with(state, open=None, undone=(*state.undone, area), undo_attempts=0, last_error="")


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


def _to_undo(state: State) -> list[m.Command]:
    done = {*state.undone, *state.skipped}
    return [c for c in state.asked if _area(c) in EFFECTS and _area(c) not in done]


def _area(message: m.PipelineMessage) -> m.Area:
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


def steps_of(request: m.BuildRequested | m.DeployRequested) -> tuple[m.Area, ...]:
    """The steps that a request asks for, in order."""
    delivery: tuple[m.Area, ...] = ("migration", "deployment", "monitoring")
    if isinstance(request, m.DeployRequested):
        return ("build", *delivery)
    return ("scout", "plan", "build", *(delivery if request.deploy else ()))
