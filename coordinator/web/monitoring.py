"""Pages of what live apps report: errors, incidents, alerts and silences."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coordinator.web import charts, forms
from coordinator.web.applications import SLUG
from coordinator.web.site import done, moved, page, person_of, section, site_of

ON_A_PAGE = 30
STATUSES = ("unresolved", "resolved", "ignored")
SPANS = {"1": 3600.0, "4": 4 * 3600.0, "24": 86_400.0, "168": 7 * 86_400.0}
"""How long a silence may be asked for, by hours."""
MOST_WHY = 500


async def errors(request: Request) -> Response:
    """Groups of errors, the last seen first."""
    query = request.query_params
    status, app, environment = (query.get(key, "") for key in ("status", "app", "environment"))
    status = status or "unresolved"
    if status not in STATUSES or any(
        each and not SLUG.fullmatch(each) for each in (app, environment)
    ):
        raise HTTPException(404, "There is no such page.")
    after = _number(query.get("after", "")) if query.get("after") else None
    found = await section(
        site_of(request).reads.error_groups(
            app=app, environment=environment, status=status, limit=ON_A_PAGE + 1, after=after
        )
    )
    groups = list(found.value or ())
    return page(
        request, "errors.html", found=found, groups=groups[:ON_A_PAGE], status=status, app=app,
        environment=environment, statuses=STATUSES, charts=charts, first=after is None,
        following=groups[ON_A_PAGE - 1].group if len(groups) > ON_A_PAGE else None,
    )  # fmt: skip


def _number(text: str) -> int:
    """A number of ours in an address. Raises HTTPException for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004  fits a bigint
        raise HTTPException(404, "There is no such page.")
    return int(text)


async def error(request: Request) -> Response:
    """A group of errors with the stack of its newest event."""
    group = _number(request.path_params["group"])
    found = await section(site_of(request).reads.error_group(group))
    if found.value is None and not found.problem:
        raise HTTPException(404, "There is no such group of errors.")
    return page(request, "error_group.html", found=found, detail=found.value, charts=charts)


async def mark(request: Request) -> Response:
    """Resolve a group, ignore it, or neither."""
    _, form = await forms.signed(request)
    group, status = _number(request.path_params["group"]), form.get("status", "")
    if status not in STATUSES:
        raise HTTPException(400, "The form is damaged; nothing was changed.")
    reads = site_of(request).reads
    if not await done(reads.set_error_status(group, status, person_of(request))):
        raise HTTPException(404, "There is no such group of errors; nothing was changed.")
    return moved(f"/errors/{group}", done="saved")


async def incidents(request: Request) -> Response:
    """Incidents, those that are open and those that are over."""
    found = await section(site_of(request).reads.incidents(app="", environment="", limit=100))
    return page(request, "incidents.html", found=found)


async def incident(request: Request) -> Response:
    """One incident with what happened in it."""
    found = await section(site_of(request).reads.incident(request.path_params["incident"][:64]))
    if found.value is None and not found.problem:
        raise HTTPException(404, "There is no such incident.")
    return page(request, "incident.html", found=found, detail=found.value)


async def alerts(request: Request) -> Response:
    """Alerts with what became of telling people, and who is not to be told."""
    reads = site_of(request).reads
    found, silences, deployed = await asyncio.gather(
        section(reads.alerts(limit=100)), section(reads.silences()), section(reads.applications())
    )
    apps = sorted({one.app for one in deployed.value or ()})
    return page(request, "alerts.html", found=found, silences=silences, apps=apps, spans=SPANS)


async def silence(request: Request) -> Response:
    """Tell nobody of an app for a while."""
    _, form = await forms.signed(request)
    app, span, why = form.get("app", ""), form.get("hours", ""), form.get("why", "")
    if span not in SPANS or (app and not SLUG.fullmatch(app)):
        raise HTTPException(400, "The form is damaged; nothing was changed.")
    if not why or len(why) > MOST_WHY:
        raise HTTPException(422, "A silence needs a reason of at most 500 characters;"
                                 " nothing was changed.")  # fmt: skip
    site = site_of(request)
    await done(site.reads.silence(app, site.clock() + SPANS[span], why, person_of(request)))
    return moved("/alerts", done="silenced")


async def speak(request: Request) -> Response:
    """End a silence."""
    await forms.signed(request)
    number = _number(request.path_params["silence"])
    if not await done(site_of(request).reads.end_silence(number)):
        raise HTTPException(404, "This silence has ended already; nothing was changed.")
    return moved("/alerts", done="saved")


ROUTES = [
    Route("/errors", errors),
    Route("/errors/{group}", error),
    Route("/errors/{group}/status", mark, methods=["POST"]),
    Route("/incidents", incidents),
    Route("/incidents/{incident}", incident),
    Route("/alerts", alerts),
    Route("/alerts/silences", silence, methods=["POST"]),
    Route("/alerts/silences/{silence}/end", speak, methods=["POST"]),
]
