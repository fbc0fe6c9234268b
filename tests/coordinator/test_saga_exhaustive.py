"""Every interleaving of everything that can happen to a pipeline, against the pure saga.

The environment does what the broker allows. An agent's answer lands only if the command is the
newest message, a coordinator's message only if nothing came since it read; a duplicate or late
answer is therefore refused by the same comparison. People may say anything at any time. Runs
that differ in nothing which a later step can see are explored once.

`tests.support.log_checker` knows the rules without using the saga and looks at every entry.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import Struct

from bus.port import Recorded, Unreadable
from contracts import messages as m
from coordinator import saga, state
from tests.support.log_checker import GATE, View, Wrong, look

ID = "pipeline"
ARTIFACT = m.Artifact(sha256="0" * 64, size=1)
CHECKSUM = m.Artifact(sha256="1" * 64, size=1)

REQUESTS: dict[str, m.BuildRequested | m.DeployRequested] = {
    "build": m.BuildRequested(idea="a shop"),
    "build and deploy to staging": m.BuildRequested(idea="a shop", deploy=True),
    "build and deploy to production": m.BuildRequested(
        idea="a shop", deploy=True, environment="production"
    ),
    "deploy to staging": m.DeployRequested(app="shop", source=ARTIFACT),
    "deploy to production": m.DeployRequested(
        app="shop", source=ARTIFACT, environment="production"
    ),
}

COMPLETED: dict[str, m.PipelineMessage] = {
    "scout": m.ScoutCompleted(pipeline=ID, report=ARTIFACT),
    "plan": m.PlanCompleted(pipeline=ID, plan=ARTIFACT, app="shop", title="Shop"),
    "build": m.BuildCompleted(
        pipeline=ID, app="shop", source=ARTIFACT, bundle=CHECKSUM, report=ARTIFACT, build_id="b1"
    ),
    "migration": m.MigrationCompleted(pipeline=ID),
    "deployment": m.DeploymentCompleted(pipeline=ID, url="http://127.0.0.1:1", release="r1"),
    "monitoring": m.MonitoringCompleted(pipeline=ID, monitor="m1", interval=5),
}
FAILED = {
    m.area_of(kind): kind(pipeline=ID, code="broken", message="it broke") for kind in m.FAILURES
}
UNDONE = {m.area_of(kind): kind(pipeline=ID) for kind in m.UNDONE}


class Run(Struct, frozen=True):
    """One way in which things went: the log, the state folded from it, the checker's view."""

    started: m.PipelineStarted
    log: tuple[Recorded, ...]
    state: saga.State
    view: View

    @property
    def newest(self) -> m.Message | None:
        """What an answer is compared with."""
        return self.log[-1].message if self.log else None

    def then(self, message: m.Message) -> Run:
        """This run with one more message in the log. Raises `Wrong` when it must not be there."""
        sequence = self.state.last + 1
        entry = Recorded(sequence, float(sequence), message)
        log = (*self.log, entry)
        return Run(self.started, log, saga.fold(self.state, entry), look(self.view, entry))


Step = tuple[str, m.Message]


def agents(run: Run) -> Iterator[Step]:
    """Success or failure, if the comparison with the newest message holds.

    A duplicate answer and one to an older command are compared with a sequence that is not the
    newest any more, so the broker takes neither.
    """
    newest = run.newest
    if isinstance(newest, m.Command):
        area = m.area_of(newest)
        back = isinstance(newest, m.COMPENSATIONS)
        yield "success", (UNDONE if back else COMPLETED)[area]
        yield "failure", FAILED[area]


def clock(run: Run) -> Iterator[Step]:
    """The deadline of whatever is open passes."""
    if run.state.open is not None:
        what = m.tag(type(run.state.open.message))
        waited_for = run.state.open.sequence
        yield "timeout", m.PipelineTimedOut(pipeline=ID, waited_for=waited_for, what=what)


def start(run: Run) -> Iterator[Step]:
    """The request arrives; people may have spoken to the pipeline before it."""
    if run.state.started is None:
        assert saga.decide(run.state) is None
        yield "start", run.started


def coordinator(run: Run) -> Iterator[Step]:
    """What the saga says. One that crashed reads the log again and says the same."""
    message = saga.decide(run.state)
    assert message == saga.decide(run.state), "decide is not deterministic"
    if message is not None:
        yield "coordinator", message


def people(run: Run) -> Iterator[Step]:
    """Anything, at any time, and more than once."""
    gate = run.state.open.sequence if run.state.open is not None else 0
    for granted in (True, False):
        said = m.Approval(pipeline=ID, who="anna", granted=granted, seen=gate)
        yield f"approval {granted}", said
        stale = m.Approval(pipeline=ID, who="anna", granted=granted, seen=gate + 1_000)
        yield f"stale approval {granted}", stale
        ahead = m.Approval(pipeline=ID, who="ci", granted=granted, seen=0, automatic=True)
        yield f"approval in advance {granted}", ahead
    yield "cancel", m.Cancel(pipeline=ID, who="anna")
    yield "retry", m.Resolution(pipeline=ID, who="anna", action="retry")
    yield "skip", m.Resolution(pipeline=ID, who="anna", action="skip")
    yield "garbage", Unreadable(subject=f"approval.anna.{ID}", reason="not a Genesis message")


def rollback(run: Run) -> Iterator[Step]:
    """Somebody wants a finished pipeline taken back; the coordinator accepts that once."""
    if run.state.verdict == "completed":
        yield "rollback requested", m.RollbackAccepted(pipeline=ID)


def key(run: Run) -> tuple[object, ...]:
    """All that a later step can see of a run: places in the log only compared to each other."""
    state, view = run.state, run.view
    question = state.open and (type(state.open.message), state.open.sequence == state.last)
    approval = state.approval and (state.approval.granted, state.approval.automatic)
    return (
        type(run.newest) if isinstance(run.newest, m.Command) else None,
        state.started is None,
        tuple(type(command) for command in state.asked),
        tuple(state.answers), question, approval,
        state.failure and state.failure.code,
        state.undo_attempts, state.undone, state.skipped, state.stuck and state.stuck.area,
        state.verdict,
        view.asked, view.done, view.open, view.overtaken, view.approved, view.approved_by_person,
        view.turned,
        view.attempts, view.undone, view.skipped, view.stuck, view.ended,
    )  # fmt: skip


def assert_sound(run: Run) -> None:
    """What holds in every state there is."""
    state, view = run.state, run.view
    rebuilt = saga.State()
    for entry in run.log:
        rebuilt = saga.fold(saga.fold(rebuilt, entry), entry)  # delivered twice
    assert rebuilt == state, "a coordinator that crashed comes to another state"
    waits = state.open is not None and state.open.deadline > state.open.sequence
    says = state.started is None or saga.decide(state) is not None
    assert says or waits or state.stuck or state.verdict, "nobody has to speak, for ever"
    assert (state.verdict or "") == view.ended
    assert ((state.open and m.tag(type(state.open.message))) or "") == view.open
    if state.verdict in ("failed", "rolled_back"):
        assert not view.to_undo, "something that was asked is neither undone nor skipped"
    if state.verdict == "completed":
        assert state.started is not None
        assert view.done == state.started.steps


class Explored(Struct):
    """The graph of all runs, by `key`. `alone` are the steps that need no person."""

    runs: dict[tuple[object, ...], Run]
    alone: dict[tuple[object, ...], list[tuple[object, ...]]]
    steps: int = 0
    seen: set[str] = set()


def explore(request: m.BuildRequested | m.DeployRequested) -> Explored:
    started = m.PipelineStarted(
        pipeline=ID, saga=saga.SAGA, request=request, steps=saga.steps_of(request)
    )
    first = Run(started, (), saga.State(), View())
    found = Explored(runs={key(first): first}, alone={})
    pending = [first]
    while pending:
        run = pending.pop()
        here = key(run)
        assert_sound(run)
        found.alone[here] = []
        for who in (start, coordinator, agents, clock, rollback, people):
            for name, message in who(run):
                after = run.then(message)
                there = key(after)
                found.steps += 1
                found.seen.add(name)
                if who in (start, coordinator, agents, clock):
                    found.alone[here].append(there)
                if there not in found.runs:
                    found.runs[there] = after
                    pending.append(after)
    return found


def assert_every_run_ends(found: Explored) -> None:
    """Without people there is no circle, and what has no way on has ended or is stuck."""
    height: dict[tuple[object, ...], int] = {}
    for root in found.runs:
        path = [(root, iter(found.alone[root]))]
        under_way = {root}
        while path:
            node, ways = path[-1]
            following = next(ways, None)
            if following is None:
                path.pop()
                under_way.discard(node)
                height[node] = 1 + max((height[n] for n in found.alone[node]), default=0)
            elif following not in height:
                assert following not in under_way, "a run that never ends"
                under_way.add(following)
                path.append((following, iter(found.alone[following])))
    for node, run in found.runs.items():
        if not found.alone[node]:
            assert run.state.verdict or run.state.stuck


@pytest.mark.parametrize("name", REQUESTS)
def test_whatever_happens_a_pipeline_ends_as_it_should(name: str) -> None:
    found = explore(REQUESTS[name])
    assert_every_run_ends(found)
    verdicts = {run.state.verdict for run in found.runs.values()}
    assert verdicts == {None, "completed", "failed", "rolled_back"}
    assert ("production" in name) == any(run.view.open == GATE for run in found.runs.values())
    assert {"success", "failure", "timeout", "cancel", "retry", "skip"} <= found.seen
    assert "rollback requested" in found.seen
    longest = max(len(run.log) for run in found.runs.values())
    print(f"{name}: {len(found.runs)} states, {found.steps} steps, logs of up to {longest}")


BREAKS = {
    "compensation oldest first": ("_to_undo", lambda right: lambda s: right(s)[::-1]),
    "undone again and again": ("_on_undone", lambda _: lambda s, _m, _e: state._with(s, open=None)),
    "production without approval": ("_agreed", lambda _: lambda _s: True),
    "cancelled but not turned around": ("_on_cancel", lambda _: lambda s, _m, _e: s),
    "a failure that is not undone": ("_backward", lambda _: lambda s, p, _f: saga._forward(s, p)),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_saga_that_breaks_a_rule_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function, broken = BREAKS[name]
    where = saga if hasattr(saga, function) else state
    right = getattr(where, function)
    monkeypatch.setattr(where, function, broken(right))
    for kind, reaction in state.REACTIONS.items():
        if reaction is right:
            monkeypatch.setitem(state.REACTIONS, kind, getattr(where, function))
    with pytest.raises((Wrong, AssertionError)):
        explore(REQUESTS["build and deploy to production"])
