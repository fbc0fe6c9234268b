"""What is done with errors by the clock, and what is kept of them at most."""

from __future__ import annotations

import secrets

import pytest

from agents.monitoring import store
from agents.monitoring.errors import content, grouping, minding, reading
from agents.monitoring.errors.bundle import Map
from agents.monitoring.errors.deciding import decide, mind_spikes
from agents.monitoring.errors.event import Frame
from agents.monitoring.errors.maps import keep
from agents.monitoring.errors.minding import mind
from agents.monitoring.errors.rows import ErrorRow, SessionRow
from agents.monitoring.errors.sessions import write_sessions
from agents.monitoring.errors.writing import write_errors
from tests.support.errors import event, message

START = 1_700_000_000.0 // 3600 * 3600
HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
async def db(url):
    async with store.connected(url) as connection:
        yield connection


async def happen(db, at, *sent, app="shop"):
    rows = []
    for one in sent:
        found = reading.read({**one, "timestamp": at}, b"", header={}, peer="", now=at)
        key = grouping.group_key(found.event, found.fingerprint, found.template)
        rows.append(ErrorRow(app, "staging", key, found.event, None))
    async with db.transaction():
        await write_errors(db, rows, at)


async def count(db, table, where="true"):
    return await db.fetchval(f"select count(*) from monitoring.{table} where {where}")


async def told(db):
    rows = await db.fetch("select key, firing from monitoring.findings order by id")
    return [(row["key"].partition(":")[2].partition(":")[2], row["firing"]) for row in rows]


async def test_an_error_that_was_not_seen_for_long_counts_as_resolved(db):
    await happen(db, START, event())
    await mind(db, START + 13 * DAY)
    assert await told(db) == [("", True)]
    await mind(db, START + 15 * DAY)
    assert await told(db) == [("", True), ("", False)]
    row = await db.fetchrow("select status, status_who from monitoring.error_groups")
    assert tuple(row) == ("resolved", "silence (14 days)")
    await happen(db, START + 16 * DAY, event())
    assert await told(db) == [("", True), ("", False), ("", True)]


async def test_an_error_that_becomes_frequent_is_told_once_and_when_it_is_over(db):
    for hour in range(30):
        await happen(db, START + hour * HOUR, event(), event())
    burst = START + 30 * HOUR
    await happen(db, burst + 60, *(event() for _ in range(49)))
    await mind_spikes(db, burst + 60)
    assert await told(db) == [("", True)]
    await happen(db, burst + 120, event())
    for minute in range(3, 10):
        await mind_spikes(db, burst + 60 * minute)
    assert await told(db) == [("", True), ("spike", True)]
    await mind_spikes(db, burst + HOUR + 60)
    assert len(await told(db)) == 2
    await mind_spikes(db, burst + 2 * HOUR + 60)
    assert await told(db) == [("", True), ("spike", True), ("spike", False)]


async def test_who_resolves_a_group_ends_its_spike_too(db):
    for hour in range(30):
        await happen(db, START + hour * HOUR, event())
    await happen(db, START + 30 * HOUR, *(event() for _ in range(60)))
    await mind_spikes(db, START + 30 * HOUR)
    group = await db.fetchval("select grp from monitoring.error_groups")
    await decide(db, group, "resolved", "ann", START + 31 * HOUR)
    assert await told(db) == [("", True), ("spike", True), ("", False), ("spike", False)]


async def test_ids_are_forgotten_after_two_hours_and_whole_events_kept(db):
    await happen(db, START, *(event() for _ in range(50)))
    assert await count(db, "error_events") == 50
    await mind(db, START + 2 * HOUR - 1)
    assert await count(db, "error_events") == 50
    await mind(db, START + 2 * HOUR + 1)
    assert await count(db, "error_events") == 20
    await mind(db, START + 31 * DAY)
    assert await count(db, "error_events") == 0
    assert await db.fetchval("select events from monitoring.error_groups") == 50


async def test_everything_that_is_kept_is_bounded(db, monkeypatch):
    for name, most in {
        "KEPT_OF_GROUP": 30, "KEPT_OF_APP": 40, "GROUPS": 4, "SESSIONS": 5, "RELEASES": 3,
    }.items():  # fmt: skip
        monkeypatch.setattr(minding, name, most)
    bounds = [
        ("error_events", "grp", "at", minding.KEPT_OF_GROUP, "content is not null"),
        ("error_events", "app, environment", "at", minding.KEPT_OF_APP, "content is not null"),
        ("error_groups", "app, environment", "last", minding.GROUPS, "true"),
        ("sessions", "app, environment", "at", minding.SESSIONS, "true"),
        ("app_releases", "app, environment", "born", minding.RELEASES, "true"),
    ]
    assert [bound[:3] for bound in bounds] == [bound[:3] for bound in minding._BY_NUMBER]
    monkeypatch.setattr(minding, "_BY_NUMBER", bounds)
    for hour in range(3):
        at = START + hour * HOUR
        await happen(db, at, *(event(release=f"r{hour}{n}") for n in range(15)))
    assert await count(db, "error_events", "content is not null") == 45
    await happen(db, at + 1, *(message(f"kind {word}") for word in "abcdefgh"))
    sessions = [SessionRow("shop", "staging", f"s{n}", "fine", "r1", at) for n in range(9)]
    async with db.transaction():
        await write_sessions(db, sessions, at)
    await happen(db, at + 2, event(), app="blog")
    await mind(db, at + 3)
    assert await count(db, "error_groups", "app = 'shop'") == 4
    assert await count(db, "error_groups", "app = 'blog'") == 1
    most = "select max(n) from (select count(*) n from monitoring.error_events group by grp) x"
    assert await db.fetchval(most) <= 30
    assert await count(db, "error_events", "content is not null and app = 'shop'") <= 40
    assert await count(db, "sessions") == 5
    assert await count(db, "app_releases", "app = 'shop'") == 3
    titles = [row["title"] for row in await db.fetch("select title from monitoring.error_groups")]
    assert "kind h" in titles
    await mind(db, at + 91 * DAY)
    for table in ("error_groups", "error_events", "error_hours", "error_users", "sessions"):
        assert await count(db, table) == 0, table


async def test_the_newest_source_maps_are_kept(db, monkeypatch):
    monkeypatch.setattr(minding, "MAPS_BYTES", 30)
    for number in range(5):
        one = Map(f"{number:032}", "app.js.map", b"{}")
        await keep(db, "shop", "staging", "r1", one, START + number)
    await mind(db, START + 10)
    left = await db.fetch("select debug_id from monitoring.source_maps")
    assert 0 < len(left) < 5
    assert f"{4:032}" in {row["debug_id"] for row in left}


def test_no_event_takes_more_than_its_share():

    frame = {"filename": "x", "function": secrets.token_hex(140), "lineno": 1, "in_app": True}

    def noisy():
        lines = [secrets.token_hex(150) for _ in range(5)]
        return {**frame, "pre_context": lines, "context_line": lines[0], "post_context": lines}

    values = [
        {"type": secrets.token_hex(90), "value": secrets.token_hex(2000),
         "stacktrace": {"frames": [noisy() for _ in range(90)]}}
        for _ in range(10)
    ]  # fmt: skip
    found = reading.read(event(exception=values), b"", header={}, peer="", now=START)
    packed = content.packed(found.event)
    assert len(packed) <= content.MOST
    unpacked = content.unpacked(packed)
    assert len(unpacked.exceptions) == 10
    assert isinstance(unpacked.exceptions[0].frames[0], Frame)
    plain = reading.read(event(), b"", header={}, peer="", now=START).event
    assert content.unpacked(content.packed(plain)) == plain
