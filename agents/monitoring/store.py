"""Monitors, checks and incidents in PostgreSQL, schema `monitoring`.

Errors are asyncpg's and OSError; `TRANSIENT` are those that pass by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from agents.monitoring.check import TIMEOUT, Look
from agents.monitoring.incidents import DOWN_AFTER, UP_AFTER, judge

SCHEMA = "".join(
    file.read_text(encoding="utf-8")
    for file in sorted((Path(__file__).parent / "schema").glob("*.sql"))
)
"""Everything monitoring keeps, in parts; each may run again on what is there."""
VERSION = hashlib.sha256(SCHEMA.encode()).hexdigest()
LOCK = 0x67656E32
"""Advisory lock under which the schema is made and monitors change."""
RETENTION = "30 days"
LEASE = 3 * TIMEOUT
"""Seconds that one replica may take for a look and for recording it."""

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
    """What is watched; `url` is the app's address, `build_id` what it must say it is."""

    app: str
    environment: str
    url: str
    build_id: str
    pipeline: str


class Turn(Struct, frozen=True):
    """A monitor whose next look is ours alone, as long as `lease` is in its row."""

    monitor: Monitor
    lease: UUID


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


async def register(connection: asyncpg.Connection, monitor: Monitor) -> None:
    """Watch an app, and remember what was watched before. Raises Undone or Superseded."""
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
        await _set(connection, monitor)


async def unregister(
    connection: asyncpg.Connection, pipeline: str, app: str, environment: str
) -> tuple[str, ...]:
    """Watch again what was watched before this pipeline; says what was undone.

    A pipeline that never registered is marked, so that it cannot begin later. Asked again, it
    says the same. Raises Superseded.
    """
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
            msgspec.json.decode(previous, type=Monitor) if previous else None,
        )  # fmt: skip
        await connection.execute(
            "update monitoring.changes set undone = true, said = $2 where pipeline = $1",
            pipeline, [said],
        )  # fmt: skip
        return (said,)


async def _restore(
    connection: asyncpg.Connection, app: str, environment: str, previous: Monitor | None
) -> str:
    if previous is not None:
        await _set(connection, previous)
        return f"{app} ({environment}) is watched as build {previous.build_id} again"
    await connection.execute(
        "delete from monitoring.monitors where app = $1 and environment = $2", app, environment
    )
    await _resolve(connection, app, environment, "is not watched any more")
    return f"{app} ({environment}) is not watched any more"


async def take_due(connection: asyncpg.Connection, interval: float) -> list[Turn]:
    """The monitors that are due, each given to one replica only.

    A replica that dies with a turn loses it when the lease ends.
    """
    rows = await connection.fetch(
        """update monitoring.monitors set next_check = now() + make_interval(secs => $1),
               lease = gen_random_uuid(), lease_until = now() + make_interval(secs => $2)
           where (app, environment) in (
               select app, environment from monitoring.monitors
               where next_check <= now() and (lease is null or lease_until < now())
               order by next_check limit 100 for update skip locked)
           returning lease, app, environment, url, build_id, pipeline""",
        interval, LEASE,
    )  # fmt: skip
    return [
        Turn(
            Monitor(
                app=row["app"], environment=row["environment"], url=row["url"],
                build_id=row["build_id"], pipeline=row["pipeline"],
            ),
            row["lease"],
        )
        for row in rows
    ]  # fmt: skip


async def record(connection: asyncpg.Connection, turn: Turn, seen: Look) -> None:
    """Keep a look, and open or resolve the app's incident when it says so.

    A look that came too late, or at an app that is watched differently by now, is dropped.
    """
    where = (turn.monitor.app, turn.monitor.environment)
    async with connection.transaction():
        since = await connection.fetchval(
            "update monitoring.monitors set lease = null"
            " where app = $1 and environment = $2 and lease = $3 returning since",
            *where, turn.lease,
        )  # fmt: skip
        if since is None:
            return
        await connection.execute(
            """insert into monitoring.checks (app, environment, up, status, milliseconds, detail)
               values ($1, $2, $3, $4, $5, $6)""",
            *where, seen.up, seen.status, seen.milliseconds, seen.detail[:500],
        )  # fmt: skip
        rows = await connection.fetch(
            """select up from monitoring.checks
               where app = $1 and environment = $2 and at >= $4 order by at desc limit $3""",
            *where, max(DOWN_AFTER, UP_AFTER), since,
        )  # fmt: skip
        is_open = await connection.fetchval(
            """select exists (select from monitoring.incidents
               where app = $1 and environment = $2 and resolved_at is null)""",
            *where,
        )
        match judge([row["up"] for row in rows], is_open=is_open):
            case "opens":
                summary = f"{where[0]} ({where[1]}) is down: {seen.detail}"[:1000]
                await connection.execute(
                    "insert into monitoring.incidents (app, environment, summary)"
                    " values ($1, $2, $3)",
                    *where, summary,
                )  # fmt: skip
            case "resolves":
                await _resolve(connection, *where, "is up again")


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
               next_check = now(), lease = null""",
        monitor.app, monitor.environment, monitor.url, monitor.build_id, monitor.pipeline,
    )  # fmt: skip


async def _resolve(connection: asyncpg.Connection, app: str, environment: str, why: str) -> None:
    """Resolve the app's open incident, if it has one."""
    await connection.execute(
        """update monitoring.incidents set resolved_at = now(), resolution = $3
           where app = $1 and environment = $2 and resolved_at is null""",
        app, environment, f"{app} ({environment}) {why}",
    )  # fmt: skip
