"""`genesis monitor`: the states of apps in a real database, as people and machines read them."""

from __future__ import annotations

import asyncio
import uuid

import asyncpg
import pytest

from agents.monitoring import store
from agents.monitoring.uptime import heartbeats
from bus.settings import Secret, Settings
from coordinator.cli import session as sessions
from tests.coordinator.cli.conftest import Genesis
from tests.support.processes import free_port


@pytest.fixture
async def database(genesis: Genesis, postgres, tmp_path, monkeypatch):
    """An empty database that the commands reach; gives its URL."""
    name = f"monitor_{uuid.uuid4().hex[:10]}"
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f"create database {name}")
    await connection.close()
    settings = Settings(genesis_home=tmp_path / "home", database_url=Secret(postgres.url(name)))
    _reach(monkeypatch, settings)
    return postgres.url(name)


def _reach(monkeypatch, settings: Settings) -> None:
    async def reach(*, start: bool) -> Settings:
        return settings

    monkeypatch.setattr(sessions, "reach", reach)


async def _watch(url: str, *names: str, sql: str = "") -> None:
    async with store.connected(url) as connection:
        for name in names:
            await store.register(
                connection,
                store.Monitor(
                    app=name, environment="staging", url="http://127.0.0.1:1/", build_id="b1",
                    pipeline=f"pipe{name}",
                ),
            )  # fmt: skip
        if sql:
            await connection.execute(sql)


OUTAGE = """insert into monitoring.incidents (app, environment, summary)
    values ('shop', 'staging', 'shop (staging) is down: status 500')"""


async def test_nothing_watched_is_said_and_is_no_failure(database, genesis):
    done = await genesis("monitor", "status")
    assert (done.code, "Nothing is watched" in done.out) == (0, True)
    assert (await genesis("monitor", "incidents")).out == "No incident is open.\n"


async def test_the_exit_code_says_whether_something_is_down(database, genesis):
    await _watch(database, "shop", "blog")
    assert (await genesis("monitor", "status")).code == 0
    await _watch(database, sql=OUTAGE)
    down = await genesis("monitor", "status")
    assert down.code == 1
    assert "✗ shop (staging)" in down.out
    assert "status 500" in down.out
    assert (await genesis("monitor", "status", "blog")).code == 0
    (found,) = (await genesis("monitor", "status", "--json")).events
    assert {one["app"]: one["open"] is not None for one in found} == {"shop": True, "blog": False}


async def test_incidents_are_listed_with_those_that_are_over_when_asked(database, genesis):
    await _watch(database, sql=OUTAGE)
    assert "status 500" in (await genesis("monitor", "incidents")).out
    assert (await genesis("monitor", "incidents", "blog")).out == "No incident is open.\n"
    await _watch(database, sql="update monitoring.incidents set resolved_at = now()")
    assert (await genesis("monitor", "incidents")).out == "No incident is open.\n"
    (found,) = (await genesis("monitor", "incidents", "--all", "--json")).events
    assert [one["app"] for one in found] == ["shop"]


async def test_an_app_that_is_not_watched_is_a_failure(database, genesis):
    done = await genesis("monitor", "status", "ghost", "--json")
    assert done.code == 1
    assert done.events[0]["error"] == "ghost is not watched"


async def test_a_database_that_is_away_is_said_without_a_traceback(genesis, monkeypatch, tmp_path):
    away = Secret(f"postgresql://a:b@127.0.0.1:{free_port()}/x")
    _reach(monkeypatch, Settings(genesis_home=tmp_path, database_url=away))
    done = await genesis("monitor", "status")
    assert done.code == 1
    assert "not readable" in done.err


async def test_a_limit_of_nothing_is_refused(database, genesis):
    assert (await genesis("monitor", "incidents", "--limit", "0")).code == 2


class Site:
    """A web server whose answer is what the test says."""

    def __init__(self):
        self.status, self.body = 200, b'{"ok": true, "items": [{"n": 3}]}'
        self.heads = []

    async def answer(self, reader, writer):
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        head = f"HTTP/1.1 {self.status} x\r\ncontent-length: {len(self.body)}\r\n\r\n"
        writer.write(head.encode() + self.body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def site():
    made = Site()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    yield made
    server.close()
    await server.wait_closed()


async def test_any_address_is_watched_after_one_look_at_it(database, genesis, site):
    added = await genesis(
        "monitor", "add", "docs", site.url, "--every", "30s", "--json-path", "items[0].n > 2",
        "--header", "X-Token: abc", "--contains", "ok",
    )  # fmt: skip
    assert added.code == 0, added.err
    assert "docs (production) is watched every 30 s; now it is up" in added.out
    assert b"X-Token: abc\r\n" in site.heads[0]
    (listed,) = (await genesis("monitor", "list", "--json")).events
    assert [(one["name"], one["url"]) for one in listed] == [("docs", site.url)]
    assert "docs (production)" in (await genesis("monitor", "status")).out
    assert (await genesis("monitor", "remove", "docs")).code == 0
    assert (await genesis("monitor", "list")).out.startswith("No address was added.")
    assert (await genesis("monitor", "remove", "docs")).code == 1


async def test_an_address_that_is_not_up_is_watched_only_when_that_is_meant(
    database, genesis, site
):
    site.status = 503
    refused = await genesis("monitor", "add", "docs", site.url)
    assert (refused.code, "status 503" in refused.err) == (1, True)
    assert (await genesis("monitor", "list", "--json")).events == [[]]
    assert (await genesis("monitor", "add", "docs", site.url, "--anyway")).code == 0
    assert len((await genesis("monitor", "list", "--json")).events[0]) == 1


async def test_an_app_s_own_monitor_is_neither_replaced_nor_removed(database, genesis, site):
    await _watch(database, "shop")
    where = ("--environment", "staging")
    replaced = await genesis("monitor", "add", "shop", site.url, *where)
    assert replaced.code == 2
    assert "pipeshop put live" in replaced.err
    assert (await genesis("monitor", "remove", "shop", *where)).code == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--every", "0.1s"), ("--every", "2h"), ("--every", "soon"), ("--status", "9xx"),
        ("--json-path", "a"), ("--failures", "0"), ("--give-up", "2m"), ("--method", "DANCE"),
        ("--header", "none"), ("--environment", "moon"),
    ],
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused_and_nothing_changed(
    database, genesis, site, options
):
    assert (await genesis("monitor", "add", "docs", site.url, *options)).code == 2
    assert (await genesis("monitor", "list", "--json")).events == [[]]


async def test_maintenance_windows_come_and_go(database, genesis):
    added = await genesis("monitor", "maintenance", "add", "shop", "--lasts", "2h", "--why", "move")
    assert added.code == 0, added.err
    weekly = ("--hours", "02:00-03:30", "--days", "sun", "--zone", "Europe/Berlin")
    assert (await genesis("monitor", "maintenance", "add", *weekly)).code == 0
    listed = (await genesis("monitor", "maintenance", "list")).out.splitlines()
    assert listed[0].startswith("▸")
    assert "every app  sun 02:00-03:30 Europe/Berlin" in listed[1]
    assert (await genesis("monitor", "maintenance", "remove", "1")).code == 0
    assert (await genesis("monitor", "maintenance", "remove", "1")).code == 1
    for wrong in (
        (), ("--hours", "02:00-03:30", "--lasts", "1h"), ("--lasts", "9d"), ("--hours", "2"),
        ("--lasts", "1h", "--zone", "Moon", "--begins", "2026-01-01"),
    ):  # fmt: skip
        assert (await genesis("monitor", "maintenance", "add", *wrong)).code == 2


async def test_a_job_gets_an_address_and_the_list_says_how_it_does(database, genesis):
    job = ("shop", "backup")
    added = await genesis("monitor", "heartbeat", "add", *job, "--crontab", "0 2 * * *", "--json")
    assert added.code == 0, added.err
    key = added.events[0]["url"].rpartition("/api/heartbeat/")[2]
    assert (await genesis("monitor", "heartbeat", "list")).out.startswith("· backup of shop")
    async with store.connected(database) as connection:
        assert await heartbeats.report(connection, key, "error", 1.0)
    listed = await genesis("monitor", "heartbeat", "list", "--json")
    assert listed.code == 1
    assert listed.events[0][0]["job"]["said"] == "error"
    (found,) = (await genesis("monitor", "incidents", "--json")).events
    shown = await genesis("monitor", "incident", found[0]["incident"][:8])
    assert "heartbeat  backup of shop (production) is not well: it says that it failed" in shown.out
    assert "opened" in shown.out
    assert (await genesis("monitor", "incident", "zzz")).code == 1
    assert (await genesis("monitor", "heartbeat", "remove", *job)).code == 0
    assert (await genesis("monitor", "heartbeat", "remove", *job)).code == 1
    for wrong in ((), ("--every", "1h", "--crontab", "0 2 * * *"), ("--crontab", "x")):
        assert (await genesis("monitor", "heartbeat", "add", *job, *wrong)).code == 2


async def test_a_silence_begins_with_its_reason_and_may_be_ended(database, genesis):
    await _watch(database, "shop")
    begun = await genesis("monitor", "silence", "shop", "--lasts", "2h", "--why", "known")
    assert begun.code == 0, begun.err
    assert "shop for 2 h 00 min" in begun.out
    (found,) = (await genesis("monitor", "silences", "--json")).events
    assert [(one["app"], one["why"]) for one in found] == [("shop", "known")]
    number = str(found[0]["silence"])
    assert "shop" in (await genesis("monitor", "silences")).out
    assert (await genesis("monitor", "silences", "--end", number)).code == 0
    assert (await genesis("monitor", "silences", "--end", number)).code == 1
    assert (await genesis("monitor", "silences")).out == "No silences.\n"
    for wrong in (
        ("--lasts", "soon"),
        ("--lasts", "365d"),
        ("--lasts", "1h", "--environment", "x"),
    ):
        assert (await genesis("monitor", "silence", "shop", *wrong)).code == 2
