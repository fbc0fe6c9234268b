"""Who came to an app and what they looked at, as command line and dashboard see it."""

from __future__ import annotations

from datetime import date, timedelta
from time import time as clock

import asyncpg
from msgspec import Struct

from agents.monitoring.reading import reading
from agents.monitoring.traffic.store import OTHER, day_of
from agents.monitoring.traffic.visitors import KEPT, count
from bus.settings import Settings

LISTED = 100
"""Names of one kind that are listed."""


class Day(Struct, frozen=True, kw_only=True):
    """A day in UTC as YYYY-MM-DD; `visitors` are the different people who saw a page on it."""

    day: str
    views: int
    visitors: int


class Count(Struct, frozen=True, kw_only=True):
    """How often a page was seen, a site led here, or an event happened."""

    name: str
    count: int


class Traffic(Struct, frozen=True, kw_only=True):
    """An app's traffic over some days, every one of them in `per_day`, oldest first.

    `visitors` adds up the days: nothing tells that somebody came on two. Up to 10,000 a day they
    are exact, beyond that with a standard error of 1 per cent. Views without a referrer are in
    none of `referrers`.
    """

    views: int
    visitors: int
    per_day: tuple[Day, ...]
    pages: tuple[Count, ...]
    referrers: tuple[Count, ...]
    events: tuple[Count, ...]


async def traffic(
    settings: Settings, *, app: str, environment: str, days: int = 7, now: float | None = None
) -> Traffic:
    """The last days (UTC), today among them."""
    today = day_of(clock() if now is None else now)
    first = today - timedelta(days - 1)
    views: dict[date, int] = {}
    visitors: dict[date, int] = {}
    names: dict[str, list[Count]] = {}
    async with reading(settings) as connection:
        if connection is not None:
            views = await _views(connection, app, environment, first)
            visitors = await _visitors(connection, app, environment, first)
            names = await _names(connection, app, environment, first)
    per_day = tuple(
        Day(day=day.isoformat(), views=views.get(day, 0), visitors=visitors.get(day, 0))
        for day in (first + timedelta(each) for each in range(days))
    )
    return Traffic(
        views=sum(day.views for day in per_day),
        visitors=sum(day.visitors for day in per_day),
        per_day=per_day,
        pages=tuple(names.get("page", ())),
        referrers=tuple(names.get("referrer", ())),
        events=tuple(names.get("event", ())),
    )


async def _views(
    connection: asyncpg.Connection, app: str, environment: str, first: date
) -> dict[date, int]:
    rows = await connection.fetch(
        """select day, sum(count)::bigint as views from monitoring.traffic_all
           where app = $1 and environment = $2 and day >= $3 and kind = 'page' group by day""",
        app, environment, first,
    )  # fmt: skip
    return {row["day"]: row["views"] for row in rows}


async def _visitors(
    connection: asyncpg.Connection, app: str, environment: str, first: date
) -> dict[date, int]:
    over = await connection.fetch(
        """select day, visitors from monitoring.traffic_days
           where app = $1 and environment = $2 and day >= $3""",
        app, environment, first,
    )  # fmt: skip
    running = await connection.fetch(
        """select day, visitor from (
               select day, visitor, row_number() over (partition by day order by visitor) as place
               from monitoring.traffic_visitors
               where app = $1 and environment = $2 and day >= $3) placed
           where place <= $4""",
        app, environment, first, KEPT,
    )  # fmt: skip
    numbers: dict[date, list[int]] = {}
    for row in running:
        numbers.setdefault(row["day"], []).append(row["visitor"])
    return {day: count(some) for day, some in numbers.items()} | {
        row["day"]: row["visitors"] for row in over
    }


async def _names(
    connection: asyncpg.Connection, app: str, environment: str, first: date
) -> dict[str, list[Count]]:
    rows = await connection.fetch(
        """select kind, name, count from (
               select kind, name, sum(count)::bigint as count, row_number() over (
                   partition by kind order by name = $4, sum(count) desc, name) as place
               from monitoring.traffic_all
               where app = $1 and environment = $2 and day >= $3 group by kind, name) placed
           where place <= $5 or name = $4 order by kind, place""",
        app, environment, first, OTHER, LISTED,
    )  # fmt: skip
    names: dict[str, list[Count]] = {}
    for row in rows:
        names.setdefault(row["kind"], []).append(Count(name=row["name"], count=row["count"]))
    return names
