"""Which pages became poor and which are good again: told once, and not at every little change.

A metric of a page on a kind of device is poor when three quarters of the last day's visits are not
within its threshold, of at least `ENOUGH` visits. It is over only when it is *good* again, with
as many visits; what lies between changes nothing. Without enough visits for `FORGOTTEN` it is
over too, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

import asyncpg
from msgspec import Struct

from agents.monitoring.findings import Finding, report
from agents.monitoring.vitals.beacon import OTHER
from agents.monitoring.vitals.histogram import Histogram
from agents.monitoring.vitals.metrics import CORE, METRICS, Metric
from agents.monitoring.vitals.reads import DAY, Place, spreads

WINDOW = DAY
ENOUGH = 50
PAGES = 20
"""Pages of an app that are judged: those with most visits."""
FORGOTTEN = 3 * DAY


class Change(Struct, frozen=True):
    """A place became poor, or is not any more: good again, or no longer seen."""

    place: Place
    kind: Literal["poor", "good", "unseen"]


def judge(
    counted: Mapping[Place, Histogram], poor: Mapping[Place, float], now: float
) -> list[Change]:
    """What changed, given what was poor and since when (seconds since 1970)."""
    changes = [
        Change(place, "poor")
        for place in sorted(_judged(counted))
        if place not in poor and counted[place].rating() == "poor"
    ]
    for place, since in sorted(poor.items()):
        spread = counted.get(place)
        if spread is not None and spread.samples >= ENOUGH:
            if spread.rating() == "good":
                changes.append(Change(place, "good"))
        elif now - since > FORGOTTEN:
            changes.append(Change(place, "unseen"))
    return changes


def _judged(counted: Mapping[Place, Histogram]) -> Iterable[Place]:
    visits: dict[str, int] = {}
    for (_, page, _), spread in counted.items():
        visits[page] = visits.get(page, 0) + spread.samples
    visits.pop(OTHER, None)
    most = set(sorted(visits, key=lambda page: (-visits[page], page))[:PAGES])
    return (
        place for place, spread in counted.items()
        if place[1] in most and spread.samples >= ENOUGH
    )  # fmt: skip


def finding(app: str, environment: str, change: Change, spread: Histogram, now: float) -> Finding:
    """A change, for alerts: a warning for the core metrics, else for information."""
    name, page, device = change.place
    metric = METRICS[name]
    match change.kind:
        case "poor":
            title = f"{name} of {page} is poor on {device}s: {shown(metric, spread.p75(metric))}"
        case "good":
            title = f"{name} of {page} is good again: {shown(metric, spread.p75(metric))}"
        case "unseen":
            title = f"{name} of {page} is not poor any more: hardly anybody comes on {device}s"
    detail = (
        f"75th percentile of {spread.samples} visits in 24 hours; good up to "
        f"{shown(metric, metric.good)}, poor above {shown(metric, metric.poor)}; "
        f"{spread.good} were good, {spread.middling} middling, {spread.poor} poor"
    )
    return Finding(
        app=app, environment=environment, kind="vitals", key=f"vitals:{name}:{page}:{device}",
        firing=change.kind == "poor", severity="warning" if name in CORE else "info",
        title=title, detail=detail, at=now,
    )  # fmt: skip


def shown(metric: Metric, value: float) -> str:
    """A value with its unit, as people read it."""
    return f"{value:.2f}" if metric.step < 1 else f"{value:,.0f} ms"


async def judge_all(connection: asyncpg.Connection, now: float) -> None:
    """Judge every app that was visited in the last day or has poor pages, and report."""
    since = datetime.fromtimestamp(now - WINDOW, UTC)
    apps = await connection.fetch(
        """select app, environment from monitoring.vitals_recent where last_at >= $1
           union select app, environment from monitoring.vitals_spread
               where span = 'hour' and since >= $1
           union select app, environment from monitoring.vitals_poor""",
        since,
    )
    for app, environment in apps:
        async with connection.transaction():
            await _judge_app(connection, app, environment, since, now)


async def _judge_app(
    connection: asyncpg.Connection, app: str, environment: str, since: datetime, now: float
) -> None:
    counted = await spreads(connection, app, environment, since)
    poor = {
        (row["metric"], row["page"], row["device"]): row["since"].timestamp()
        for row in await connection.fetch(
            """select metric, page, device, since from monitoring.vitals_poor
               where app = $1 and environment = $2""",
            app, environment,
        )
    }  # fmt: skip
    for change in judge(counted, poor, now):
        if change.kind == "poor":
            await connection.execute(
                """insert into monitoring.vitals_poor
                       (app, environment, metric, page, device, since)
                   values ($1, $2, $3, $4, $5, to_timestamp($6))""",
                app, environment, *change.place, now,
            )  # fmt: skip
        else:
            await connection.execute(
                """delete from monitoring.vitals_poor where app = $1 and environment = $2
                   and metric = $3 and page = $4 and device = $5""",
                app, environment, *change.place,
            )  # fmt: skip
        spread = counted.get(change.place, Histogram())
        await report(connection, finding(app, environment, change, spread, now))
