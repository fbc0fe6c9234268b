"""`genesis monitor`: the states of apps in a real database, as people and machines read them."""

from __future__ import annotations

import uuid

import asyncpg
import pytest

from agents.monitoring import store
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
