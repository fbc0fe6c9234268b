"""The temporary database of an app's tests."""

from __future__ import annotations

import asyncio

import asyncpg

from agents.build.database import temporary
from tests.support.postgres import Postgres

RUNS = 24


async def left(url: str, pipeline: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select datname as name from pg_database where datname ~ $1"
            " union all select rolname from pg_roles where rolname ~ $1",
            pipeline,
        )
    finally:
        await connection.close()
    return [row["name"] for row in rows]


async def test_runs_of_one_pipeline_at_the_same_time_do_not_break_each_other(
    postgres: Postgres,
) -> None:
    """A build that is asked again makes its own while the earlier one, on another machine, ends."""

    async def run() -> None:
        async with temporary(postgres.url(), "meanwhile1") as database:
            assert database.owner != database.app

    await asyncio.gather(*(run() for _ in range(RUNS)))
    assert await left(postgres.url(), "meanwhile1") == []


async def test_what_a_killed_run_left_is_dropped_by_the_next(postgres: Postgres) -> None:
    killed = temporary(postgres.url(), "killed0001")
    await killed.__aenter__()
    assert len(await left(postgres.url(), "killed0001")) == 3
    async with temporary(postgres.url(), "killed0001"):
        assert len(await left(postgres.url(), "killed0001")) == 3
    assert await left(postgres.url(), "killed0001") == []
