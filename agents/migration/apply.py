"""Runs an app's migrations up and down for a pipeline, each with its history row.

Every transaction locks the history and looks again at what is there: the advisory lock keeps
runs apart, this keeps them right even when that lock was lost with its connection.

Errors:
    AgentError `withdrawn`          the pipeline was rolled back; it may not apply any more
    AgentError `superseded`         another pipeline's migrations sit on top
    AgentError `migration_failed`   a statement failed going up
    AgentError `rollback_failed`    a statement failed going down
    Retry                           a lock did not come in all attempts
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import asyncpg

from agents.migration import history, records, sending, transactions, withdrawals
from agents.migration.bundle import FOLDER
from agents.migration.errors import Busy, StatementFailed
from agents.migration.files import Migration
from agents.migration.history import Row
from agents.migration.sending import Failure
from agents.migration.session import Connection, is_lost
from agents.migration.worker import LockNeverCame, Worker, patiently
from agents.work import AgentError
from bus.errors import Retry


async def apply(
    worker: Worker, migration: Migration, before: str | None, *, number: int, total: int
) -> str | None:
    """Apply one migration as the worker's role, unless it is applied already.

    From the schema's fingerprint before to the one after.
    """
    try:
        await transactions.apply(worker, migration, before=before, number=number, total=total)
        return await history.fingerprint_after(worker.connection, worker.table, migration.version)
    except StatementFailed as error:
        raise AgentError(
            "migration_failed", f"{_explain(error)}. That migration left nothing behind",
            hint="correct the migration and start again",
        ) from error  # fmt: skip
    except Busy as error:
        raise Retry(error.message, after=2.0) from error


async def undo(worker: Worker, pipeline: str) -> tuple[str, ...]:
    """Take back all that the pipeline applied, newest first, or nothing of it.

    From now on the pipeline is barred from applying, also when this fails. Returns the names
    of what was undone, by this call or by an earlier one that finished.
    """
    connection = worker.connection
    async with connection.transaction():
        await history.lock(connection, worker.table)
        finished = await withdrawals.withdraw(connection, pipeline)
    if finished is not None:
        return finished
    try:
        return await patiently(worker, lambda: _undo(worker, pipeline), pipeline)
    except LockNeverCame as error:
        said = f"going back: {error.error}{f' ({error.blockers})' if error.blockers else ''}"
        raise Retry(f"{said}; nothing was taken back", after=2.0) from error


async def _undo(worker: Worker, pipeline: str) -> tuple[str, ...]:
    connection = worker.connection
    async with connection.transaction():
        await history.lock(connection, worker.table)
        rows = await history.rows(connection, worker.table)
        mine = [row for row in reversed(rows) if row.pipeline == pipeline]
        _refuse_superseded(rows, mine)
        for number, row in enumerate(mine, 1):
            await _undo_one(worker, row, number, mine)
        undone = tuple(row.name for row in mine)
        await withdrawals.finish(connection, pipeline, undone)
    return undone


async def _undo_one(worker: Worker, row: Row, number: int, mine: Sequence[Row]) -> None:
    section = await history.stored_down(worker.connection, worker.table, row)
    assert section is not None
    started = time.monotonic()
    try:
        await sending.run_statements(
            worker, row.name, section.statements(), direction="down", number=number,
            total=len(mine),
        )  # fmt: skip
    except Failure as failure:
        if is_lost(failure.error) or transactions.is_transient(failure.error):
            raise failure.error from failure
        raise AgentError(
            "rollback_failed",
            f"going back: {_failed(row.name, failure)}. Nothing was taken back; still applied: "
            f"{', '.join(row.name for row in reversed(mine))}",
            hint="repair by hand what stands in the way, then `genesis retry`",
        ) from failure
    took = round(time.monotonic() - started, 6)
    await worker.connection.execute(records.undo(worker.table, row, worker.actor, took))


async def refuse_withdrawn(connection: Connection, pipeline: str) -> None:
    """Raise AgentError `withdrawn` when the pipeline was rolled back."""
    if await withdrawals.is_withdrawn(connection, pipeline):
        raise AgentError(
            "withdrawn",
            f"pipeline {pipeline} was rolled back; its migrations are not applied any more",
            hint="start a new pipeline",
        )


def _refuse_superseded(rows: Sequence[Row], mine: Sequence[Row]) -> None:
    oldest = min((row.id for row in mine), default=None)
    above = [row for row in rows if oldest is not None and row.id > oldest and row not in mine]
    if above:
        named = ", ".join(f"{row.name} (pipeline {row.pipeline})" for row in above)
        raise AgentError(
            "superseded",
            f"later migrations sit on top of this pipeline's: {named}; nothing was taken back",
            hint=f"roll back {above[-1].pipeline} first",
        )


def _explain(error: StatementFailed) -> str:
    """Where and why, as the app's people read it."""
    cause = error.__cause__
    assert error.place is not None
    assert isinstance(cause, asyncpg.PostgresError)
    return _sentence(error.place.file, error.place.line, cause)


def _failed(name: str, failure: Failure) -> str:
    statement = failure.statement
    position = getattr(failure.error, "position", None)
    line = statement.line_at(int(position or 1)) if statement else None
    return _sentence(f"{FOLDER}/{name}.sql", line, failure.error)


def _sentence(file: str, line: int | None, error: asyncpg.PostgresError) -> str:
    hint = getattr(error, "hint", None)
    more = f" ({hint})" if hint else ""
    where = f", line {line}" if line else ""
    return f"{file}{where}: {error.args[0]}{more} [SQLSTATE {error.sqlstate}]"
