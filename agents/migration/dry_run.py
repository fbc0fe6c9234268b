"""A run that really runs and is taken back: which locks, rewrites and rows each statement costs.

Files that run in a transaction share one on the real database, which is rolled back; the locks
are real while it lasts. Those that do not, and everything after them, run in a copy of the
schema without rows. Nothing stays, except that PostgreSQL never takes a `nextval` back: the
report names the sequences that moved.

Errors: those of `shadow`, `session` and `locking`, and
    StatementFailed `migration_failed`   a statement fails; nothing stays of what ran before it
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import asyncpg
from msgspec import Struct

from agents.migration import shadow
from agents.migration.catalog import Schema, snapshot
from agents.migration.errors import Place, StatementFailed
from agents.migration.files import Migration
from agents.migration.session import Connection, connect
from agents.migration.sql import Statement

_LOCKS = """
select l.relation, l.mode
from pg_locks l
where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted
  and l.relation = any ($1::oid[]) and l.mode not in ('AccessShareLock', 'RowShareLock')
order by 1, 2
"""
_RELATIONS = """
select c.oid, c.oid::regclass::text as name, c.relfilenode from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""
_SEQUENCES = """
select quote_ident(schemaname) || '.' || quote_ident(sequencename) as name, last_value
from pg_sequences
"""
_MODES = {
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}


class Step(Struct, frozen=True, kw_only=True):
    """One statement. `locks` are those that it took on what was there before the run, as
    `public.users: SHARE`; `rewrites` the relations whose files it wrote anew.
    """

    file: str
    line: int
    sql: str
    status: str
    seconds: float
    locks: tuple[str, ...] = ()
    rewrites: tuple[str, ...] = ()
    in_copy: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """The whole run, and the sequences that moved in it."""

    steps: tuple[Step, ...]
    sequences: tuple[str, ...] = ()


async def rehearse(url: str, migrations: Sequence[Migration]) -> Report:
    """Run the ups of these migrations and take everything back."""
    cut = next((n for n, each in enumerate(migrations) if not each.up.transaction), len(migrations))
    async with connect(url) as connection:
        before = {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}
        steps, reached = await _rolled_back(connection, migrations[:cut])
        after = {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}
    if migrations[cut:]:
        steps += await _in_a_copy(url, reached, migrations[cut:])
    moved = tuple(name for name, value in before.items() if after.get(name) != value)
    return Report(steps=tuple(steps), sequences=moved)


async def _rolled_back(
    connection: Connection, migrations: Sequence[Migration]
) -> tuple[list[Step], Schema]:
    """The steps, and the schema that they led to before they were taken back."""
    steps: list[Step] = []
    transaction = connection.transaction()
    await transaction.start()
    try:
        files = {row["oid"]: row for row in await connection.fetch(_RELATIONS)}
        # What a statement drops has a lock and no name any more.
        names = {oid: row["name"] for oid, row in files.items()}
        known: set[str] = set()
        for migration in migrations:
            for number, statement in enumerate(migration.up.statements(), start=1):
                step = await _run(connection, migration, number, statement)
                locks = await connection.fetch(_LOCKS, list(names))
                held = {f"{names[row['relation']]}: {_MODES[row['mode']]}" for row in locks}
                now = {row["oid"]: row for row in await connection.fetch(_RELATIONS)}
                rewritten = [
                    row["name"]
                    for oid, row in files.items()
                    if oid in now and now[oid]["relfilenode"] != row["relfilenode"]
                ]
                files = {oid: now[oid] for oid in files if oid in now}
                steps.append(
                    Step(
                        file=migration.up.file, line=statement.line, sql=_shown(statement),
                        status=step[0], seconds=step[1], locks=tuple(sorted(held - known)),
                        rewrites=tuple(sorted(rewritten)),
                    )
                )  # fmt: skip
                known |= held
        return steps, await snapshot(connection)
    finally:
        await transaction.rollback()


async def _in_a_copy(url: str, reached: Schema, migrations: Sequence[Migration]) -> list[Step]:
    steps: list[Step] = []
    async with shadow.empty(url) as place, connect(place) as connection:
        await shadow.become(connection, reached)
        for migration in migrations:
            for number, statement in enumerate(migration.up.statements(), start=1):
                status, seconds = await _run(connection, migration, number, statement)
                steps.append(
                    Step(
                        file=migration.up.file, line=statement.line, sql=_shown(statement),
                        status=status, seconds=seconds, in_copy=True,
                    )
                )  # fmt: skip
    return steps


async def _run(
    connection: Connection, migration: Migration, number: int, statement: Statement
) -> tuple[str, float]:
    began = time.perf_counter()
    try:
        status = await connection.execute(statement.sql)
    except asyncpg.PostgresError as error:
        position = int(getattr(error, "position", None) or 1)
        place = Place(
            file=migration.up.file, line=statement.line_at(position),
            column=statement.column_at(position), statement=number, sqlstate=error.sqlstate,
        )  # fmt: skip
        raise StatementFailed(
            "migration_failed",
            f"{place}: {error} [SQLSTATE {error.sqlstate}]; everything was taken back",
            hint=getattr(error, "hint", None) or "correct it and rehearse again",
            place=place,
        ) from None
    return status, time.perf_counter() - began


def _shown(statement: Statement) -> str:
    text = " ".join(statement.sql.split())
    return text if len(text) <= 100 else f"{text[:99]}…"  # noqa: PLR2004  a line of a terminal
