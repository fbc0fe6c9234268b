"""What may be asked of uptime, without a bus: pure reads of the database.

Errors:
    asyncpg's and OSError when the database cannot be read
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import asyncpg
from msgspec import Struct

from agents.monitoring.reading import connection
from agents.monitoring.uptime import histogram
from agents.monitoring.uptime.rollup import BINS, DAY, HOUR, MINUTE, PER_OCTAVE
from bus.settings import Settings

MOST_POINTS = 300


class LastCheck(Struct, frozen=True, kw_only=True):
    """The newest look at an app. `at` is seconds since 1970, `status` None without an answer."""

    at: float
    up: bool
    status: int | None
    milliseconds: float
    detail: str


class Incident(Struct, frozen=True, kw_only=True):
    """A time in which something was wrong; in seconds since 1970, `resolved` None while so.

    `kind` is uptime, heartbeat or regression.
    """

    incident: str
    app: str
    environment: str
    summary: str
    opened: float
    resolved: float | None
    kind: str = "uptime"


class IncidentEvent(Struct, frozen=True, kw_only=True):
    """Something that happened in an incident: opened, seen, rollback, resolved."""

    at: float
    what: str
    detail: str


class IncidentDetail(Struct, frozen=True, kw_only=True):
    """An incident with its timeline, oldest first; `resolution` is "" while it is open."""

    incident: Incident
    resolution: str
    events: tuple[IncidentEvent, ...]


class Watched(Struct, frozen=True, kw_only=True):
    """An app that is watched, or an address that a person added (no build, no pipeline).

    `uptime_day` and `uptime_month` are per cent of the checks of the last 24 hours and 30 days
    that were up, None without any; `median_milliseconds` is of those of the last hour that were
    up. `open` is the incident that it is down.
    """

    app: str
    environment: str
    url: str
    build_id: str
    pipeline: str
    since: float
    uptime_day: float | None
    uptime_month: float | None
    median_milliseconds: float | None
    last: LastCheck | None
    open: Incident | None


class UptimeDay(Struct, frozen=True, kw_only=True):
    """A day in UTC (`2026-11-27`): per cent of its checks that were up, None without any."""

    day: str
    up: float | None
    incidents: int


class ResponsePoint(Struct, frozen=True, kw_only=True):
    """Some minutes or an hour from `at` on; milliseconds of the checks that were up, or None."""

    at: float
    p50: float | None
    p95: float | None
    checks: int
    failed: int


_WATCHED = """
select m.app, m.environment, m.url, m.build_id, m.pipeline,
    extract(epoch from m.since)::float8 as since,
    100 * (1 - (coalesce(r.day_failed, 0) + c.failed)
        / nullif(coalesce(r.day, 0) + c.checks, 0)::float8) as uptime_day,
    100 * (1 - (coalesce(r.failed, 0) + c.failed)
        / nullif(coalesce(r.checks, 0) + c.checks, 0)::float8) as uptime_month,
    c.median_milliseconds,
    l.up, l.status, l.milliseconds, l.detail, extract(epoch from l.at)::float8 as at
from monitoring.monitors m
left join lateral (
    select sum(checks) as checks, sum(failed) as failed,
        sum(checks) filter (where at > to_timestamp($1 - 86400)) as day,
        sum(failed) filter (where at > to_timestamp($1 - 86400)) as day_failed
    from monitoring.rollups
    where app = m.app and environment = m.environment and at > to_timestamp($1 - 30 * 86400)
) r on true
left join lateral (
    select count(*) filter (where counted) as checks,
        count(*) filter (where counted and not up) as failed,
        percentile_cont(0.5) within group (order by milliseconds)
            filter (where up) as median_milliseconds
    from monitoring.checks where app = m.app and environment = m.environment
) c on true
left join lateral (
    select * from monitoring.checks where app = m.app and environment = m.environment
    order by at desc limit 1
) l on true
where ($2::text is null or m.app = $2) and ($3::text is null or m.environment = $3)
order by m.app, m.environment
"""
_INCIDENT = """
select id::text as incident, app, environment, summary, kind,
    extract(epoch from opened_at)::float8 as opened,
    extract(epoch from resolved_at)::float8 as resolved
from monitoring.incidents
"""
_INCIDENTS = (
    _INCIDENT
    + """where ($1 or resolved_at is null) and ($3::text is null or app = $3)
         and ($4::text is null or environment = $4)
         order by opened_at desc limit $2"""
)
_DAYS = """
select day, sum(checks)::integer as checks, sum(failed)::integer as failed from (
    select (at at time zone 'utc')::date as day, checks, failed from monitoring.rollups
    where app = $1 and environment = $2 and at >= $3
    union all
    select (at at time zone 'utc')::date, 1, (not up)::integer from monitoring.checks
    where app = $1 and environment = $2 and at >= $3 and counted
) both_ group by day
"""
_DAYS_OF_INCIDENTS = """
select (opened_at at time zone 'utc')::date as day, count(*)::integer as incidents
from monitoring.incidents where app = $1 and environment = $2 and opened_at >= $3 group by day
"""
_POINTS = f"""
with parts as (
    select floor(extract(epoch from at) / $4::float8)::bigint as point, checks, failed, bins, counts
    from monitoring.rollups where app = $1 and environment = $2 and at >= to_timestamp($3)
    union all
    select floor(extract(epoch from at) / $4::float8)::bigint, 1, (not up)::integer,
        case when up then array[least({BINS - 1}, greatest(0, floor(
            {PER_OCTAVE} * ln(greatest(1, milliseconds)) / ln(2::float8))))::smallint]
        else '{{}}'::smallint[] end,
        case when up then array[1] else '{{}}'::integer[] end
    from monitoring.checks
    where app = $1 and environment = $2 and at >= to_timestamp($3) and counted
), totals as (
    select point, sum(checks)::integer as checks, sum(failed)::integer as failed
    from parts group by point
), binned as (
    select point, array_agg(bin) as bins, array_agg(count) as counts from (
        select point, bin, sum(count)::integer as count
        from parts, unnest(bins, counts) as u (bin, count) group by point, bin
    ) x group by point
)
select point, checks, failed, coalesce(bins, '{{}}') as bins, coalesce(counts, '{{}}') as counts
from totals left join binned using (point) order by point
"""  # noqa: S608  numbers of our own


async def watched(
    settings: Settings,
    *,
    app: str | None = None,
    environment: str | None = None,
    now: float | None = None,
) -> list[Watched]:
    """Every watched app by name, or only those; empty when nothing was ever watched."""
    rows = await _read(settings, _WATCHED, _now(now), app, environment)
    opened = {
        (one.app, one.environment): one
        for one in await incidents(settings, limit=10_000, app=app, environment=environment)
        if one.kind == "uptime"
    }
    return [_watched(row, opened.get((row["app"], row["environment"]))) for row in rows]


async def incidents(
    settings: Settings,
    *,
    resolved: bool = False,
    limit: int = 100,
    app: str | None = None,
    environment: str | None = None,
) -> list[Incident]:
    """The open incidents, newest first; with `resolved`, those that are over too."""
    rows = await _read(settings, _INCIDENTS, resolved, limit, app, environment)
    return [Incident(**dict(row)) for row in rows]


async def incident(settings: Settings, incident: str) -> IncidentDetail | None:
    """One incident with what happened in it; None when there is none of that id."""
    rows = await _read(settings, _INCIDENT + "where id::text = $1", incident)
    if not rows:
        return None
    said = await _read(
        settings, "select resolution from monitoring.incidents where id::text = $1", incident
    )
    events = await _read(
        settings,
        """select extract(epoch from at)::float8 as at, what, detail
           from monitoring.incident_events where incident::text = $1 order by id""",
        incident,
    )
    return IncidentDetail(
        incident=Incident(**dict(rows[0])),
        resolution=said[0]["resolution"] if said else "",
        events=tuple(IncidentEvent(**dict(row)) for row in events),
    )


async def uptime_bars(
    settings: Settings, *, app: str, environment: str, days: int = 90, now: float | None = None
) -> tuple[UptimeDay, ...]:
    """One bar for each of the last days, the oldest first, today last."""
    today = datetime.fromtimestamp(_now(now), UTC).date()
    first = datetime.combine(today - timedelta(days=days - 1), datetime.min.time(), UTC)
    rows = await _read(settings, _DAYS, app, environment, first)
    counted = {row["day"]: row for row in rows}
    rows = await _read(settings, _DAYS_OF_INCIDENTS, app, environment, first)
    opened = {row["day"]: row["incidents"] for row in rows}
    found = []
    for back in reversed(range(days)):
        day = today - timedelta(days=back)
        row = counted.get(day)
        up = 100 * (1 - row["failed"] / row["checks"]) if row and row["checks"] else None
        found.append(UptimeDay(day=day.isoformat(), up=up, incidents=opened.get(day, 0)))
    return tuple(found)


async def response_times(
    settings: Settings, *, app: str, environment: str, hours: float = 24, now: float | None = None
) -> tuple[ResponsePoint, ...]:
    """How long checks took, in at most some 300 points, the oldest first; gaps are left out."""
    step = _step(hours)
    begins = _now(now) // step * step - hours * HOUR
    rows = await _read(settings, _POINTS, app, environment, begins, step)
    return tuple(_point(row, step) for row in rows)


def _step(hours: float) -> int:
    """Seconds of a point: the least that gives few enough, and that older looks still have."""
    steps = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY)
    allowed = [step for step in steps if hours <= DAY / HOUR or step >= HOUR]
    return next((step for step in allowed if hours * HOUR / step <= MOST_POINTS), DAY)


def _point(row: asyncpg.Record, step: int) -> ResponsePoint:
    bins = histogram.merged([(row["bins"], row["counts"])])
    return ResponsePoint(
        at=row["point"] * float(step), p50=histogram.percentile(bins, 0.5),
        p95=histogram.percentile(bins, 0.95), checks=row["checks"], failed=row["failed"],
    )  # fmt: skip


async def _read(settings: Settings, sql: str, *arguments: object) -> list[asyncpg.Record]:
    try:
        async with connection(settings) as found:
            return list(await found.fetch(sql, *arguments))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        # The monitoring agent makes its tables when it first has something to watch.
        return []


def _watched(row: asyncpg.Record, incident: Incident | None) -> Watched:
    last = None
    if row["at"] is not None:
        last = LastCheck(
            at=row["at"], up=row["up"], status=row["status"],
            milliseconds=row["milliseconds"], detail=row["detail"],
        )  # fmt: skip
    return Watched(
        app=row["app"], environment=row["environment"], url=row["url"],
        build_id=row["build_id"], pipeline=row["pipeline"], since=row["since"],
        uptime_day=row["uptime_day"], uptime_month=row["uptime_month"],
        median_milliseconds=row["median_milliseconds"], last=last, open=incident,
    )  # fmt: skip


def _now(now: float | None) -> float:
    return time.time() if now is None else now
