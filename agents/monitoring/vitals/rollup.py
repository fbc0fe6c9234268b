"""Spreads of hours become those of days, and days that are old keep no pages.

Sums stay what they were: what is not kept by its name is added to `OTHER`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

import asyncpg

from agents.monitoring import rolled
from agents.monitoring.traffic.store import day_of
from agents.monitoring.vitals.histogram import Histogram
from agents.monitoring.vitals.store import Series, add, spread

HOURS = timedelta(days=1)
"""How long the hours of a day are kept one by one when it is over."""
DAY_PAGES = 20
"""Pages that a day keeps …"""
OLD = timedelta(days=60)
"""… for so long; after that it has none."""


async def roll_up(connection: asyncpg.Connection, now: float) -> None:
    """Make days of the hours that are over long enough, and take the pages out of old days."""
    today = datetime.combine(day_of(now), time(), UTC)
    await _to_days(connection, "hour", None, today - HOURS, DAY_PAGES)
    begin = await rolled.until(connection, "vitals old")
    since = datetime.fromtimestamp(begin, UTC) if begin is not None else None
    await _to_days(connection, "day", since, today - OLD, 0)
    await rolled.set_until(connection, "vitals old", (today - OLD).timestamp())


async def _to_days(
    connection: asyncpg.Connection, span: str, begin: datetime | None, end: datetime, pages: int
) -> None:
    """Put spreads of a span from `begin` to before `end` together by day, with so many pages."""
    days = await connection.fetch(
        """select distinct app, environment, date_trunc('day', since, 'UTC') as day
           from monitoring.vitals_spread
           where span = $1 and since < $2 and ($3::timestamptz is null or since >= $3)
           order by 3, 1, 2""",
        span, end, begin,
    )  # fmt: skip
    for app, environment, day in days:
        async with connection.transaction():
            rows = await connection.fetch(
                """delete from monitoring.vitals_spread
                   where app = $1 and environment = $2 and span = $3
                       and since >= $4 and since < $4 + interval '1 day'
                   returning page, device, metric, good, middling, poor, buckets""",
                app, environment, span, day,
            )  # fmt: skip
            await add(connection, _of_day(app, environment, day, rows), pages)


def _of_day(
    app: str, environment: str, day: datetime, rows: Iterable[asyncpg.Record]
) -> dict[Series, Histogram]:
    spreads: dict[Series, Histogram] = defaultdict(Histogram)
    for row in rows:
        series = Series(app, environment, "day", day, row["page"], row["device"], row["metric"])
        spreads[series].merge(spread(row))
    return spreads
