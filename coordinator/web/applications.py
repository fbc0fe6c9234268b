"""Pages of apps: what is deployed where, how it does, and going back to the release before."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bus.errors import BusError
from coordinator.deployments import Deployment, deployments
from coordinator.lists import Filter
from coordinator.projection import Row
from coordinator.web import charts, forms
from coordinator.web.facts import NotReadable, Vital, Watched
from coordinator.web.pipelines import address, key_of
from coordinator.web.site import (
    AWAY,
    Section,
    bus_of,
    done,
    moved,
    page,
    person_of,
    section,
    site_of,
)

RELEASES = 8
DAYS = 90
WEEK = 7
ERRORS = 5
INCIDENTS = 8
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
METRICS = {"LCP": "Largest paint", "INP": "Response to input", "CLS": "Layout shift",
           "FCP": "First paint", "TTFB": "First byte"}  # fmt: skip
UNITLESS = "CLS"


class App(Struct, frozen=True, kw_only=True):
    """An app in an environment: its newest deployment, how it does, whether its page is public."""

    name: str
    environment: str
    deployment: Row | None
    watched: Watched | None
    public: bool


async def overview(request: Request) -> Response:
    """Every app in every environment."""
    reads = site_of(request).reads
    deployed, watched, public = await asyncio.gather(
        section(reads.applications()), section(reads.watched()), section(reads.published())
    )
    apps = _joined(deployed.value or (), watched.value or (), public.value or {})
    return page(request, "apps.html", apps=apps, deployed=deployed, watched=watched)


def _joined(
    deployed: Sequence[Row],
    watched: Sequence[Watched],
    public: object,
) -> list[App]:
    rows = {(row.app, row.environment): row for row in deployed}
    looks = {(one.app, one.environment): one for one in watched}
    switched = public if isinstance(public, dict) else {}
    return [
        App(
            name=key[0], environment=key[1], deployment=rows.get(key), watched=looks.get(key),
            public=key in switched,
        )
        for key in sorted({*rows, *looks})
    ]  # fmt: skip


def place_of(request: Request) -> tuple[str, str]:
    """App and environment of an address. Raises HTTPException for what can be none."""
    app, environment = request.path_params["app"], request.path_params["environment"]
    if not SLUG.fullmatch(app) or not SLUG.fullmatch(environment):
        raise HTTPException(404, "There is no such app.")
    return app, environment


async def one(request: Request) -> Response:
    """An app in an environment, with everything that is known of it."""
    app, environment = place_of(request)
    reads = site_of(request).reads
    releases, watched, public, incidents = await asyncio.gather(
        section(_releases(request, app, environment)),
        section(reads.watched(app, environment)),
        section(reads.published()),
        section(reads.incidents(app=app, environment=environment, limit=INCIDENTS)),
    )
    bars, times, errors, vitals, traffic = await asyncio.gather(
        section(reads.uptime_bars(app, environment, days=DAYS)),
        section(reads.response_times(app, environment, hours=24)),
        section(reads.error_groups(
            app=app, environment=environment, status="unresolved", limit=ERRORS, after=None)),
        section(reads.vitals(app, environment, days=WEEK)),
        section(reads.traffic(app, environment, days=30)),
    )  # fmt: skip
    look = next(iter(watched.value or ()), None)
    listed = releases.value
    if listed is not None and not listed.deployments and look is None and not listed.later:
        raise HTTPException(404, "There is no such app.")
    return page(
        request, "app.html", app=app, environment=environment, releases=releases, look=look,
        watched=watched, bars=bars, times=times, errors=errors, traffic=traffic,
        vitals=Section(_of_the_site(vitals.value or ()), vitals.problem), incidents=incidents,
        public=(app, environment) in (public.value or {}), charts=charts, metrics=METRICS,
        unitless=UNITLESS,
    )  # fmt: skip


class Releases(Struct, frozen=True, kw_only=True):
    """Deployments, newest first; `live` is the one that a rollback would take back, if any."""

    deployments: tuple[Deployment, ...]
    live: Deployment | None
    later: bool
    next: str


async def _releases(request: Request, app: str, environment: str) -> Releases:
    reads, after = site_of(request).reads, key_of(request)
    which = Filter(app=app, environment=environment)
    listed = await reads.pipelines(which, limit=RELEASES, after=after)
    try:
        bus = await bus_of(request)
        logs = await asyncio.gather(*(bus.read(row.id) for row in listed.rows))
    except (BusError, HTTPException) as error:
        raise NotReadable(f"The log cannot be read now: {error}") from None
    found = deployments(entry for log in logs for entry in log)
    return Releases(
        deployments=tuple(found),
        live=await _live(request, found) if after is None else None,
        later=after is not None,
        next=address(listed.next),
    )


async def _live(request: Request, found: Sequence[Deployment]) -> Deployment | None:
    """The newest deployment that holds, unless something else is known to be live."""
    newest = next((each for each in found if each.status == "completed" and each.release), None)
    if newest is None:
        return None
    reads = site_of(request).reads
    try:
        live = await reads.live_release(newest.platform, newest.app, newest.environment)
    except (NotReadable, *AWAY):
        return newest
    return newest if live == newest.release else None


def _of_the_site(vitals: Sequence[Vital]) -> list[Vital]:
    """The vitals of the whole site, which are listed first."""
    return [vital for vital in vitals if vital.page == vitals[0].page]


async def switch(request: Request) -> Response:
    """Make an app's status page public, or not."""
    _, form = await forms.signed(request)
    app, environment = place_of(request)
    if form.get("public") not in ("on", "off"):
        raise HTTPException(400, "The form is damaged; nothing was changed.")
    on = form["public"] == "on"
    await done(site_of(request).reads.publish(app, environment, person_of(request), on=on))
    return moved(f"/apps/{app}/{environment}", done="saved")


ROUTES = [
    Route("/apps", overview),
    Route("/apps/{app}/{environment}", one),
    Route("/apps/{app}/{environment}/public", switch, methods=["POST"]),
]
