"""Holds a whole log to the rules of the saga, without using the saga.

It follows each pipeline entry by entry and knows what may come next. `check_log` says what was
lost (asked for, but never ended), duplicated (the same transition twice) and misordered
(anything else that the rules do not allow). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec import Struct

from bus.port import Recorded
from contracts import messages as m
from contracts.naming import pipeline_id

EFFECTS = ("build", "migration", "deployment", "monitoring")
ATTEMPTS = 4
GATE = "pipeline.awaiting_approval"
Sort = Literal["duplicated", "misordered"]


class Wrong(Exception):
    """An entry that must not stand where it stands."""

    def __init__(self, sort: Sort, why: str) -> None:
        super().__init__(why)
        self.sort = sort


class View(Struct, frozen=True, kw_only=True):
    """What the entries of one pipeline allow next."""

    newest: int = 0
    started: m.PipelineStarted | None = None
    asked: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    open: str = ""
    open_at: int = 0
    approved: bool = False
    approved_by_person: bool = False
    turned: bool = False
    attempts: int = 0
    undone: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    stuck: str = ""
    ended: str = ""

    @property
    def overtaken(self) -> bool:
        """Whether something came after the open question."""
        return self.open_at != self.newest

    @property
    def to_undo(self) -> tuple[str, ...]:
        gone = {*self.undone, *self.skipped}
        return tuple(area for area in self.asked if area in EFFECTS and area not in gone)


def look(view: View, entry: Recorded) -> View:
    """The view after one more entry. Raises Wrong."""
    message = entry.message
    after = _look(view, message, entry.sequence)
    return msgspec.structs.replace(after, newest=entry.sequence)


def _look(view: View, message: m.Message, sequence: int) -> View:
    match message:
        case m.Approval() | m.Cancel() | m.Resolution():
            return _person(view, message)
        case m.PipelineStarted():
            _demand(view.started is None, "duplicated", "started twice")
            return _with(view, started=message)
        case m.RollbackAccepted():
            _demand(view.ended == "completed", "misordered", "rollback of what has not completed")
            return _with(view, ended="", turned=True, attempts=0)
        case m.AwaitingApproval():
            return _gate(view, sequence)
        case m.PipelineTimedOut():
            return _timed_out(view, message)
        case (
            m.PipelineStuck() | m.PipelineCompleted() | m.PipelineFailed() | m.PipelineRolledBack()
        ):
            return _life(view, message)
        case m.Command():
            return _command(view, message, sequence)
        case m.PipelineMessage():
            return _answer(view, message)
        case _:
            return view  # unreadable: it only overtakes


def _person(view: View, message: m.Approval | m.Cancel | m.Resolution) -> View:
    """People may say anything at any time; this is when it counts."""
    if view.ended:
        return view
    match message:
        case m.Cancel() if not view.turned:
            return _turn(view)
        case m.Resolution(action=action) if view.stuck:
            skipped = (*view.skipped, view.stuck) if action == "skip" else view.skipped
            return _with(view, stuck="", attempts=0, skipped=skipped)
        case m.Approval() if not view.turned:
            return _approval(view, message)
    return view


def _approval(view: View, given: m.Approval) -> View:
    if view.open != GATE:
        used = view.approved_by_person or {"migration", "deployment"} & {*view.asked}
        ahead = given.automatic and not used
        return _with(view, approved=given.granted) if ahead else view
    if not given.automatic and given.seen != view.open_at:
        return view
    if not given.granted:
        return _turn(view)
    return _with(view, approved=True, approved_by_person=not given.automatic, open="")


def _gate(view: View, sequence: int) -> View:
    _forward(view, GATE)
    first = _next(view) in ("migration", "deployment")
    _demand(first and _production(view), "misordered", "a gate out of place")
    _demand(not view.approved, "misordered", "a gate after the approval")
    return _with(view, open=GATE, open_at=sequence)


def _command(view: View, message: m.Command, sequence: int) -> View:
    kind, area = m.tag(type(message)), m.area_of(message)
    again = view.open == kind and view.overtaken
    if isinstance(message, m.COMPENSATIONS):
        _demand(view.turned, "misordered", f"{kind} of what nobody turned around")
        _demand(not view.ended and not view.stuck, "misordered", f"{kind} out of place")
        _demand(not view.open or again, "duplicated", f"{kind} while {view.open} is open")
        _demand(area not in view.undone, "duplicated", f"{kind} of what is undone")
        _demand(view.to_undo[-1:] == (area,), "misordered", f"{kind} before what started later")
        _demand(view.attempts < ATTEMPTS, "misordered", f"{kind} without end")
    else:
        if not again:
            _forward(view, kind)
        _demand(_next(view) == area, "misordered", f"{kind} out of order")
        touches = area in ("migration", "deployment")
        wanted = not (touches and _production(view)) or view.approved
        _demand(wanted, "misordered", f"{kind} without approval")
        if not again:
            view = _with(view, asked=(*view.asked, area))
    return _with(view, open=kind, open_at=sequence)


def _forward(view: View, kind: str) -> None:
    _demand(view.started is not None, "misordered", f"{kind} before the start")
    _demand(not view.turned and not view.ended, "misordered", f"{kind} after turning around")
    _demand(m.area_of(m.TAGS[kind]) not in view.done, "duplicated", f"{kind} of what is done")
    _demand(not view.open, "duplicated", f"{kind} while {view.open} is open")


def _answer(view: View, message: m.PipelineMessage) -> View:
    kind, area = m.tag(type(message)), m.area_of(message)
    back = f"{area}.rollback"
    wanted = {
        m.Failed: (f"{area}.run", back), m.RolledBack: (back,),
    }.get(type(message).__mro__[1], (f"{area}.run",))  # fmt: skip
    _demand(view.open in wanted, "duplicated", f"{kind} answers nothing that is open")
    _demand(not view.overtaken, "misordered", f"{kind} answers what was overtaken")
    match message:
        case m.Failed() if view.open == back:
            return _with(view, open="", attempts=view.attempts + 1)
        case m.Failed():
            return _turn(view)
        case m.RolledBack():
            return _with(view, open="", attempts=0, undone=(*view.undone, area))
    return _with(view, open="", done=(*view.done, area))


def _timed_out(view: View, message: m.PipelineTimedOut) -> View:
    waited = bool(view.open) and view.open_at == message.waited_for
    _demand(waited, "misordered", "a timeout of what nobody waits for")
    if view.turned:
        return _with(view, open="", attempts=view.attempts + 1)
    return _turn(view)


def _life(
    view: View,
    message: m.PipelineStuck | m.PipelineCompleted | m.PipelineFailed | m.PipelineRolledBack,
) -> View:
    kind = m.tag(type(message))
    _demand(not view.ended, "duplicated", f"{kind} after the end")
    _demand(not view.open and not view.stuck, "misordered", f"{kind} while something is open")
    match message:
        case m.PipelineStuck(area=area):
            _demand(view.attempts == ATTEMPTS, "misordered", "stuck too early")
            _demand(view.to_undo[-1:] == (area,), "misordered", "stuck elsewhere")
            return _with(view, stuck=area)
        case m.PipelineCompleted():
            right = not view.turned and _next(view) is None
        case m.PipelineFailed():
            right = view.turned and not (view.to_undo or view.undone or view.skipped)
        case m.PipelineRolledBack():
            right = view.turned and not view.to_undo
            right &= (message.undone, message.skipped) == (view.undone, view.skipped)
            right &= bool(view.undone or view.skipped)
    _demand(right, "misordered", f"{kind} too early")
    return _with(view, ended=kind.partition(".")[2])


def _turn(view: View) -> View:
    return _with(view, open="", turned=True)


def _next(view: View) -> str | None:
    assert view.started is not None
    return next((step for step in view.started.steps if step not in view.done), None)


def _production(view: View) -> bool:
    assert view.started is not None
    return view.started.request.environment == "production"


def _demand(holds: bool, sort: Sort, why: str) -> None:
    if not holds:
        raise Wrong(sort, why)


def _with(view: View, **changes: object) -> View:
    return msgspec.structs.replace(view, **changes)


class Report(Struct, kw_only=True):
    """What was found in a log; each problem as a line for people."""

    pipelines: int
    entries: int
    lost: list[str]
    duplicated: list[str]
    misordered: list[str]
    ended: dict[str, int]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.misordered)


def check_log(log: Iterable[Recorded]) -> Report:
    """Everything that is wrong with a log in which nothing is under way any more.

    After its first wrong entry a pipeline is not looked at any further.
    """
    views: dict[str, View] = {}
    wrong: set[str] = set()
    report = Report(pipelines=0, entries=0, lost=[], duplicated=[], misordered=[], ended={})
    for entry in log:
        report.entries += 1
        match entry.message:
            case m.BuildRequested(request_id=key) | m.DeployRequested(request_id=key):
                default = f"{m.tag(type(entry.message))}@{entry.sequence}"
                views.setdefault(pipeline_id(key or default), View())
            case m.PipelineMessage(pipeline=pipeline) if pipeline not in wrong:
                try:
                    views[pipeline] = look(views.get(pipeline, View()), entry)
                except Wrong as problem:
                    wrong.add(pipeline)
                    line = f"{pipeline}@{entry.sequence}: {problem}"
                    (
                        report.duplicated if problem.sort == "duplicated" else report.misordered
                    ).append(line)
    report.pipelines = len(views)
    for pipeline, view in views.items():
        if pipeline in wrong:
            continue
        if not view.ended:
            waits = f"stuck in {view.stuck}" if view.stuck else f"open {view.open or 'nothing'}"
            report.lost.append(f"{pipeline}: {waits}")
        report.ended[view.ended] = report.ended.get(view.ended, 0) + 1
    return report
