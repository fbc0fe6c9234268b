"""What was made at providers, by which pipeline: written before it is made."""

from __future__ import annotations

import asyncpg

from agents.monitoring.providers.port import NotSetUp, Thing

_OURS = """
select exists (select from monitoring.things where pipeline = $1
    and provider = $2 and kind = $3 and name = $4 and previous = '')
"""
_BEGIN = """
insert into monitoring.things (pipeline, provider, kind, name)
select $1, $2, $3, $4
where not exists (select from monitoring.changes where pipeline = $1 and undone)
on conflict (pipeline, provider, kind, name) do update set kind = excluded.kind
returning number
"""
_KEEP = """
insert into monitoring.things (pipeline, provider, kind, name, thing, previous)
values ($1, $2, $3, $4, $5, $6)
on conflict (pipeline, provider, kind, name) do update set thing = excluded.thing
"""
_DROP = """
delete from monitoring.things where pipeline = $1 and provider = $2 and kind = $3 and name = $4
"""


class Things:
    """`port.Ledger` of one pipeline at one provider, in PostgreSQL."""

    def __init__(self, connection: asyncpg.Connection, pipeline: str, provider: str) -> None:
        self._connection = connection
        self._key = (pipeline, provider)

    async def ours(self, kind: str, name: str) -> bool:
        """Whether this pipeline was about to make this thing, or has made it."""
        return bool(await self._connection.fetchval(_OURS, *self._key, kind, name))

    async def begin(self, kind: str, name: str) -> None:
        """It is not there, and is made now. Raises NotSetUp once the pipeline was taken back."""
        if await self._connection.fetchval(_BEGIN, *self._key, kind, name) is None:
            raise NotSetUp(f"pipeline {self._key[0]} was rolled back meanwhile")

    async def keep(self, thing: Thing) -> None:
        """It is there, and is ours to take back."""
        await self._connection.execute(
            _KEEP, *self._key, thing.kind, thing.name, thing.id, thing.previous
        )

    async def drop(self, thing: Thing) -> None:
        """It was taken back."""
        await self._connection.execute(_DROP, *self._key, thing.kind, thing.name)


async def of(connection: asyncpg.Connection, pipeline: str) -> list[tuple[str, Thing]]:
    """What this pipeline has at which provider, newest first; an id is "" when only begun."""
    rows = await connection.fetch(
        """select provider, kind, coalesce(thing, '') as id, name, previous
           from monitoring.things where pipeline = $1 order by number desc""",
        pipeline,
    )
    return [
        (
            row["provider"],
            Thing(kind=row["kind"], id=row["id"], name=row["name"], previous=row["previous"]),
        )
        for row in rows
    ]
