"""What is applied to a database, by whom, and which pipelines may no longer act on it.

Lives in the schema `genesis` of the app's own database, so that a migration and its row are
one transaction. Neither the app's login role nor the owner of its tables may touch it.
"""

from __future__ import annotations

from typing import TypeAlias

import asyncpg
from msgspec import Struct

from agents.migration.files import Applied, Migration, Section

DDL = """
create schema if not exists genesis;
revoke all on schema genesis from public;
create table if not exists genesis.schema_migrations (
  id bigint generated always as identity primary key,
  version bigint not null unique,
  name text not null,
  checksum text not null,
  up_sql text not null,
  down_sql text not null,
  down_line integer not null,
  pipeline text not null,
  approved_by text not null,
  applied_at timestamptz not null default now(),
  seconds double precision not null
);
create table if not exists genesis.withdrawn_pipelines (
  pipeline text primary key,
  undone text[] not null default '{}',
  finished boolean not null default false,
  at timestamptz not null default now()
);
"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Row(Struct, frozen=True):
    """An applied migration; `id` grows in the order of application."""

    id: int
    version: int
    name: str
    checksum: str
    pipeline: str
    down: Section


async def ensure(connection: Connection) -> None:
    """Make the schema and its tables where they are missing."""
    await connection.execute(DDL)


async def lock(connection: Connection) -> None:
    """Within a transaction: nobody else applies or withdraws until it ends."""
    await connection.execute("lock table genesis.schema_migrations in share row exclusive mode")


async def rows(connection: Connection) -> list[Row]:
    """Everything applied, in the order of application."""
    found = await connection.fetch(
        "select id, version, name, checksum, pipeline, down_sql, down_line"
        " from genesis.schema_migrations order by id"
    )
    return [
        Row(
            row["id"], row["version"], row["name"], row["checksum"], row["pipeline"],
            Section(row["down_sql"], row["down_line"]),
        )
        for row in found
    ]  # fmt: skip


async def applied(connection: Connection) -> list[Applied]:
    """Everything applied, as the files are compared with it."""
    return [Applied(row.version, row.name, row.checksum) for row in await rows(connection)]


async def applied_by(connection: Connection, pipeline: str) -> tuple[str, ...]:
    """The names of what a pipeline applied, oldest first."""
    return tuple(row.name for row in await rows(connection) if row.pipeline == pipeline)


async def add(
    connection: Connection,
    migration: Migration,
    *,
    pipeline: str,
    approved_by: str,
    seconds: float,
) -> None:
    """Remember a migration, in the transaction that applied it."""
    await connection.execute(
        "insert into genesis.schema_migrations (version, name, checksum, up_sql, down_sql,"
        " down_line, pipeline, approved_by, seconds) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        migration.version, migration.name, migration.checksum, migration.up.text,
        migration.down.text, migration.down.line, pipeline, approved_by, seconds,
    )  # fmt: skip


async def remove(connection: Connection, row: Row) -> None:
    """Forget a migration, in the transaction that took it back."""
    await connection.execute("delete from genesis.schema_migrations where id = $1", row.id)


async def is_withdrawn(connection: Connection, pipeline: str) -> bool:
    """Whether a rollback of the pipeline was ever asked for."""
    found = await connection.fetchval(
        "select true from genesis.withdrawn_pipelines where pipeline = $1", pipeline
    )
    return bool(found)


async def withdraw(connection: Connection, pipeline: str) -> tuple[str, ...] | None:
    """Bar the pipeline from acting; what its finished rollback undid, or None for not yet."""
    await connection.execute(
        "insert into genesis.withdrawn_pipelines (pipeline) values ($1) on conflict do nothing",
        pipeline,
    )
    row = await connection.fetchrow(
        "select undone, finished from genesis.withdrawn_pipelines where pipeline = $1", pipeline
    )
    assert row is not None
    return tuple(row["undone"]) if row["finished"] else None


async def finish(connection: Connection, pipeline: str, undone: tuple[str, ...]) -> None:
    """Remember what a rollback undid, in the transaction that undid it."""
    await connection.execute(
        "update genesis.withdrawn_pipelines set undone = $2, finished = true where pipeline = $1",
        pipeline, list(undone),
    )  # fmt: skip
