"""Which seed files are in a database: `genesis.schema_seeds`, one row for each.

A row counts only as long as its tables hold anything: one that was emptied, or dropped and made
again, needs its seeds again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from agents.migration.identifiers import literal
from agents.migration.seeds.model import Environment
from agents.migration.seeds.tables import Connection

DDL = """
create schema if not exists genesis;
create table if not exists genesis.schema_seeds (
  name text primary key,
  environment text not null,
  production boolean not null,
  checksum text not null,
  row_count bigint not null,
  table_names text[] not null,
  targets text[] not null,
  applied_at timestamptz not null default now(),
  applied_by text not null default current_user,
  seconds double precision not null
);
revoke all on genesis.schema_seeds from public;
"""


class Row(Struct, frozen=True, kw_only=True):
    """A file that was brought in; `targets` are the qualified names of its tables that got rows."""

    name: str
    environment: str
    production: bool
    checksum: str
    rows: int
    tables: tuple[str, ...]
    targets: tuple[str, ...]
    applied_at: datetime
    applied_by: str


async def exists(connection: Connection) -> bool:
    """Whether anything was ever remembered."""
    return bool(await connection.fetchval("select to_regclass('genesis.schema_seeds') is not null"))


async def prepare(connection: Connection) -> None:
    """Within a transaction: make the table where it is missing, and keep other runs out."""
    if not await exists(connection):
        # Two first runs at once must not both create it.
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended('genesis.schema_seeds', 0))"
        )
        await connection.execute(DDL)
    await connection.execute("lock table genesis.schema_seeds in share row exclusive mode")


async def rows(connection: Connection) -> dict[str, Row]:
    """Every file that was brought in, by name."""
    if not await exists(connection):
        return {}
    return {
        row["name"]: Row(
            name=row["name"], environment=row["environment"],
            production=row["production"], checksum=row["checksum"],
            rows=row["row_count"], tables=tuple(row["table_names"]),
            targets=tuple(row["targets"]), applied_at=row["applied_at"],
            applied_by=row["applied_by"],
        )
        for row in await connection.fetch("select * from genesis.schema_seeds order by name")
    }  # fmt: skip


async def stale(connection: Connection, known: dict[str, Row]) -> dict[str, str]:
    """The names of files that are needed again, each with why."""
    targets = sorted({target for row in known.values() for target in row.targets})
    live = {
        str(row["name"])
        for row in await connection.fetch(
            "select name from unnest($1::text[]) as name where to_regclass(name) is not null",
            targets,
        )
    }
    there = await filled(connection, live)
    found: dict[str, str] = {}
    for row in known.values():
        if any(target not in live for target in row.targets):
            found[row.name] = "a table is gone"
        elif any(target not in there for target in row.targets):
            found[row.name] = "a table was emptied or made anew since"
    return found


async def filled(connection: Connection, tables: Iterable[str]) -> set[str]:
    """Which of the tables, by qualified names, hold any row."""
    parts = [f"select {literal(name)} as name where exists (select from {name})" for name in tables]
    if not parts:
        return set()
    return {str(row["name"]) for row in await connection.fetch(" union all ".join(parts))}


async def remember(
    connection: Connection, *, name: str, environment: Environment, checksum: str, rows: int,
    tables: tuple[str, ...], targets: tuple[str, ...], seconds: float,
) -> None:  # fmt: skip
    """Remember a file, in the transaction that brought it in."""
    await connection.execute(
        "insert into genesis.schema_seeds as s (name, environment, production, checksum, row_count,"
        " table_names, targets, seconds) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict (name) do update set environment = excluded.environment,"
        " production = excluded.production,"
        " checksum = excluded.checksum, row_count = excluded.row_count,"
        " table_names = excluded.table_names, targets = excluded.targets,"
        " seconds = excluded.seconds, applied_at = now(), applied_by = current_user",
        name, environment.name, environment.is_production, checksum, rows, list(tables),
        list(targets), seconds,
    )  # fmt: skip


async def forget(connection: Connection, names: list[str]) -> None:
    """Forget files, in the transaction that emptied their tables."""
    await connection.execute("delete from genesis.schema_seeds where name = any($1)", names)
