"""What was ever applied to a database and taken back again, by whom, and how far.

One table. A row is an application; `undone_at` says when it was taken back, and at most one row
of a version is not undone. Rows are written within the transaction of what they are about.

Errors:
    Refused `foreign_history`   the table exists and another tool made it
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
from msgspec import Struct

from agents.migration.errors import Refused
from agents.migration.files import Section
from agents.migration.identifiers import parse, qualified, quoted
from agents.migration.session import Connection

NAME = "schema_migrations"
FALLBACK = "genesis"
"""The schema of our history where another tool has a table of the same name."""

Status = Literal["applied", "baseline", "applying", "reverting"]
"""`applying` and `reverting` are no-transaction files of which a part was run."""

_COLUMNS = {
    "version": "text not null",
    "name": "text not null",
    "status": "text not null default 'applied'",
    "checksum": "text not null",
    "code_checksum": "text",
    "up_checksum": "text",
    "up_sql": "text not null",
    "up_line": "integer not null default 1",
    "down_sql": "text",
    "down_line": "integer",
    "down_transaction": "boolean not null default true",
    "irreversible": "text",
    "statements_done": "integer not null default 0",
    "statement_open": "integer",
    "applied_at": "timestamptz not null default clock_timestamp()",
    "applied_by": "text",
    "database_role": "text not null default session_user",
    "host": "text",
    "seconds": "double precision not null default 0",
    "tool_version": "text",
    "run": "text",
    "pipeline": "text",
    "approved_by": "text",
    "backup": "text",
    "fingerprint_before": "text",
    "fingerprint_after": "text",
    "undone_at": "timestamptz",
    "undone_by": "text",
    "undone_seconds": "double precision",
    "note": "text",
}
_OWN = ("checksum", "up_sql")
"""The columns that tell our table from another tool's of that name."""


class Table(Struct, frozen=True):
    """Where the history is. `columns` are those that it has; none when it does not exist."""

    schema: str
    name: str = NAME
    columns: frozenset[str] = frozenset()
    version_type: str = "text"

    @property
    def sql(self) -> str:
        """Its qualified name."""
        return qualified(self.schema, self.name)

    @property
    def index(self) -> str:
        """The unique index that lets each version be applied once."""
        return f"{self.name}_applied"

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return bool(self.columns)


class Row(Struct, frozen=True, kw_only=True):
    """An application that was not undone; `id` grows in the order of application.

    `statements_done` counts within a no-transaction file, and `statement_open` is the number of
    one that was begun and may or may not have been finished.
    """

    id: int
    version: str
    name: str
    status: Status
    checksum: str
    code_checksum: str | None
    up_checksum: str | None
    irreversible: str | None
    reversible: bool
    statements_done: int
    statement_open: int | None
    pipeline: str | None
    run: str | None
    fingerprint_after: str | None


class Event(Struct, frozen=True, kw_only=True):
    """An application as `history` shows it."""

    id: int
    version: str
    name: str
    status: Status
    checksum: str
    applied_at: dt.datetime
    applied_by: str | None
    database_role: str
    host: str | None
    seconds: float
    tool_version: str | None
    run: str | None
    pipeline: str | None
    approved_by: str | None
    backup: str | None
    fingerprint_before: str | None
    fingerprint_after: str | None
    undone_at: dt.datetime | None
    undone_by: str | None
    undone_seconds: float | None
    note: str | None


_LOOK = """
select coalesce($1::text, current_schema()::text, 'public') as schema,
       coalesce(array_agg(a.attname::text) filter (where a.attname is not null), '{}') as columns,
       max(format_type(a.atttypid, null)) filter (where a.attname = 'version') as version_type
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relname = $2 and n.nspname = coalesce($1::text, current_schema()::text, 'public')
"""
_WITHOUT = {"status": "'applied'", "statements_done": "0", "database_role": "''"}
"""What stands for columns that a table of an earlier form lacks; null for all others."""


def _select(kind: type[Row | Event], table: Table) -> str:
    parts = []
    for field in kind.__struct_fields__:
        if field == "version":
            parts.append("version::text as version")
        elif field == "reversible":
            parts.append("down_sql is not null as reversible")
        elif field in table.columns:
            parts.append(field)
        else:
            parts.append(f"{_WITHOUT.get(field, 'null')} as {field}")
    return f"select {', '.join(parts)} from {table.sql}"


async def find(connection: Connection, name: str = NAME) -> Table:
    """The table of that name, or where it would be made.

    Where another tool has a `schema_migrations` of its own, ours is in the schema `genesis`.
    Raises Refused when it is not there either.
    """
    *schema, table = parse(name)
    found = await _look(connection, schema[0] if schema else None, table)
    if not is_foreign(found):
        return found
    beside = await _look(connection, FALLBACK, NAME)
    if name == NAME and beside.exists and not is_foreign(beside):
        return beside
    raise Refused(
        "foreign_history",
        f"the table {found.schema}.{table} was made by another tool; nothing was touched",
        hint="take over what it says is applied with `genesis migrate baseline --adopt`; our own "
        f"history is then kept in the schema {FALLBACK}",
    )


async def find_or_beside(connection: Connection, name: str = NAME) -> Table:
    """As `find`, but where another tool has that table, the place where ours would be made."""
    *schema, table = parse(name)
    found = await _look(connection, schema[0] if schema else None, table)
    return await _look(connection, FALLBACK, NAME) if is_foreign(found) else found


def is_foreign(table: Table) -> bool:
    """Whether another tool made it."""
    return table.exists and not table.columns.issuperset(_OWN)


async def _look(connection: Connection, schema: str | None, name: str) -> Table:
    found = await connection.fetchrow(_LOOK, schema, name)
    assert found is not None
    return Table(
        found["schema"], name, frozenset(found["columns"]), found["version_type"] or "text"
    )


async def ensure(connection: Connection, table: Table) -> Table:
    """Make the table, or add the columns that it lacks."""
    if table.columns.issuperset(_COLUMNS):
        return table
    types = {**_COLUMNS, "version": f"{table.version_type} not null"}
    if not table.exists:
        columns = ",\n  ".join(f"{name} {kind}" for name, kind in types.items())
        await connection.execute(
            f"create schema if not exists {quoted(table.schema)};"
            f"create table if not exists {table.sql} (\n"
            f"  id bigint generated always as identity primary key,\n  {columns}\n);"
            f"create unique index if not exists {quoted(table.index)} on {table.sql} (version)"
            " where undone_at is null;"
        )
    else:
        await _upgrade(connection, table, types)
    return msgspec.structs.replace(table, columns=frozenset({"id", *_COLUMNS}))


async def _upgrade(connection: Connection, table: Table, types: dict[str, str]) -> None:
    missing = [name for name in types if name not in table.columns]
    optional = [name for name in types if "not null" not in types[name] and name not in missing]
    changes = [f"add column {name} {types[name]}" for name in missing]
    changes += [f"alter column {name} drop not null" for name in optional]
    for name in set(types) - set(missing):
        _, says, default = types[name].partition(" default ")
        changes += [f"alter column {name} set default {default}"] if says else []
    # A version that was undone may be applied again, which this constraint does not allow.
    changes.append(f"drop constraint if exists {quoted(f'{table.name}_version_key')}")
    await connection.execute(
        f"begin; alter table {table.sql} {', '.join(changes)};"
        f"create unique index if not exists {quoted(table.index)} on {table.sql} (version)"
        " where undone_at is null; commit;"
    )


async def rows(connection: Connection, table: Table) -> list[Row]:
    """What is applied, in the order of application; empty without a table."""
    if not table.exists:
        return []
    where = "where undone_at is null" if "undone_at" in table.columns else ""
    found = await connection.fetch(f"{_select(Row, table)} {where} order by id")
    return [Row(**dict(row)) for row in found]


async def events(connection: Connection, table: Table, limit: int | None = None) -> list[Event]:
    """Every application, the newest first."""
    if not table.exists:
        return []
    found = await connection.fetch(f"{_select(Event, table)} order by id desc limit $1", limit)
    return [Event(**dict(row)) for row in found]


async def stored_down(connection: Connection, table: Table, row: Row) -> Section | None:
    """The way back as it was when the row was made."""
    found = await connection.fetchrow(
        f"select down_sql, down_line, down_transaction from {table.sql} where id = $1", row.id
    )
    if found is None or found["down_sql"] is None:
        return None
    return Section(found["down_sql"], found["down_line"] or 1, found["down_transaction"], row.name)


async def stored_up(connection: Connection, table: Table, row: Row) -> Section:
    """What was run when the row was made."""
    found = await connection.fetchrow(
        f"select up_sql, up_line from {table.sql} where id = $1", row.id
    )
    assert found is not None
    return Section(found["up_sql"], found["up_line"], file=row.name)


async def fingerprint_after(connection: Connection, table: Table, version: str) -> str | None:
    """The schema's fingerprint as a version left it, when it was taken."""
    found: str | None = await connection.fetchval(
        f"select fingerprint_after from {table.sql} where version::text = $1 and undone_at is null",
        version,
    )
    return found


async def lock(connection: Connection, table: Table) -> None:
    """Within a transaction: nobody else writes the history until it ends."""
    await connection.execute(f"lock table {table.sql} in share row exclusive mode")
