"""A row in every table, so that whatever loses data is seen to lose some.

Values fit the columns' types; what a table demands beyond that is not guessed, and a table that
refuses its row stays empty and is named.
"""

from __future__ import annotations

import asyncpg

from agents.migration.catalog import Item, Schema
from agents.migration.session import Connection

_VALUES = {
    "boolean": "true", "uuid": "gen_random_uuid()", "date": "current_date",
    "json": "'{\"kept\": 1}'", "jsonb": "'{\"kept\": 1}'", "bytea": "'\\x01'", "inet": "'10.0.0.1'",
    "cidr": "'10.0.0.0/8'", "macaddr": "'08:00:2b:01:02:03'", "interval": "'1 day'",
    "xml": "'<a/>'", "point": "'(1,2)'", "tsvector": "'a'", "bit": "'1'", "money": "'1'",
    "oid": "1", "name": "'kept'", "citext": "'kept'", "int4range": "'[1,2)'", "daterange":
    "'[2026-01-01,2026-01-02)'", "tstzrange": "'[2026-01-01,2026-01-02)'",
}  # fmt: skip
_PREFIXES = (
    (("integer", "bigint", "smallint", "numeric", "real", "double"), "7"),
    (("text", "character", "varchar", '"char"'), "'k'"),
    (("timestamp",), "now()"),
    (("time",), "'12:00'"),
)


async def fill(connection: Connection, schema: Schema) -> dict[str, str]:
    """Insert a row into each empty table; why not, by the table, where that fails."""
    waiting = [item for item in schema.items.values() if item.kind == "table" and _fillable(item)]
    why: dict[str, str] = {}
    progress = True
    while waiting and progress:
        progress, left = False, []
        for table in waiting:
            problem = await _fill(connection, schema, table)
            if problem is None:
                progress = True
                why.pop(table.name, None)
            else:
                why[table.name] = problem
                left.append(table)
        waiting = left
    return why


async def clear(connection: Connection, schema: Schema) -> list[str]:
    """Empty every table; their names."""
    names = [item.name for item in schema.items.values() if item.kind == "table"]
    if names:
        await connection.execute(f"truncate {', '.join(names)} cascade")
    return names


def _fillable(table: Item) -> bool:
    return not table.detail.get("partition_by") and not table.detail.get("foreign")


async def _fill(connection: Connection, schema: Schema, table: Item) -> str | None:
    try:
        async with connection.transaction():
            if await connection.fetchval(f"select exists (select from {table.name})"):
                return None
            columns = await _columns(connection, schema, table)
            names, values = ", ".join(columns), ", ".join(columns.values())
            body = f"({names}) values ({values})" if columns else "default values"
            await connection.execute(f"insert into {table.name} {body}")
    except asyncpg.PostgresError as error:
        return str(error)
    return None


async def _columns(connection: Connection, schema: Schema, table: Item) -> dict[str, str]:
    """What to insert, by column: references first, since they decide."""
    found = {
        column.name: _value(column, schema)
        for column in schema.of("column", table.name)
        if not column.detail.get("generated") and not column.detail.get("identity")
        and column.detail.get("default") is None
    }  # fmt: skip
    rows = await connection.fetch(
        """select array_agg(quote_ident(a.attname) order by o.n) as here,
                  array_agg(quote_ident(b.attname) order by o.n) as there,
                  k.confrelid::regclass::text as other
           from pg_constraint k, unnest(k.conkey, k.confkey) with ordinality o (h, t, n)
           join pg_attribute a on true join pg_attribute b on true
           where k.contype = 'f' and k.conrelid = $1::text::regclass and a.attrelid = k.conrelid
             and a.attnum = o.h and b.attrelid = k.confrelid and b.attnum = o.t
           group by k.oid, k.confrelid""",
        table.name,
    )
    for row in rows:
        for here, there in zip(row["here"], row["there"], strict=True):
            found[here] = f"(select {there} from {row['other']} limit 1)"
    return found


def _value(column: Item, schema: Schema) -> str:
    kind = str(column.detail["type"])
    if kind.endswith("[]"):
        return "'{}'"
    bare = kind.partition("(")[0].strip()
    enum = schema.items.get(("enum", "", bare))
    if enum is not None:
        return enum.definition.partition(", ")[0]
    if bare in _VALUES:
        return _VALUES[bare]
    for prefixes, value in _PREFIXES:
        if bare.startswith(prefixes):
            return value
    return "'1'" if ("domain", "", bare) in schema.items else "null"
