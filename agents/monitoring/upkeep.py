"""What has to be done with signals by the clock, by one replica at a time.

Every minute values of Web Vitals that are final are counted, pages are judged, errors are minded,
and after midnight the day's visitors are forgotten; every hour what is over is rolled up and what
is old goes (retention.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import structlog

from agents.monitoring import rolled, store
from agents.monitoring.errors.minding import mind
from agents.monitoring.retention import keep_house
from agents.monitoring.traffic.rollup import forget_visitors
from agents.monitoring.vitals.judge import judge_all
from agents.monitoring.vitals.store import settle

log = structlog.get_logger()

LOCK = 0x67656E36
"""Advisory lock of whoever is at it."""
EVERY = 60.0

Part = Callable[[asyncpg.Connection, float], Awaitable[object]]


async def upkeep(
    url: str, stop: asyncio.Event, *, now: Callable[[], float] = time.time, every: float = EVERY
) -> None:
    """Do what is due until `stop`; what fails is tried again the next time."""
    while not stop.is_set():
        try:
            async with store.connected(url) as connection:
                await turn(connection, now())
        except store.TRANSIENT as error:
            log.warning("signals are not rolled up: the database is away", error=str(error))
        except Exception:
            log.exception("signals could not be rolled up")
        try:
            await asyncio.wait_for(stop.wait(), every)
        except TimeoutError:
            continue


PARTS: tuple[tuple[str, float, Part], ...] = (
    ("visitors", 0, forget_visitors),
    ("vitals", 0, settle),
    ("errors", 0, mind),
    ("pages", 600, judge_all),
    ("house", 3600, keep_house),
)
"""What is due how many seconds after it was done last, at once where these are 0.

One that breaks does not keep the others from their work.
"""


async def turn(connection: asyncpg.Connection, now: float) -> bool:
    """Do what is due, unless another replica is at it; says whether."""
    async with _alone(connection) as alone:
        for name, every, part in PARTS if alone else ():
            last = await rolled.until(connection, name) if every else None
            # A clock that was ahead must not keep it waiting.
            if last is None or not 0 <= now - last < every:
                await _do(name, part, connection, now)
                if every:
                    await rolled.set_until(connection, name, now)
        return alone


async def _do(name: str, part: Part, connection: asyncpg.Connection, now: float) -> None:
    try:
        await part(connection, now)
    except store.TRANSIENT:
        raise
    except Exception:
        log.exception("a part of the upkeep broke", part=name)


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncIterator[bool]:
    """Whether nobody else is at it; a replica that dies gives up its lock with its connection."""
    alone: bool = await connection.fetchval("select pg_try_advisory_lock($1)", LOCK)
    try:
        yield alone
    finally:
        if alone:
            await connection.execute("select pg_advisory_unlock($1)", LOCK)
