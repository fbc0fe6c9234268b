"""A year of the worst that an app can do, with a virtual clock."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from agents.monitoring import retention, upkeep
from agents.monitoring.findings import Finding, report
from agents.monitoring.retention import BOUND_TRAFFIC, BOUND_VITALS, Kept
from agents.monitoring.traffic import rollup as traffic
from agents.monitoring.traffic.hits import Hit
from agents.monitoring.traffic.pages import LONGEST_BYTES
from agents.monitoring.traffic.store import NAMES, Visit, count
from agents.monitoring.vitals import rollup as vitals
from agents.monitoring.vitals.beacon import Sample
from agents.monitoring.vitals.histogram import BUCKETS, Histogram
from agents.monitoring.vitals.metrics import METRICS
from agents.monitoring.vitals.store import MOST, PAGES, Recent, Series, add, keep, settle
from tests.support.processes import free_port
from tests.support.signals import DAY, HOUR, NOON, monitoring

TABLES_TRAFFIC = ("traffic", "traffic_live", "traffic_days", "traffic_visitors", "traffic_salts")
VISITORS = 15_000 * 200
"""Bytes of the visitors of a day with very many."""
TABLES_VITALS = ("vitals_recent", "vitals_spread", "vitals_poor")


@pytest.fixture
async def base(url):
    async with monitoring(url) as connection:
        yield connection


async def bytes_of(base, tables, *, packed=False):
    """With their indexes, when what is gone was cleared away; `packed`: and its space too."""
    for table in tables:
        await base.execute(f"vacuum {'full' if packed else ''} monitoring.{table}")
    return await base.fetchval(
        "select sum(pg_total_relation_size(('monitoring.' || t)::regclass))::bigint"
        " from unnest($1::text[]) t",
        list(tables),
    )


async def until(holds):
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110  it is PostgreSQL's
            await asyncio.sleep(0.02)


def wide(prefix, number):
    """A name that is as long as one can be."""
    return f"{prefix}{number:05}".ljust(LONGEST_BYTES, "é")[: LONGEST_BYTES // 2]


async def traffic_day(base, now):
    """More names of every kind than are kept, all as long as can be, from many visitors."""
    for start in range(0, NAMES + 100, 100):
        numbers = range(start, start + 100)
        hits = [
            hit
            for number in numbers
            for hit in (
                Hit(kind="view", page=wide("/", number), referrer=wide("r", number)),
                Hit(kind="event", name=wide("e", number)),
            )
        ]
        rows = [
            Visit(app="shop", environment="production", hit=hit, address=str(place), agent="x")
            for place, hit in enumerate(hits)
        ]
        await count(base, rows, now)


def full():
    """A spread that uses every bucket."""
    made = Histogram()
    made.buckets = dict.fromkeys(range(BUCKETS), 900)
    made.poor = 900 * BUCKETS
    return made


async def vitals_hour(base, now):
    """Every metric of more pages than are kept on both devices, spread as widely as can be."""
    since = datetime.fromtimestamp(now, UTC).replace(minute=0, second=0, microsecond=0)
    async with base.transaction():
        await add(base, {
            Series("shop", "production", "hour", since, wide("/", page), device, metric): full()
            for page in range(PAGES + 5)
            for device in ("phone", "desktop")
            for metric in METRICS
        }, PAGES)  # fmt: skip


async def vitals_recent(base, now, most=MOST):
    for start in range(0, most + 1000, 1000):
        await keep(base, [
            Recent(app="shop", environment="production", sample=Sample(
                metric="LCP", value=1.0, number=number, page=wide("/", number), device="desktop",
            ))
            for number in range(start, start + 1000)
        ], now)  # fmt: skip
        await settle(base, now)


async def per_day(base, table, day):
    """Rows of each day, newest first."""
    rows = await base.fetch(
        f"select {day} as day, count(*) as rows from monitoring.{table} group by 1 order by 1 desc"
    )
    return [row["rows"] for row in rows]


async def test_traffic_of_a_year_stays_within_its_bound(base, monkeypatch):
    monkeypatch.setattr(traffic, "OLD", 3)
    for day in range(8):
        await traffic_day(base, NOON + day * DAY)
        await retention.keep_house(base, NOON + day * DAY + HOUR)
    rows = await per_day(base, "traffic_all", "day")
    kept, old = 3 * (traffic.KEPT_NAMES + 1), 3 * (traffic.OLD_NAMES + 1)
    assert rows[0] <= 3 * NAMES
    assert rows[1:4] == [kept] * 3
    assert rows[4:] == [old] * 4
    each = await bytes_of(base, ("traffic", "traffic_live"), packed=True) / sum(rows)
    # 60 is what OLD is without the patch. Space of two days' names is empty until it is used again.
    year = each * (3 * 3 * NAMES + 60 * kept + 340 * old)
    assert year + VISITORS < BOUND_TRAFFIC


async def test_vitals_of_a_year_stay_within_their_bound(base, monkeypatch):
    monkeypatch.setattr(vitals, "OLD", timedelta(days=4))
    for day in range(7):
        for hour in (0, 12, 23):
            await vitals_hour(base, NOON + day * DAY + (hour - 12) * HOUR)
        await retention.keep_house(base, NOON + day * DAY + 11.9 * HOUR)
    spans = await base.fetch(
        """select span, since, count(*) as rows from monitoring.vitals_spread
           group by 1, 2 order by 2 desc"""
    )
    full_hour = (PAGES + 1) * 10
    by_span = {
        span: [row["rows"] for row in group]
        for span, group in itertools.groupby(spans, key=lambda row: row["span"])
    }
    assert by_span["hour"] == [full_hour] * 6
    assert by_span["day"] == [(vitals.DAY_PAGES + 1) * 10] * 3 + [10] * 2
    rows = sum(row["rows"] for row in spans)
    each = await bytes_of(base, ("vitals_spread",), packed=True) / rows
    await vitals_recent(base, NOON + 7 * DAY, 2_000)
    recent = await bytes_of(base, ("vitals_recent",), packed=True) / 3_000 * MOST
    # 60 is what OLD is without the patch, in days; 48 hours are kept one by one, and the space of
    # 24 is empty until it is used again, as that of what was settled.
    year = each * (72 * full_hour + 60 * full_hour + 340 * 10) + 2 * recent
    assert year < BOUND_VITALS


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_year_is_filled_and_stays_within_the_bounds(base):
    """All 400 days, hour by hour where hours are kept."""
    await vitals_recent(base, NOON)
    for day in range(400):
        now = NOON + day * DAY
        await traffic_day(base, now)
        hours = range(-12, 12) if day >= 398 else (0,)
        for hour in hours:
            await vitals_hour(base, now + hour * HOUR)
        await upkeep.turn(base, now + 11.9 * HOUR)
        # PostgreSQL does so by itself once a fifth of a table is gone.
        await bytes_of(base, (*TABLES_TRAFFIC, *TABLES_VITALS))
    found = {
        "traffic": await bytes_of(base, TABLES_TRAFFIC),
        "vitals": await bytes_of(base, TABLES_VITALS),
    }
    print(found)
    assert found["traffic"] < BOUND_TRAFFIC
    assert found["vitals"] < BOUND_VITALS


async def test_what_is_old_goes_and_what_is_not_stays(base):
    for days in (0, 89, 91, 300):
        finding = Finding(
            app="shop", environment="staging", kind="test", key=str(days), firing=True,
            severity="info", title="t", at=NOON - days * DAY,
        )  # fmt: skip
        await report(base, finding)
    await retention.keep_house(base, NOON)
    keys = await base.fetch("select key from monitoring.findings order by id")
    assert [row["key"] for row in keys] == ["0", "89"]


async def test_what_still_lasts_is_kept_however_old_and_much_goes_in_pieces(base, monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 7)
    await base.execute(
        """create table monitoring.things_kept (at timestamptz, lasts boolean);
           insert into monitoring.things_kept
           select to_timestamp(0), n % 3 = 0 from generate_series(1, 30) n"""
    )
    kept = Kept("things_kept", "at", 30, "not lasts")
    assert await retention.forget(base, kept, NOON) == 20
    assert await base.fetchval("select count(*) from monitoring.things_kept") == 10
    assert await retention.forget(base, Kept("never_made", "at", 1), NOON) == 0


async def test_every_table_of_the_retention_is_one_that_is_there(base):
    for kept in retention.TABLE:
        await base.execute(
            f"select {kept.time} from monitoring.{kept.table} where {kept.only} limit 1"
        )


async def test_a_part_that_breaks_does_not_keep_the_others_from_their_work(base):
    await base.execute("alter table monitoring.vitals_poor rename to vitals_gone")
    await base.execute("insert into monitoring.traffic_days values ('a', 's', '2020-01-01', 1)")
    assert await upkeep.turn(base, NOON) is True
    assert await base.fetchval("select count(*) from monitoring.traffic_days") == 0


async def test_one_replica_is_at_it_at_a_time(base, url):
    async with monitoring(url) as other:
        await other.execute("select pg_advisory_lock($1)", upkeep.LOCK)
        assert await upkeep.turn(base, NOON) is False
        await other.execute("select pg_advisory_unlock($1)", upkeep.LOCK)
        assert await upkeep.turn(base, NOON) is True
        assert await upkeep.turn(other, NOON) is True


async def test_the_house_is_kept_once_an_hour_also_when_a_clock_was_wrong(base):
    async def old_one_goes(now):
        await base.execute("insert into monitoring.traffic_days values ('a', 's', '2020-01-01', 1)")
        await upkeep.turn(base, now)
        return await base.execute("delete from monitoring.traffic_days") == "DELETE 0"

    assert await old_one_goes(NOON)
    assert not await old_one_goes(NOON + HOUR - 1)
    assert await old_one_goes(NOON + HOUR)
    assert await old_one_goes(NOON - 10 * DAY)


async def test_the_work_goes_on_when_the_database_was_away(url, caplog):
    stop = asyncio.Event()
    port = free_port()
    away = asyncio.create_task(
        upkeep.upkeep(f"postgresql://a:b@127.0.0.1:{port}/x", stop, every=0.01)
    )
    async with monitoring(url) as base:
        await base.execute("insert into monitoring.traffic_days values ('a', 's', '2020-01-01', 1)")
        there = asyncio.create_task(upkeep.upkeep(url, stop, every=0.01))
        await until(
            lambda: base.fetchval("select not exists (select from monitoring.traffic_days)")
        )
    assert not away.done()
    stop.set()
    await asyncio.gather(away, there)


async def test_a_connection_that_is_lost_gives_the_lock_up(base, url):
    lost = await asyncpg.connect(url)
    await lost.execute("select pg_advisory_lock($1)", upkeep.LOCK)
    lost.terminate()
    await until(lambda: upkeep.turn(base, NOON))
