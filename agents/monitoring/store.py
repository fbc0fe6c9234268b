"""Monitors, checks and incidents in PostgreSQL, schema `monitoring`.

Errors are asyncpg's and OSError; `TRANSIENT` are those that pass by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents.monitoring import incidents
from agents.monitoring.findings import report
from agents.monitoring.uptime import certificate, heartbeats
from agents.monitoring.uptime.judging import State
from agents.monitoring.uptime.options import Options

SCHEMA = "".join(
    file.read_text(encoding="utf-8")
    for file in sorted((Path(__file__).parent / "schema").glob("*.sql"))
)
"""Everything monitoring keeps, in parts; each may run again on what is there."""
VERSION = hashlib.sha256(SCHEMA.encode()).hexdigest()
LOCK = 0x67656E32
"""Advisory lock under which the schema is made and monitors change."""

TRANSIENT = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
)


class Superseded(Exception):
    """A later pipeline watches the app now; nothing was changed."""


class Undone(Exception):
    """The pipeline was taken back before; it may not begin again."""


class Monitor(Struct, frozen=True, kw_only=True):
    """What is watched; `url` is the app's address, `build_id` what it must say it is.

    A monitor that a person added has neither a build nor a pipeline ("").
    """

    app: str
    environment: str
    url: str
    build_id: str
    pipeline: str
    options: Options = Options()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the schema in place."""
    connection = await asyncpg.connect(url, timeout=10, command_timeout=30)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            await _up_to_date(connection)
        yield connection
    finally:
        # Closing politely would wait for a server that may not answer any more.
        connection.terminate()


async def _up_to_date(connection: asyncpg.Connection) -> None:
    """Make what is missing of the schema, once for each version of it."""
    known = None
    if await connection.fetchval("select to_regclass('monitoring.version')") is not None:
        known = await connection.fetchval("select sha256 from monitoring.version")
    if known == VERSION:
        return
    await connection.execute(SCHEMA)
    await connection.execute(
        """create table if not exists monitoring.version (sha256 text not null);
           truncate monitoring.version"""
    )
    await connection.execute("insert into monitoring.version (sha256) values ($1)", VERSION)


async def clock(connection: asyncpg.Connection) -> float:
    """Seconds since 1970 by the database's clock, which is the same for every replica."""
    now: float = await connection.fetchval("select extract(epoch from clock_timestamp())::float8")
    return now


async def register(
    connection: asyncpg.Connection, monitor: Monitor, *, now: float | None = None
) -> None:
    """Watch an app, and remember what was watched before. Raises Undone or Superseded."""
    now = await clock(connection) if now is None else now
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        undone = await connection.fetchval(
            "select undone from monitoring.changes where pipeline = $1", monitor.pipeline
        )
        if undone:
            raise Undone(monitor.pipeline)
        current = await _monitor(connection, monitor.app, monitor.environment)
        if undone is not None:
            if current != monitor:
                raise Superseded(current.pipeline if current else "")
            return
        await connection.execute(
            "insert into monitoring.changes (pipeline, app, environment, previous)"
            " values ($1, $2, $3, $4)",
            monitor.pipeline, monitor.app, monitor.environment,
            msgspec.json.encode(current).decode() if current else None,
        )  # fmt: skip
        await put(connection, monitor, now)


async def unregister(
    connection: asyncpg.Connection,
    pipeline: str,
    app: str,
    environment: str,
    *,
    now: float | None = None,
) -> tuple[str, ...]:
    """Watch again what was watched before this pipeline; says what was undone.

    A pipeline that never registered is marked, so that it cannot begin later. Asked again, it
    says the same. Raises Superseded.
    """
    now = await clock(connection) if now is None else now
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        change = await connection.fetchrow(
            "select previous, undone, said from monitoring.changes where pipeline = $1", pipeline
        )
        if change is None:
            await connection.execute(
                "insert into monitoring.changes (pipeline, app, environment, undone)"
                " values ($1, $2, $3, true)",
                pipeline, app, environment,
            )  # fmt: skip
            return ()
        if change["undone"]:
            return tuple(change["said"])
        current = await _monitor(connection, app, environment)
        if current is not None and current.pipeline != pipeline:
            raise Superseded(current.pipeline)
        previous = change["previous"]
        said = await _restore(
            connection, app, environment,
            msgspec.json.decode(previous, type=Monitor) if previous else None, now,
        )  # fmt: skip
        await connection.execute(
            "update monitoring.changes set undone = true, said = $2 where pipeline = $1",
            pipeline, [said],
        )  # fmt: skip
        return (said,)


async def expect(
    connection: asyncpg.Connection,
    app: str,
    environment: str,
    build_id: str,
    *,
    now: float | None = None,
) -> bool:
    """Watch an app as another build, which a person made live; whether it is watched at all."""
    now = await clock(connection) if now is None else now
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        current = await _monitor(connection, app, environment)
        if current is None:
            return False
        if current.build_id not in ("", build_id):
            await put(connection, replace(current, build_id=build_id), now)
        return True


async def _restore(
    connection: asyncpg.Connection,
    app: str,
    environment: str,
    previous: Monitor | None,
    now: float,
) -> str:
    if previous is not None:
        await put(connection, previous, now)
        return f"{app} ({environment}) is watched as build {previous.build_id} again"
    await drop(connection, app, environment, now)
    return f"{app} ({environment}) is not watched any more"


async def drop(connection: asyncpg.Connection, app: str, environment: str, now: float) -> bool:
    """Watch it no more; what was wrong with it is over. Whether it was watched."""
    state = await connection.fetchval(
        "delete from monitoring.monitors where app = $1 and environment = $2 returning state",
        app, environment,
    )  # fmt: skip
    if state is None:
        return False
    why = "is not watched any more"
    await incidents.end(connection, app, environment, "uptime", why, now)
    await heartbeats.forget_check_ins(connection, app, environment, now)
    if msgspec.json.decode(state, type=State).certificate:
        await report(connection, certificate.renewed(app, environment, why, now))
    return True


async def _monitor(connection: asyncpg.Connection, app: str, environment: str) -> Monitor | None:
    row = await connection.fetchrow(
        """select app, environment, url, build_id, pipeline, options from monitoring.monitors
           where app = $1 and environment = $2""",
        app, environment,
    )  # fmt: skip
    return monitor_of(row) if row else None


def monitor_of(row: asyncpg.Record) -> Monitor:
    """A row of the table as a monitor."""
    return Monitor(
        app=row["app"], environment=row["environment"], url=row["url"],
        build_id=row["build_id"], pipeline=row["pipeline"],
        options=msgspec.json.decode(row["options"], type=Options),
    )  # fmt: skip


async def put(connection: asyncpg.Connection, monitor: Monitor, now: float) -> None:
    """Watch it like this from now on; what was seen before does not count any more."""
    await connection.execute(
        """insert into monitoring.monitors
               (app, environment, url, build_id, pipeline, options, since, next_check)
           values ($1, $2, $3, $4, $5, $6, to_timestamp($7), to_timestamp($7))
           on conflict (app, environment) do update set url = excluded.url,
               build_id = excluded.build_id, pipeline = excluded.pipeline,
               options = excluded.options, since = excluded.since, lease = null,
               next_check = excluded.next_check, looked_at = null, answered_at = null,
               state = monitors.state - 'streak' - 'since' - 'other'""",
        monitor.app, monitor.environment, monitor.url, monitor.build_id, monitor.pipeline,
        msgspec.json.encode(monitor.options).decode(), now,
    )  # fmt: skip
