"""What the dashboard reads, on a real PostgreSQL, by the agents' own reads."""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from agents.monitoring import cli as monitoring
from agents.monitoring import store
from bus.settings import Secret, Settings
from coordinator.cli.reading import Reading, joined
from coordinator.lists import Filter
from coordinator.projection import SCHEMA
from coordinator.web import facts
from coordinator.web.reads import Reads
from tests.support.databases import database
from tests.support.postgres import Postgres


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with database(postgres) as made:
        yield made


@pytest.fixture
async def reading(url: str, tmp_path: Path) -> AsyncIterator[Reading]:
    made = Reading(Settings(genesis_home=tmp_path, database_url=Secret(url)))
    yield made
    await made.close()


def test_everything_that_pages_ask_is_there() -> None:
    for name, _ in inspect.getmembers(Reads, inspect.isfunction):
        if not name.startswith("_"):
            assert parameters(getattr(Reading, name)) == parameters(getattr(Reads, name)), name


def parameters(function: Callable[..., object]) -> list[tuple[str, object]]:
    return [(each.name, each.kind) for each in inspect.signature(function).parameters.values()]


async def test_before_anything_ran_a_list_is_not_readable_rather_than_empty(
    reading: Reading,
) -> None:
    for asked in (
        reading.pipelines(Filter(), limit=5, after=None), reading.counts(), reading.applications(),
    ):  # fmt: skip
        with pytest.raises(facts.NotReadable):
            await asked


async def test_without_a_database_nothing_is_readable(tmp_path: Path) -> None:
    reading = Reading(Settings(genesis_home=tmp_path))
    for asked in (
        reading.counts(), reading.watched(), reading.published(),
        reading.error_groups(app="", environment="", status="", limit=1, after=None),
    ):  # fmt: skip
        with pytest.raises(facts.NotReadable, match="DATABASE_URL"):
            await asked


async def test_every_read_of_monitoring_is_joined(reading: Reading, url: str) -> None:
    async with store.connected(url):
        pass
    assert await reading.watched() == []
    assert await reading.incidents(app="", environment="", limit=5) == []
    assert await reading.incident("nothere") is None
    assert {each.up for each in await reading.uptime_bars("shop", "staging", days=9)} == {None}
    assert await reading.response_times("shop", "staging", hours=24) == []
    assert not await reading.error_groups(
        app="shop", environment="", status="unresolved", limit=5, after=None
    )
    assert await reading.error_group(1) is None
    assert await reading.set_error_status(1, "resolved", "anna") is False
    assert await reading.alerts(limit=5) == []
    assert await reading.silences() == []
    assert await reading.end_silence(1) is False
    assert await reading.vitals("shop", "staging", days=7) == []
    assert (await reading.traffic("shop", "staging", days=7)).views == 0


async def test_a_silence_is_kept_and_ended(reading: Reading, url: str) -> None:
    until = time.time() + 3600
    await reading.silence("shop", until, "we move house", "anna")
    (silence,) = await reading.silences()
    assert (silence.app, silence.why, silence.who) == ("shop", "we move house", "anna")
    assert silence.until == pytest.approx(until)
    assert await reading.end_silence(silence.silence) is True
    assert await reading.silences() == []


async def test_status_pages_are_switched_on_and_off(reading: Reading) -> None:
    assert await reading.published() == {}
    await reading.publish("shop", "staging", "anna", on=True)
    await reading.publish("shop", "staging", "bob", on=True)
    assert await reading.published() == {("shop", "staging"): "anna"}
    await reading.publish("shop", "staging", "bob", on=False)
    assert await reading.published() == {}


async def test_pipelines_come_from_the_projection(reading: Reading, url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(SCHEMA)
    await connection.execute(
        """insert into pipelines
               (id, kind, subject, app, environment, status, started_at, updated_at, last)
           values ('pipeline', 'build', 'a shop', 'shop', 'staging', 'failed', now(), now(), 1)"""
    )
    await connection.close()
    page = await reading.pipelines(Filter(status="failed"), limit=5, after=None)
    assert [row.id for row in page.rows] == ["pipeline"]
    assert await reading.counts() == {"failed": 1}
    assert [row.app for row in await reading.applications()] == ["shop"]
    assert await reading.position() == 0


async def test_what_is_live_on_a_hosting_platform_is_not_guessed(reading: Reading) -> None:
    assert await reading.live_release("local", "shop", "staging") == ""
    with pytest.raises(facts.NotReadable, match="netlify"):
        await reading.live_release("netlify", "shop", "staging")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(getattr(facts, name), getattr(monitoring, name)) for name in dir(facts)
     if isinstance(getattr(facts, name), type) and hasattr(monitoring, name)],
)  # fmt: skip
def test_no_shape_asks_for_what_its_agent_does_not_say(ours: type, theirs: type) -> None:
    if ours is msgspec.Struct:
        return
    said = {field.name for field in msgspec.structs.fields(theirs)}
    assert {field.name for field in msgspec.structs.fields(ours)} <= said


def test_a_shape_that_does_not_fit_is_no_page_full_of_gaps() -> None:
    with pytest.raises(msgspec.ValidationError):
        joined(facts.Count, monitoring.Day(day="2027-01-01", views=1, visitors=1))


async def test_one_app_is_read_without_the_others(reading: Reading, url: str) -> None:
    async with store.connected(url) as connection:
        for app in ("shop", "blog"):
            for environment in ("staging", "production"):
                monitor = store.Monitor(
                    app=app, environment=environment, url="http://127.0.0.1:1", build_id="b1",
                    pipeline=f"{app}{environment}",
                )  # fmt: skip
                await store.register(connection, monitor)
    assert len(await reading.watched()) == 4
    assert {one.environment for one in await reading.watched("shop")} == {"staging", "production"}
    (one,) = await reading.watched("shop", "staging")
    assert (one.app, one.environment, one.uptime_day) == ("shop", "staging", None)
