from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise

import asyncpg
import pytest
import structlog

from agents.monitoring import agent, cli, store, watcher
from agents.monitoring.uptime.probe import Look
from agents.monitoring.uptime.record import Seen, record
from agents.monitoring.uptime.turns import take_due
from agents.work import AgentError
from bus.archive import pack
from bus.errors import BusUnavailable, Retry
from bus.memory import MemoryArtifacts
from bus.settings import Secret, Settings
from contracts.messages import (
    IncidentOpened,
    IncidentResolved,
    MonitoringRollback,
    MonitoringRun,
)
from tests.support.context import context
from tests.support.postgres import Postgres
from tests.support.processes import free_port

UP = Look(up=True, status=200, milliseconds=1.0)
DOWN = Look(up=False, status=503, milliseconds=1.0, detail="status 503", fault="answer")


START = 2_000_000_000.0
"""Later than any time at which a test registers an app."""


async def look(connection, now, seen):
    """One look at the app at a time of the test's; whether it was due."""
    turns = await take_due(connection, 10, now)
    await record(connection, [Seen(turn, seen) for turn in turns], now)
    return bool(turns)


class App:
    """A web server whose health is what the test says."""

    def __init__(self) -> None:
        self.status = 200
        self.health = {"ok": True, "build": "b1", "database": "ok"}

    async def answer(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(self.health).encode()
        head = f"HTTP/1.1 {self.status} x\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def app():
    made = App()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    yield made
    server.close()
    await server.wait_closed()


class World:
    """A database of its own, and the messages that were told."""

    def __init__(self, url: str, home) -> None:
        self.url = url
        self.settings = Settings(genesis_home=home, database_url=Secret(url), monitor_interval=0.05)
        self.told: asyncio.Queue = asyncio.Queue()
        self.artifacts = MemoryArtifacts()

    async def run(self, pipeline, url, build="b1", bundle=None):
        command = MonitoringRun(
            pipeline=pipeline, timeout=60, app="shop", environment="staging", url=url,
            build_id=build, bundle=bundle,
        )  # fmt: skip
        around = context("monitoring", pipeline, self.settings, artifacts=self.artifacts)
        return await agent.run(command, around)

    async def rollback(self, pipeline):
        command = MonitoringRollback(
            pipeline=pipeline, timeout=60, app="shop", environment="staging"
        )
        return await agent.rollback(command, context("monitoring", pipeline, self.settings))

    @asynccontextmanager
    async def watching(self, tell=None):
        """The background work, for as long as the context is open."""
        stop = asyncio.Event()
        work = asyncio.create_task(agent.background(self.settings, stop, tell or self.told.put))
        try:
            yield
        finally:
            stop.set()
            await work

    async def until(self, sql: str):
        """Wait until a query gives true."""
        connection = await asyncpg.connect(self.url)
        try:
            async with asyncio.timeout(30):
                while not await connection.fetchval(sql):  # noqa: ASYNC110  it is PostgreSQL's
                    await asyncio.sleep(0.02)
        finally:
            await connection.close()

    async def fetch(self, sql: str):
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    async def watched(self):
        return await self.fetch("select url, build_id, pipeline from monitoring.monitors")


@pytest.fixture
async def world(postgres, tmp_path):
    name = f"monitoring_{uuid.uuid4().hex[:10]}"
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f"create database {name}")
    await connection.close()
    return World(postgres.url(name), tmp_path)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(agent, "PAUSE", 0.01)


async def test_the_source_maps_of_a_build_are_kept_when_its_app_is_watched(world, app):
    debug_id = "c7bc8151d42458d9a9442f0c17718b2f"
    source_map = json.dumps({"mappings": "", "debug_id": debug_id}).encode()
    bundle = await world.artifacts.put(pack({"sourcemaps/server.mjs.map": source_map}))
    done = await world.run("pipeone", app.url, bundle=bundle)
    checks = {check.name: (check.ok, check.summary) for check in done.checks}
    assert checks["source maps"] == (True, "1 kept: errors are shown in the app's own files")
    assert await world.fetch("select debug_id, release from monitoring.source_maps") == [
        (debug_id, "b1")
    ]


async def test_an_app_whose_bundle_is_gone_is_watched_without_source_maps(world, app):
    bundle = await world.artifacts.put(b"no archive")
    done = await world.run("pipeone", app.url, bundle=bundle)
    checks = {check.name: check for check in done.checks}
    assert checks["source maps"].ok is False
    assert "cannot be read" in checks["source maps"].summary
    assert len(await world.watched()) == 1


async def test_an_app_that_is_up_is_watched(world, app):
    done = await world.run("pipeone", app.url)
    assert done.monitor == "shop-staging"
    assert [check.ok for check in done.checks] == [True]
    assert await world.watched() == [(app.url, "b1", "pipeone")]


@pytest.mark.parametrize(
    ("status", "health", "said"),
    [
        (503, {"ok": False, "build": "b1", "database": "unreachable"}, "database unreachable"),
        (200, {"ok": True, "build": "b0"}, "build 'b0' answers"),
        (200, ["no"], "not an object"),
    ],
)
async def test_an_app_that_is_not_up_is_not_watched(world, app, impatient, status, health, said):
    app.status, app.health = status, health
    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", app.url)
    assert caught.value.code == "app_down"
    assert said in caught.value.message
    assert (await world.rollback("pipeone")).undone == ()
    assert await world.watched() == []


async def test_an_app_that_does_not_answer_is_not_watched(world, impatient):
    with pytest.raises(AgentError, match="no answer"):
        await world.run("pipeone", f"http://127.0.0.1:{free_port()}/")


async def test_a_command_delivered_again_changes_nothing(world, app):
    await world.run("pipeone", app.url)
    await world.run("pipeone", app.url)
    assert await world.watched() == [(app.url, "b1", "pipeone")]
    assert (await world.rollback("pipeone")).undone != ()
    assert await world.watched() == []


async def test_a_rollback_watches_exactly_what_was_watched_before(world, app):
    await world.run("pipeone", app.url)
    app.health = {"ok": True, "build": "b2"}
    await world.run("pipetwo", app.url, "b2")
    assert await world.watched() == [(app.url, "b2", "pipetwo")]
    back = await world.rollback("pipetwo")
    assert back.undone == ("shop (staging) is watched as build b1 again",)
    assert await world.watched() == [(app.url, "b1", "pipeone")]
    assert await world.rollback("pipetwo") == back


async def test_an_app_of_which_a_person_chose_a_release_is_watched_as_that(world, app):
    assert not await cli.expect(world.settings, "shop", "staging", "b0")
    await world.run("pipeone", app.url)
    assert await cli.expect(world.settings, "shop", "staging", "b0")
    assert await world.watched() == [(app.url, "b0", "pipeone")]
    app.health = {"ok": True, "build": "b2"}
    await world.run("pipetwo", app.url, "b2")
    await world.rollback("pipetwo")
    assert await world.watched() == [(app.url, "b0", "pipeone")]


async def test_a_late_run_after_its_rollback_refuses(world, app):
    assert (await world.rollback("pipeone")).undone == ()
    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", app.url)
    assert caught.value.code == "withdrawn"
    assert await world.watched() == []


async def test_what_a_later_pipeline_watches_is_left_alone(world, app):
    await world.run("pipeone", app.url)
    app.health = {"ok": True, "build": "b2"}
    await world.run("pipetwo", app.url, "b2")
    with pytest.raises(AgentError) as caught:
        await world.rollback("pipeone")
    assert caught.value.code == "superseded"
    assert "pipetwo" in caught.value.message
    app.health = {"ok": True, "build": "b1"}
    with pytest.raises(AgentError) as caught:
        await world.run("pipeone", app.url)
    assert caught.value.code == "superseded"
    assert await world.watched() == [(app.url, "b2", "pipetwo")]


async def test_a_database_that_is_away_is_tried_again_later(world, app):
    world.settings = Settings(
        genesis_home=world.settings.genesis_home,
        database_url=Secret(f"postgresql://a:b@127.0.0.1:{free_port()}/x"),
    )
    with pytest.raises(Retry):
        await world.run("pipeone", app.url)
    with pytest.raises(Retry):
        await world.rollback("pipeone")


async def test_an_outage_opens_one_incident_and_its_end_resolves_it(world, app):
    await world.run("pipeone", app.url)
    async with world.watching():
        app.status = 500
        opened = await asyncio.wait_for(world.told.get(), 30)
        assert isinstance(opened, IncidentOpened)
        assert (opened.app, opened.environment) == ("shop", "staging")
        assert "status 500" in opened.summary
        (seen,) = await cli.watched(world.settings)
        assert seen.open.incident == opened.incident
        app.status = 200
        resolved = await asyncio.wait_for(world.told.get(), 30)
        assert isinstance(resolved, IncidentResolved)
        assert resolved.incident == opened.incident
        assert resolved.at > opened.at
    assert world.told.empty()
    assert await cli.incidents(world.settings) == []
    (past,) = await cli.incidents(world.settings, resolved=True)
    assert past.resolved is not None
    (seen,) = await cli.watched(world.settings)
    assert 0 < seen.uptime_day < 100
    assert seen.last.up


async def test_a_single_bad_look_is_no_incident(world, app):
    await world.run("pipeone", app.url)
    async with store.connected(world.url) as connection:
        for second, seen in enumerate((UP, DOWN, DOWN, UP, DOWN, DOWN, UP)):
            await look(connection, START + 10 * second, seen)
    assert await cli.incidents(world.settings, resolved=True) == []


async def test_what_a_look_says_of_an_earlier_build_does_not_count_for_the_next(world, app):
    await world.run("pipeone", app.url)
    app.health = {"ok": True, "build": "b2"}
    async with store.connected(world.url) as connection:
        for second in (0, 10):
            await look(connection, START + second, DOWN)
        (late,) = await take_due(connection, 10, START + 20)
        await world.run("pipetwo", app.url, "b2")
        await record(connection, [Seen(late, DOWN)], START + 21)
        await connection.execute("update monitoring.monitors set next_check = '-infinity'")
        await look(connection, START + 30, DOWN)
    assert await world.fetch("select count(*) from monitoring.checks") == [(3,)]
    assert await cli.incidents(world.settings) == []


async def test_an_incident_ends_when_its_app_is_not_watched_any_more(world, app):
    await world.run("pipeone", app.url)
    async with world.watching():
        app.status = 500
        assert isinstance(await asyncio.wait_for(world.told.get(), 30), IncidentOpened)
        await world.rollback("pipeone")
        resolved = await asyncio.wait_for(world.told.get(), 30)
    assert isinstance(resolved, IncidentResolved)
    assert resolved.summary == "shop (staging) is not watched any more"


async def test_an_incident_that_could_not_be_told_is_told_later(world, app):
    await world.run("pipeone", app.url)
    refused = asyncio.Event()

    async def broken(_message):
        refused.set()
        raise BusUnavailable("the broker is away")

    app.status = 500
    async with world.watching(broken):
        await asyncio.wait_for(refused.wait(), 30)
    async with world.watching():
        opened = await asyncio.wait_for(world.told.get(), 30)
    assert isinstance(opened, IncidentOpened)


async def test_two_replicas_share_the_looks_and_never_take_the_same(world, app):
    await world.run("pipeone", app.url)
    async with store.connected(world.url) as one, store.connected(world.url) as two:
        turns = await asyncio.gather(take_due(one, 60, START), take_due(two, 60, START))
        assert sorted(map(len, turns)) == [0, 1]


async def test_many_replicas_look_no_more_often_than_one(world, app):
    await world.run("pipeone", app.url)
    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(store.connected(world.url)) for _ in range(3)]
        looked = [
            tick / 2
            for tick in range(200)
            for replica in replicas
            if await look(replica, START + tick / 2, UP)
        ]
    # The first look has no place on the grid yet: the second may come after half an interval.
    assert 5 <= looked[1] - looked[0] <= 15
    assert {later - earlier for earlier, later in pairwise(looked[1:])} == {10}


async def test_a_turn_of_a_replica_that_died_goes_to_another_when_its_lease_ends(world, app):
    await world.run("pipeone", app.url)
    async with store.connected(world.url) as connection:
        (dead,) = await take_due(connection, 5, START)
        assert await take_due(connection, 5, START + 14) == []
        (alive,) = await take_due(connection, 5, START + 16)
        await record(connection, [Seen(dead, DOWN)], START + 17)
        await record(connection, [Seen(alive, UP)], START + 17)
    assert await world.fetch("select up from monitoring.checks") == [(True,)]


async def test_a_clock_that_is_set_back_stops_no_looks(world, app):
    await world.run("pipeone", app.url)
    async with store.connected(world.url) as connection:
        await look(connection, START + 86_400, UP)
        (abandoned,) = await take_due(connection, 10, START + 86_420)
        assert await look(connection, START, UP)
        await record(connection, [Seen(abandoned, DOWN)], START + 1)
    assert await world.fetch("select count(*) from monitoring.checks where up") == [(2,)]


async def test_a_database_that_goes_away_is_warned_of_once_and_waited_for(
    tmp_path, app, monkeypatch
):
    monkeypatch.setattr(watcher, "AWAY", 0.05)
    server = Postgres()
    try:
        server.start()
        world = World(server.url(), tmp_path)
        await world.run("pipeone", app.url)
        with structlog.testing.capture_logs() as logs:
            async with world.watching():
                await world.until("select count(*) > 0 from monitoring.checks")
                server.kill()
                while not any("waits" in entry["event"] for entry in logs):  # noqa: ASYNC110  a log
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.3)
                await asyncio.to_thread(server.start)
                await world.until(
                    "select count(*) > 0 from monitoring.checks"
                    " where at > pg_postmaster_start_time()"
                )
        events = [entry["event"] for entry in logs]
        assert events.count("monitoring waits for its database") == 1
        assert "monitoring has its database again" in events
    finally:
        server.close()


async def test_without_a_database_the_background_waits_to_be_stopped(tmp_path):
    stop = asyncio.Event()

    async def tell(_message):
        pass

    work = asyncio.create_task(agent.background(Settings(genesis_home=tmp_path), stop, tell))
    done, _ = await asyncio.wait([work], timeout=0.1)
    assert done == set()
    stop.set()
    await work


async def test_nothing_was_ever_watched_is_no_error(world):
    assert await cli.watched(world.settings) == []
