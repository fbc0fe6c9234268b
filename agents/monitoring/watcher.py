"""Goes round the live apps for ever; any number of replicas share the round."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
import httpx
import structlog

from agents.monitoring import outbox, store
from agents.monitoring.check import Look, client, look
from bus.errors import BusError
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
            async with store.connected(url) as connection, client() as http:
                if away:
                    log.info("monitoring has its database again")
                away = False
                await _Rounds(connection, http, interval, tell).go(stop)
        except store.TRANSIENT as error:
            if not away:
                log.warning("monitoring waits for its database", error=str(error))
            away = True
            await _pause(stop, AWAY)


class _Rounds:
    """Looks under way, and one connection to keep what they saw."""

    def __init__(
        self, connection: asyncpg.Connection, http: httpx.AsyncClient, interval: float, tell: Tell
    ) -> None:
        self.connection = connection
        self.http = http
        self.interval = interval
        self.tell = tell
        self.looks: dict[asyncio.Task[Look], store.Turn] = {}
        self.tongue_tied = False

    async def go(self, stop: asyncio.Event) -> None:
        """Go round until `stop`; looks that are under way then are dropped."""
        prune_at = time.monotonic()
        try:
            while not stop.is_set():
                if time.monotonic() >= prune_at:
                    await store.prune(self.connection)
                    prune_at = time.monotonic() + PRUNE_EVERY
                await self._round()
                await _pause(stop, min(LOOK_FOR_DUE, self.interval))
        finally:
            for task in self.looks:
                task.cancel()
            await asyncio.gather(*self.looks, return_exceptions=True)

    async def _round(self) -> None:
        """Begin the looks that are due, and keep those that have ended; waits for none."""
        for turn in await store.take_due(self.connection, self.interval):
            task = asyncio.create_task(look(self.http, turn.monitor.url, turn.monitor.build_id))
            self.looks[task] = turn
        if self.looks:
            # Most answer at once; a slow one is kept in a later round.
            await asyncio.wait(self.looks, timeout=min(LOOK_FOR_DUE, self.interval))
        for task in [task for task in self.looks if task.done()]:
            await store.record(self.connection, self.looks.pop(task), task.result())
        await self._publish()

    async def _publish(self) -> None:
        """Tell what happened to incidents; what cannot be told now is told later."""
        try:
            async with outbox.untold(self.connection) as changes:
                for change in changes:
                    await self.tell(_message(change))
                    log.warning(
                        "incident", app=change.app, opened=change.opened, why=change.summary
                    )
            self.tongue_tied = False
        except BusError as error:
            if not self.tongue_tied:
                log.warning("incidents cannot be told yet", error=str(error))
            self.tongue_tied = True


def _message(change: outbox.Change) -> Message:
    kind = IncidentOpened if change.opened else IncidentResolved
    return kind(
        app=change.app,
        environment="production" if change.environment == "production" else "staging",
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
