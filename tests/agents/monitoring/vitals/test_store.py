from __future__ import annotations

import asyncio
import random

import pytest

from agents.monitoring import cli
from agents.monitoring.vitals import rollup, store
from agents.monitoring.vitals.beacon import OTHER, Sample
from agents.monitoring.vitals.metrics import METRICS
from agents.monitoring.vitals.reads import ALL
from agents.monitoring.vitals.store import QUIET, Recent, keep, settle
from bus.settings import Secret, Settings
from tests.support.signals import DAY, HOUR, NOON, monitoring


def visit(number, value=1000.0, page="/", metric="LCP", device="desktop", app="shop"):
    sample = Sample(metric=metric, value=value, number=number, page=page, device=device)
    return Recent(app=app, environment="staging", sample=sample)


@pytest.fixture
async def base(url):
    async with monitoring(url) as connection:
        yield connection


@pytest.fixture
def read(url, tmp_path):
    settings = Settings(genesis_home=tmp_path, database_url=Secret(url))

    async def read(now=NOON, days=7, page="/"):
        found = await cli.vitals(settings, app="shop", environment="staging", days=days, now=now)
        return [one for one in found if one.page == page]

    return read


async def rows(base, table):
    return await base.fetchval(f"select count(*) from monitoring.{table}")


async def test_a_value_counts_the_same_before_and_after_it_is_settled(base, read):
    drawn = random.Random(3)
    values = [drawn.lognormvariate(7.5, 0.5) for _ in range(400)]
    await keep(base, [visit(number, value) for number, value in enumerate(values)], NOON)
    [before] = await read()
    assert await settle(base, NOON + QUIET - 1) == 0
    assert await settle(base, NOON + QUIET + 1) == 400
    assert await rows(base, "vitals_recent") == 0
    [after] = await read()
    assert after == before
    assert after.samples == 400
    true = sorted(values)[299]
    assert abs(after.p75 - true) <= 0.025 * true


async def test_a_value_is_replaced_as_long_as_it_is_not_settled(base, read):
    await keep(base, [visit(1, 9000.0)], NOON)
    await keep(base, [visit(1, 100.0)], NOON + QUIET - 1)
    assert await settle(base, NOON + QUIET + 1) == 0
    assert await settle(base, NOON + 2 * QUIET) == 1
    [found] = await read()
    assert (found.samples, found.rating) == (1, "good")


async def test_two_processes_that_keep_and_settle_at_once_lose_nothing(base, url, read):
    async def visits(first):
        async with monitoring(url) as mine:
            for start in range(first, first + 1000, 50):
                async with mine.transaction():
                    await keep(mine, [visit(start + each) for each in range(100)], NOON)

    async def settles():
        async with monitoring(url) as mine:
            for _ in range(20):
                await settle(mine, NOON + 2 * QUIET)

    await asyncio.gather(visits(0), visits(500), settles())
    [found] = await read()
    # What was settled in between and came again is one visit more, as is said there.
    assert found.samples >= 1550
    await settle(base, NOON + 2 * QUIET)
    assert (await read()) == [found]


async def test_an_app_has_a_bounded_number_of_recent_values(base, read, monkeypatch):
    monkeypatch.setattr(store, "MOST", 100)
    await keep(base, [visit(number) for number in range(100, 350)], NOON - 1)
    await keep(base, [visit(number) for number in range(100)], NOON)
    await keep(base, [visit(number, app="calm") for number in range(20)], NOON)
    assert await settle(base, NOON + 1) == 250
    left = await base.fetch("select number from monitoring.vitals_recent where app = 'shop'")
    assert {row["number"] for row in left} == set(range(100))
    assert await rows(base, "vitals_recent") == 120
    assert (await read())[0].samples == 350


async def test_pages_without_end_become_one(base, read):
    busy = [visit(number, page="/busy") for number in range(500)]
    many = [
        visit(1000 + number, page=f"/p{'abcdefghij'[number % 10]}{number}") for number in range(300)
    ]
    await keep(base, busy + many, NOON)
    await settle(base, NOON + 2 * QUIET)
    pages = await base.fetch("select distinct page from monitoring.vitals_spread")
    assert len(pages) == store.PAGES + 1
    assert (await read(page="/busy"))[0].samples == 500
    assert (await read(page=OTHER))[0].samples == 300 - (store.PAGES - 1)
    assert (await read(page=ALL))[0].samples == 800


async def test_hours_become_days_and_old_days_lose_their_pages_but_no_visit(base, read):
    for hour in range(30):
        values = [visit(100 * hour + each, 100.0 * each, f"/p{each}") for each in range(25)]
        await keep(base, values, NOON + hour * HOUR)
        await settle(base, NOON + hour * HOUR + 2 * QUIET)
    [before] = await read(NOON + 2 * DAY, page=ALL)
    await rollup.roll_up(base, NOON + 5 * DAY)
    assert await base.fetch("select distinct span, since from monitoring.vitals_spread") != []
    spans = await base.fetch("select span, count(distinct since), count(distinct page) from"
                             " monitoring.vitals_spread group by 1")  # fmt: skip
    assert [tuple(row) for row in spans] == [("day", 2, rollup.DAY_PAGES + 1)]
    [after] = await read(NOON + 2 * DAY, page=ALL)
    assert after == before
    await rollup.roll_up(base, NOON + 200 * DAY)
    pages = await base.fetch("select distinct page from monitoring.vitals_spread")
    assert [row["page"] for row in pages] == [OTHER]
    [last] = await read(NOON + 2 * DAY, page=ALL)
    assert last == before


async def test_rolling_up_twice_changes_nothing(base, read):
    await keep(base, [visit(number, 100.0 * number) for number in range(50)], NOON)
    await settle(base, NOON + 2 * QUIET)
    for days in (5, 5, 200, 200, 200.1):
        await rollup.roll_up(base, NOON + days * DAY)
        await settle(base, NOON + days * DAY)
    [found] = await read(NOON, page=ALL)
    assert found.samples == 50


async def test_only_the_days_that_are_asked_for_are_read(base, read):
    await keep(base, [visit(1, 100.0)], NOON - 3 * DAY)
    await keep(base, [visit(2, 9000.0)], NOON)
    assert [one.samples for one in await read(days=7)] == [2]
    assert [(one.samples, one.rating) for one in await read(days=1)] == [(1, "poor")]
    assert [one.samples for one in await read(days=3)] == [1]
    assert [one.samples for one in await read(days=4)] == [2]


async def test_nothing_was_ever_measured(read, url):
    assert await read() == []


def test_every_metric_can_be_kept():
    assert set(METRICS) == {"LCP", "INP", "CLS", "FCP", "TTFB"}
