"""What stays of a day's traffic when it is over: the counts, and nothing of the visitors.

Names keep their place by how often they were counted; the rest is added to `OTHER`, so that sums
stay what they were.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import asyncpg

from agents.monitoring import rolled
from agents.monitoring.traffic.store import NAMES, OTHER, day_of
from agents.monitoring.traffic.visitors import KEPT, count, keep

KEPT_NAMES = 50
"""Names of one kind that a day keeps when it is over …"""
OLD = 60
"""… and after so many days:"""
OLD_NAMES = 10
LATE = 60.0
"""Seconds after midnight in which what came before is still written."""


async def forget_visitors(connection: asyncpg.Connection, now: float) -> None:
    """Count the visitors of days that are over, then forget them and their salts."""
    async with connection.transaction():
        await _forget(connection, day_of(now - LATE))


async def roll_up(connection: asyncpg.Connection, now: float) -> None:
    """Take the small names out of days that are over; make room in the one that is running."""
    today = day_of(now - LATE)
    async with connection.transaction():
        await _fold(connection, "traffic_live", date.min, today, KEPT_NAMES)
        await connection.execute(
            """with over as (delete from monitoring.traffic_live where day < $1 returning *)
               insert into monitoring.traffic as t select * from over order by 1, 2, 3, 4, 5
               on conflict (app, environment, day, kind, name)
                   do update set count = t.count + excluded.count""",
            today,
        )
    async with connection.transaction():
        running = day_of(now) + timedelta(1)
        await _fold(connection, "traffic_live", today, running, NAMES // 2, at_least=NAMES)
    async with connection.transaction():
        begin = await rolled.until(connection, "traffic")
        first, end = day_of(begin or 0.0), today - timedelta(OLD)
        await _fold(connection, "traffic", first, end, OLD_NAMES)
        moment = datetime.combine(end, time(), UTC)
        await rolled.set_until(connection, "traffic", moment.timestamp())


async def _forget(connection: asyncpg.Connection, today: date) -> None:
    days = await connection.fetch(
        """select distinct app, environment, day from monitoring.traffic_visitors
           where day < $1""",
        today,
    )
    for row in days:
        numbers = await connection.fetch(
            """select visitor from monitoring.traffic_visitors
               where app = $1 and environment = $2 and day = $3 order by visitor limit $4""",
            *row, KEPT,
        )  # fmt: skip
        await connection.execute(
            """insert into monitoring.traffic_days as known (app, environment, day, visitors)
               values ($1, $2, $3, $4) on conflict (app, environment, day)
                   do update set visitors = greatest(known.visitors, excluded.visitors)""",
            *row, count(keep(each["visitor"] for each in numbers)),
        )  # fmt: skip
    await connection.execute("delete from monitoring.traffic_visitors where day < $1", today)
    await connection.execute("delete from monitoring.traffic_salts where day < $1", today)


async def _fold(
    connection: asyncpg.Connection,
    table: str,
    first: date,
    end: date,
    names: int,
    *,
    at_least: int = 0,
) -> None:
    """Of days from `first` to before `end`, keep the `names` largest of each kind by name.

    Days with fewer rows of a kind than `at_least` stay as they are.
    """
    await connection.execute(
        f"""with placed as (
               select t.*, row_number() over kinds as place, count(*) over (
                   partition by app, environment, day, kind) as rows
               from monitoring.{table} t where day >= $1 and day < $2
               window kinds as (partition by app, environment, day, kind
                   order by name = $4, count desc, name)),
           small as (
               delete from monitoring.{table} t using placed p
               where p.place > $3 and p.rows >= $5 and p.name <> $4
                   and (t.app, t.environment, t.day, t.kind, t.name)
                       = (p.app, p.environment, p.day, p.kind, p.name)
               returning t.*)
           insert into monitoring.{table} as t (app, environment, day, kind, name, count)
           select app, environment, day, kind, $4, sum(count) from small group by 1, 2, 3, 4
           on conflict (app, environment, day, kind, name)
               do update set count = t.count + excluded.count""",  # noqa: S608  a table of ours
        first, end, names, OTHER, at_least,
    )  # fmt: skip
