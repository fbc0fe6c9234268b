"""Statements sent one by one, and what of their transaction is left after an error.

Errors:
    Failure           a statement failed: which, and the server's own error
    StatementFailed   from `settle`: the same with its place in the file
    Busy              from `settle`: a lock did not come in all attempts
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import asyncpg

from agents.migration.failures import lock_failed, shown, statement_failed
from agents.migration.files import Section
from agents.migration.identifiers import quoted
from agents.migration.progress import Direction, Progress
from agents.migration.session import is_lost
from agents.migration.sql import Statement
from agents.migration.worker import LockNeverCame, Worker, patiently


class Failure(Exception):
    """A statement failed; `statement` is None at the commit."""

    def __init__(
        self, error: asyncpg.PostgresError, statement: Statement | None, number: int | None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.statement = statement
        self.number = number


async def run_statements(
    worker: Worker, name: str, statements: Sequence[Statement], *, direction: Direction,
    number: int = 1, total: int = 1, first: int = 1,
) -> None:  # fmt: skip
    """Each statement in its turn, as the worker's role. Raises Failure."""
    if worker.role:
        await worker.connection.execute(role(worker))
    for at, statement in enumerate(statements, first):
        await worker.observer(
            Progress(
                kind="statement",
                direction=direction,
                name=name,
                number=number,
                total=total,
                statement=at,
                statements=first - 1 + len(statements),
                text=shown(statement),
            )
        )
        try:
            await run_statement(worker, statement)
        except asyncpg.PostgresError as error:
            raise Failure(error, statement, at) from error
    if worker.role:
        await worker.connection.execute("reset role")


async def run_statement(worker: Worker, statement: Statement) -> None:
    """One statement, with the data that feed it."""
    if statement.data is None:
        await worker.connection.execute(statement.sql)
        return

    async def data() -> AsyncIterator[bytes]:
        yield statement.data.encode() if statement.data else b""

    # The public methods write the COPY themselves; this one takes it as the file has it.
    copy_in = worker.connection._copy_in  # type: ignore[attr-defined]  # noqa: SLF001
    await copy_in(statement.sql, data(), None)


async def roll_back(worker: Worker) -> None:
    """End the transaction that an error left open."""
    if not worker.connection.is_closed() and worker.connection.is_in_transaction():
        await worker.connection.execute("rollback")


def role(worker: Worker) -> str:
    """What makes a transaction act as the worker's role; empty without one."""
    return f"set local role {quoted(worker.role)};" if worker.role else ""


async def settle(
    worker: Worker,
    attempt: Callable[[], Awaitable[None]],
    *,
    name: str,
    section: Section,
    left: Callable[[int | None], str],
) -> None:
    """Make attempts until one ends well, and tell the last error with its place.

    `attempt` raises Failure and leaves no transaction open; `left` says, for the number of the
    statement that failed, what is left behind. Raises StatementFailed or Busy.
    """
    last: Failure | None = None

    async def tried() -> None:
        nonlocal last
        try:
            await attempt()
        except Failure as failure:
            last = failure
            raise failure.error from failure

    try:
        await patiently(worker, tried, name)
    except LockNeverCame as never:
        statement, number = (last.statement, last.number) if last else (None, None)
        raise lock_failed(
            section, statement, number, never.error, never.attempts, never.blockers, left(number)
        ) from never
    except asyncpg.PostgresError as error:
        if last is None or last.error is not error or is_lost(error):
            raise
        raise statement_failed(
            section, last.statement, last.number, error, left(last.number)
        ) from error
