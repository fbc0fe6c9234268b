"""How an app's pages do, as command line, dashboard and alerts see it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time
from time import time as clock

import asyncpg
from msgspec import Struct

from agents.monitoring.reading import reading
from agents.monitoring.traffic.store import day_of
from agents.monitoring.vitals.beacon import OTHER
from agents.monitoring.vitals.histogram import Histogram
from agents.monitoring.vitals.metrics import METRICS, NAMES, Device, Name, Rating
from agents.monitoring.vitals.store import spread
from bus.settings import Settings

ALL = "(all pages)"
"""The page of what counts the whole site."""
DAY = 86_400.0

Place = tuple[Name, str, Device]
"""Metric, page and device."""


class Vital(Struct, frozen=True, kw_only=True):
    """A metric of a page on a kind of device.

    `p75` is the 75th percentile of the visits in milliseconds (of CLS without a unit), off by at
    most 2.5 per cent or one step; `rating` and the numbers of visits that were good, middling and
    poor are exact.
    """

    metric: Name
    page: str
    device: Device
    p75: float
    samples: int
    rating: Rating
    good: int
    middling: int
    poor: int


async def vitals(
    settings: Settings, *, app: str, environment: str, days: int = 7, now: float | None = None
) -> list[Vital]:
    """The last days (UTC, today among them): first the whole site as `ALL`, then by visits.

    `OTHER` are the pages that are not counted by themselves.
    """
    now = clock() if now is None else now
    since = datetime.combine(day_of(now - (days - 1) * DAY), time(), UTC)
    async with reading(settings) as connection:
        if connection is None:
            return []
        return listed(await spreads(connection, app, environment, since))


async def spreads(
    connection: asyncpg.Connection, app: str, environment: str, since: datetime
) -> dict[Place, Histogram]:
    """What was counted of an app since then, settled or not."""
    found: dict[Place, Histogram] = defaultdict(Histogram)
    for row in await connection.fetch(
        """select page, device, metric, good, middling, poor, buckets
           from monitoring.vitals_spread
           where app = $1 and environment = $2 and span in ('hour', 'day') and since >= $3""",
        app, environment, since,
    ):  # fmt: skip
        found[row["metric"], row["page"], row["device"]].merge(spread(row))
    for row in await connection.fetch(
        """select page, device, metric, value from monitoring.vitals_recent
           where app = $1 and environment = $2 and first_at >= $3""",
        app, environment, since,
    ):  # fmt: skip
        where = row["metric"], row["page"], row["device"]
        found[where].add(METRICS[row["metric"]], row["value"])
    return found


def listed(found: dict[Place, Histogram]) -> list[Vital]:
    """Spreads as vitals, those of the whole site first, then pages by their visits."""
    places: dict[Place, Histogram] = defaultdict(Histogram)
    for (metric, _, device), one in found.items():
        places[metric, ALL, device].merge(one)
    visits: dict[str, int] = defaultdict(int)
    for (_, page, _), one in found.items():
        visits[page] += one.samples
    ordered = sorted(visits, key=lambda page: (page == OTHER, -visits[page], page))
    rank = {page: place for place, page in enumerate([ALL, *ordered])}
    places.update(found)
    return [
        _vital(place, places[place])
        for place in sorted(places, key=lambda at: (rank[at[1]], NAMES.index(at[0]), at[2]))
    ]


def _vital(place: Place, counted: Histogram) -> Vital:
    metric, page, device = place
    return Vital(
        metric=metric, page=page, device=device, p75=counted.p75(METRICS[metric]),
        samples=counted.samples, rating=counted.rating(), good=counted.good,
        middling=counted.middling, poor=counted.poor,
    )  # fmt: skip
