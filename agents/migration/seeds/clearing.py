"""Emptying tables so that nothing else is lost: a table that refers to them must be empty too.

Errors:
    Refused `rows_refer`    rows of other tables refer to the ones to empty
"""

from __future__ import annotations

from collections.abc import Iterable

from agents.migration.errors import Refused
from agents.migration.identifiers import qualified
from agents.migration.seeds.model import Table
from agents.migration.seeds.tables import Connection

_REFERRING = """
with recursive outside as (
  select conrelid as oid from pg_constraint
  where contype = 'f' and confrelid = any($1::bigint[]::oid[])
  union
  select c.conrelid from pg_constraint c join outside o on c.confrelid = o.oid
  where c.contype = 'f'
)
select distinct n.nspname as schema, c.relname as name, c.oid::bigint as oid
from outside o join pg_class c on c.oid = o.oid join pg_namespace n on n.oid = c.relnamespace
where not c.oid = any($1::bigint[]::oid[]) and not c.relispartition
order by 1, 2
"""


async def clear(connection: Connection, tables: Iterable[Table]) -> None:
    """Empty the tables and begin their sequences anew, within the caller's transaction."""
    tables = list(tables)
    if not tables:
        return
    outside = await connection.fetch(_REFERRING, [table.oid for table in tables])
    names = [qualified(row["schema"], row["name"]) for row in outside]
    every = [*(table.sql for table in tables), *names]
    # Locked before it is looked at, so that no row can come in between.
    await connection.execute(f"lock table {', '.join(every)} in access exclusive mode")
    filled = [name for name in names if await _is_filled(connection, name)]
    if filled:
        raise Refused(
            "rows_refer",
            f"{', '.join(table.label for table in tables)} cannot be emptied: rows of "
            f"{', '.join(filled)} refer to them, and would be lost too; nothing was changed",
            hint="empty those as well, for instance by seeds with truncateFirst",
        )
    # TRUNCATE wants the empty ones to be named too.
    await connection.execute(f"truncate {', '.join(every)} continue identity")
    for table in tables:
        for column in table.columns:
            if column.sequence is not None:
                await connection.execute(f"alter sequence {column.sequence} restart")


async def counts(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """How many rows each table has, by its label."""
    return {
        table.label: int(await connection.fetchval(f"select count(*) from {table.sql}"))
        for table in tables
    }


async def _is_filled(connection: Connection, name: str) -> bool:
    return bool(await connection.fetchval(f"select exists (select from {name})"))
