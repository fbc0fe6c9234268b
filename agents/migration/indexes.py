"""Indexes that are made or dropped concurrently: what a broken attempt leaves, and how it ended.

An attempt that fails or is killed leaves an invalid index, which costs writes, serves no query,
and makes a later CREATE … IF NOT EXISTS succeed without doing anything.
"""

from __future__ import annotations

from msgspec import Struct

from agents.migration.identifiers import qualified
from agents.migration.session import Connection
from agents.migration.statements import Index

_FIND = """
select c.oid, n.nspname::text as schema, c.relname::text as name, i.indisvalid as valid,
       i.indrelid = to_regclass($2) as same_table
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_index i on i.indexrelid = c.oid
where c.oid = to_regclass(
  case when $2::text is null or position('.' in $1) > 0 then $1
       else (select quote_ident(tn.nspname) || '.' || $1 from pg_class t
             join pg_namespace tn on tn.oid = t.relnamespace where t.oid = to_regclass($2)) end)
"""
_INVALID_OF_TABLE = """
select n.nspname::text as schema, c.relname::text as name
from pg_index i join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
where i.indrelid = to_regclass($1) and not i.indisvalid and c.relkind = 'i'
order by c.oid
"""
_LEFT_BY_REINDEX = """
select n.nspname::text as schema, c.relname::text as name
from pg_index i join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'
  and i.indrelid = (select indrelid from pg_index where indexrelid = to_regclass($1))
"""


class Found(Struct, frozen=True):
    """An index that exists; `name` is qualified and quoted."""

    name: str
    valid: bool
    same_table: bool


async def find(connection: Connection, index: Index) -> Found | None:
    """The index that a statement names; None when there is none or it names none."""
    if index.name is None:
        return None
    row = await connection.fetchrow(_FIND, index.name, index.table)
    if row is None:
        return None
    same = True if index.table is None else bool(row["same_table"])
    return Found(qualified(row["schema"], row["name"]), row["valid"], same)


async def invalid_of(connection: Connection, table: str) -> tuple[str, ...]:
    """The invalid indexes of a table, qualified and quoted, oldest first."""
    rows = await connection.fetch(_INVALID_OF_TABLE, table)
    return tuple(qualified(row["schema"], row["name"]) for row in rows)


async def clear_leftovers(connection: Connection, index: Index) -> tuple[str, ...]:
    """Drop what a broken attempt at the same statement left; the names of what was dropped."""
    dropped: list[str] = []
    if index.action == "reindex" and index.name is not None:
        rows = await connection.fetch(_LEFT_BY_REINDEX, index.name)
        dropped = [qualified(row["schema"], row["name"]) for row in rows]
    elif index.action == "create":
        found = await find(connection, index)
        if found is not None and not found.valid and found.same_table:
            dropped = [found.name]
    for name in dropped:
        await connection.execute(f"drop index concurrently if exists {name}")
    return tuple(dropped)
