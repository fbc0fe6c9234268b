"""Pages of the projection, each at the cost of what it shows: keys instead of offsets.

Errors:
    OSError and asyncpg's   the database is away
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg
from msgspec import Struct

from coordinator.projection import Row

_COLUMNS = """id, kind, subject, app, environment, status, step, url, error,
    extract(epoch from started_at)::float8 as started_at,
    extract(epoch from updated_at)::float8 as updated_at"""
# One step through the index for each app: the rows of its other pipelines are not read.
_APPLICATIONS = f"""
with recursive each as (
    (select app, environment from pipelines where app <> '' and environment <> ''
     order by app, environment limit 1)
    union all
    select following.app, following.environment from each, lateral (
        select app, environment from pipelines
        where (app, environment) > (each.app, each.environment)
            and app <> '' and environment <> ''
        order by app, environment limit 1) following
), newest as (
    select p.* from each, lateral (
        select * from pipelines
        where app = each.app and environment = each.environment
        order by started_at desc, id desc limit 1) p
)
select {_COLUMNS} from newest order by app, environment
"""  # noqa: S608  names of columns only


class Key(Struct, frozen=True):
    """Where a page ends: the last row's start in seconds since 1970, and its pipeline."""

    started_at: float
    pipeline: str


class Filter(Struct, frozen=True, kw_only=True):
    """Which pipelines; "" is any."""

    status: str = ""
    app: str = ""
    environment: str = ""


class Page(Struct, frozen=True, kw_only=True):
    """Pipelines, newest first; `next` is None on the last page."""

    rows: tuple[Row, ...]
    next: Key | None


async def page(
    connection: asyncpg.Connection, which: Filter, *, limit: int, after: Key | None = None
) -> Page:
    """The newest pipelines, or those that come after a key."""
    wanted = [(name, value) for name in ("status", "app", "environment")
              if (value := getattr(which, name))]  # fmt: skip
    arguments: list[object] = [value for _, value in wanted]
    clauses = [f"{name} = ${number}" for number, (name, _) in enumerate(wanted, 1)]
    if after is not None:
        clauses.append(f"(started_at, id) < (to_timestamp(${len(arguments) + 1}),"
                       f" ${len(arguments) + 2})")  # fmt: skip
        arguments += [after.started_at, after.pipeline]
    where = f"where {' and '.join(clauses)}" if clauses else ""
    found = await connection.fetch(
        f"select {_COLUMNS} from pipelines {where}"  # noqa: S608  names of columns and numbers only
        f" order by pipelines.started_at desc, id desc limit ${len(arguments) + 1}",
        *arguments, limit + 1,
    )  # fmt: skip
    rows = tuple(Row(**dict(row)) for row in found[:limit])
    more = len(found) > limit
    return Page(rows=rows, next=Key(rows[-1].started_at, rows[-1].id) if more else None)


async def counts(connection: asyncpg.Connection) -> Mapping[str, int]:
    """How many pipelines there are by status."""
    found = await connection.fetch("select status, count(*) as n from pipelines group by status")
    return {row["status"]: row["n"] for row in found}


async def applications(connection: asyncpg.Connection) -> Sequence[Row]:
    """The newest deployment of each app in each environment, by name."""
    return [Row(**dict(row)) for row in await connection.fetch(_APPLICATIONS)]


async def position(connection: asyncpg.Connection) -> int:
    """The sequence of the newest entry of the log that the projection has."""
    return await connection.fetchval("select last from projection_position") or 0
