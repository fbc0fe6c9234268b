"""Pipelines that were rolled back, and may no longer apply anything.

Lives in the schema `genesis` of the app's own database, beside the history. Neither the app's
login role nor the owner of its tables may touch it.
"""

from __future__ import annotations

import msgspec

from agents.migration import history
from agents.migration.history import Table
from agents.migration.session import Connection

HISTORY = "genesis.schema_migrations"

_DDL = """
create schema if not exists genesis;
revoke all on schema genesis from public;
create table if not exists genesis.withdrawn_pipelines (
  pipeline text primary key,
  undone text[] not null default '{}',
  finished boolean not null default false,
  at timestamptz not null default now()
);
"""


async def ensure(connection: Connection) -> Table:
    """Make the schema, the history and the bars where they are missing."""
    await connection.execute(_DDL)
    table = await history.find(connection, HISTORY)
    if not table.exists:
        table = msgspec.structs.replace(table, version_type="bigint")
    return await history.ensure(connection, table)


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
