"""`genesis monitor errors` and `error` of a real database."""

from __future__ import annotations

import time

import pytest

from agents.monitoring import store
from agents.monitoring.errors import grouping, reading
from agents.monitoring.errors.rows import ErrorRow, SessionRow
from agents.monitoring.errors.sessions import write_sessions
from agents.monitoring.errors.writing import write_errors
from bus.settings import Secret, Settings
from coordinator.cli import session as sessions
from tests.coordinator.cli.conftest import Genesis
from tests.support.databases import database, fetch
from tests.support.errors import event, message
from tests.support.ingest import monitored


@pytest.fixture
def url(postgres):
    with database(postgres) as made:
        yield made


@pytest.fixture
async def happens(url, genesis: Genesis, tmp_path, monkeypatch):
    """Lets an error of the app "shop" in staging happen."""

    async def reach(*, start: bool) -> Settings:
        return Settings(genesis_home=tmp_path / "home", database_url=Secret(url))

    monkeypatch.setattr(sessions, "reach", reach)

    async def happen(sent) -> None:
        found = reading.read(sent, b"", header={}, peer="", now=time.time())
        key = grouping.group_key(found.event, found.fingerprint, found.template)
        async with store.connected(url) as connection, connection.transaction():
            row = ErrorRow("shop", "staging", key, found.event, None)
            await write_errors(connection, [row], time.time())

    return happen


async def test_errors_are_listed_and_shown_with_their_calls(happens, genesis):
    assert (await genesis("monitor", "errors")).out == "No unresolved errors.\n"
    await happens(event(user={"id": "u1"}, tags={"plan": "pro"}))
    await happens(message("odd \x1b[31m\nthing"))
    listed = await genesis("monitor", "errors", "shop", "--environment", "staging")
    assert "█  ZeroDivisionError: division by zero  average in shop/cart.py:12" in listed.out
    assert "\x1b" not in listed.out
    assert len(listed.out.splitlines()) == 2
    (found,) = (await genesis("monitor", "errors", "--json")).events
    number = next(one["group"] for one in found if one["title"].startswith("Zero"))
    shown = await genesis("monitor", "error", str(number))
    assert "  at average  shop/cart.py:12\n      return sum(prices) / len(prices)" in shown.out
    assert "  plan: pro" in shown.out
    assert (await genesis("monitor", "errors", "blog")).out == "No unresolved errors.\n"


async def test_an_error_is_resolved_ignored_and_taken_up_again(happens, genesis):
    await happens(event())
    (found,) = (await genesis("monitor", "errors", "--json")).events
    number = str(found[0]["group"])
    assert (await genesis("monitor", "error", number, "--resolve")).out.startswith("✓")
    assert (await genesis("monitor", "errors")).out == "No unresolved errors.\n"
    assert "resolved by " in (await genesis("monitor", "error", number)).out
    assert (await genesis("monitor", "error", number, "--ignore")).out.startswith("·")
    assert len((await genesis("monitor", "errors", "--status", "all")).out.splitlines()) == 1
    assert (await genesis("monitor", "error", number, "--reopen")).out.startswith("✗")
    both = await genesis("monitor", "error", number, "--resolve", "--ignore")
    assert both.code == 2


async def test_an_error_that_is_not_there_is_said_so(happens, genesis):
    assert "there is no error 7" in (await genesis("monitor", "error", "7")).err
    await happens(event())
    assert (await genesis("monitor", "error", "7000000")).code == 1


async def test_releases_are_shown_by_how_their_sessions_ended(happens, url, genesis):
    none = await genesis("monitor", "releases", "shop", "--environment", "staging")
    assert none.out == "No session of shop (staging) was told of in 7 days.\n"
    rows = [
        SessionRow("shop", "staging", f"s{number}", outcome, "shop@1", time.time())
        for number, outcome in enumerate(["fine"] * 7 + ["errored"] * 2 + ["crashed"])
    ]
    async with store.connected(url) as connection, connection.transaction():
        await write_sessions(connection, rows, time.time())
    said = await genesis("monitor", "releases", "shop", "--environment", "staging")
    expected = "shop@1  90.00 % crash-free  (10 sessions: 1 crashed, 2 with other errors)\n"
    assert said.out == expected


async def test_only_pages_of_some_origins_may_send(happens, url, genesis):
    await monitored(url, "shop", "production", "http://shop.test/")
    set_ = await genesis("monitor", "origins", "shop", "https://a.test/", "https://b.test")
    assert "takes signals of https://a.test, https://b.test" in set_.out
    kept = "select origins from monitoring.signal_origins"
    assert await fetch(url, kept) == [(["https://a.test", "https://b.test"],)]
    assert (await genesis("monitor", "origins", "shop", "--any")).code == 0
    assert await fetch(url, kept) == [([],)]
    for wrong in (["shop"], ["shop", "a.test"], ["shop", "https://a.test", "--any"]):
        assert (await genesis("monitor", "origins", *wrong)).code == 2
    assert (await genesis("monitor", "origins", "blog", "--any")).code == 1
