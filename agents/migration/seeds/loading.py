"""One entry into its table: COPY into a temporary table, then one statement that merges it.

The temporary table has the live columns' types, so the server itself judges every value, and
says the row. Works within a transaction that the caller holds.

Errors:
    SeedInvalid    a value or a row that the table refuses, with its line, row and column
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
from msgspec import Struct

from agents.migration.identifiers import listed, quoted
from agents.migration.seeds import diagnosis
from agents.migration.seeds.model import Column, Entry, Family, SeedInvalid, Table
from agents.migration.seeds.shapes import Rows, Shape, line_of
from agents.migration.seeds.tables import Connection

STAGE = "genesis seed stage"
ROW = "genesis row"
SHAPE = "genesis shape"
_UNCOMPARABLE = frozenset({Family.OTHER, Family.VECTOR, Family.ARRAY})


class Loaded(Struct, frozen=True, kw_only=True):
    """What an entry did: `rows` are those of the file, `changed` those written."""

    table: str
    rows: int
    changed: int


async def load(connection: Connection, entry: Entry, table: Table, *, again: bool) -> Loaded:
    """Bring an entry in. `again` says that rows of its file may be in the table."""
    rows = Rows(entry, table)
    async with connection.transaction():
        await stage(connection, rows)
        nameless = [shape for shape in rows.shapes if not shape.key]
        if again and nameless:
            raise SeedInvalid([rows.problem(
                "the file was brought in before, and nothing says which rows are the same "
                f"({', '.join(each.name for each in nameless[0].columns)} hold no unique key); "
                'give the entry a "key", or "truncateFirst"', line=entry.line,
            )])  # fmt: skip
        changed = await _merge(connection, rows)
        await advance_sequences(connection, rows)
        await connection.execute(f"drop table if exists pg_temp.{quoted(STAGE)}")
    return Loaded(table=table.label, rows=entry.rows, changed=changed)


async def stage(connection: Connection, rows: Rows) -> None:
    """Copy the rows into the temporary table, checked. Raises SeedInvalid."""
    if rows.columns:
        columns = "".join(f", {quoted(each.name)} {each.copy_type}" for each in rows.columns)
        await connection.execute(
            f"create temporary table {quoted(STAGE)} ({quoted(ROW)} bigint,"
            f" {quoted(SHAPE)} integer{columns}) on commit drop"
        )
        await _copy(connection, rows)
    else:
        for _ in rows.chunks():
            pass
    if rows.problems:
        raise SeedInvalid(rows.problems)


async def _copy(connection: Connection, rows: Rows) -> None:
    async def source() -> AsyncIterator[bytes]:
        for chunk in rows.chunks():
            yield chunk

    try:
        await connection.copy_to_table(
            STAGE, source=source(), schema_name="pg_temp", format="text",
            columns=[ROW, SHAPE, *(column.name for column in rows.columns)],
        )  # fmt: skip
    except asyncpg.DataError as error:
        raise _refused(rows, error) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise _refused(rows, error) from error


def _refused(rows: Rows, error: asyncpg.PostgresError) -> SeedInvalid:
    """COPY's error with the row that it names. Rows left out before it shift its count."""
    if rows.problems:
        return SeedInvalid(rows.problems)
    context = str(getattr(error, "context", None) or "").replace(STAGE, "")
    number = re.search(r"\d+", context)
    row = int(number[0]) if number else None
    named = re.search(r'column ("(?:[^"]|"")+"|[^:]+):', context)
    column = named[1].strip('"') if named else getattr(error, "column_name", None)
    return SeedInvalid([
        rows.problem(
            str(error.args[0]), row=row, column=column, sqlstate=error.sqlstate,
            line=line_of(rows.entry, row) if row else None,
        )
    ])  # fmt: skip


async def _merge(connection: Connection, rows: Rows) -> int:
    last = rows.entry.rows

    async def attempt(first: int, end: int) -> int:
        changed = 0
        async with connection.transaction():
            for shape in rows.shapes:
                status = await connection.execute(merge_sql(rows.table, shape, first, end))
                changed += int(status.rsplit(" ", 1)[1])
        return changed

    for shape in rows.shapes:
        if shape.key and not shape.unique:
            await diagnosis.refuse_twins(connection, rows, shape)
    try:
        return await attempt(1, last)
    except asyncpg.PostgresError as error:
        if diagnosis.is_passing(error):
            raise
        raise await diagnosis.explain(connection, rows, error, attempt) from error


def merge_sql(table: Table, shape: Shape, first: int, last: int) -> str:
    """The statement that brings the staged rows of a shape, from row to row, into the table."""
    names = [column.name for column in shape.columns]
    overriding = " overriding system value" if _has_strict_identity(shape) else ""
    source = (
        f"select {listed(names)} from {quoted(STAGE)} where {quoted(SHAPE)} = {shape.number}"
        f" and {quoted(ROW)} between {first} and {last} order by {quoted(ROW)}"
    )
    updated = [
        column for column in shape.columns
        if column.name not in shape.key and column.identity != "a"
    ]  # fmt: skip
    if shape.key and not shape.unique:
        return _merge_statement(table, shape, source, updated, overriding)
    insert = f"insert into {table.sql} as target ({listed(names)}){overriding} {source}"
    if not shape.key:
        return insert
    conflict = f" on conflict ({listed(shape.key)}) do"
    if not updated:
        return f"{insert}{conflict} nothing"
    return f"{insert}{conflict} update set {_assign(updated, 'excluded')} where " + _differs(
        updated, "excluded"
    )


def _merge_statement(
    table: Table, shape: Shape, source: str, updated: list[Column], overriding: str
) -> str:
    names = [column.name for column in shape.columns]
    same = " and ".join(f"target.{quoted(name)} = given.{quoted(name)}" for name in shape.key)
    values = ", ".join(f"given.{quoted(name)}" for name in names)
    update = (
        f" when matched and {_differs(updated, 'given')}"
        f" then update set {_assign(updated, 'given')}"
        if updated else ""
    )  # fmt: skip
    return (
        f"merge into {table.sql} as target using ({source}) as given on {same}{update}"
        f" when not matched then insert ({listed(names)}){overriding} values ({values})"
    )


def _has_strict_identity(shape: Shape) -> bool:
    return any(column.identity == "a" for column in shape.columns)


def _assign(columns: list[Column], source: str) -> str:
    return ", ".join(f"{quoted(each.name)} = {source}.{quoted(each.name)}" for each in columns)


def _differs(columns: list[Column], source: str) -> str:
    """Whether a row would change: rows that stay the same are not written again."""

    def side(owner: str, column: Column) -> str:
        # Types without an equality of their own are compared as they are written.
        plain = column.family not in _UNCOMPARABLE and not column.type.startswith("json")
        return f"{owner}.{quoted(column.name)}" + ("" if plain else "::text")

    return "(" + " or ".join(
        f"{side('target', each)} is distinct from {side(source, each)}" for each in columns
    ) + ")"  # fmt: skip


async def advance_sequences(connection: Connection, rows: Rows) -> None:
    """Put the sequences of the given columns behind the largest value that is there."""
    for column in rows.columns:
        if column.sequence is None or column.family is not Family.INTEGER:
            continue
        # As a sequence never goes back by itself, it is not put back here either.
        await connection.execute(
            "select setval(state.id, reached.value) from"
            f" (select $1::text::regclass as id, s.last_value, s.is_called, d.seqincrement"
            f"  from {column.sequence} s, pg_sequence d"
            "   where d.seqrelid = $1::text::regclass) as state,"
            f" lateral (select (case when state.seqincrement > 0 then max({quoted(column.name)})"
            f"  else min({quoted(column.name)}) end)::bigint as value"
            f"  from {rows.table.sql}) as reached"
            " where case when state.seqincrement > 0 then reached.value > state.last_value"
            "  else reached.value < state.last_value end"
            " or (reached.value = state.last_value and not state.is_called)",
            column.sequence,
        )  # fmt: skip
