"""Values of Web Vitals in PostgreSQL: one by one while they may change, then as spreads.

A visit's later value replaces the earlier one of the same id as long as it is among the recent:
until `QUIET` seconds after its last value, sooner where an app has more than `MOST`.
After that it is counted in the spread of its hour, and a still later value is one more visit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg
from msgspec import Struct

from agents.monitoring.vitals.beacon import OTHER, Sample
from agents.monitoring.vitals.histogram import Histogram, pack, unpack
from agents.monitoring.vitals.metrics import METRICS

QUIET = 2 * 3600.0
MOST = 20_000
"""Recent values of one app."""
PAGES = 20
"""Pages of an app in one hour; the others are `OTHER`."""
_AT_ONCE = 5_000


class Recent(Struct, frozen=True, kw_only=True):
    """A sample and whose it is."""

    app: str
    environment: str
    sample: Sample


class Series(Struct, frozen=True, order=True):
    """What is counted together; `span` is hour or day, `since` its beginning."""

    app: str
    environment: str
    span: str
    since: datetime
    page: str
    device: str
    metric: str


async def keep(connection: asyncpg.Connection, rows: Sequence[Recent], now: float) -> None:
    """Keep a batch in the transaction that is open: a sink of the batching writer."""
    # The last value of an id counts; sorted, so that two processes never wait for each other.
    last = {(row.app, row.environment, row.sample.number): row.sample for row in rows}
    ordered = sorted(last.items(), key=lambda item: item[0])
    apps, environments, numbers = map(list, zip(*(key for key, _ in ordered), strict=True))
    await connection.execute(
        """insert into monitoring.vitals_recent
               (app, environment, number, metric, page, device, value, first_at, last_at)
           select *, to_timestamp($8), to_timestamp($8)
           from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
               $7::float8[])
           on conflict (app, environment, number) do update set value = excluded.value,
               page = excluded.page, device = excluded.device, last_at = excluded.last_at""",
        apps, environments, numbers,
        [sample.metric for _, sample in ordered], [sample.page for _, sample in ordered],
        [sample.device for _, sample in ordered], [sample.value for _, sample in ordered], now,
    )  # fmt: skip


async def settle(connection: asyncpg.Connection, now: float) -> int:
    """Count the recent values that are final in the spreads of their hours; says how many."""
    settled = 0
    while some := await _settle(connection, "last_at < to_timestamp($1)", now - QUIET):
        settled += some
    crowded = await connection.fetch(
        """select app, environment, count(*) - $1 as over from monitoring.vitals_recent
           group by app, environment having count(*) > $1""",
        MOST,
    )
    for app, environment, over in crowded:
        for first in range(0, over, _AT_ONCE):
            settled += await _settle(
                connection, "app = $1 and environment = $2", app, environment,
                most=min(_AT_ONCE, over - first),
            )  # fmt: skip
    return settled


async def _settle(
    connection: asyncpg.Connection, where: str, *values: object, most: int = _AT_ONCE
) -> int:
    """Settle those of the recent values that have been still for longest."""
    async with connection.transaction():
        rows = await connection.fetch(
            f"""delete from monitoring.vitals_recent where (app, environment, number) in (
                    select app, environment, number from monitoring.vitals_recent
                    where {where} order by last_at limit {most} for update skip locked)
                returning app, environment, date_trunc('hour', first_at, 'UTC') as since,
                    page, device, metric, value""",  # noqa: S608  a condition of this file, a number
            *values,
        )
        spreads: dict[Series, Histogram] = defaultdict(Histogram)
        for row in rows:
            series = Series(
                row["app"], row["environment"], "hour", row["since"], row["page"], row["device"],
                row["metric"],
            )  # fmt: skip
            spreads[series].add(METRICS[row["metric"]], row["value"])
        await add(connection, spreads, PAGES)
    return len(rows)


async def add(
    connection: asyncpg.Connection, spreads: Mapping[Series, Histogram], pages: int
) -> None:
    """Add spreads to those that are there, in the transaction that is open.

    Of an app in one span at most `pages` pages are kept one by one: first those that are there,
    then those with most samples.
    """
    by_span: dict[tuple[str, str, str, datetime], dict[Series, Histogram]] = defaultdict(dict)
    for series, spread in spreads.items():
        by_span[series.app, series.environment, series.span, series.since][series] = spread
    for span, new in sorted(by_span.items()):
        merged = await _of_span(connection, span)
        known = {series.page for series in merged} - {OTHER}
        known |= set(_largest(new, known, pages - len(known)))
        changed: dict[Series, Histogram] = {}
        for series, spread in new.items():
            kept = series if series.page in known else _other(series)
            changed[kept] = merged.setdefault(kept, Histogram())
            changed[kept].merge(spread)
        await _write(connection, changed)


def _largest(new: Mapping[Series, Histogram], known: set[str], most: int) -> Iterable[str]:
    samples: dict[str, int] = defaultdict(int)
    for series, spread in new.items():
        if series.page not in known and series.page != OTHER:
            samples[series.page] += spread.samples
    return sorted(samples, key=lambda page: (-samples[page], page))[: max(most, 0)]


def _other(series: Series) -> Series:
    return Series(
        series.app, series.environment, series.span, series.since, OTHER, series.device,
        series.metric,
    )  # fmt: skip


async def _of_span(
    connection: asyncpg.Connection, span: tuple[str, str, str, datetime]
) -> dict[Series, Histogram]:
    rows = await connection.fetch(
        """select page, device, metric, good, middling, poor, buckets
           from monitoring.vitals_spread
           where app = $1 and environment = $2 and span = $3 and since = $4""",
        *span,
    )
    return {Series(*span, row["page"], row["device"], row["metric"]): spread(row) for row in rows}


def spread(row: asyncpg.Record) -> Histogram:
    """The spread that a row of `vitals_spread` holds."""
    found = Histogram()
    found.buckets = unpack(row["buckets"])
    found.good, found.middling, found.poor = row["good"], row["middling"], row["poor"]
    return found


async def _write(connection: asyncpg.Connection, spreads: Mapping[Series, Histogram]) -> None:
    await connection.executemany(
        """insert into monitoring.vitals_spread (app, environment, span, since, page, device,
               metric, good, middling, poor, buckets)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           on conflict (app, environment, span, since, page, device, metric) do update set
               good = excluded.good, middling = excluded.middling, poor = excluded.poor,
               buckets = excluded.buckets""",
        [
            (
                one.app, one.environment, one.span, one.since, one.page, one.device, one.metric,
                kept.good, kept.middling, kept.poor, pack(kept.buckets),
            )
            for one, kept in sorted(spreads.items(), key=lambda item: item[0])
        ],
    )  # fmt: skip
