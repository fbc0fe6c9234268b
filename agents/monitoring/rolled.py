"""Up to when each part of monitoring was rolled up."""

from __future__ import annotations

import asyncpg


async def until(connection: asyncpg.Connection, part: str) -> float | None:
    """Seconds since 1970; None when the part never was."""
    found: float | None = await connection.fetchval(
        "select extract(epoch from until)::float8 from monitoring.rolled_up where part = $1", part
    )
    return found


async def set_until(connection: asyncpg.Connection, part: str, moment: float) -> None:
    """Remember it, in the transaction that rolled it up."""
    await connection.execute(
        """insert into monitoring.rolled_up (part, until) values ($1, to_timestamp($2))
           on conflict (part) do update set until = excluded.until""",
        part,
        moment,
    )
