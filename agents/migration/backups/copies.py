"""Copied tables back into a database: their rows as they were, in one transaction.

Foreign keys from and to them are taken away and added again at the end, which checks every row,
whatever order the tables come in. Their own triggers rest meanwhile: a row that comes back is no
new one.

Errors:
    InvalidInput `cannot_restore`    a live table has other columns, or cannot be made again
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from agents.migration.backups import store, tables
from agents.migration.backups.model import Backup, StoredTable
from agents.migration.errors import InvalidInput
from agents.migration.identifiers import qualified, quoted
from agents.migration.session import Connection

_CHUNK = 1 << 18

_REFERENCES = """
select n.nspname::text as schema, r.relname::text as name, c.conname::text as constraint,
       pg_get_constraintdef(c.oid) as sql
from pg_constraint c join pg_class r on r.oid = c.conrelid
join pg_namespace n on n.oid = r.relnamespace
where c.contype = 'f' and c.conparentid = 0
  and (c.conrelid = any($1::bigint[]::oid[]) or c.confrelid = any($1::bigint[]::oid[]))
"""
_TRIGGERS = """
select n.nspname::text as schema, r.relname::text as name, t.tgname::text as trigger,
       case t.tgenabled::text when 'A' then 'enable always' when 'R' then 'enable replica'
       else 'enable' end as action
from pg_trigger t join pg_class r on r.oid = t.tgrelid join pg_namespace n on n.oid = r.relnamespace
where not t.tgisinternal and t.tgenabled <> 'D' and t.tgrelid = any($1::bigint[]::oid[])
"""


async def filled(connection: Connection, backup: Backup) -> list[str]:
    """The backup's tables that are there and hold rows."""
    found: list[str] = []
    for table in backup.tables:
        name = qualified(table.schema, table.name)
        if await _oid(connection, table) is not None and await connection.fetchval(
            f"select exists (select from {name})"
        ):
            found.append(name)
    return found


async def _oid(connection: Connection, table: StoredTable) -> int | None:
    found: int | None = await connection.fetchval(
        "select c.oid::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'",
        table.schema, table.name,
    )  # fmt: skip
    return found


async def restore(connection: Connection, folder: Path, backup: Backup) -> None:
    """Bring the rows back. Raises InvalidInput, or what PostgreSQL says."""
    definitions = [msgspec.convert(table.definition, tables.Definition) for table in backup.tables]
    async with connection.transaction():
        await connection.execute(
            "set local datestyle = 'ISO, YMD'; set local timezone = 'UTC';"
            " set local intervalstyle = 'postgres'; set local search_path = ''"
        )
        oids = [await _oid(connection, table) for table in backup.tables]
        missing = [
            definition for definition, oid in zip(definitions, oids, strict=True) if oid is None
        ]
        live = [oid for oid in oids if oid is not None]
        await _refuse_other_columns(connection, backup, live)
        await _make(connection, backup, missing)
        references = await connection.fetch(_REFERENCES, live)
        for row in references:
            await connection.execute(
                f"alter table {qualified(row['schema'], row['name'])}"
                f" drop constraint {quoted(row['constraint'])}"
            )
        await _fill(connection, folder, backup, live)
        for definition in missing:
            for sql in tables.finish_sql(definition):
                await connection.execute(sql)
        for row in references:
            await connection.execute(
                f"alter table {qualified(row['schema'], row['name'])}"
                f" add constraint {quoted(row['constraint'])} {row['sql']}"
            )
        for definition in missing:
            for constraint in definition.constraints:
                if constraint.kind == "f":
                    await connection.execute(tables.add_sql(definition, constraint))
        for definition in definitions:
            for sequence in definition.sequences:
                await connection.execute(tables.sequence_sql(sequence))


async def _refuse_other_columns(connection: Connection, backup: Backup, live: list[int]) -> None:
    there = {
        (table.schema, table.name): set(table.stored)
        for table in await tables.describe(connection, live)
    }
    for table in backup.tables:
        columns = there.get((table.schema, table.name))
        gone = [name for name in table.columns if columns is not None and name not in columns]
        if gone:
            raise InvalidInput(
                "cannot_restore",
                f"{table.schema}.{table.name} has no column {', '.join(gone)} any more, which the "
                f"backup {backup.id} has; nothing was changed",
                hint="take the migrations back first, or restore with --into NAME",
            )


async def _make(connection: Connection, backup: Backup, missing: list[tables.Definition]) -> None:
    special = next((table for table in missing if table.special), None)
    if special is not None:
        raise InvalidInput(
            "cannot_restore",
            f"{special.schema}.{special.name} is gone, and cannot be made from a copy, as it is "
            f"{special.special}; nothing was changed",
            hint="take the migrations back first, then restore",
        )
    if not missing:
        return
    for enum in backup.types:
        exists = await connection.fetchval(
            "select to_regtype($1) is not null", qualified(enum["schema"], enum["name"])
        )
        if not exists:
            await connection.execute(f"create schema if not exists {quoted(enum['schema'])}")
            await connection.execute(tables.enum_sql(enum))
    for definition in missing:
        for sql in tables.create_sql(definition):
            await connection.execute(sql)


async def _fill(connection: Connection, folder: Path, backup: Backup, live: list[int]) -> None:
    triggers = await connection.fetch(_TRIGGERS, live)
    names = [qualified(table.schema, table.name) for table in backup.tables]
    forced = await connection.fetch(
        "select n.nspname::text as schema, c.relname::text as name from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where c.oid = any($1::bigint[]::oid[]) and c.relforcerowsecurity",
        live,
    )
    for row in triggers:
        await _trigger(connection, row, "disable")
    for row in forced:
        await connection.execute(
            f"alter table {qualified(row['schema'], row['name'])} no force row level security"
        )
    if names:
        await connection.execute(f"truncate {', '.join(names)}")
    for table in backup.tables:
        await connection.copy_to_table(
            table.name, schema_name=table.schema, columns=list(table.columns), format="text",
            source=_chunks(folder, backup, table),
        )  # fmt: skip
    for row in forced:
        await connection.execute(
            f"alter table {qualified(row['schema'], row['name'])} force row level security"
        )
    for row in triggers:
        await _trigger(connection, row, row["action"])


async def _trigger(connection: Connection, row: object, action: str) -> None:
    await connection.execute(
        f"alter table {qualified(row['schema'], row['name'])} {action} trigger"  # type: ignore[index]  # a Record
        f" {quoted(row['trigger'])}"  # type: ignore[index]  # a Record
    )


async def _chunks(folder: Path, backup: Backup, table: StoredTable) -> AsyncIterator[bytes]:
    path = folder / backup.id / table.file
    try:
        with gzip.open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise store.damaged(folder / backup.id, f"{table.file}: {error}") from error
