"""Pages of pipelines: the list, one of them, a new one, and what people decide about them."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable
from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bus.errors import BusError
from contracts import messages as m
from contracts.naming import pipeline_id
from coordinator import decisions, saga
from coordinator.decisions import Declined
from coordinator.lists import Filter, Key
from coordinator.web import forms, live
from coordinator.web.scene import Scene, scene, undo_of
from coordinator.web.site import (
    STATUSES,
    bus_of,
    fragment,
    moved,
    page,
    person_of,
    section,
    site_of,
)

T = TypeVar("T")

ON_A_PAGE = 25
ACCEPTED_WITHIN = 3.0
"""Seconds in which a request that was just sent usually has a log."""


async def overview(request: Request) -> Response:
    """The newest pipelines, all or of one status."""
    which = Filter(status=_status(request))
    reads = site_of(request).reads
    listed, counts = await asyncio.gather(
        section(reads.pipelines(which, limit=ON_A_PAGE, after=key_of(request))),
        section(reads.counts()),
    )
    first = "after" not in request.query_params
    return page(
        request, "pipelines.html", listed=listed, counts=counts, which=which, first=first,
        after=address(listed.value.next) if listed.value else "",
    )  # fmt: skip


async def overview_live(request: Request) -> Response:
    """The first page of the list whenever it changes."""
    which, site = Filter(status=_status(request)), site_of(request)

    async def draw() -> str:
        listed = await section(site.reads.pipelines(which, limit=ON_A_PAGE, after=None))
        return fragment(request, "_rows.html", listed=listed)

    return live.stream(request, live.changes(site, "rows", draw))


def _status(request: Request) -> str:
    status = request.query_params.get("status", "")
    if status and status not in STATUSES:
        raise HTTPException(404, "No pipeline is ever of this status.")
    return status


def key_of(request: Request) -> Key | None:
    """Where the page before this one ended. Raises HTTPException for an address made up."""
    text = request.query_params.get("after", "")
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,12})?)~([a-z0-9]{6,32})", text)
    if text and not found:
        raise HTTPException(404, "There is no such page.")
    return Key(float(found[1]), found[2]) if found else None


def address(key: Key | None) -> str:
    """A key as it stands in an address, "" for none."""
    return f"{key.started_at!r}~{key.pipeline}" if key else ""


async def one(request: Request) -> Response:
    """One pipeline; one that was only just asked for is waited for."""
    pipeline = request.path_params["pipeline"]
    try:
        found = await _scene(request, pipeline)
    except Declined as error:
        if request.query_params.get("done") != "started":
            raise HTTPException(404, f"{str(error).capitalize()}.") from None
        return page(request, "accepting.html", pipeline=pipeline)
    live_now = await _live_now(request, found)
    return page(request, "pipeline.html", scene=found, live_now=live_now)


async def _scene(request: Request, pipeline: str) -> Scene:
    bus = await bus_of(request)
    return scene(pipeline, await decisions.log_of(bus, pipeline))


async def _live_now(request: Request, found: Scene) -> str | None:
    """What an approval would replace; None when that is not known."""
    if found.gate is None or found.request is None:
        return None
    asks, reads = found.gate.asks, site_of(request).reads
    return (
        await section(reads.live_release(found.request.platform, asks.app, asks.environment))
    ).value


async def one_live(request: Request) -> Response:
    """The parts of a pipeline's page as they change."""
    pipeline, bus = request.path_params["pipeline"], await bus_of(request)
    try:
        await decisions.log_of(bus, pipeline)
    except Declined as error:
        raise HTTPException(404, str(error)) from None

    async def draw(found: Scene, part: str, output: tuple[str, ...]) -> str:
        known = await _live_now(request, found) if part == "actions" else None
        return fragment(request, f"_{part}.html", scene=found, live_now=known, output=output)

    # Whoever asked for a rollback waits for more than the end that is there already.
    after = request.query_params.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,18}", after):
        raise HTTPException(404, "There is no such stream.")
    return live.stream(request, live.pipeline(bus, pipeline, draw, after=int(after)))


async def new(request: Request) -> Response:
    """The form for a new pipeline; sent twice, it is the same one."""
    return page(request, "new.html", identity=str(uuid.uuid4()), problem="", form={})


async def start(request: Request) -> Response:
    """Ask for a pipeline."""
    _, form = await forms.signed(request)
    goal, identity = form.get("goal", ""), form.get("identity", "")
    if not re.fullmatch(r"[0-9a-f-]{36}", identity):
        raise HTTPException(400, "The form is damaged; nothing was started.")
    try:
        wanted = msgspec.convert(
            {
                "type": "build.requested", "idea": form.get("idea", ""), "deploy": goal != "build",
                "environment": "production" if goal == "production" else "staging",
                "request_id": identity, "requested_by": person_of(request),
            },
            m.BuildRequested,
        )  # fmt: skip
    except msgspec.ValidationError:
        problem = "Say in 1 to 32,000 characters what the app is to be; nothing was started."
        return page(request, "new.html", 422, identity=identity, problem=problem, form=form)
    bus = await bus_of(request)
    await _said(bus.publish(wanted))
    pipeline = pipeline_id(identity)
    await _until_accepted(request, pipeline)
    return moved(f"/pipelines/{pipeline}", done="started")


async def _until_accepted(request: Request, pipeline: str) -> None:
    bus = await bus_of(request)
    try:
        async with asyncio.timeout(ACCEPTED_WITHIN):
            async for _ in bus.follow(pipeline=pipeline):
                return
    except TimeoutError:
        return


async def approve(request: Request) -> Response:
    """Approve, or refuse, exactly what was on the page."""
    _, form = await forms.signed(request)
    bus, pipeline = await bus_of(request), request.path_params["pipeline"]
    gate = await _said(decisions.gate_of(bus, pipeline))
    if form.get("seen") != str(gate.sequence):
        raise HTTPException(409, "What you saw is not what waits now; nothing was decided."
                                 " Look again.")  # fmt: skip
    granted = form.get("answer") == "approve"
    if not granted and form.get("answer") != "reject":
        raise HTTPException(400, "The form is damaged; nothing was decided.")
    # What was live is what the page said, not what has become so since.
    live_now = form.get("live") if granted and form.get("live_known") == "yes" else None
    await _said(
        decisions.decide(
            bus, person_of(request), gate, granted=granted, live=live_now,
            reason=form.get("reason", ""),
        )
    )  # fmt: skip
    return moved(f"/pipelines/{pipeline}", done="approved" if granted else "refused")


async def cancel(request: Request) -> Response:
    """Stop a pipeline, and take back what it did."""
    _, form = await forms.signed(request)
    bus, pipeline = await bus_of(request), request.path_params["pipeline"]
    reason = form.get("reason", "")
    stopped = await _said(decisions.cancel(bus, person_of(request), pipeline, reason=reason))
    return moved(f"/pipelines/{pipeline}", done="cancelled" if stopped else "already")


async def retry(request: Request) -> Response:
    """Try a stuck undo again or leave it; ask for a failed pipeline again."""
    _, form = await forms.signed(request)
    bus, pipeline = await bus_of(request), request.path_params["pipeline"]
    skip, reason = form.get("answer") == "skip", form.get("reason", "")
    if skip and not reason:
        raise HTTPException(422, "Leaving a step as it is needs a reason; nothing was done.")
    going = await _said(
        decisions.retry(bus, person_of(request), pipeline, skip=skip, reason=reason)
    )
    if going.pipeline != pipeline:
        await _until_accepted(request, going.pipeline)
        return moved(f"/pipelines/{going.pipeline}", done="started")
    return moved(f"/pipelines/{pipeline}", done="retried")


async def undo(request: Request) -> Response:
    """What taking back a pipeline would do; nothing happens yet."""
    bus, pipeline = await bus_of(request), request.path_params["pipeline"]
    state = await _said(decisions.completed(bus, pipeline))
    found = undo_of(pipeline, state)
    if found is None:
        raise HTTPException(409, f"{pipeline} put nothing live, so there is nothing to roll back.")
    reads = site_of(request).reads
    live_now = await section(reads.live_release(found.platform, found.app, found.environment))
    return page(request, "rollback.html", undo=found, live_now=live_now)


async def rollback(request: Request) -> Response:
    """Take back everything that a completed pipeline did."""
    _, form = await forms.signed(request)
    bus, pipeline = await bus_of(request), request.path_params["pipeline"]
    state: saga.State = await _said(decisions.completed(bus, pipeline))
    if undo_of(pipeline, state) is None:
        raise HTTPException(409, f"{pipeline} put nothing live, so there is nothing to roll back.")
    await _said(
        decisions.rollback(bus, person_of(request), pipeline, reason=form.get("reason", ""))
    )
    return moved(f"/pipelines/{pipeline}", done="rollback")


async def _said(deciding: Awaitable[T]) -> T:
    """What came of a decision. Raises HTTPException when it was declined or could not be sent."""
    try:
        return await deciding
    except Declined as error:
        status = {"unknown": 404, "input": 422}.get(error.why, 409)
        raise HTTPException(status, f"{error}.") from None
    except BusError as error:
        raise HTTPException(
            503, f"The bus cannot be reached; nothing was decided: {error}"
        ) from error


ROUTES = [
    Route("/", overview),
    Route("/live", overview_live),
    Route("/pipelines/new", new),
    Route("/pipelines/new", start, methods=["POST"]),
    Route("/pipelines/{pipeline}", one),
    Route("/pipelines/{pipeline}/live", one_live),
    Route("/pipelines/{pipeline}/approve", approve, methods=["POST"]),
    Route("/pipelines/{pipeline}/cancel", cancel, methods=["POST"]),
    Route("/pipelines/{pipeline}/retry", retry, methods=["POST"]),
    Route("/pipelines/{pipeline}/rollback", undo),
    Route("/pipelines/{pipeline}/rollback", rollback, methods=["POST"]),
]
