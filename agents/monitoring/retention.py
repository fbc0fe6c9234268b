"""What monitoring keeps for how long, in one table, and how the rest goes.

What still lasts (an incident that is open) is kept however old it is: `only` says what may go.
Besides, looks at apps move to minutes, hours and days (uptime/rollup.py), values of Web Vitals to
hours and days (vitals/store.py, rollup.py), errors have bounds by number (errors/minding.py), and
alerts that are settled go with their deliveries after 90 days (alerts/store.py).

What an app may take in a year at most, whatever it sends: `BOUND_TRAFFIC` and `BOUND_VITALS` bytes
with indexes, as tests/agents/monitoring/test_retention.py measures with the widest names and
spreads; an app with ten pages of ordinary names takes a tenth of it.
"""

from __future__ import annotations

import asyncpg
import structlog
from msgspec import Struct

from agents.monitoring.traffic.rollup import roll_up as roll_up_traffic
from agents.monitoring.vitals.rollup import roll_up as roll_up_vitals

log = structlog.get_logger()

DAY = 86_400.0
MIB = 1024 * 1024
BOUND_TRAFFIC = 24 * MIB
BOUND_VITALS = 64 * MIB
_AT_ONCE = 5_000
"""Rows that are deleted in one transaction, so that nobody waits for long."""


class Kept(Struct, frozen=True):
    """Rows of a table, kept for so many days after a time of theirs; without one for ever."""

    table: str
    time: str
    days: int
    only: str = "true"


TABLE: tuple[Kept, ...] = (
    Kept("traffic", "day", 400),
    Kept("traffic_days", "day", 400),
    Kept("vitals_spread", "since", 400),
    Kept("rollups", "at", 400),
    Kept("incidents", "resolved_at", 400, only="told = 2"),
    Kept("findings", "at", 90),
    Kept("check_ins", "at", 90),
    Kept("silences", "to_timestamp(until)", 90),
    Kept("signal_writers", "at", 7),
)


async def keep_house(connection: asyncpg.Connection, now: float) -> None:
    """Roll up what is over and forget what is old; once an hour, by one replica."""
    await roll_up_traffic(connection, now)
    await roll_up_vitals(connection, now)
    for kept in TABLE:
        await forget(connection, kept, now)


async def forget(connection: asyncpg.Connection, kept: Kept, now: float) -> int:
    """Delete the rows of a table that were kept long enough; says how many."""
    table = f"monitoring.{kept.table}"
    if await connection.fetchval("select to_regclass($1)", table) is None:
        return 0
    gone = 0
    while True:
        deleted = await connection.execute(
            f"""delete from {table} where ctid = any(array(
                    select ctid from {table}
                    where {kept.time} < to_timestamp($1) and ({kept.only}) limit {_AT_ONCE}))""",  # noqa: S608  names of the table above
            now - kept.days * DAY,
        )
        some = int(deleted.rpartition(" ")[2])
        gone += some
        if some < _AT_ONCE:
            return gone
