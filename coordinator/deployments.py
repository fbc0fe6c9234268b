"""The deployments of apps, read from the log: who put what live, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from bus.port import Recorded
from contracts import messages as m
from coordinator import saga
from coordinator.explain import status_of


class Deployment(Struct, frozen=True, kw_only=True):
    """One pipeline that was to put an app live, whatever came of it.

    Times are seconds since 1970, `seconds` is how long the deployment itself took, None while it
    was not answered. `who` asked for it, `approved_by` agreed; `skipped` checks were left out by
    name, `inconclusive` ones could not be made. `error` is why it ended as it did. A preview has a
    `branch`. Without a `pipeline` somebody else made it, and `status` is the platform's own word.
    """

    pipeline: str
    app: str
    environment: str
    platform: str
    branch: str = ""
    status: str
    who: str
    approved_by: str = ""
    commit: str = ""
    build: str = ""
    release: str = ""
    previous: str | None = None
    url: str = ""
    at: float
    seconds: float | None = None
    checks: tuple[m.Check, ...] = ()
    skipped: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()
    error: str = ""


def deployments(entries: Iterable[Recorded]) -> list[Deployment]:
    """Every deployment in a log, newest first."""
    states: dict[str, saga.State] = {}
    times: dict[str, tuple[float, float | None, float | None]] = {}
    for entry in entries:
        message = entry.message
        if not isinstance(message, m.PipelineMessage):
            continue
        name = message.pipeline
        states[name] = saga.fold(states.get(name, saga.State()), entry)
        began, asked, answered = times.get(name, (entry.time, None, None))
        if isinstance(message, m.DeploymentRun):
            asked = entry.time if asked is None else asked
        elif isinstance(message, m.DeploymentCompleted | m.DeploymentFailed):
            answered = entry.time
        times[name] = began, asked, answered
    found = [
        one for name, state in states.items() if (one := _deployment(name, state, *times[name]))
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _deployment(
    pipeline: str, state: saga.State, began: float, asked: float | None, answered: float | None
) -> Deployment | None:
    if state.started is None or "deployment" not in state.started.steps:
        return None
    request = state.started.request
    found = Deployment(
        pipeline=pipeline, app=saga.app_of(state), environment=request.environment,
        platform=request.platform, status=status_of(state), who=request.requested_by, at=began,
        seconds=answered - asked if asked is not None and answered is not None else None,
        approved_by=state.approval.who if state.approval and state.approval.granted else "",
        error=state.failure.message if state.failure else "",
    )  # fmt: skip
    if isinstance(request, m.DeployRequested):
        found = replace(
            found,
            commit=request.commit,
            skipped=request.skipped,
            inconclusive=request.inconclusive,
            branch=request.branch or "",
        )
    if isinstance(built := state.answers.get("build"), m.BuildCompleted):
        found = replace(found, build=built.build_id)
    if isinstance(done := state.answers.get("deployment"), m.DeploymentCompleted):
        found = replace(
            found, release=done.release, previous=done.previous, url=done.url, checks=done.checks
        )
    return found
