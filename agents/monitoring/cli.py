"""What the command line may ask of monitoring, without a bus: pure reads of the database.

Errors:
    asyncpg's and OSError when the database cannot be read
"""

from __future__ import annotations

import asyncpg
from msgspec import Struct

from agents.monitoring.traffic.reads import Count, Day, Traffic, traffic
from agents.monitoring.vitals.reads import Vital, vitals
from bus.settings import Settings

__all__ = [
    "Count", "Day", "Incident", "LastCheck", "Traffic", "Vital", "Watched", "incidents", "traffic",
    "vitals", "watched",
]  # fmt: skip


class LastCheck(Struct, frozen=True, kw_only=True):
    """The newest look at an app. `at` is seconds since 1970, `status` None without an answer."""

    at: float
    up: bool
    status: int | None
    milliseconds: float
    detail: str


class Incident(Struct, frozen=True, kw_only=True):
    """A time in which an app was down; times are seconds since 1970, `resolved` None while so."""

    incident: str
    app: str
    environment: str
    summary: str
    opened: float
    resolved: float | None


class Watched(Struct, frozen=True, kw_only=True):
    """An app that is watched.

    `uptime_day` and `uptime_month` are per cent of the checks of the last 24 hours and 30 days
    that were up, None without any check; `median_milliseconds` is of the day's that were up.
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


_WATCHED = """
select m.app, m.environment, m.url, m.build_id, m.pipeline,
    extract(epoch from m.since)::float8 as since,
    c.uptime_day, c.uptime_month, c.median_milliseconds,
    l.up, l.status, l.milliseconds, l.detail, extract(epoch from l.at)::float8 as at
from monitoring.monitors m
left join lateral (
    select
        100 * avg(up::int) filter (where at > now() - interval '1 day')::float8 as uptime_day,
        100 * avg(up::int)::float8 as uptime_month,
        percentile_cont(0.5) within group (order by milliseconds)
            filter (where up and at > now() - interval '1 day') as median_milliseconds
    from monitoring.checks
    where app = m.app and environment = m.environment and at > now() - interval '30 days'
) c on true
left join lateral (
    select * from monitoring.checks where app = m.app and environment = m.environment
    order by at desc limit 1
) l on true
order by m.app, m.environment
"""
_INCIDENTS = """
select id::text as incident, app, environment, summary,
    extract(epoch from opened_at)::float8 as opened,
    extract(epoch from resolved_at)::float8 as resolved
from monitoring.incidents
where ($1 or resolved_at is null) and ($3::text is null or app = $3)
order by opened_at desc limit $2
"""


async def watched(settings: Settings) -> list[Watched]:
    """Every watched app by name; empty when nothing was ever watched."""
    rows = await _read(settings, _WATCHED)
    opened = {(one.app, one.environment): one for one in await incidents(settings)}
    return [_watched(row, opened.get((row["app"], row["environment"]))) for row in rows]


async def incidents(
    settings: Settings, *, resolved: bool = False, limit: int = 100, app: str | None = None
) -> list[Incident]:
    """The open incidents, newest first; with `resolved`, those that are over too."""
    rows = await _read(settings, _INCIDENTS, resolved, limit, app)
    return [Incident(**dict(row)) for row in rows]


async def _read(settings: Settings, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(
        settings.database_url.reveal(), timeout=10, command_timeout=30
    )
    try:
        return list(await connection.fetch(sql, *arguments))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        # The monitoring agent makes its tables when it first has something to watch.
        return []
    finally:
        connection.terminate()


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
