"""The temporary database of an app's tests."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from agents.build.database import temporaries, temporary
from agents.work import AgentError
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


async def test_several_are_of_their_own_and_gone_in_the_end(postgres: Postgres) -> None:
    async with temporaries(postgres.url(), "several001", 2) as made:
        assert len({database.app for database in made}) == 2
        assert len(await left(postgres.url(), "several001")) == 6
    assert await left(postgres.url(), "several001") == []


async def test_of_several_none_is_left_when_work_on_them_breaks(postgres: Postgres) -> None:
    with pytest.raises(KeyError):
        async with temporaries(postgres.url(), "broken0001", 2):
            raise KeyError
    assert await left(postgres.url(), "broken0001") == []


async def test_of_several_none_is_left_when_they_are_given_up_half_made(postgres: Postgres) -> None:
    async def run() -> None:
        async with temporaries(postgres.url(), "halfway001", 4):
            await asyncio.sleep(60)

    for step in range(3):
        task = asyncio.create_task(run())
        await asyncio.sleep(step * 0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await left(postgres.url(), "halfway001") == []


async def test_several_that_cannot_be_made_are_told_in_words() -> None:
    with pytest.raises(AgentError, match="APP_DATABASE_URL is not set"):
        async with temporaries("", "nowhere001", 2):
            raise AssertionError
