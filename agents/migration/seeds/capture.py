"""`seed create` and `seed template`: from a live table to a file.

Errors (besides those of `failures` and `atomic`):
    InvalidInput `no_such_table`   the table is not there
    InvalidInput `no_such_column`  a column to redact, keep or leave out is not there
    InvalidInput `cannot_capture`  a value or name that the file's format cannot hold
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
from msgspec import Struct

from agents.migration.atomic import replacing
from agents.migration.errors import InvalidInput
from agents.migration.identifiers import quoted
from agents.migration.seeds import folder, tables
from agents.migration.seeds.failures import explained
from agents.migration.seeds.model import Column, Family, Table
from agents.migration.seeds.redaction import Redactor, Replace
from agents.migration.seeds.tables import Connection

KEY = "GENESIS_REDACTION_KEY"
"""The variable with the secret of the replacements."""
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PREFETCH = 1000


class Captured(Struct, frozen=True, kw_only=True):
    """The file that was written; `redacted` are the columns replaced as a whole."""

    path: str
    table: str
    rows: int
    redacted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


async def create(
    connection: Connection, name: str, seeds: Path, *, environment: str = "development",
    redact: Sequence[str] = (), keep: Sequence[str] = (), exclude: Sequence[str] = (),
    limit: int | None = None, as_csv: bool = False, overwrite: bool = False,
) -> Captured:  # fmt: skip
    """Write a table's rows to `<environment>_<table>.json`, the sensitive ones replaced."""
    with explained(f"reading {name}"):
        table = await _table(connection, name)
        _known(table, (*redact, *keep, *exclude))
        columns = [
            each for each in table.columns if not each.generated and each.name not in exclude
        ]
        redactor = Redactor(await _key(connection), redact, keep)
        plan = redactor.plan(table)
        path = _path(table, seeds, environment, as_csv=as_csv)
        count = 0
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(
                "set local datestyle = 'ISO, YMD'; set local timezone = 'UTC';"
                " set local intervalstyle = 'postgres'; set local extra_float_digits = 1;"
                # Rather no file than one without the rows that a policy hides.
                " set local row_security = off"
            )
            with replacing(path, overwrite=overwrite) as stream:
                lines = _csv_lines if as_csv else _json_lines
                async for line, is_row in lines(
                    table, columns, _rows(connection, table, columns, limit), plan
                ):
                    stream.write(line.encode())
                    count += is_row
    return Captured(
        path=str(path), table=table.label, rows=count,
        redacted=tuple(each.name for each in columns if redactor.is_whole(each)),
        excluded=tuple(exclude),
    )  # fmt: skip


async def template(
    connection: Connection, name: str, seeds: Path, *, overwrite: bool = False
) -> Captured:
    """Write `template_<table>.json` with one row to fill in; it is never run."""
    with explained(f"reading {name}"):
        table = await _table(connection, name)
    path = seeds / f"template_{_safe(table.name)}.json"
    row = {
        column.name: _example(column)
        for column in table.columns if not column.generated and not column.identity
    }  # fmt: skip
    content = [_head(table) | {"truncateFirst": False, "data": [row]}]
    with replacing(path, overwrite=overwrite) as stream:
        stream.write(json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")
    return Captured(path=str(path), table=table.label, rows=1)


async def _table(connection: Connection, name: str) -> Table:
    try:
        return (await tables.find(connection, [(None, name)]))[None, name]
    except tables.NoTable as error:
        raise InvalidInput(
            "no_such_table", f"{error}; nothing was written",
            hint='write it as "schema"."name" when it is in another schema',
        ) from None  # fmt: skip


def _known(table: Table, names: Sequence[str]) -> None:
    absent = [
        name for name in names
        if table.column(name) is None and not re.search(r"[*?\[]", name)
    ]  # fmt: skip
    if absent:
        raise InvalidInput(
            "no_such_column",
            f"{table.label} has no column {', '.join(map(repr, absent))}; nothing was written",
            hint=f"there are {', '.join(column.name for column in table.columns)}",
        )


async def _key(connection: Connection) -> bytes:
    """The secret of the replacements: the given one, else what only this cluster has."""
    given = os.environ.get(KEY)
    if given:
        return hashlib.sha256(given.encode()).digest()
    try:
        async with connection.transaction():
            identity = await connection.fetchval(
                "select system_identifier::text from pg_control_system()"
            )
    except asyncpg.InsufficientPrivilegeError:
        raise InvalidInput(
            "no_redaction_key", f"{KEY} is not set, and the account may not read what could stand "
            "in for it; nothing was written",
            hint=f"set {KEY} to a secret of your own",
        ) from None  # fmt: skip
    return hashlib.sha256(f"genesis redaction {identity}".encode()).digest()


def _path(table: Table, seeds: Path, environment: str, *, as_csv: bool) -> Path:
    suffix = ".csv" if as_csv else ".json"
    path = seeds / f"{environment}_{_safe(table.name)}{suffix}"
    if as_csv and folder.table_of(folder.describe(path, environment)) != table.label:
        raise InvalidInput(
            "cannot_capture", f"the name of a CSV file cannot say {table.label!r}; nothing was "
            "written", hint="write JSON instead",
        )  # fmt: skip
    return path


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)[:100]


def _head(table: Table) -> dict[str, object]:
    named: dict[str, object] = {} if table.schema == "public" else {"schema": table.schema}
    return {**named, "table": table.name}


async def _rows(
    connection: Connection, table: Table, columns: Sequence[Column], limit: int | None
) -> AsyncIterator[asyncpg.Record]:
    # What json keeps and jsonb does not (a key twice) no reader of seeds would take.
    parts = [
        quoted(each.name) + ("::jsonb::text" if each.family is Family.JSON else "::text")
        for each in columns
    ]
    key = next((key.columns for key in table.keys), None)
    order = (
        ", ".join(f"t.{quoted(name)}" for name in key) if key
        else ", ".join(str(number) for number in range(1, len(parts) + 1))
    )  # fmt: skip
    limited = f" limit {int(limit)}" if limit is not None else ""
    sql = f"select {', '.join(parts)} from {table.sql} t order by {order}{limited}"
    async for row in connection.cursor(sql, prefetch=_PREFETCH):
        yield row


async def _json_lines(
    table: Table, columns: Sequence[Column], rows: AsyncIterator[asyncpg.Record],
    plan: dict[str, Replace],
) -> AsyncIterator[tuple[str, bool]]:  # fmt: skip
    head = ", ".join(f"{_text(key)}: {_text(str(value))}" for key, value in _head(table).items())
    yield f'[\n  {{{head}, "data": [', False
    separator = "\n"
    async for row in rows:
        values = [
            f"{_text(column.name)}: {_json_value(table, column, value)}"
            for column, value in zip(columns, _replaced(columns, row, plan), strict=True)
        ]
        yield f"{separator}    {{{', '.join(values)}}}", True
        separator = ",\n"
    yield "\n  ]}\n]\n", False


async def _csv_lines(
    table: Table, columns: Sequence[Column], rows: AsyncIterator[asyncpg.Record],
    plan: dict[str, Replace],
) -> AsyncIterator[tuple[str, bool]]:  # fmt: skip
    del table
    yield ",".join(_csv_value(column.name) for column in columns) + "\n", False
    async for row in rows:
        yield ",".join(_csv_value(value) for value in _replaced(columns, row, plan)) + "\n", True


def _replaced(
    columns: Sequence[Column], row: asyncpg.Record, plan: dict[str, Replace]
) -> list[str | None]:
    return [
        plan[column.name](value) if value is not None and column.name in plan else value
        for column, value in zip(columns, row, strict=True)
    ]


def _json_value(table: Table, column: Column, value: str | None) -> str:
    if value is None:
        return "null"
    if column.family is Family.JSON:
        if value == "null":
            raise InvalidInput(
                "cannot_capture",
                f'{table.label}, column "{column.name}": a JSON null cannot be told from NULL in a '
                "JSON seed; nothing was written",
                hint=f"write CSV instead, or leave it out: --exclude {column.name}",
            )
        return value
    is_number = column.family in (Family.INTEGER, Family.NUMBER)
    if column.family is Family.BOOLEAN or (is_number and _JSON_NUMBER.fullmatch(value)):
        return value
    return _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _csv_value(value: str | None) -> str:
    if value is None:
        return ""
    if value and not re.search(r'[",\r\n]', value) and value == value.strip():
        return value
    return '"' + value.replace('"', '""') + '"'


def _example(column: Column) -> object:  # noqa: PLR0911  one per family
    match column.family:
        case Family.INTEGER | Family.NUMBER:
            return 1
        case Family.BOOLEAN:
            return False
        case Family.TEXT:
            return "text"[: column.length]
        case Family.JSON:
            return {}
        case Family.ARRAY | Family.VECTOR:
            return []
        case Family.UUID:
            return "00000000-0000-4000-8000-000000000001"
        case Family.ENUM:
            return column.labels[0] if column.labels else None
        case Family.TIME if column.type.startswith(("date", "timestamp")):
            return "2026-01-01"
        case _:
            return "12:00" if column.family is Family.TIME else None
