"""The public status page of an app: seen without a session, and only where it is switched on.

It says when an app was up and when not, and nothing of why: what checks saw is not for everybody.
"""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coordinator.web import charts
from coordinator.web.applications import DAYS, INCIDENTS, place_of
from coordinator.web.site import page, section, site_of

UNKNOWN = "There is no such page."


async def status(request: Request) -> Response:
    """An app's status; the same answer for a page that is off and an app that never was."""
    app, environment = place_of(request)
    reads = site_of(request).reads
    public = await section(reads.published())
    if (app, environment) not in (public.value or {}):
        raise HTTPException(404, UNKNOWN)
    watched, bars, incidents = await asyncio.gather(
        section(reads.watched(app, environment)),
        section(reads.uptime_bars(app, environment, days=DAYS)),
        section(reads.incidents(app=app, environment=environment, limit=INCIDENTS)),
    )
    look = next(iter(watched.value or ()), None)
    shown = [each for each in incidents.value or () if each.kind == "uptime"]
    return page(
        request, "status.html", app=app, environment=environment, look=look, bars=bars,
        incidents=shown, readable=not (watched.problem or incidents.problem), charts=charts,
        days=DAYS,
    )  # fmt: skip


ROUTES = [Route("/status/{app}/{environment}", status)]
