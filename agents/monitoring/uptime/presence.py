"""Since when monitoring has been watching without a break.

Whatever should have happened in a break was not seen, and does not count as having not happened:
a process that was killed, a database that was away, a clock that jumped.
"""

from __future__ import annotations

import asyncpg

BREAK = 30.0
"""Seconds without a sign of life that are a break."""


async def present(connection: asyncpg.Connection, now: float) -> float:
    """Be here now; since when somebody has been."""
    since: float = await connection.fetchval(
        """insert into monitoring.presence as p (at, since)
           values (to_timestamp($1), to_timestamp($1))
           on conflict (one) do update set at = excluded.at,
               since = case when abs(extract(epoch from excluded.at - p.at)) > $2
                   then excluded.at else p.since end
           returning extract(epoch from since)::float8""",
        now, BREAK,
    )  # fmt: skip
    return since
