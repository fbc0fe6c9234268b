"""Runs migrations up and down, each with its history row in one transaction.

Every transaction locks the history and looks again at what is there: the advisory lock keeps
runs apart, this keeps them right even when that lock was lost with its connection.

Errors:
    AgentError `withdrawn`          the pipeline was rolled back; it may not apply any more
    AgentError `superseded`         another pipeline's migrations sit on top
    AgentError `migration_failed`   a statement failed going up
    AgentError `rollback_failed`    a statement failed going down
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import asyncpg

from agents.migration import history
from agents.migration.database import TRANSIENT, quoted
from agents.migration.files import FOLDER, Migration, Section
from agents.migration.history import Connection
from agents.migration.sql import Statement
from agents.work import AgentError


class StatementFailed(Exception):
    """A statement failed; the text says which, where and why."""


async def apply(
    connection: Connection, owner: str, migration: Migration, *, pipeline: str, approved_by: str
) -> None:
    """Apply one migration as `owner`, unless it is applied already."""
    started = time.monotonic()
    async with connection.transaction():
        await history.lock(connection)
        await refuse_withdrawn(connection, pipeline)
        if any(row.version == migration.version for row in await history.rows(connection)):
            return
        try:
            await _execute(connection, owner, migration.name, migration.up)
        except StatementFailed as error:
            raise AgentError(
                "migration_failed", f"{error}. That migration left nothing behind",
                hint="correct the migration and start again",
            ) from error  # fmt: skip
        await history.add(
            connection, migration, pipeline=pipeline, approved_by=approved_by,
            seconds=time.monotonic() - started,
        )  # fmt: skip
    # A migration may have set what a later one must not inherit.
    await connection.execute("discard all")


async def undo(connection: Connection, owner: str, pipeline: str) -> tuple[str, ...]:
    """Take back all that the pipeline applied, newest first, or nothing of it.

    From now on the pipeline is barred from applying, also when this fails. Returns the names
    of what was undone, by this call or by an earlier one that finished.
    """
    async with connection.transaction():
        await history.lock(connection)
        finished = await history.withdraw(connection, pipeline)
    if finished is not None:
        return finished
    async with connection.transaction():
        await history.lock(connection)
        rows = await history.rows(connection)
        mine = [row for row in reversed(rows) if row.pipeline == pipeline]
        _refuse_superseded(rows, mine)
        for row in mine:
            try:
                await _execute(connection, owner, row.name, row.down)
            except StatementFailed as error:
                raise AgentError(
                    "rollback_failed",
                    f"going back: {error}. Nothing was taken back; still applied: "
                    f"{', '.join(row.name for row in reversed(mine))}",
                    hint="repair by hand what stands in the way, then `genesis retry`",
                ) from error
            await history.remove(connection, row)
        undone = tuple(row.name for row in mine)
        await history.finish(connection, pipeline, undone)
    return undone


async def refuse_withdrawn(connection: Connection, pipeline: str) -> None:
    """Raise AgentError `withdrawn` when the pipeline was rolled back."""
    if await history.is_withdrawn(connection, pipeline):
        raise AgentError(
            "withdrawn",
            f"pipeline {pipeline} was rolled back; its migrations are not applied any more",
            hint="start a new pipeline",
        )


def _refuse_superseded(rows: Sequence[history.Row], mine: Sequence[history.Row]) -> None:
    oldest = min((row.id for row in mine), default=None)
    above = [row for row in rows if oldest is not None and row.id > oldest and row not in mine]
    if above:
        named = ", ".join(f"{row.name} (pipeline {row.pipeline})" for row in above)
        raise AgentError(
            "superseded",
            f"later migrations sit on top of this pipeline's: {named}; nothing was taken back",
            hint=f"roll back {above[-1].pipeline} first",
        )


async def _execute(connection: Connection, owner: str, name: str, section: Section) -> None:
    await connection.execute(f"set local role {quoted(owner)}")
    for statement in section.statements():
        try:
            await connection.execute(statement.sql)
        except asyncpg.PostgresError as error:
            if error.sqlstate in TRANSIENT:
                raise
            raise StatementFailed(_explain(name, statement, error)) from error
    await connection.execute("reset role")


def _explain(name: str, statement: Statement, error: asyncpg.PostgresError) -> str:
    position = getattr(error, "position", None)
    line = statement.line_at(int(position)) if position else statement.line
    hint = getattr(error, "hint", None)
    more = f" ({hint})" if hint else ""
    return f"{FOLDER}/{name}.sql, line {line}: {error.args[0]}{more} [SQLSTATE {error.sqlstate}]"
