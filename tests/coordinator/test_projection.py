"""The table of pipelines on a real PostgreSQL: what it says, and how it survives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from bus.memory import MemoryBus
from bus.settings import Secret, Settings
from contracts import messages as m
from coordinator import projection
from coordinator.projection import Row, project, recent
from tests.support.databases import database, execute, fetch
from tests.support.postgres import Postgres
from tests.support.proxy import Proxy
from tests.support.stories import BUILD, PRODUCTION, STAGING, append
from tests.support.worlds import eventually

START = 1_700_000_000.0
HELD = f"""select pid, granted from pg_locks where locktype = 'advisory'
    and objid = {projection.LOCK} and database = (
        select oid from pg_database where datname = current_database())"""
Request = m.BuildRequested | m.DeployRequested


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with database(postgres) as made:
        yield made


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "AGAIN", 0.02)


class Log(MemoryBus):
    """A log whose server counts a second per message."""

    def __init__(self) -> None:
        super().__init__(lambda: START + len(self._log))

    async def append(self, pipeline: str, request: Request, words: str = "") -> None:
        """The story of a pipeline, but for what was appended of it before."""
        await append(self, request, words, pipeline=pipeline)


@asynccontextmanager
async def projecting(url: str, bus: MemoryBus, *, times: int = 1) -> AsyncIterator[None]:
    """While open, so many coordinators write the table."""
    settings = Settings(genesis_home=Path("/nowhere"), database_url=Secret(url))
    tasks = [asyncio.create_task(project(settings, bus)) for _ in range(times)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def written(url: str, bus: Log) -> dict[str, Row]:
    """The rows by pipeline, as soon as all of the log is in the table."""
    position = "select last from projection_position"

    async def all_of_it() -> bool:
        try:
            return await fetch(url, position) == [(len(bus._log),)]
        except asyncpg.UndefinedTableError:
            return False

    await eventually(all_of_it)
    return {row.id: row for row in await recent(url)}


async def the_row(url: str, bus: Log) -> Row:
    async with projecting(url, bus):
        return (await written(url, bus))["pipeline1"]


def statuses(rows: dict[str, Row]) -> dict[str, str]:
    return {name: row.status for name, row in rows.items()}


FAILING = "fails fails fails fails"
SHOP = {"kind": "build", "subject": "a shop", "app": "shop", "environment": "", "step": "",
        "url": None, "error": None}  # fmt: skip
LIVE = {"environment": "staging", "url": "http://127.0.0.1:1"}
PROD = {"kind": "deploy", "subject": "shop", "environment": "production"}
BROKEN = {"error": "it broke"}


@pytest.mark.parametrize(
    ("request_", "words", "status", "columns"),
    [
        (BUILD, "", "running", {"app": "", "step": "scout"}),
        (BUILD, "done done done", "completed", {}),
        (BUILD, "fails", "failed", {**BROKEN, "app": ""}),
        (STAGING, "done done done done done", "running", {**LIVE, "step": "monitoring"}),
        (STAGING, "done done done done done done", "completed", LIVE),
        (PRODUCTION, "done", "awaiting_approval", {**PROD, "step": "migration"}),
        (BUILD, "done done fails", "rolling_back", {**BROKEN, "step": "build"}),
        (BUILD, f"done done fails {FAILING}", "stuck", {**BROKEN, "step": "build"}),
        (BUILD, "done done fails done", "rolled_back", BROKEN),
        (
            BUILD,
            "done done done rollback done",
            "rolled_back",
            {"error": "rollback asked for by anna"},
        ),
    ],
)
async def test_a_row_is_what_the_log_comes_to(
    url: str, request_: Request, words: str, status: str, columns: dict[str, object]
) -> None:
    bus = Log()
    await bus.append("pipeline1", request_, words)
    assert await the_row(url, bus) == Row(
        id="pipeline1", status=status, started_at=START, updated_at=START + len(bus._log) - 1,
        **{**SHOP, **columns},
    )  # fmt: skip


async def test_a_row_goes_with_its_pipeline_and_the_newest_pipeline_is_first(url: str) -> None:
    bus = Log()
    await bus.append("pipeline1", BUILD)
    async with projecting(url, bus):
        assert statuses(await written(url, bus)) == {"pipeline1": "running"}
        await bus.append("pipeline2", PRODUCTION, "done")
        await bus.append("pipeline1", BUILD, "done done done")
        rows = await written(url, bus)
    assert list(rows) == ["pipeline2", "pipeline1"]
    assert statuses(rows) == {"pipeline2": "awaiting_approval", "pipeline1": "completed"}
    assert rows["pipeline1"].started_at == START
    assert [row.id for row in await recent(url, limit=1)] == ["pipeline2"]
    assert [row.id for row in await recent(url, status="completed")] == ["pipeline1"]


async def test_whoever_comes_next_goes_on_where_the_last_one_ended(url: str) -> None:
    bus = Log()
    await bus.append("pipeline1", BUILD)
    assert (await the_row(url, bus)).status == "running"
    await bus.append("pipeline1", BUILD, "done done done")
    row = await the_row(url, bus)
    assert (row.status, row.started_at, row.app) == ("completed", START, "shop")


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("gone", ["pipelines", "projection_position", "schema"])
async def test_a_table_that_is_gone_is_rebuilt_from_the_beginning(
    url: str, gone: str, running: bool
) -> None:
    drop = "drop schema public cascade; create schema public"
    drop = drop if gone == "schema" else f"drop table {gone}"
    bus = Log()
    await bus.append("pipeline1", BUILD, "done done done")
    before = await the_row(url, bus)
    if not running:
        await execute(url, drop)
    async with projecting(url, bus):
        if running:
            await written(url, bus)
            await execute(url, drop)
        await bus.append("pipeline2", BUILD, "fails")
        rows = await written(url, bus)
    assert statuses(rows) == {"pipeline1": "completed", "pipeline2": "failed"}
    assert rows["pipeline1"] == before


async def test_of_two_at_once_one_writes_and_the_other_takes_over(url: str) -> None:
    bus = Log()
    await bus.append("pipeline1", BUILD)

    async def one_writes_and_one_waits() -> bool:
        return sorted(granted for _, granted in await fetch(url, HELD)) == [False, True]

    async with projecting(url, bus, times=2):
        await written(url, bus)
        await eventually(one_writes_and_one_waits)
        writer = next(pid for pid, granted in await fetch(url, HELD) if granted)
        await fetch(url, f"select pg_terminate_backend({writer})")

        async def the_other_writes() -> bool:
            return [granted for pid, granted in await fetch(url, HELD) if pid != writer] == [True]

        await eventually(the_other_writes)
        await bus.append("pipeline1", BUILD, "done done done")
        assert statuses(await written(url, bus)) == {"pipeline1": "completed"}
        await eventually(one_writes_and_one_waits)


async def test_a_database_that_does_not_exist_yet_is_waited_for(postgres: Postgres) -> None:
    bus, late = Log(), postgres.url("late")
    await bus.append("pipeline1", BUILD, "fails")
    with capture_logs() as logs:
        async with projecting(late, bus):
            await eventually(lambda: told(logs))
            await execute(postgres.url(), "create database late template template0")
            assert statuses(await written(late, bus)) == {"pipeline1": "failed"}
    await execute(postgres.url(), "drop database late with (force)")


async def test_a_server_that_is_away_is_waited_for_each_time_and_told_once(
    postgres: Postgres, url: str
) -> None:
    bus, proxy = Log(), Proxy(postgres.port)
    through = url.replace(f":{postgres.port}/", f":{proxy.port}/")
    with capture_logs() as logs:
        async with projecting(through, bus):
            for words in ("", "done", "done done done"):
                await bus.append("pipeline1", BUILD, words)
                await eventually(lambda: told(logs))
                async with proxy.open():
                    rows = await written(url, bus)
                assert [each["event"] for each in logs] == ["projection waits"]
                logs.clear()
    assert statuses(rows) == {"pipeline1": "completed"}


async def told(logs: Sequence[object]) -> bool:
    return len(logs) > 0


async def test_without_a_database_there_is_no_projection_and_no_error() -> None:
    async with asyncio.timeout(30):
        await project(Settings(genesis_home=Path("/nowhere")), MemoryBus())


@pytest.mark.parametrize(
    "text",
    [
        """it's a "shop" with `ticks` and a \\ backslash""",
        "🍰👩‍🍳 Grüße, 店铺, \u202eright to left",
        "'; drop table pipelines; --",
        "$1 %s {x} <b>bold</b> [red]",
        "two\nlines\tand a tab\x1b[31m",
    ],
)
async def test_text_arrives_as_it_was_written(url: str, text: str) -> None:
    bus = Log()
    await bus.append("pipeline1", m.BuildRequested(idea=text))
    failed = m.ScoutFailed(pipeline="pipeline1", code="broken", message=text)
    await bus.publish(failed)
    row = await the_row(url, bus)
    assert (row.subject, row.error) == (text, text)


async def test_a_character_that_the_database_cannot_hold_stops_nothing(url: str) -> None:
    bus = Log()
    await bus.append("pipeline1", m.BuildRequested(idea="a\0shop"))
    await bus.append("pipeline2", BUILD, "fails")
    async with projecting(url, bus):
        rows = await written(url, bus)
    assert rows["pipeline1"].subject == "a\ufffdshop"
    assert statuses(rows) == {"pipeline1": "running", "pipeline2": "failed"}


async def test_long_text_is_cut_and_what_is_no_pipeline_is_passed_over(url: str) -> None:
    bus = Log()
    await bus.publish(m.BuildRequested(idea="never started"))
    await bus.inject("scout.completed.pipeline9", b"garbage")
    await bus.publish(m.Cancel(pipeline="pipeline8", who="anna"))
    await bus.append("pipeline1", m.BuildRequested(idea="é" * 20_000))
    await bus.publish(m.ScoutFailed(pipeline="pipeline1", code="broken", message="é" * 4_000))
    row = await the_row(url, bus)
    assert (row.subject, row.error) == ("é" * 300, "é" * 500)
