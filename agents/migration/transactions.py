"""A migration and its history row in one transaction: all of it, or nothing.

The transaction begins by locking the history. Whoever applies the same version at the same time
waits there, fails at the latest at its row, keeps nothing of it, and is told.

    apply(worker, migration)    returns False when somebody else applied it meanwhile
    apply_together(worker, …)   several at once
    undo(worker, row, section)  takes back

Errors:
    StatementFailed   names file, line, column, statement and SQLSTATE; nothing is left behind
    Busy              a lock did not come in all attempts; nothing is left behind
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import asyncpg

from agents.migration import history, records
from agents.migration.checks import unwrapped
from agents.migration.failures import TRANSIENT
from agents.migration.files import Migration, Section
from agents.migration.history import Row
from agents.migration.sending import Failure, role, roll_back, run_statements, settle
from agents.migration.session import is_lost
from agents.migration.sql import Statement
from agents.migration.worker import Worker

_SESSION = re.compile(
    r"\b(?:set|reset|temp|temporary|prepare|listen|declare|load|execute|set_config|lock)\b",
    re.IGNORECASE,
)
CLEAN = (
    "reset session authorization; reset role; reset all; close all; deallocate all; unlisten *; "
    "discard temp; discard plans; discard sequences"
)
"""DISCARD ALL without giving back the advisory lock that the run holds."""


class AppliedMeanwhile(Exception):
    """The version has a row already."""


async def apply(
    worker: Worker,
    migration: Migration,
    *,
    before: str | None = None,
    number: int = 1,
    total: int = 1,
) -> bool:
    """Apply one migration. `before` is the schema's fingerprint as it is now, when known."""
    statements = unwrapped(migration.up.statements())
    at_once = not worker.per_statement and _can_run_at_once(worker, migration, statements)

    async def attempt() -> None:
        nonlocal at_once
        try:
            if not at_once:
                return await _one_by_one(worker, migration, statements, before, number, total)
            return await _at_once(worker, migration, statements, before)
        except Failure as failure:
            if not migration.repeatable and await _is_applied(worker, migration):
                raise AppliedMeanwhile from failure
            if failure.statement is not None or not at_once:
                raise
            # The server did not say where: one statement at a time shows it.
            at_once = False
            if is_transient(failure.error):
                raise
        return await _one_by_one(worker, migration, statements, before, number, total)

    def left(_number: int | None) -> str:
        return f"{migration.name} left nothing behind."

    try:
        await settle(worker, attempt, name=migration.name, section=migration.up, left=left)
    except AppliedMeanwhile:
        return False
    await clean(worker, migration.up)
    return True


def is_transient(error: asyncpg.PostgresError) -> bool:
    """Whether the same transaction may succeed when it is tried again."""
    return error.sqlstate in TRANSIENT


async def clean(worker: Worker, section: Section) -> None:
    """End what a migration set for its connection, so that the next one does not inherit it."""
    if _SESSION.search(section.text):
        await worker.connection.execute(CLEAN)


def _can_run_at_once(worker: Worker, migration: Migration, statements: Sequence[Statement]) -> bool:
    return (
        worker.guard is None
        and worker.fingerprint is None
        and all(statement.data is None for statement in statements)
        and len(statements) == len(migration.up.statements())
    )


async def _at_once(
    worker: Worker, migration: Migration, statements: Sequence[Statement], before: str | None
) -> None:
    """The whole transaction in one message: a network's delay counts once."""
    head, tail = _around(worker, migration, before)
    try:
        await worker.connection.execute(f"begin; {head}{migration.up.text}\n;{tail} commit")
    except asyncpg.PostgresError as error:
        if is_lost(error):
            raise
        await roll_back(worker)
        raise _located(error, statements, len("begin; ") + len(head)) from error


def _around(
    worker: Worker, migration: Migration, before: str | None, after: str | None = None
) -> tuple[str, str]:
    """What goes before a migration's text and behind it, but for BEGIN and COMMIT."""
    replaced = (
        f"{records.replace_repeatable(worker.table, migration, worker.actor)}; "
        if migration.repeatable
        else ""
    )
    row = records.insert(worker.table, migration, worker.actor, before=before, after=after)
    # Files change the role and leave it so.
    return f"{records.lock(worker.table)}; {role(worker)}", f"reset role; {replaced}{row};"


async def _is_applied(worker: Worker, migration: Migration) -> bool:
    rows = await history.rows(worker.connection, worker.table)
    return any(row.version == migration.version for row in rows)


def can_travel_together(worker: Worker, migration: Migration) -> bool:
    """Whether others may follow in the same message: it sets nothing that they could inherit."""
    statements = migration.up.statements()
    return (
        migration.up.transaction
        and not migration.repeatable
        and not worker.per_statement
        and _can_run_at_once(worker, migration, unwrapped(statements))
        and _SESSION.search(migration.up.text) is None
    )


async def apply_together(worker: Worker, migrations: Sequence[Migration]) -> bool:
    """Several in one message, each in its own transaction, so that their delays count once.

    False when one of them failed: those before it are applied, it and those behind it are not.
    """
    texts = []
    for migration in migrations:
        head, tail = _around(worker, migration, None)
        texts.append(f"begin; {head}{migration.up.text}\n;{tail} commit;\n")
    try:
        await worker.connection.execute("".join(texts))
    except asyncpg.PostgresError as error:
        if is_lost(error):
            raise
        await roll_back(worker)
        return False
    return True


def _located(error: asyncpg.PostgresError, statements: Sequence[Statement], head: int) -> Failure:
    text = getattr(error, "position", None)
    if not text:
        return Failure(error, None, None)
    offset = int(text) - 1 - head
    for number, statement in reversed(list(enumerate(statements, 1))):
        if 0 <= statement.offset <= offset:
            # As if it had been sent alone.
            error.position = str(offset - statement.offset + 1)
            return Failure(error, statement, number)
    return Failure(error, None, None)


async def _one_by_one(
    worker: Worker, migration: Migration, statements: Sequence[Statement], before: str | None,
    number: int, total: int,
) -> None:  # fmt: skip
    connection = worker.connection
    await connection.execute("begin")
    try:
        if worker.guard is not None:
            await worker.guard(connection)
        await connection.execute(records.lock(worker.table))
        await run_statements(
            worker, migration.name, statements, direction="up", number=number, total=total
        )
        after = await worker.fingerprint(connection) if worker.fingerprint else None
        try:
            await connection.execute(_around(worker, migration, before, after)[1])
        except asyncpg.PostgresError as error:
            raise_if_applied(worker, error)
            raise
        await _commit(worker)
    except Exception:
        await roll_back(worker)
        raise


async def _commit(worker: Worker) -> None:
    try:
        await worker.connection.execute("commit")
    except asyncpg.PostgresError as error:
        # Constraints that wait for the end speak here.
        raise Failure(error, None, None) from error


def raise_if_applied(worker: Worker, error: asyncpg.PostgresError) -> None:
    """Raise AppliedMeanwhile when it is the history that refused a second row."""
    if (
        error.sqlstate == "23505"
        and getattr(error, "constraint_name", None) == worker.table.index
        and getattr(error, "table_name", None) == worker.table.name
    ):
        raise AppliedMeanwhile from error


async def undo(
    worker: Worker, row: Row, section: Section, *, number: int = 1, total: int = 1
) -> None:
    """Take back one migration and end its row."""
    statements = unwrapped(section.statements())

    async def attempt() -> None:
        started = time.monotonic()
        connection = worker.connection
        await connection.execute("begin")
        try:
            if worker.guard is not None:
                await worker.guard(connection)
            await connection.execute(records.lock(worker.table))
            rows = await history.rows(connection, worker.table)
            if row.id not in {each.id for each in rows}:
                return await roll_back(worker)
            await run_statements(
                worker, row.name, statements, direction="down", number=number, total=total
            )
            took = round(time.monotonic() - started, 6)
            await connection.execute(records.undo(worker.table, row, worker.actor, took))
            return await _commit(worker)
        except Exception:
            await roll_back(worker)
            raise

    def left(_number: int | None) -> str:
        return f"{row.name} was not taken back."

    await settle(worker, attempt, name=row.name, section=section, left=left)
    await clean(worker, section)
