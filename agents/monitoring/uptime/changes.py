"""What a person may change: addresses, maintenance windows and jobs that are watched.

Errors:
    ValueError      it cannot be kept, and nothing was changed; its text says why
    asyncpg's and OSError when the database cannot be reached
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from msgspec import Struct

from agents.monitoring import store
from agents.monitoring.uptime import heartbeats, windows
from agents.monitoring.uptime.heartbeats import Job
from agents.monitoring.uptime.maintenance import Window, is_active
from agents.monitoring.uptime.options import (
    LONGEST_INTERVAL,
    LONGEST_TIMEOUT,
    SHORTEST_INTERVAL,
    Options,
    conditions,
    target,
)
from agents.monitoring.uptime.probe import Look, look
from agents.monitoring.uptime.schedules import Schedule
from agents.monitoring.uptime.windows import Kept
from bus.settings import Settings

MOST = 5_000
"""Monitors that may be kept at a time."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 40


class Address(Struct, frozen=True, kw_only=True):
    """A watched address that a person added, with how it is asked and judged."""

    name: str
    environment: str
    url: str
    options: Options


def checked(name: str, options: Options) -> None:
    """Whether a monitor can be kept like this. Raises ValueError."""
    check_name(name)
    if options.every and not SHORTEST_INTERVAL <= options.every <= LONGEST_INTERVAL:
        raise ValueError(
            f"an address is looked at every {SHORTEST_INTERVAL:g} s to {LONGEST_INTERVAL:g} s"
        )
    if not 0 < options.seconds <= LONGEST_TIMEOUT:
        raise ValueError(f"a look may take up to {LONGEST_TIMEOUT:g} s")
    if min(options.policy.failures, options.policy.recoveries) < 1:
        raise ValueError("at least one look has to fail, and one to succeed")
    if any(c in text for pair in options.headers for text in pair for c in "\r\n\0"):
        raise ValueError("a header has a line break in it")


def check_name(name: str) -> None:
    """Whether something may be called that. Raises ValueError."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ValueError(f"{name!r} is no name: use words of a-z and 0-9 joined by hyphens")


async def look_once(url: str, options: Options) -> Look:
    """What a monitor would see."""
    return await look(target(url, options), conditions("", options))


@asynccontextmanager
async def _changing(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A transaction in which nobody else changes monitors."""
    url = settings.database_url.reveal()
    async with store.connected(url) as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", store.LOCK)
        yield connection


async def add_address(
    settings: Settings, name: str, environment: str, url: str, options: Options
) -> None:
    """Watch an address, or watch it like this from now on. Raises ValueError."""
    checked(name, options)
    async with _changing(settings) as connection:
        pipeline = await connection.fetchval(
            "select pipeline from monitoring.monitors where app = $1 and environment = $2",
            name, environment,
        )  # fmt: skip
        if pipeline:
            raise ValueError(f"{name} ({environment}) is an app that {pipeline} put live")
        number = await connection.fetchval("select count(*) from monitoring.monitors")
        if pipeline is None and number >= MOST:
            raise ValueError(f"{MOST} addresses are watched already")
        monitor = store.Monitor(
            app=name, environment=environment, url=url, build_id="", pipeline="",
            options=options,
        )  # fmt: skip
        await store.put(connection, monitor, await store.clock(connection))


async def remove_address(settings: Settings, name: str, environment: str) -> bool:
    """Watch an address no more; False when no person added it."""
    async with _changing(settings) as connection:
        added = await connection.fetchval(
            """select pipeline = '' from monitoring.monitors
               where app = $1 and environment = $2""",
            name, environment,
        )  # fmt: skip
        now = await store.clock(connection)
        return bool(added) and await store.drop(connection, name, environment, now)


async def addresses(settings: Settings) -> list[Address]:
    """The addresses that people added, by name."""
    async with store.connected(settings.database_url.reveal()) as connection:
        rows = await connection.fetch(
            "select * from monitoring.monitors where pipeline = '' order by app, environment"
        )
    found = [store.monitor_of(row) for row in rows]
    return [
        Address(name=one.app, environment=one.environment, url=one.url, options=one.options)
        for one in found
    ]


async def add_window(
    settings: Settings, app: str, environment: str, window: Window, *, why: str, who: str
) -> int:
    """Keep a maintenance window, of all apps with ""; its number. Raises ValueError."""
    async with store.connected(settings.database_url.reveal()) as connection:
        now = await store.clock(connection)
        return await windows.add(connection, app, environment, window, why=why, who=who, now=now)


async def maintenance_windows(settings: Settings) -> list[tuple[Kept, bool]]:
    """Every maintenance window, and whether it covers this moment."""
    async with store.connected(settings.database_url.reveal()) as connection:
        now = await store.clock(connection)
        return [(one, is_active(one.window, now)) for one in await windows.kept(connection)]


async def remove_window(settings: Settings, number: int) -> bool:
    """Forget a maintenance window; whether there was one."""
    async with store.connected(settings.database_url.reveal()) as connection:
        return await windows.remove(connection, number)


async def add_job(
    settings: Settings, app: str, environment: str, name: str, schedule: Schedule
) -> str:
    """Expect a job's reports; the key of its address. Raises ValueError, BadSchedule."""
    check_name(app)
    check_name(name)
    async with store.connected(settings.database_url.reveal()) as connection:
        now = await store.clock(connection)
        key = await heartbeats.add(connection, app, environment, name, schedule, now=now)
    if key is None:
        raise ValueError(f"{heartbeats.MOST} jobs are watched already")
    return key


async def jobs(settings: Settings) -> list[Job]:
    """Every job that is watched."""
    async with store.connected(settings.database_url.reveal()) as connection:
        return await heartbeats.jobs(connection)


async def remove_job(settings: Settings, app: str, environment: str, name: str) -> bool:
    """Expect nothing of a job any more; whether anything was."""
    async with store.connected(settings.database_url.reveal()) as connection:
        now = await store.clock(connection)
        return await heartbeats.remove(connection, app, environment, name, now)
