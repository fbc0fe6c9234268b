"""Visits in PostgreSQL: counted as they come, never kept one by one.

Every name of a page, a site or an event is a row of its day, of the first `NAMES` of the day; the
others are counted together as `OTHER`. Roll-up (rollup.py) keeps fewer when the day is over.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import asyncpg
from msgspec import Struct

from agents.monitoring.traffic.hits import Hit
from agents.monitoring.traffic.visitors import KEPT, visitor

NAMES = 500
"""Rows of one kind that an app may have on the day that is running."""
OTHER = "(other)"
_SALT = 32


class Visit(Struct, frozen=True, kw_only=True):
    """A hit of an app, and what its visitor is told apart by: in memory only, until counted."""

    app: str
    environment: str
    hit: Hit
    address: str
    agent: str


async def count(connection: asyncpg.Connection, rows: Sequence[Visit], now: float) -> None:
    """Count a batch, in the transaction that is open: a sink of the batching writer."""
    day = day_of(now)
    await _add_names(connection, day, rows)
    salt = await _salt(connection, day)
    numbers = {
        (row.app, row.environment, _visitor(salt, row)) for row in rows if row.hit.kind == "view"
    }
    await _add_visitors(connection, day, sorted(numbers))


def day_of(now: float) -> date:
    """The day in UTC; an app's day does not depend on where Genesis runs."""
    return datetime.fromtimestamp(now, UTC).date()


def _named(hit: Hit) -> Iterable[tuple[str, str]]:
    if hit.kind == "event":
        yield "event", hit.name
        return
    yield "page", hit.page
    if hit.referrer:
        yield "referrer", hit.referrer


async def _add_names(connection: asyncpg.Connection, day: date, rows: Sequence[Visit]) -> None:
    tally = Counter(
        (row.app, row.environment, kind, name) for row in rows for kind, name in _named(row.hit)
    )
    # Sorted, so that two processes never wait for each other's rows.
    ordered = sorted(tally.items())
    columns = zip(*(key for key, _ in ordered), strict=True)
    await connection.execute(
        """with come as (
               select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
                   as come(app, environment, kind, name, count)),
           had as materialized (
               select app, environment, kind, (
                   select count(*) from monitoring.traffic_live t where t.day = $6
                       and (t.app, t.environment, t.kind) = (c.app, c.environment, c.kind)) as had
               from (select distinct app, environment, kind from come) c),
           marked as (
               select come.*, had.had, t.name is not null as known, row_number() over (
                   partition by come.app, come.environment, come.kind, t.name is not null
                   order by come.count desc, come.name) as place
               from come join had using (app, environment, kind)
               left join monitoring.traffic_live t on t.day = $6 and (t.app, t.environment, t.kind,
                   t.name) = (come.app, come.environment, come.kind, come.name)),
           admitted as (
               select app, environment, kind, sum(count) as count,
                   case when known or had + place < $7 then name else $8 end as name
               from marked group by 1, 2, 3, 5)
           insert into monitoring.traffic_live as t (app, environment, day, kind, name, count)
           select app, environment, $6, kind, name, count from admitted order by 1, 2, 4, 5
           on conflict (app, environment, day, kind, name)
               do update set count = t.count + excluded.count""",
        *map(list, columns), [count for _, count in ordered], day, NAMES, OTHER,
    )  # fmt: skip


async def _salt(connection: asyncpg.Connection, day: date) -> bytes:
    """The day's salt, for all processes the same."""
    known = await connection.fetchval(
        "select salt from monitoring.traffic_salts where day = $1", day
    )
    if known is None:
        known = await connection.fetchval(
            # Whoever comes second gets what the first made: the update gives the row back.
            """insert into monitoring.traffic_salts as known (day, salt) values ($1, $2)
               on conflict (day) do update set salt = known.salt returning salt""",
            day, secrets.token_bytes(_SALT),
        )  # fmt: skip
    return bytes(known)


def _visitor(salt: bytes, row: Visit) -> int:
    project = f"{row.app}/{row.environment}"
    if row.hit.person:
        return visitor(salt, project, "person", row.hit.person)
    return visitor(salt, project, "browser", row.address, row.agent)


async def _add_visitors(
    connection: asyncpg.Connection, day: date, numbers: Sequence[tuple[str, str, int]]
) -> None:
    """Add those that are among the day's smallest: the others change no count."""
    if not numbers:
        return
    await connection.execute(
        """with come as (
               select * from unnest($1::text[], $2::text[], $3::bigint[])
                   as come(app, environment, visitor)),
           full_ as materialized (
               select app, environment, (
                   select visitor from monitoring.traffic_visitors v where v.day = $4
                       and (v.app, v.environment) = (c.app, c.environment)
                   order by visitor offset $5 limit 1) as largest
               from (select distinct app, environment from come) c)
           insert into monitoring.traffic_visitors (app, environment, day, visitor)
           select app, environment, $4, visitor
           from come join full_ using (app, environment)
           where largest is null or visitor < largest order by 1, 2, 4
           on conflict do nothing""",
        *map(list, zip(*numbers, strict=True)), day, KEPT - 1,
    )  # fmt: skip
