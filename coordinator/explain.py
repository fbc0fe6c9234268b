"""Why a pipeline is where it is: what it waits for, until when, what then, and who may act."""

from __future__ import annotations

from msgspec import Struct

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


def explain(pipeline: str, state: saga.State) -> Explanation:
    """The explanation of a state. Pure."""
    if state.started is None:
        return Explanation(
            pipeline=pipeline,
            status="unknown",
            waits_for="nothing: no such pipeline is in the log",
            what_to_do=("genesis list",),
        )
    if state.verdict is not None:
        return _ended(pipeline, state, state.verdict)
    if state.stuck is not None:
        return Explanation(
            pipeline=pipeline,
            status="stuck",
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
            status="running",
            waits_for="a coordinator, which has to append the next step",
            then="the next step starts as soon as one runs",
            who="coordinator",
            what_to_do=("genesis status",),
        )
    return _open(pipeline, state, state.open)


def _open(pipeline: str, state: saga.State, question: saga.Question) -> Explanation:
    since = question.deadline - question.message.timeout
    if isinstance(question.message, m.AwaitingApproval):
        return Explanation(
            pipeline=pipeline,
            status="awaiting_approval",
            waits_for=f"approval to touch {question.message.environment}",
            since=since,
            until=question.deadline,
            then="it is refused, and what was built is put aside; production is untouched",
            who="anyone with an account",
            what_to_do=(f"genesis approve {pipeline}", f"genesis reject {pipeline}"),
        )
    area = m.area_of(question.message)
    back = state.failure is not None
    return Explanation(
        pipeline=pipeline,
        status="rolling_back" if back else "running",
        waits_for=f"the {area} agent to {'take back its step' if back else 'do its step'}",
        since=since,
        until=question.deadline,
        then="it is asked again" if back else "everything asked for is taken back",
        who=f"agent {area}",
        what_to_do=() if back else (f"genesis cancel {pipeline}",),
    )


def _ended(pipeline: str, state: saga.State, verdict: saga.Verdict) -> Explanation:
    if state.failure is None:
        undo = (f"genesis rollback {pipeline}",) if "deployment" in state.answers else ()
        return Explanation(
            pipeline=pipeline, status=verdict, waits_for="nothing: it is done", what_to_do=undo
        )
    failure = state.failure
    where = f" in {failure.area}" if failure.area else ""
    return Explanation(
        pipeline=pipeline,
        status=verdict,
        waits_for=f"nothing: it ended{where} with {failure.code}: {failure.message}",
        then="everything it had asked for was taken back" if state.undone else "",
        what_to_do=(failure.hint,) if failure.hint else (),
    )
