"""Keeps a year of looks small: what is older is counted together, and each look once only.

A look moves: from `checks` to the minute it was made in after an hour, from there to its hour
after a day, to its day after ninety; `agents.monitoring.retention` forgets days after 400. Each
move takes rows out and adds them to where they go in one statement, so that a process that dies, a
clock that jumps or two replicas at once neither lose a look nor count one twice.

What that comes to, for one monitor whatever its interval: at most `rows_of(interval)` rows; with
one look a second some 3,700 looks, 1,440 minutes, 2,160 hours and 311 days.
"""

from __future__ import annotations

import asyncpg

MINUTE, HOUR, DAY = 60, 3600, 86_400
KEEP_LOOKS = HOUR
KEEP_MINUTES = DAY
KEEP_HOURS = 90 * DAY
KEEP_DAYS = 400 * DAY
"""As `agents.monitoring.retention` has it."""
BYTES_A_ROW = 400
"""The most bytes that a row takes with its indexes."""
EVERY = 60.0
"""Seconds between two roll-ups."""
AT_ONCE = 20_000
"""Rows that one move takes, so that none takes long."""
LOCK = 0x67656E33
PER_OCTAVE = 4
BINS = 64
"""Bins of the histogram: a quarter of an octave each, from 1 ms on, so that a percentile read
from it is off by a tenth at most. The last one has all that took longer than a minute."""


def rows_of(interval: float) -> float:
    """The most rows that a monitor leaves, with a little for what waits to be moved."""
    looks = (KEEP_LOOKS + 2 * EVERY) / interval
    minutes = (KEEP_MINUTES - KEEP_LOOKS + HOUR) / MINUTE
    hours = (KEEP_HOURS - KEEP_MINUTES + DAY) / HOUR
    days = (KEEP_DAYS - KEEP_HOURS + DAY) / DAY
    return looks + minutes + hours + days


_FROM_LOOKS = f"""
with gone as (
    delete from monitoring.checks where ctid = any (array(
        select ctid from monitoring.checks where at < to_timestamp($1)
        order by at limit {AT_ONCE} for update skip locked))
    returning app, environment, up, milliseconds, counted,
        to_timestamp(floor(extract(epoch from at) / {MINUTE}) * {MINUTE}) as at
), parts as (
    select app, environment, at, 1 as checks, (not up)::integer as failed,
        case when up then least({BINS - 1}, greatest(0,
            floor({PER_OCTAVE} * ln(greatest(1, milliseconds)) / ln(2::float8))))::smallint
        end as bin, 1 as count
    from gone where counted
), taken as (
    insert into monitoring.rollups as r (app, environment, step, at, checks, failed, bins, counts)
    select t.app, t.environment, {MINUTE}, t.at, t.checks, t.failed,
        coalesce(b.bins, '{{}}'), coalesce(b.counts, '{{}}')
    from (select app, environment, at, sum(checks) as checks, sum(failed) as failed
          from parts group by 1, 2, 3) t
    left join (
        select app, environment, at, array_agg(bin order by bin) as bins,
            array_agg(count order by bin) as counts
        from (select app, environment, at, bin, sum(count)::integer as count
              from parts where bin is not null group by 1, 2, 3, 4) x
        group by 1, 2, 3
    ) b using (app, environment, at)
    on conflict (app, environment, step, at) do update
    set checks = r.checks + excluded.checks, failed = r.failed + excluded.failed,
        (bins, counts) = (select m.bins, m.counts
            from monitoring.merged(r.bins, r.counts, excluded.bins, excluded.counts) m)
)
select count(*)::integer from gone
"""  # noqa: S608  numbers of our own
_FROM_ROLLUPS = f"""
with gone as (
    delete from monitoring.rollups where ctid = any (array(
        select ctid from monitoring.rollups where step = $2 and at < to_timestamp($1)
        order by at limit {AT_ONCE} for update skip locked))
    returning app, environment, checks, failed, bins, counts,
        to_timestamp(floor(extract(epoch from at) / $3::float8) * $3::float8) as at
), taken as (
    insert into monitoring.rollups as r (app, environment, step, at, checks, failed, bins, counts)
    select t.app, t.environment, $3::integer, t.at, t.checks, t.failed,
        coalesce(b.bins, '{{}}'), coalesce(b.counts, '{{}}')
    from (select app, environment, at, sum(checks) as checks, sum(failed) as failed
          from gone group by 1, 2, 3) t
    left join (
        select app, environment, at, array_agg(bin order by bin) as bins,
            array_agg(count order by bin) as counts
        from (select g.app, g.environment, g.at, u.bin, sum(u.count)::integer as count
              from gone g, unnest(g.bins, g.counts) u (bin, count) group by 1, 2, 3, 4) x
        group by 1, 2, 3
    ) b using (app, environment, at)
    on conflict (app, environment, step, at) do update
    set checks = r.checks + excluded.checks, failed = r.failed + excluded.failed,
        (bins, counts) = (select m.bins, m.counts
            from monitoring.merged(r.bins, r.counts, excluded.bins, excluded.counts) m)
)
select count(*)::integer from gone
"""  # noqa: S608  numbers of our own


async def roll_up(connection: asyncpg.Connection, now: float) -> None:
    """Move everything that is old enough, one replica at a time; others return at once."""
    if not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
        return
    try:
        # Whole minutes, hours and days, so that none is moved in two parts.
        await _all(connection, _FROM_LOOKS, _floor(now - KEEP_LOOKS, MINUTE))
        await _all(connection, _FROM_ROLLUPS, _floor(now - KEEP_MINUTES, HOUR), MINUTE, HOUR)
        await _all(connection, _FROM_ROLLUPS, _floor(now - KEEP_HOURS, DAY), HOUR, DAY)
    finally:
        await connection.execute("select pg_advisory_unlock($1)", LOCK)


async def _all(connection: asyncpg.Connection, sql: str, *arguments: float) -> None:
    while await connection.fetchval(sql, *arguments) >= AT_ONCE:
        pass


def _floor(at: float, step: int) -> float:
    return at // step * step
