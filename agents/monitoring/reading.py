"""Reads of monitoring's database for those who have no connection: command line and dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from bus.settings import Settings

CONNECTIONS = 4
PATIENCE = 10.0
"""Seconds until a connection must be there."""
LONGEST = 30.0
"""Seconds that a read may take, and that an idle connection is kept."""

_kept: dict[str, asyncpg.Pool] = {}


@asynccontextmanager
async def kept(settings: Settings) -> AsyncIterator[None]:
    """While open, the reads of this process share a few connections.

    For a process that reads often: to connect takes longer than most reads.
    """
    url = settings.database_url.reveal()
    pool = await asyncpg.create_pool(
        url, min_size=0, max_size=CONNECTIONS, timeout=PATIENCE, command_timeout=LONGEST,
        max_inactive_connection_lifetime=LONGEST, reset=_as_it_is,
    )  # fmt: skip
    _kept[url] = pool
    try:
        yield
    finally:
        del _kept[url]
        pool.terminate()


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Reads leave nothing behind that would have to be cleared away."""


@asynccontextmanager
async def connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection, a shared one where there are some. Raises asyncpg's errors and OSError."""
    url = settings.database_url.reveal()
    if (pool := _kept.get(url)) is not None:
        async with pool.acquire(timeout=PATIENCE) as shared:
            yield shared  # type: ignore[misc]  # the pool's stand-in has every method of it
        return
    own = await asyncpg.connect(url, timeout=PATIENCE, command_timeout=LONGEST)
    try:
        yield own
    finally:
        own.terminate()


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[asyncpg.Connection | None]:
    """A connection, or None where the monitoring agent has made no tables yet.

    Raises asyncpg's errors and OSError when the database cannot be read.
    """
    async with connection(settings) as found:
        made = await found.fetchval("select to_regclass('monitoring.vitals_recent')")
        yield found if made is not None else None
