"""Goes round the live apps for ever; any number of replicas share the round."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
import httpx
import structlog

from agents.monitoring import store
from agents.monitoring.check import look
from contracts.messages import IncidentOpened, IncidentResolved, Message

log = structlog.get_logger()

Tell = Callable[[Message], Awaitable[None]]

LOOK_FOR_DUE = 0.5
"""Seconds between looks for monitors that are due."""
AWAY = 2.0
"""Seconds until a database that is away is tried again."""
PRUNE_EVERY = 3600.0


async def watch(url: str, interval: float, stop: asyncio.Event, tell: Tell) -> None:
    """Check what is due until `stop`; a database that is away is waited for."""
    away = False
    while not stop.is_set():
        try:
            async with store.connected(url) as connection, httpx.AsyncClient() as client:
                away = False
                await _rounds(connection, client, interval, stop, tell)
        except store.TRANSIENT as error:
            if not away:
                log.warning("monitoring waits for its database", error=str(error))
            away = True
            await _pause(stop, AWAY)


async def _rounds(
    connection: asyncpg.Connection,
    client: httpx.AsyncClient,
    interval: float,
    stop: asyncio.Event,
    tell: Tell,
) -> None:
    prune_at = time.monotonic()
    while not stop.is_set():
        if time.monotonic() >= prune_at:
            await store.prune(connection)
            prune_at = time.monotonic() + PRUNE_EVERY
        due = await store.take_due(connection, interval)
        looks = await asyncio.gather(*(look(client, each.url, each.build_id) for each in due))
        for monitor, seen in zip(due, looks, strict=True):
            change = await store.record(connection, monitor, seen)
            if change is not None:
                await tell(_message(monitor, change))
                log.warning("incident", app=monitor.app, opened=change.opened, why=change.summary)
        await _pause(stop, min(LOOK_FOR_DUE, interval))


def _message(monitor: store.Monitor, change: store.Change) -> Message:
    kind = IncidentOpened if change.opened else IncidentResolved
    return kind(
        app=monitor.app,
        environment="production" if monitor.environment == "production" else "staging",
        incident=change.incident,
        summary=change.summary,
        at=change.at,
    )


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
