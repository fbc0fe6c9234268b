"""User agents of people, and a database of monitoring without its server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from agents.monitoring import store

DESKTOP = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
    " Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
NOON = 1_796_040_000.0
"""2026-11-30, 12:00 UTC."""
HOUR = 3600.0
DAY = 86_400.0


@asynccontextmanager
async def monitoring(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with monitoring's tables."""
    async with store.connected(url) as connection:
        yield connection
