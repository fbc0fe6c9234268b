"""Reads of monitoring's database for those who have no connection: command line and dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from bus.settings import Settings


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[asyncpg.Connection | None]:
    """A connection, or None where the monitoring agent has made no tables yet.

    Raises asyncpg's errors and OSError when the database cannot be read.
    """
    connection = await asyncpg.connect(
        settings.database_url.reveal(), timeout=10, command_timeout=30
    )
    try:
        made = await connection.fetchval("select to_regclass('monitoring.vitals_recent')")
        yield connection if made is not None else None
    finally:
        connection.terminate()
