"""What happened to incidents and is still to be published.

An incident's row remembers how much of it was told, so that a process that dies between the
two tells it twice rather than never; its id is the same both times.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from msgspec import Struct


class Change(Struct, frozen=True, kw_only=True):
    """An incident that opened or was resolved, at seconds since 1970."""

    app: str
    environment: str
    opened: bool
    incident: str
    summary: str
    at: float


@asynccontextmanager
async def untold(connection: asyncpg.Connection) -> AsyncIterator[list[Change]]:
    """What happened to incidents and was not published yet, oldest first.

    It counts as published when the context ends without an error; until then no other
    replica gets it.
    """
    async with connection.transaction():
        rows = await connection.fetch(
            """select id, app, environment, summary, resolution, told,
                      resolved_at is not null as over,
                   extract(epoch from opened_at)::float8 as opened,
                   extract(epoch from resolved_at)::float8 as resolved
               from monitoring.incidents
               where told < 2 and (told = 0 or resolved_at is not null)
               order by opened_at limit 100 for update skip locked"""
        )
        yield [change for row in rows for change in _changes(row)]
        for row in rows:
            await connection.execute(
                "update monitoring.incidents set told = $2 where id = $1",
                row["id"], 2 if row["over"] else 1,
            )  # fmt: skip


def _changes(row: asyncpg.Record) -> list[Change]:
    app, environment, incident = row["app"], row["environment"], str(row["id"])
    found = []
    if row["told"] == 0:
        found.append(
            Change(
                app=app, environment=environment, opened=True, incident=incident,
                summary=row["summary"], at=row["opened"],
            )
        )  # fmt: skip
    if row["over"]:
        found.append(
            Change(
                app=app, environment=environment, opened=False, incident=incident,
                summary=row["resolution"], at=row["resolved"],
            )
        )  # fmt: skip
    return found
