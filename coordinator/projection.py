"""The log as a table in PostgreSQL: for lists and statistics, never for decisions.

It is disposable: dropped and rebuilt from sequence 0 whenever it is gone. Pipelines go on
while it, or the database, is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import structlog
from msgspec import Struct

from bus.errors import BusError
from bus.port import Bus, Recorded
from bus.settings import Settings
from contracts import messages as m
from coordinator import saga
from coordinator.explain import status_of
from coordinator.state import step_of

log = structlog.get_logger()

LOCK = 0x67656E31
"""Advisory lock of the one coordinator that writes."""
AGAIN = 2.0
"""Seconds until a database that is away is tried again."""
SCHEMA = (Path(__file__).parent / "projection.sql").read_text(encoding="utf-8")

UPSERT = """
insert into pipelines (id, kind, subject, app, environment, status, step, url, error,
                       started_at, updated_at, last)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)
on conflict (id) do update set app = excluded.app, status = excluded.status,
    step = excluded.step, url = excluded.url, error = excluded.error,
    updated_at = excluded.updated_at, last = excluded.last
where pipelines.last < excluded.last
"""


class Row(Struct, frozen=True, kw_only=True):
    """One pipeline as lists show it; times are seconds since 1970."""

    id: str
    kind: str
    subject: str
    app: str
    environment: str
    status: str
    step: str
    url: str | None
    error: str | None
    started_at: float
    updated_at: float


def _values(pipeline: str, state: saga.State, entry: Recorded) -> tuple[object, ...] | None:
    if state.started is None:
        return None
    request = state.started.request
    deployed = state.answers.get("deployment")
    live = isinstance(deployed, m.DeploymentCompleted) and state.failure is None
    deploys = "deployment" in state.started.steps
    return (
        pipeline,
        "build" if isinstance(request, m.BuildRequested) else "deploy",
        request.idea[:300] if isinstance(request, m.BuildRequested) else request.app,
        saga.app_of(state),
        request.environment if deploys else "",
        status_of(state),
        _step(state),
        deployed.url if live and isinstance(deployed, m.DeploymentCompleted) else None,
        state.failure.message[:500] if state.failure else None,
        datetime.fromtimestamp(entry.time, UTC),
        state.last,
    )


def _step(state: saga.State) -> str:
    """The step that is under way, or stuck."""
    if state.stuck is not None:
        return state.stuck.area
    return step_of(state.open.message) if state.open else ""


def _storable(value: object) -> object:
    """PostgreSQL's text holds every character but NUL."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


async def project(settings: Settings, bus: Bus) -> None:
    """Keep the projection up to date, for ever; without a database, do nothing."""
    if not settings.database_url:
        log.info("no DATABASE_URL: the projection is off")
        return
    away = False
    while True:
        try:
            async with _the_writer(settings.database_url.reveal()) as connection:
                away = False
                await _follow(connection, bus)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BusError) as error:
            if not away:
                log.warning("projection waits", error=f"{type(error).__name__}: {error}")
            away = True
            await asyncio.sleep(AGAIN)


@asynccontextmanager
async def _the_writer(url: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of the one that writes, as soon as that is this process."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        # The one that writes holds the lock as long as it lives; the others wait here.
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        yield connection
    finally:
        await connection.close(timeout=5)


async def _follow(connection: asyncpg.Connection, bus: Bus) -> None:
    # How far a table had been written says nothing about a new one.
    if await connection.fetchval("select to_regclass('pipelines')") is None:
        await connection.execute("drop table if exists projection_position")
    await connection.execute(SCHEMA)
    position = await connection.fetchval("select last from projection_position")
    states: dict[str, saga.State] = {}
    async for entry in bus.follow(after=position):
        if isinstance(entry.message, m.PipelineMessage):
            await _apply(connection, bus, states, entry)
        await connection.execute("update projection_position set last = $1", entry.sequence)


async def _apply(
    connection: asyncpg.Connection, bus: Bus, states: dict[str, saga.State], entry: Recorded
) -> None:
    assert isinstance(entry.message, m.PipelineMessage)
    pipeline = entry.message.pipeline
    state = states.get(pipeline)
    if state is None:
        state = saga.State()
        earlier = [e for e in await bus.read(pipeline) if e.sequence < entry.sequence]
        for each in earlier:
            state = saga.fold(state, each)
    state = saga.fold(state, entry)
    if state.verdict is None:
        states[pipeline] = state
    else:
        states.pop(pipeline, None)
    if (values := _values(pipeline, state, entry)) is not None:
        await connection.execute(UPSERT, *map(_storable, values))


async def recent(url: str, *, limit: int = 50, status: str = "") -> Sequence[Row]:
    """The newest pipelines first. Raises OSError or asyncpg errors when the database is away."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        found = await connection.fetch(
            """select id, kind, subject, app, environment, status, step, url, error,
                      extract(epoch from started_at)::float8 as started_at,
                      extract(epoch from updated_at)::float8 as updated_at
               from pipelines where $2 = '' or status = $2
               order by pipelines.started_at desc limit $1""",
            limit,
            status,
        )
    finally:
        await connection.close(timeout=5)
    return [Row(**dict(row)) for row in found]
