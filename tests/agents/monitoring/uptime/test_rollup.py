"""A year of looks: what is left of it, that it is right, and that it is quick to read."""

from __future__ import annotations

import time

import pytest

from agents.monitoring import cli, retention
from agents.monitoring.uptime import histogram, rollup
from agents.monitoring.uptime.rollup import roll_up
from bus.settings import Secret, Settings
from tests.support.watching import START, monitor

DAY = 86_400
SECOND_LOOKS = """
insert into monitoring.checks (app, environment, at, up, status, milliseconds, counted)
select 'shop', 'production', to_timestamp($1 + n), n % 100 <> 0, 200, 10 + n * 37 % 50,
    n % 1000 <> 1
from generate_series(0, $2::integer - 1) n
"""
KEPT = """
select (select coalesce(sum(checks), 0) from monitoring.rollups)
        + (select count(*) from monitoring.checks where counted),
    (select coalesce(sum(failed), 0) from monitoring.rollups)
        + (select count(*) from monitoring.checks where counted and not up)
"""


@pytest.fixture
def settings(url, tmp_path):
    return Settings(genesis_home=tmp_path, database_url=Secret(url))


async def test_looks_are_moved_and_each_is_counted_once(watching, settings):
    await watching.connection.execute(SECOND_LOOKS, START, 3 * 3600)
    before = await watching.fetch(KEPT)
    for later in (3 * 3600, 3 * 3600 + 30, 4 * 3600, 2 * DAY, DAY, 100 * DAY, 99 * DAY):
        await roll_up(watching.connection, START + later)
        await roll_up(watching.connection, START + later)
        assert await watching.fetch(KEPT) == before
    steps = await watching.fetch("select distinct step from monitoring.rollups")
    assert steps == [(DAY,)]
    bars = await cli.uptime_bars(
        settings, app="shop", environment="production", days=101, now=START + 100 * DAY
    )
    assert len(bars) == 101
    assert [round(bar.up, 2) for bar in bars if bar.up is not None] == [99.0]


async def test_percentiles_are_right_within_a_tenth_at_every_age(watching, settings):
    await watching.connection.execute(SECOND_LOOKS, START, 3 * 3600)
    for age, hours in ((3 * 3600, 4), (2 * DAY, 50), (100 * DAY, 101 * 24)):
        await roll_up(watching.connection, START + age)
        points = await cli.response_times(
            settings, app="shop", environment="production", hours=hours, now=START + age
        )
        assert sum(point.checks for point in points) == 10_789
        for point in points:
            assert point.p50 == pytest.approx(35, rel=0.1)
            assert point.p95 == pytest.approx(57, rel=0.1)


def test_a_percentile_of_nothing_is_nothing():
    assert histogram.percentile({}, 0.5) is None
    assert histogram.percentile({63: 4}, 0.95) == pytest.approx(65_000, rel=0.2)


async def test_a_look_that_waits_in_the_middle_of_a_minute_is_not_moved_in_two_parts(watching):
    await watching.connection.execute(SECOND_LOOKS, START, 7200)
    await roll_up(watching.connection, START + 7234)
    rows = await watching.fetch("select distinct checks from monitoring.rollups where step = 60")
    assert {row[0] for row in rows} <= {59, 60}


@pytest.mark.timeout(300)
async def test_a_year_of_a_look_every_second_stays_small_and_quick(watching, settings):
    connection = watching.connection
    await watching.watch(monitor("shop"))
    now = START + 400 * DAY
    # As it is after a year: what was rolled up, by the same roll-up, of a day that stands for all.
    await connection.execute(SECOND_LOOKS, START, DAY)
    await roll_up(connection, START + 2 * DAY)
    await connection.execute(
        """insert into monitoring.rollups
           select app, environment, step, at + make_interval(days => n), checks, failed, bins,
               counts
           from monitoring.rollups, generate_series(1, 398) n"""
    )
    await connection.execute(SECOND_LOOKS, now - DAY, DAY)
    await roll_up(connection, now)
    await retention.keep_house(connection, now)
    ((rows,),) = await watching.fetch(
        "select (select count(*) from monitoring.checks)"
        " + (select count(*) from monitoring.rollups)"
    )
    assert rows <= rollup.rows_of(1.0)
    await connection.execute("vacuum full monitoring.checks, monitoring.rollups")
    ((size,),) = await watching.fetch(
        "select pg_total_relation_size('monitoring.checks')"
        " + pg_total_relation_size('monitoring.rollups')"
    )
    print(f"{rows} rows, {size / 1e6:.2f} MB for a year of a look every second")
    assert size <= rollup.BYTES_A_ROW * rollup.rows_of(1.0)
    await connection.execute("analyze monitoring.checks, monitoring.rollups")
    where = {"app": "shop", "environment": "production", "now": now}
    for read in (
        cli.watched(settings, now=now), cli.uptime_bars(settings, **where),
        cli.response_times(settings, **where), cli.response_times(settings, hours=24 * 90, **where),
    ):  # fmt: skip
        began = time.perf_counter()
        assert await read
        print(f"{read.__name__}: {(time.perf_counter() - began) * 1000:.0f} ms")
