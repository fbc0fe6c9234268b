"""What command line and dashboard read of errors. Times are seconds since 1970.

Errors:
    asyncpg's and OSError when the database cannot be read
"""

from __future__ import annotations

import time
from typing import Literal

import asyncpg
from msgspec import Struct

from agents.monitoring.errors import content
from agents.monitoring.errors.event import ErrorEvent, Level
from agents.monitoring.errors.lifecycle import HOUR, Status
from agents.monitoring.reading import reading
from bus.settings import Settings

HOURS = 24


class ErrorGroup(Struct, frozen=True, kw_only=True):
    """Errors that are one. `per_hour` ends with this hour; `users` is exact up to 256."""

    group: int
    app: str
    environment: str
    title: str
    culprit: str
    level: Level
    status: Status
    first: float
    last: float
    events: int
    users: int
    release_first: str
    release_last: str
    per_hour: tuple[int, ...]


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """A group and the newest event of it that was kept whole, None when none is any more.

    `who` set the status, at `status_at`; "" when nobody did.
    """

    group: ErrorGroup
    latest: ErrorEvent | None
    who: str
    status_at: float | None


class ReleaseHealth(Struct, frozen=True, kw_only=True):
    """How sessions of a release ended. `crash_free` is per cent of them without a crash or an
    error that nobody caught, None without any session.
    """

    release: str
    sessions: int
    errored: int
    unhandled: int
    abnormal: int
    crashed: int
    crash_free: float | None


_COLUMNS = """
g.grp as group, g.app, g.environment, g.title, g.culprit, g.level, g.status, g.events, g.users,
g.release_first, g.release_last, g.status_who as who,
extract(epoch from g.first)::float8 as first, extract(epoch from g.last)::float8 as last,
extract(epoch from g.status_at)::float8 as status_at,
array(
    select coalesce(h.events, 0)
    from generate_series(to_timestamp($1::float8 - 82800), to_timestamp($1::float8), '1 hour') t
    left join monitoring.error_hours h on h.grp = g.grp and h.hour = t
    order by t) as per_hour
"""


async def error_groups(
    settings: Settings,
    *,
    app: str | None = None,
    environment: str | None = None,
    status: Literal["unresolved", "resolved", "ignored"] | None = "unresolved",
    limit: int = 100,
    after: int | None = None,
    now: float | None = None,
) -> list[ErrorGroup]:
    """Groups, the last seen first; `after` is the group that the page before ended with."""
    async with reading(settings) as connection:
        if connection is None:
            return []
        rows = await connection.fetch(
            f"""select {_COLUMNS} from monitoring.error_groups g
                where g.events > 0 and ($2::text is null or g.app = $2)
                    and ($3::text is null or g.environment = $3)
                    and ($4::text is null or g.status = $4)
                    and ($5::bigint is null or (g.last, g.grp) < (
                        select last, grp from monitoring.error_groups where grp = $5))
                order by g.last desc, g.grp desc limit $6""",  # noqa: S608  columns from above
            _hour(now), app, environment, status, after, limit,
        )  # fmt: skip
    return [_group(row) for row in rows]


async def error_group(
    settings: Settings, group: int, *, now: float | None = None
) -> ErrorDetail | None:
    """One group, None when there is none."""
    async with reading(settings) as connection:
        if connection is None:
            return None
        row = await connection.fetchrow(
            f"select {_COLUMNS} from monitoring.error_groups g where g.grp = $2 and g.events > 0",  # noqa: S608  columns from above
            _hour(now), group,
        )  # fmt: skip
        if row is None:
            return None
        packed = await connection.fetchval(
            """select content from monitoring.error_events
               where grp = $1 and content is not null order by at desc limit 1""",
            group,
        )
    return ErrorDetail(
        group=_group(row),
        latest=content.unpacked(packed) if packed is not None else None,
        who=row["who"],
        status_at=row["status_at"],
    )


async def release_health(
    settings: Settings, *, app: str, environment: str, days: int = 7, now: float | None = None
) -> list[ReleaseHealth]:
    """The releases that had sessions, the newest first."""
    async with reading(settings) as connection:
        if connection is None:
            return []
        rows = await connection.fetch(
            """select s.release, sum(fine)::bigint as fine, sum(errored)::bigint as errored,
                   sum(unhandled)::bigint as unhandled, sum(abnormal)::bigint as abnormal,
                   sum(crashed)::bigint as crashed
               from monitoring.session_hours s
               left join monitoring.app_releases r using (app, environment, release)
               where app = $1 and environment = $2 and hour > to_timestamp($3)
               group by s.release, r.born order by r.born desc nulls last, s.release""",
            app, environment, (time.time() if now is None else now) - days * 86_400,
        )  # fmt: skip
    return [_health(row) for row in rows]


def _hour(now: float | None) -> float:
    return (time.time() if now is None else now) // HOUR * HOUR


def _group(row: asyncpg.Record) -> ErrorGroup:
    values = {name: row[name] for name in ErrorGroup.__struct_fields__}
    return ErrorGroup(**{**values, "per_hour": tuple(row["per_hour"])})


def _health(row: asyncpg.Record) -> ReleaseHealth:
    bad = {name: row[name] for name in ("errored", "unhandled", "abnormal", "crashed")}
    sessions = row["fine"] + sum(bad.values())
    broken = row["crashed"] + row["unhandled"]
    return ReleaseHealth(
        release=row["release"],
        sessions=sessions,
        crash_free=100 * (1 - broken / sessions) if sessions else None,
        **bad,
    )
