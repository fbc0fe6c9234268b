"""Rows to PostgreSQL, also when it is away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from agents.monitoring.ingest import writer as writing
from agents.monitoring.ingest.exchange import Refused
from agents.monitoring.ingest.writer import Writer
from tests.support.databases import execute, fetch
from tests.support.errors import event, send
from tests.support.ingest import sending as sending_at
from tests.support.ingest import serving
from tests.support.postgres import Postgres

KEPT = "create table kept (word text not null, at double precision not null)"


async def keep(connection, rows, now):
    await connection.executemany("insert into kept values ($1, $2)", [(row, now) for row in rows])


async def keep_other(connection, rows, now):
    await keep(connection, [f"other {row}" for row in rows], now)


async def broken(connection, rows, now):
    await keep(connection, rows, now)
    raise RuntimeError("a defect")


@pytest.fixture
async def table(url):
    await execute(url, KEPT)
    return url


@asynccontextmanager
async def running(url, **more):
    made, stop = Writer(url, now=lambda: 1000.0, **more), asyncio.Event()
    work = asyncio.create_task(made.run(stop))
    try:
        yield made
    finally:
        stop.set()
        await work


async def kept(url):
    return [row[0] for row in await fetch(url, "select word from kept order by word")]


async def test_rows_are_there_when_it_returns(table):
    async with running(table) as writer:
        await writer.store(keep, ["a", "b"], 2)
        assert await fetch(table, "select * from kept order by 1") == [("a", 1000.0), ("b", 1000.0)]
        await writer.store(keep, [], 0)


async def test_many_at_once_share_transactions(table):
    async with running(table) as writer:
        await asyncio.gather(*(writer.store(keep, [f"{n:04}"], 4) for n in range(1000)))
    assert await kept(table) == [f"{n:04}" for n in range(1000)]
    batches = await fetch(table, "select batch from monitoring.signal_writers")
    assert batches[0][0] < 20


async def test_rows_of_several_kinds_are_kept_together_or_not_at_all(table):
    async with running(table) as writer:
        await writer.store_all({keep: ["a"], keep_other: ["b"]}, 2)
        with pytest.raises(Refused) as refused:
            await writer.store_all({keep: ["c"], broken: ["d"]}, 2)
    assert refused.value.status == 500
    assert await kept(table) == ["a", "other b"]


async def test_rows_that_are_not_taken_fail_alone(table):
    async with running(table) as writer:
        bad = [writer.store(keep, [None], 1), writer.store(broken, ["x"], 1)]
        good = [writer.store(keep, [f"{n:03}"], 3) for n in range(100)]
        mixed = [*good[:50], *bad, *good[50:]]
        results = await asyncio.gather(*mixed, return_exceptions=True)
    assert sorted(result.status for result in results if result) == [400, 500]
    assert await kept(table) == [f"{n:03}" for n in range(100)]


async def test_what_was_committed_is_not_stored_again_when_its_answer_was_lost(table, monkeypatch):
    commit = Writer._commit
    lost = iter([True, False])

    async def losing(self, connection, batch):
        await commit(self, connection, batch)
        if next(lost, False):
            raise ConnectionResetError

    monkeypatch.setattr(Writer, "_commit", losing)
    monkeypatch.setattr(writing, "AWAY", 0.01)
    async with running(table) as writer:
        await writer.store(keep, ["a"], 1)
        await writer.store(keep, ["b"], 1)
    assert await kept(table) == ["a", "b"]


async def test_whatever_is_raised_when_the_connection_goes_the_batch_stays_one(table, monkeypatch):
    commit = Writer._commit
    lost = iter([True, False])

    async def losing(self, connection, batch):
        await commit(self, connection, batch)
        if next(lost, False):
            connection.terminate()
            raise ValueError

    monkeypatch.setattr(Writer, "_commit", losing)
    monkeypatch.setattr(writing, "AWAY", 0.01)
    async with running(table) as writer:
        await asyncio.gather(writer.store(keep, ["a"], 1), writer.store(keep, ["b"], 1))
    assert await kept(table) == ["a", "b"]


async def test_without_a_database_it_says_so_and_keeps_nothing(table):
    nowhere = table.replace(":" + table.rpartition(":")[2].partition("/")[0], ":1")
    async with running(nowhere, patience=0.2, most_rows=10) as writer:
        waiting = [asyncio.create_task(writer.store(keep, ["a"] * 5, 5)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Refused) as full:
            await writer.store(keep, ["b"], 1)
        assert full.value.status == 429
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [result.status for result in results] == [503, 503]
        # They do not wait any more, so that there is room again.
        with pytest.raises(Refused) as away:
            await writer.store(keep, ["c"] * 10, 1)
        assert away.value.status == 503


async def test_the_queue_is_bounded_by_bytes_too(table):
    writer = Writer(table, most_bytes=100, patience=0.1)
    with pytest.raises(Refused) as full:
        await writer.store(keep, ["a"], 101)
    assert full.value.status == 429


async def test_what_waits_when_it_ends_is_stored(table):
    async with running(table) as writer:
        waiting = [asyncio.create_task(writer.store(keep, [f"{n}"], 1)) for n in range(5)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert len(await kept(table)) == 5


@pytest.mark.timeout(180)
async def test_a_database_that_dies_and_comes_back_has_everything_once(tmp_path, monkeypatch):
    """200 means stored, 429 and 503 not; what is sent again does not count twice."""
    monkeypatch.setitem(Writer.__init__.__kwdefaults__, "patience", 0.5)
    server = await asyncio.to_thread(Postgres)
    try:
        await asyncio.to_thread(server.start)
        async with sending_at(server.url(), tmp_path) as sending, serving(sending.settings):
            answers: list[int] = []
            sent = [event() for _ in range(300)]

            async def until_taken(one):
                while True:
                    answer = await send(sending, ("event", one))
                    answers.append(answer.status_code)
                    if answer.status_code == 200:
                        return
                    await asyncio.sleep(0.2)

            async def some(part):
                for one in part:
                    await until_taken(one)

            clients = [asyncio.create_task(some(sent[n::10])) for n in range(10)]
            while answers.count(200) < 30:  # noqa: ASYNC110  it is the clients'
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.kill)
            while answers.count(503) < 20:  # noqa: ASYNC110  it is the clients'
                await asyncio.sleep(0.05)
            await asyncio.to_thread(server.start)
            await asyncio.gather(*clients)
            assert set(answers) <= {200, 429, 503}
            counted = await fetch(sending.url, "select events from monitoring.error_groups")
            assert counted == [(300,)]
            hours = await fetch(sending.url, "select sum(events) from monitoring.error_hours")
            assert hours == [(300,)]
    finally:
        await asyncio.to_thread(server.close)
