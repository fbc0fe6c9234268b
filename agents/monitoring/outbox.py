"""What happened to incidents and is still to be published.

An incident's row remembers how much of it was told. Whoever publishes a change takes it for a
while and says so afterwards: when the process dies between the two it is published again rather
than never, and its id is the same both times.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from msgspec import Struct

LEASE = 30.0
"""Seconds until what somebody took to publish is taken by the next."""
AT_ONCE = 50


class Change(Struct, frozen=True, kw_only=True):
    """An incident that opened or was resolved, at seconds since 1970."""

    app: str
    environment: str
    kind: str
    opened: bool
    incident: str
    summary: str
    at: float


_TAKE = """
update monitoring.incidents i set telling_until = to_timestamp($1 + $2::float8)
from (
    select id from monitoring.incidents
    where told < 2 and (told = 0 or resolved_at is not null)
        and (telling_until is null or telling_until < to_timestamp($1)
             -- A clock that was set back would put it off for as long.
             or telling_until > to_timestamp($1 + 2 * $2::float8))
    order by opened_at limit $3 for update skip locked
) taken where i.id = taken.id
returning i.id::text, i.app, i.environment, i.kind, i.summary, i.resolution, i.told,
    i.resolved_at is not null as over,
    extract(epoch from i.opened_at)::float8 as opened,
    extract(epoch from i.resolved_at)::float8 as resolved
"""


async def take(connection: asyncpg.Connection, now: float) -> list[Change]:
    """What was not published yet, oldest first; nobody else gets it for a while."""
    rows = await connection.fetch(_TAKE, now, LEASE, AT_ONCE)
    found = [change for row in rows for change in _changes(row)]
    return sorted(found, key=lambda change: change.at)


async def told(connection: asyncpg.Connection, change: Change) -> None:
    """A change was published."""
    await connection.execute(
        """update monitoring.incidents
           set told = greatest(told, $2), telling_until = null where id = $1::text::uuid""",
        change.incident, 1 if change.opened else 2,
    )  # fmt: skip


async def give_back(connection: asyncpg.Connection, changes: Sequence[Change]) -> None:
    """They could not be published; whoever tries next may take them at once."""
    await connection.execute(
        "update monitoring.incidents set telling_until = null where id = any ($1::text[]::uuid[])",
        [change.incident for change in changes],
    )  # fmt: skip


def _changes(row: asyncpg.Record) -> list[Change]:
    app, environment, incident = row["app"], row["environment"], row["id"]
    found = []
    if row["told"] == 0:
        found.append(
            Change(
                app=app, environment=environment, kind=row["kind"], opened=True,
                incident=incident, summary=row["summary"], at=row["opened"],
            )
        )  # fmt: skip
    if row["over"]:
        found.append(
            Change(
                app=app, environment=environment, kind=row["kind"], opened=False,
                incident=incident, summary=row["resolution"], at=row["resolved"],
            )
        )  # fmt: skip
    return found
