"""Who looks at which monitor now: turns, each given to one replica only.

A replica that dies with a turn loses it when the lease ends. Looks keep to a grid of their own for
each monitor, so that hundreds of them are spread over the interval and do not drift.
"""

from __future__ import annotations

from uuid import UUID

import asyncpg
from msgspec import Struct

from agents.monitoring.store import Monitor, monitor_of
from agents.monitoring.uptime.options import TIMEOUT

SPARE = 10.0
"""Seconds that one replica may take beyond those of the look, until it is recorded."""
AT_ONCE = 200
"""Turns taken at a time."""


class Turn(Struct, frozen=True):
    """A monitor whose next look is ours alone, as long as `lease` is in its row."""

    monitor: Monitor
    lease: UUID
    every: float


_TAKE = """
with due as (
    select app, environment,
        coalesce(nullif((options->>'every')::float8, 0), $2::float8) as every,
        coalesce((options->>'seconds')::float8, $3::float8) + $5::float8 as lease,
        mod(abs(hashtext(app || '/' || environment)::bigint), 10000) / 10000.0::float8 as phase
    from monitoring.monitors
    where (next_check <= to_timestamp($1)
           -- A clock that was set back would put it off for as long.
           or next_check > to_timestamp($1
               + 2 * coalesce(nullif((options->>'every')::float8, 0), $2::float8)))
        and (lease is null or lease_until < to_timestamp($1)
             or lease_until > to_timestamp(
                 $1 + coalesce((options->>'seconds')::float8, $3::float8) + $5::float8))
    order by next_check limit $4 for update skip locked
)
update monitoring.monitors m
set next_check = to_timestamp(
        -- The first place on its grid that is at least half an interval away.
        every * (ceil(($1 + every / 2) / every - phase) + phase)),
    lease = gen_random_uuid(), lease_until = to_timestamp($1 + due.lease)
from due where m.app = due.app and m.environment = due.environment
returning m.lease, due.every, m.app, m.environment, m.url, m.build_id, m.pipeline, m.options
"""


async def take_due(connection: asyncpg.Connection, interval: float, now: float) -> list[Turn]:
    """The monitors that are due, `interval` for those that say nothing else."""
    rows = await connection.fetch(_TAKE, now, interval, TIMEOUT, AT_ONCE, SPARE)
    return [Turn(monitor_of(row), row["lease"], row["every"]) for row in rows]
