"""The saga: from a pipeline's log to the next message. Pure; no clock, no I/O.

`fold` (in `coordinator.state`) reads one entry of the log into the state, `decide` says what has
to be appended next, or None while somebody else has to speak. The rules, and there are no others:

1. Steps run in order, one at a time; production waits for a person before it is touched.
2. A failure, a timeout, a refusal or a cancellation turns the pipeline around: everything that
   was *asked* is undone, newest first by start. A step that timed out may have had effects.
3. An undo that fails is asked again, later each time, and then waits for a person.
4. An answer to anything but the open question changes nothing.
"""

from __future__ import annotations

from contracts import messages as m
from coordinator.state import Failure, Question, State, Verdict, app_of, fold, step_of

__all__ = ["SAGA", "Question", "State", "Verdict", "app_of", "decide", "fold", "steps_of"]

SAGA = 1
"""The version that a new pipeline follows; its log pins it."""

EFFECTS: tuple[m.Area, ...] = ("build", "migration", "deployment", "monitoring")
"""The areas whose steps leave something that can be taken back."""
TIMEOUTS: dict[m.Area, float] = {
    "scout": 60, "plan": 300, "build": 1800, "migration": 900, "deployment": 600, "monitoring": 120,
}  # fmt: skip
APPROVAL_TIMEOUT = 24 * 3600.0
UNDO_TIMEOUT = 600.0
UNDO_DELAYS = (0.0, 1.0, 5.0, 30.0)
"""Seconds to wait before each attempt of an undo; after the last one a person decides."""


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
        if step in ("migration", "deployment") and production and not _agreed(state):
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
                pipeline=pipeline, timeout=timeout, idea=request.idea, answers=request.answers,
                name=request.name,
            )  # fmt: skip
        case "plan", m.BuildRequested(), {"scout": m.ScoutCompleted(report=report)}:
            return m.PlanRun(
                pipeline=pipeline, timeout=timeout, report=report,
                name=request.name, plan=request.plan,
            )  # fmt: skip
        case "build", m.DeployRequested(), _:
            return m.BuildRun(
                pipeline=pipeline, timeout=timeout, app=request.app, source=request.source
            )
        case "build", m.BuildRequested(), {"plan": m.PlanCompleted(plan=plan, app=app, llm=llm)}:
            return m.BuildRun(
                pipeline=pipeline, timeout=timeout, app=app, plan=plan, source=request.source,
                unrefined=llm.unrefined if llm and request.source is None else None,
            )  # fmt: skip
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
                branch=request.branch if isinstance(request, m.DeployRequested) else None,
                expected_live=state.approval.live if state.approval else None,
                auto_rollback=request.auto_rollback,
            )  # fmt: skip
        case "monitoring", _, {
            "build": m.BuildCompleted(app=app, build_id=build_id, bundle=bundle),
            "deployment": m.DeploymentCompleted(url=url),
        }:
            return m.MonitoringRun(
                pipeline=pipeline, timeout=timeout, app=app, environment=request.environment,
                url=url, build_id=build_id, bundle=bundle, auto_rollback=request.auto_rollback,
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
                pipeline=started.pipeline, area=step_of(command), why=state.last_error
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


def _agreed(state: State) -> bool:
    return state.approval is not None and state.approval.granted


def _approver(state: State) -> str:
    if state.approval is None:
        return ""
    return state.approval.who + (" (in advance, --yes)" if state.approval.automatic else "")


def _to_undo(state: State) -> list[m.Command]:
    done = {*state.undone, *state.skipped}
    return [c for c in state.asked if step_of(c) in EFFECTS and step_of(c) not in done]


def steps_of(request: m.BuildRequested | m.DeployRequested) -> tuple[m.Area, ...]:
    """The steps that a request asks for, in order."""
    delivery: tuple[m.Area, ...] = ("migration", "deployment", "monitoring")
    if isinstance(request, m.DeployRequested):
        if request.branch:
            return ("build", "deployment")
        left_out = {"migration": request.skip_migrations, "monitoring": request.skip_monitoring}
        return ("build", *(step for step in delivery if not left_out.get(step)))
    return ("scout", "plan", "build", *(delivery if request.deploy else ()))
