"""Alerts for as long as the process lives: rounds, and messages on their way to channels."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Mapping

import asyncpg
import httpx
import structlog

from agents.monitoring import store as database
from agents.monitoring.alerts import discord, sending, slack, smtp, store, turns, webhook
from agents.monitoring.alerts.configuration import Source, fingerprint
from agents.monitoring.alerts.rules import Channel, Configuration
from agents.monitoring.alerts.sending import Outcome
from agents.monitoring.alerts.turns import Turn
from bus.settings import Settings

log = structlog.get_logger()

ROUND = 1.0
"""Seconds between rounds."""
READ_AGAIN = 5.0
"""Seconds after which a changed configuration is seen."""
AWAY = 2.0
"""Seconds until a database that is away is tried again."""
BROKEN = 10.0
PRUNE_EVERY = 3600.0


async def alert(settings: Settings, stop: asyncio.Event) -> None:
    """Tell people of findings until `stop`; a database that is away is waited for."""
    away = False
    async with sending.client() as http:
        service = _Service(settings, http)
        while not stop.is_set():
            try:
                async with database.connected(settings.database_url.reveal()) as connection:
                    if away:
                        log.info("alerts have their database again")
                    away = False
                    await service.go(connection, stop)
            except database.TRANSIENT as error:
                if not away:
                    log.warning("alerts wait for their database", error=str(error))
                away = True
                await _pause(stop, AWAY)
            except Exception as error:  # noqa: BLE001  nobody would be told of anything else
                # As text: a renderer for people would show variables, and secrets with them.
                told = "".join(traceback.format_exception(error))
                log.error("alerts broke and go on", traceback=told)
                await _pause(stop, BROKEN)
        await service.end()


class _Service:
    """Attempts under way; they outlive a connection to the database."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self.http = http
        self.source = Source(settings)
        self.configuration = Configuration()
        self.prints: Mapping[str, str] = {}
        self.read_at = -READ_AGAIN
        self.prune_at = time.monotonic()
        self.attempts: dict[asyncio.Task[Outcome], Turn] = {}

    async def go(self, connection: asyncpg.Connection, stop: asyncio.Event) -> None:
        """Go round until `stop`."""
        while not stop.is_set():
            await self._read()
            await self.keep(connection)
            now = time.time()
            done = await store.round_(connection, self.configuration, self.prints, now)
            names = [one.name for one in self.configuration.channels]
            for turn in await turns.take(connection, names, now):
                self.attempts[asyncio.create_task(self._attempt(turn))] = turn
            if time.monotonic() >= self.prune_at:
                self.prune_at = time.monotonic() + PRUNE_EVERY
                await store.prune(connection, now)
            if done:
                await self._wait(stop)

    async def _read(self) -> None:
        if time.monotonic() < self.read_at + READ_AGAIN:
            return
        self.read_at = time.monotonic()
        self.configuration = await asyncio.to_thread(self.source.read)
        self.prints = {
            one.name: fingerprint(one, self.settings) for one in self.configuration.channels
        }

    async def _wait(self, stop: asyncio.Event) -> None:
        """Until the next round, or until an attempt is over."""
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait(
                {stopped, *self.attempts}, timeout=ROUND, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopped.cancel()

    async def keep(self, connection: asyncpg.Connection) -> None:
        """Keep what came of the attempts that are over."""
        for task in [task for task in self.attempts if task.done()]:
            turn, outcome = self.attempts[task], task.result()
            kept = await turns.give_back(connection, turn, outcome, time.time())
            # Only now: a connection that broke must not lose what came of it.
            del self.attempts[task]
            if not kept:
                log.warning("what came of a message was not kept", channel=turn.channel)
            elif outcome.result != "sent":
                log.warning(
                    "alert not sent", channel=turn.channel, result=outcome.result,
                    error=outcome.error, attempt=turn.attempts,
                )  # fmt: skip

    async def _attempt(self, turn: Turn) -> Outcome:
        channel = self.configuration.channel(turn.channel)
        if channel is None:
            return Outcome(result="again", error="there is no channel of that name any more")
        try:
            return await deliver(self.http, channel, turn, time.time())
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            place = traceback.extract_tb(error.__traceback__)[-1]
            why = (
                f"a defect in Genesis: {type(error).__name__} in {place.name}, line {place.lineno}"
            )
            return Outcome(result="refused", error=why)

    async def end(self) -> None:
        """Wait for the attempts under way, and keep what comes of them."""
        if not self.attempts:
            return
        await asyncio.wait(self.attempts, timeout=sending.PATIENCE + 1)
        try:
            async with database.connected(self.settings.database_url.reveal()) as connection:
                await self.keep(connection)
        except database.TRANSIENT as error:
            log.warning("what came of the last alerts is not kept", error=str(error))
        for task in self.attempts:
            task.cancel()
        await asyncio.gather(*self.attempts, return_exceptions=True)


async def deliver(http: httpx.AsyncClient, channel: Channel, turn: Turn, now: float) -> Outcome:
    """One attempt to bring a message to its channel."""
    match channel.kind:
        case "slack":
            return await slack.send(http, channel, turn.notice, plain=turn.plain)
        case "discord":
            return await discord.send(http, channel, turn.notice, plain=turn.plain)
        case "webhook":
            return await webhook.send(http, channel, turn.notice, identity=turn.identity, now=now)
        case "email":
            return await smtp.send(channel, turn.notice, identity=turn.identity)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
