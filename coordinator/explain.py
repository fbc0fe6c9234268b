"""Why a pipeline is where it is: what it waits for, until when, what then, and who may act."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from bus.port import Recorded
from contracts import messages as m
from coordinator import saga


class Explanation(Struct, frozen=True, kw_only=True):
    """Times are seconds since 1970; `until` is None when nothing runs out."""

    pipeline: str
    status: str
    waits_for: str
    since: float | None = None
    until: float | None = None
    then: str = ""
    who: str = ""
    what_to_do: tuple[str, ...] = ()


def status_of(state: saga.State) -> str:
    """One word for where a pipeline is."""
    if state.started is None:
        return "unknown"
    if state.verdict is not None:
        return state.verdict
    if state.stuck is not None:
        return "stuck"
    if state.open is not None and isinstance(state.open.message, m.AwaitingApproval):
        return "awaiting_approval"
    return "rolling_back" if state.failure is not None else "running"


def explain(pipeline: str, log: Sequence[Recorded]) -> Explanation:
    """The explanation of a pipeline's log. Pure."""
    state, since = saga.State(), None
    for entry in log:
        before, state = state, saga.fold(state, entry)
        if state != msgspec.structs.replace(before, last=state.last):
            since = entry.time
    found = _explain(pipeline, state)
    return found if found.since else msgspec.structs.replace(found, since=since)


def _explain(pipeline: str, state: saga.State) -> Explanation:
    status = status_of(state)
    if state.started is None:
        return Explanation(
            pipeline=pipeline,
            status=status,
            waits_for="nothing: no such pipeline was started",
            what_to_do=("genesis list",),
        )
    if state.verdict is not None:
        return _ended(pipeline, state, state.verdict)
    if state.stuck is not None:
        return Explanation(
            pipeline=pipeline,
            status=status,
            waits_for=f"a person: taking back {state.stuck.area} keeps failing: {state.stuck.why}",
            then="nothing happens by itself",
            who="anyone with an account",
            what_to_do=(
                f"genesis retry {pipeline}",
                f'genesis retry {pipeline} --skip --reason "…"',
            ),
        )
    if state.open is None:
        return Explanation(
            pipeline=pipeline,
            status=status,
            waits_for="a coordinator, which has to append the next step",
            then="the next step starts as soon as one runs",
            who="coordinator",
            what_to_do=("genesis status",),
        )
    return _open(pipeline, state, state.open)


def _open(pipeline: str, state: saga.State, question: saga.Question) -> Explanation:
    message = question.message
    since = question.deadline - message.timeout
    if isinstance(message, m.AwaitingApproval):
        return Explanation(
            pipeline=pipeline,
            status=status_of(state),
            waits_for=f"approval to touch {message.environment}",
            since=since,
            until=question.deadline,
            then="it is refused, and what was built is put aside; production is untouched",
            who="anyone with an account",
            what_to_do=(f"genesis approve {pipeline}", f"genesis reject {pipeline}"),
        )
    area = m.area_of(message)
    back = state.failure is not None
    attempt, attempts = state.undo_attempts + 1, len(saga.UNDO_DELAYS)
    task = f"take back its step, attempt {attempt} of {attempts}" if back else "do its step"
    return Explanation(
        pipeline=pipeline,
        status=status_of(state),
        waits_for=f"the {area} agent to {task}",
        since=since,
        until=question.deadline,
        then=_when_late(state),
        who=f"agent {area}",
        what_to_do=(f"genesis {'watch' if back else 'cancel'} {pipeline}",),
    )


def _when_late(state: saga.State) -> str:
    """What follows when an agent does not answer in time."""
    if state.failure is not None:
        last = state.undo_attempts + 1 >= len(saga.UNDO_DELAYS)
        return "it is stuck, and a person decides" if last else "it is asked again"
    if any(m.area_of(command) in saga.EFFECTS for command in state.asked):
        return "it fails, and everything asked for is taken back"
    return "it fails; nothing has to be taken back"


def _ended(pipeline: str, state: saga.State, verdict: saga.Verdict) -> Explanation:
    if state.failure is None:
        undo = (f"genesis rollback {pipeline}",) if "deployment" in state.answers else ()
        return Explanation(
            pipeline=pipeline, status=verdict, waits_for="nothing: it is done", what_to_do=undo
        )
    failure = state.failure
    where = f" in {failure.area}" if failure.area else ""
    left = [("taken back", state.undone), ("left as it is", state.skipped)]
    became = "; ".join(f"{what}: {', '.join(areas)}" for what, areas in left if areas)
    return Explanation(
        pipeline=pipeline,
        status=verdict,
        waits_for=f"nothing: it ended{where} with {failure.code}: {failure.message}",
        then=became or "nothing had to be taken back",
        what_to_do=(*((failure.hint,) if failure.hint else ()), f"genesis retry {pipeline}"),
    )
