"""Monitors, checks and incidents in PostgreSQL, schema `monitoring`.

Errors are asyncpg's and OSError; `TRANSIENT` are those that pass by themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
from msgspec import Struct

from agents.monitoring.check import Look
from agents.monitoring.incidents import DOWN_AFTER, UP_AFTER, judge

SCHEMA = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
LOCK = 0x67656E32
"""Advisory lock under which the schema is made and monitors change."""
RETENTION = "30 days"

TRANSIENT = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


class Superseded(Exception):
    """A later pipeline watches the app now; nothing was changed."""


class Undone(Exception):
    """The pipeline was taken back before; it may not begin again."""


class Monitor(Struct, frozen=True, kw_only=True):
    """What is watched; `url` is the app's address, `build_id` what it must say it is."""

    app: str
    environment: str
    url: str
    build_id: str
    pipeline: str


class Change(Struct, frozen=True, kw_only=True):
    """An incident that opened or was resolved, at seconds since 1970."""

    opened: bool
    incident: str
    summary: str
    at: float


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the schema in place."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
            if await connection.fetchval("select to_regclass('monitoring.incidents')") is None:
                await connection.execute(SCHEMA)
        yield connection
    finally:
        await connection.close(timeout=5)


async def register(connection: asyncpg.Connection, monitor: Monitor) -> None:
    """Watch an app, and remember what was watched before. Raises Undone."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        undone = await connection.fetchval(
            "select undone from monitoring.changes where pipeline = $1", monitor.pipeline
        )
        if undone:
            raise Undone(monitor.pipeline)
        if undone is None:
            previous = await _monitor(connection, monitor.app, monitor.environment)
            await connection.execute(
                "insert into monitoring.changes values ($1, $2, $3, $4, false)",
                monitor.pipeline, monitor.app, monitor.environment,
                msgspec.json.encode(previous).decode() if previous else None,
            )  # fmt: skip
        await _set(connection, monitor)


async def unregister(
    connection: asyncpg.Connection, pipeline: str, app: str, environment: str
) -> Monitor | None:
    """Watch again what was watched before this pipeline; what that is. Raises Superseded.

    A pipeline that never registered is marked, so that it cannot begin later.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        change = await connection.fetchrow(
            "select previous, undone from monitoring.changes where pipeline = $1", pipeline
        )
        current = await _monitor(connection, app, environment)
        if change is None:
            await connection.execute(
                "insert into monitoring.changes values ($1, $2, $3, null, true)",
                pipeline, app, environment,
            )  # fmt: skip
            return current
        if change["undone"]:
            return current
        if current is not None and current.pipeline != pipeline:
            raise Superseded(current.pipeline)
        stored = change["previous"]
        previous = msgspec.json.decode(stored, type=Monitor) if stored else None
        if previous is not None:
            await _set(connection, previous)
        else:
            await connection.execute(
                "delete from monitoring.monitors where app = $1 and environment = $2",
                app, environment,
            )  # fmt: skip
        await _close_incident(connection, app, environment)
        await connection.execute(
            "update monitoring.changes set undone = true where pipeline = $1", pipeline
        )
        return previous


async def take_due(connection: asyncpg.Connection, interval: float) -> list[Monitor]:
    """The monitors that are due, each given to one replica only, for this round."""
    rows = await connection.fetch(
        """update monitoring.monitors set next_check = now() + make_interval(secs => $1)
           where (app, environment) in (
               select app, environment from monitoring.monitors where next_check <= now()
               order by next_check limit 100 for update skip locked)
           returning app, environment, url, build_id, pipeline""",
        interval,
    )
    return [Monitor(**dict(row)) for row in rows]


async def record(connection: asyncpg.Connection, monitor: Monitor, seen: Look) -> Change | None:
    """Keep a look, and open or resolve the app's incident when it says so."""
    where = (monitor.app, monitor.environment)
    async with connection.transaction():
        watched = await connection.fetchval(
            "select url from monitoring.monitors where app = $1 and environment = $2 for update",
            *where,
        )
        if watched != monitor.url:
            return None
        await connection.execute(
            """insert into monitoring.checks (app, environment, up, status, milliseconds, detail)
               values ($1, $2, $3, $4, $5, $6)""",
            *where, seen.up, seen.status, seen.milliseconds, seen.detail[:500],
        )  # fmt: skip
        rows = await connection.fetch(
            """select up from monitoring.checks where app = $1 and environment = $2
               order by at desc limit $3""",
            *where,
            max(DOWN_AFTER, UP_AFTER),
        )
        is_open = await connection.fetchval(
            """select exists (select from monitoring.incidents
               where app = $1 and environment = $2 and resolved_at is null)""",
            *where,
        )
        match judge([row["up"] for row in rows], is_open=is_open):
            case "opens":
                return await _open_incident(connection, monitor, seen.detail)
            case "resolves":
                return await _close_incident(connection, *where)
            case _:
                return None


async def prune(connection: asyncpg.Connection) -> None:
    """Forget checks that are older than the retention."""
    await connection.execute(
        f"delete from monitoring.checks where at < now() - interval '{RETENTION}'"  # noqa: S608  a constant
    )


async def _monitor(connection: asyncpg.Connection, app: str, environment: str) -> Monitor | None:
    row = await connection.fetchrow(
        """select app, environment, url, build_id, pipeline from monitoring.monitors
           where app = $1 and environment = $2""",
        app, environment,
    )  # fmt: skip
    return Monitor(**dict(row)) if row else None


async def _set(connection: asyncpg.Connection, monitor: Monitor) -> None:
    await connection.execute(
        """insert into monitoring.monitors (app, environment, url, build_id, pipeline)
           values ($1, $2, $3, $4, $5)
           on conflict (app, environment) do update set url = excluded.url,
               build_id = excluded.build_id, pipeline = excluded.pipeline, since = now(),
               next_check = now()""",
        monitor.app, monitor.environment, monitor.url, monitor.build_id, monitor.pipeline,
    )  # fmt: skip


async def _open_incident(connection: asyncpg.Connection, monitor: Monitor, detail: str) -> Change:
    summary = f"{monitor.app} ({monitor.environment}) is down: {detail}"[:1000]
    row = await connection.fetchrow(
        """insert into monitoring.incidents (app, environment, summary) values ($1, $2, $3)
           returning id::text, extract(epoch from opened_at)::float8 as at""",
        monitor.app, monitor.environment, summary,
    )  # fmt: skip
    assert row is not None
    return Change(opened=True, incident=row["id"], summary=summary, at=row["at"])


async def _close_incident(
    connection: asyncpg.Connection, app: str, environment: str
) -> Change | None:
    row = await connection.fetchrow(
        """update monitoring.incidents set resolved_at = now()
           where app = $1 and environment = $2 and resolved_at is null
           returning id::text, extract(epoch from resolved_at)::float8 as at""",
        app, environment,
    )  # fmt: skip
    if row is None:
        return None
    summary = f"{app} ({environment}) is up again"
    return Change(opened=False, incident=row["id"], summary=summary, at=row["at"])
