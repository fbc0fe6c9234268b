"""Watches for ever; any number of replicas share the work.

Three loops, each with a connection of its own so that none waits for another: `looks` asks what
is due and keeps what it saw, `keeping` does what is due by time alone (jobs that did not report,
roll-up, regressions), `telling` publishes what happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import asyncpg
import structlog

from agents.monitoring import outbox, store
from agents.monitoring.regressions import releases
from agents.monitoring.uptime import checkins, heartbeats, presence, rollup, windows
from agents.monitoring.uptime.options import conditions, target
from agents.monitoring.uptime.probe import Look, look
from agents.monitoring.uptime.record import Seen, record
from agents.monitoring.uptime.turns import Turn, take_due
from bus.errors import BusError
from contracts.messages import IncidentOpened, IncidentResolved, Message, RollbackRequested

log = structlog.get_logger()

Tell = Callable[[Message], Awaitable[None]]
"""Publishes a message and returns when it is stored."""
Clock = Callable[[asyncpg.Connection], Awaitable[float]]
Probe = Callable[[Turn], Coroutine[None, None, Look]]
Work = Callable[[asyncpg.Connection, asyncio.Event], Awaitable[None]]

LOOK_FOR_DUE = 0.25
"""Seconds between looks for monitors that are due."""
KEEP_EVERY = 1.0
TELL_EVERY = 0.5
AWAY = 2.0
"""Seconds until a database that is away is tried again."""


async def watch(url: str, interval: float, stop: asyncio.Event, tell: Tell) -> None:
    """Check what is due until `stop`; a database that is away is waited for."""
    away = _Away()
    async with asyncio.TaskGroup() as group:
        for work in (Looks(interval).go, Keeping().go, Telling(tell).go):
            group.create_task(_for_ever(url, work, stop, away))


class _Away:
    """Says once that the database is away, and once that it is back."""

    def __init__(self) -> None:
        self.said = False

    def gone(self, error: BaseException) -> None:
        if not self.said:
            log.warning("monitoring waits for its database", error=str(error))
        self.said = True

    def back(self) -> None:
        if self.said:
            log.info("monitoring has its database again")
        self.said = False


async def _for_ever(url: str, work: Work, stop: asyncio.Event, away: _Away) -> None:
    while not stop.is_set():
        try:
            async with store.connected(url) as connection:
                away.back()
                await work(connection, stop)
        except store.TRANSIENT as error:
            away.gone(error)
            await _pause(stop, AWAY)


async def ask(turn: Turn) -> Look:
    """Look at a monitor."""
    monitor = turn.monitor
    wanted = conditions(monitor.build_id, monitor.options)
    return await look(target(monitor.url, monitor.options), wanted)


class Looks:
    """Looks under way, and one connection to keep what they saw."""

    def __init__(self, interval: float, *, probe: Probe = ask, clock: Clock = store.clock) -> None:
        self._interval = interval
        self._probe = probe
        self._clock = clock
        self._under_way: dict[asyncio.Task[Look], Turn] = {}

    async def go(self, connection: asyncpg.Connection, stop: asyncio.Event) -> None:
        """Go round until `stop`; looks that are under way then are dropped."""
        try:
            while not stop.is_set():
                await self.round(connection)
                await _pause(stop, min(LOOK_FOR_DUE, self._interval))
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._under_way.clear()

    async def round(self, connection: asyncpg.Connection) -> None:
        """Begin the looks that are due, and keep those that have ended; waits for none."""
        now = await self._clock(connection)
        for turn in await take_due(connection, self._interval, now):
            self._under_way[asyncio.create_task(self._probe(turn))] = turn
        if self._under_way:
            # Most answer at once; a slow one is kept in a later round.
            await asyncio.wait(self._under_way, timeout=min(LOOK_FOR_DUE, self._interval))
        done = [task for task in self._under_way if task.done()]
        seen = [Seen(self._under_way.pop(task), task.result()) for task in done]
        await record(connection, seen, await self._clock(connection))


class Keeping:
    """What is due by time alone."""

    def __init__(self, *, clock: Clock = store.clock) -> None:
        self._clock = clock
        self._rolled = self._compared = float("-inf")

    async def go(self, connection: asyncpg.Connection, stop: asyncio.Event) -> None:
        """Go on until `stop`."""
        while not stop.is_set():
            await self.round(connection)
            await _pause(stop, KEEP_EVERY)

    async def round(self, connection: asyncpg.Connection) -> None:
        """Do what is due now."""
        now = await self._clock(connection)
        awake = await presence.present(connection, now)
        await checkins.take(connection)
        await heartbeats.overdue(connection, awake, now)
        if abs(now - self._compared) >= releases.EVERY:
            await releases.compare_all(connection, now)
            self._compared = now
        if abs(now - self._rolled) >= rollup.EVERY:
            await rollup.roll_up(connection, now)
            await windows.forget_past(connection, now)
            self._rolled = now


class Telling:
    """Publishes what happened; what cannot be told now is told later."""

    def __init__(self, tell: Tell, *, clock: Clock = store.clock) -> None:
        self._tell = tell
        self._clock = clock
        self._tongue_tied = False

    async def go(self, connection: asyncpg.Connection, stop: asyncio.Event) -> None:
        """Go on until `stop`."""
        while not stop.is_set():
            await self.round(connection)
            await _pause(stop, TELL_EVERY)

    async def round(self, connection: asyncpg.Connection) -> None:
        """Tell what happened and was not told."""
        changes = await outbox.take(connection, await self._clock(connection))
        for number, change in enumerate(changes):
            if not await self._say(_message(change)):
                await outbox.give_back(connection, changes[number:])
                return
            await outbox.told(connection, change)
            log.warning("incident", app=change.app, opened=change.opened, why=change.summary)

        for wanted in await releases.take_wanted(connection, await self._clock(connection)):
            if await self._say(_request(wanted)):
                await releases.asked(connection, wanted.pipeline)
                log.warning("rollback asked for", pipeline=wanted.pipeline, why=wanted.why)

    async def _say(self, message: Message) -> bool:
        try:
            await self._tell(message)
        except BusError as error:
            if not self._tongue_tied:
                log.warning("incidents cannot be told yet", error=str(error))
            self._tongue_tied = True
            return False
        self._tongue_tied = False
        return True


def _message(change: outbox.Change) -> Message:
    kind = IncidentOpened if change.opened else IncidentResolved
    return kind(
        app=change.app,
        environment="production" if change.environment == "production" else "staging",
        incident=change.incident,
        kind=change.kind,
        summary=change.summary,
        at=change.at,
    )


def _request(wanted: releases.Wanted) -> Message:
    return RollbackRequested(
        # The same when it is sent again, so that it is stored once.
        request_id=f"regression-{wanted.pipeline}",
        requested_by="monitoring",
        pipeline=wanted.pipeline,
        reason=f"the release does worse than the one before: {wanted.why}",
    )


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
