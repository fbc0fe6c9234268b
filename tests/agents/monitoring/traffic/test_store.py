from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.monitoring import cli
from agents.monitoring.traffic import rollup, store, visitors
from agents.monitoring.traffic.hits import Hit
from agents.monitoring.traffic.store import NAMES, OTHER, Visit, count
from bus.settings import Secret, Settings
from tests.support.signals import DAY, NOON, monitoring


def view(page="/", address="a", referrer="", app="shop"):
    hit = Hit(kind="view", page=page, referrer=referrer)
    return Visit(app=app, environment="staging", hit=hit, address=address, agent="b")


@pytest.fixture
async def base(url):
    async with monitoring(url) as connection:
        yield connection


@pytest.fixture
def read(url, tmp_path):
    settings = Settings(genesis_home=tmp_path, database_url=Secret(url))

    async def read(now=NOON, days=7):
        return await cli.traffic(settings, app="shop", environment="staging", days=days, now=now)

    return read


async def settle(base, now):
    await rollup.forget_visitors(base, now)
    await rollup.roll_up(base, now)


async def test_names_without_end_become_one_and_views_stay_right(base, read):
    for start in range(0, 900, 90):
        await count(base, [view(f"/p-{number}x") for number in range(start, start + 90)], NOON)
    rows = await base.fetchval("select count(*) from monitoring.traffic_all")
    assert rows == NAMES
    assert (await read()).views == 900


async def test_what_is_seen_often_is_named_even_after_a_flood_of_names(base, read):
    await count(base, [view(f"/f-{number}x") for number in range(NAMES + 50)], NOON)
    await count(base, [view("/late")] * 10, NOON)
    assert "/late" not in {one.name for one in (await read()).pages}
    await rollup.roll_up(base, NOON)
    await count(base, [view("/late")] * 10, NOON)
    seen = await read()
    assert seen.pages[0] == cli.Count(name="/late", count=10)
    assert seen.views == NAMES + 70


async def test_a_day_that_is_over_keeps_its_sums_its_largest_names_and_no_visitor(base, read):
    rows = [
        view(f"/p-{number}x", f"address {number % 40}", f"site{number}.test")
        for number in range(120) for _ in range(number + 1)
    ]  # fmt: skip
    await count(base, rows, NOON)
    before = await read()
    await settle(base, NOON + DAY)
    after = await read(NOON + DAY)
    assert (after.views, after.visitors) == (before.views, before.visitors) == (7260, 40)
    assert [one.name for one in after.pages[:2]] == ["/p-119x", "/p-118x"]
    assert len(after.pages) == rollup.KEPT_NAMES + 1
    assert after.pages[-1].name == OTHER
    for table in ("traffic_visitors", "traffic_salts", "traffic_live"):
        assert await base.fetchval(f"select count(*) from monitoring.{table}") == 0
    await settle(base, NOON + 100 * DAY)
    old = await read(NOON, days=1)
    assert (old.views, old.visitors, len(old.referrers)) == (7260, 40, rollup.OLD_NAMES + 1)


async def test_rolling_up_again_changes_nothing(base, read):
    await count(base, [view(f"/p-{number}x") for number in range(300)], NOON)
    for days in (0.6, 1, 1, 2, 70, 70, 71):
        await settle(base, NOON + days * DAY)
    seen = await read(NOON)
    assert (seen.views, seen.visitors) == (300, 1)


async def test_what_comes_after_midnight_is_of_the_new_day(base, read):
    midnight = NOON + 12 * 3600
    await count(base, [view(address="a")], midnight - 1)
    await count(base, [view(address="a")], midnight)
    assert [(day.day, day.views, day.visitors) for day in (await read(midnight, 2)).per_day] == [
        ("2026-11-30", 1, 1), ("2026-12-01", 1, 1)
    ]  # fmt: skip


async def test_the_number_of_a_visitor_is_another_one_every_day(base):
    for day in range(3):
        await count(base, [view(address="a")], NOON + day * DAY)
    numbers = await base.fetch("select distinct visitor from monitoring.traffic_visitors")
    assert len(numbers) == 3


async def test_visitors_beyond_those_that_are_kept_are_estimated(base, read, monkeypatch):
    for module in (visitors, store, rollup):
        monkeypatch.setattr(module, "KEPT", 1000)
    monkeypatch.setattr("agents.monitoring.traffic.reads.KEPT", 1000)
    for start in range(0, 20_000, 2_000):
        await count(base, [view(address=str(each)) for each in range(start, start + 2_000)], NOON)
        await count(base, [view(address=str(each)) for each in range(start, start + 2_000)], NOON)
    kept = await base.fetchval("select count(*) from monitoring.traffic_visitors")
    assert kept < 7_000
    # Five standard errors of 3.2 per cent.
    assert abs((await read()).visitors - 20_000) < 3_200
    await settle(base, NOON + DAY)
    assert abs((await read(NOON + DAY)).visitors - 20_000) < 3_200


@given(st.sets(st.integers(0, visitors.SPACE - 1), max_size=200))
def test_few_visitors_are_counted_exactly(numbers):
    assert visitors.count(visitors.keep(numbers)) == len(numbers)


def test_many_visitors_are_counted_within_a_few_per_cent():
    drawn = random.Random(5)
    for true in (10_000, 50_000, 300_000):
        numbers = [drawn.randrange(visitors.SPACE) for _ in range(true)]
        assert abs(visitors.count(visitors.keep(numbers)) - true) < 0.05 * true


def test_visitors_of_two_projects_and_of_two_days_have_nothing_in_common():
    same = ("browser", "198.51.100.1", "agent")
    numbers = {
        visitors.visitor(salt, project, *same)
        for salt in (b"1" * 32, b"2" * 32) for project in ("a/x", "b/x")
    }  # fmt: skip
    assert len(numbers) == 4
    assert visitors.visitor(b"s", "p", "ab", "c") != visitors.visitor(b"s", "p", "a", "bc")
