"""Files without a transaction: each statement is counted, and the next run goes on behind it.

What can run in a transaction does, together with its count. What cannot is marked as opened
before it is run, so that a killed run is seen; whether it had its effect is then looked up.

    apply(worker, migration, row)   up, from where the row says
    undo(worker, row, section)      down, likewise

Errors:
    StatementFailed   the statements before it stay; the next run goes on with it
    HistoryConflict `edited_while_unfinished`   what was run is no longer what the file says
    Refused `unknown_outcome`   whether a killed statement had its effect cannot be seen
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from agents.migration import history, indexes, records
from agents.migration.errors import Busy, HistoryConflict, Place, Refused, StatementFailed
from agents.migration.failures import shown
from agents.migration.files import Migration, Section
from agents.migration.history import Row
from agents.migration.progress import Direction, Progress
from agents.migration.sending import Failure, roll_back, run_statement, run_statements, settle
from agents.migration.session import GONE
from agents.migration.sql import Statement, code
from agents.migration.statements import (
    Index,
    concurrent_index,
    may_control_transaction,
    sets_session,
)
from agents.migration.transactions import CLEAN, raise_if_applied
from agents.migration.units import Unit, may_be_repeated, units
from agents.migration.worker import Worker

INVALID_TERMINATION = "2D000"
"""What the server says to a COMMIT inside code that runs in a transaction of its caller."""


class _CommitsItself(Exception):
    """A DO or CALL that ends transactions, which it may not inside ours."""


async def apply(
    worker: Worker, migration: Migration, row: Row | None, *, before: str | None = None,
    number: int = 1, total: int = 1, outcome: str | None = None,
) -> None:  # fmt: skip
    """Apply or go on applying. `outcome` says of an opened statement: `done` or `again`."""
    started = time.monotonic()
    statements = migration.up.statements()
    if row is None:
        row = await _begin(worker, migration, before)
    else:
        await _refuse_edited(worker, row, statements)
        if row.checksum != migration.checksum:
            await worker.connection.execute(records.rewrite(worker.table, row.id, migration))
    work = _Work(worker, migration.up, row, "up", number, total)
    await work.run(statements, outcome)
    after = await worker.fingerprint(worker.connection) if worker.fingerprint else None
    took = round(time.monotonic() - started, 6)
    await worker.connection.execute(records.finish(worker.table, row.id, took, after))
    await worker.connection.execute(CLEAN)


async def undo(
    worker: Worker, row: Row, section: Section, *, number: int = 1, total: int = 1,
    outcome: str | None = None,
) -> None:  # fmt: skip
    """Take back, or go on taking back, and end the row."""
    started = time.monotonic()
    if row.status != "reverting":
        await worker.connection.execute(records.reverting(worker.table, row.id))
        row = next(
            each
            for each in await history.rows(worker.connection, worker.table)
            if each.id == row.id
        )
    work = _Work(worker, section, row, "down", number, total)
    await work.run(section.statements(), outcome)
    took = round(time.monotonic() - started, 6)
    await worker.connection.execute(records.undo(worker.table, row, worker.actor, took))
    await worker.connection.execute(CLEAN)


async def _begin(worker: Worker, migration: Migration, before: str | None) -> Row:
    replaced = (
        f"{records.replace_repeatable(worker.table, migration, worker.actor)};"
        if migration.repeatable
        else ""
    )
    row = records.insert(worker.table, migration, worker.actor, status="applying", before=before)
    try:
        await worker.connection.execute(f"begin; {replaced}{row}; commit")
    except asyncpg.PostgresError as error:
        await roll_back(worker)
        raise_if_applied(worker, error)
        raise
    rows = await history.rows(worker.connection, worker.table)
    return next(each for each in rows if each.version == migration.version)


async def _refuse_edited(worker: Worker, row: Row, statements: Sequence[Statement]) -> None:
    stored = await history.stored_up(worker.connection, worker.table, row)
    was = stored.statements()[: row.statements_done]
    now = statements[: row.statements_done]
    if [code(each.sql) for each in was] != [code(each.sql) for each in now]:
        raise HistoryConflict(
            "edited_while_unfinished",
            f"{row.name} was applied in part, and its first {row.statements_done} statements were "
            "edited since; nothing was run",
            hint="restore those statements; the ones behind them may be corrected",
            place=Place(file=row.name),
        )


class _Work:
    """One direction of one file."""

    def __init__(
        self,
        worker: Worker,
        section: Section,
        row: Row,
        direction: Direction,
        number: int,
        total: int,
    ) -> None:
        self.worker = worker
        self.connection = worker.connection
        self.section = section
        self.row = row
        self.direction: Direction = direction
        self.number = number
        self.total = total
        self.count = 0

    async def run(self, statements: Sequence[Statement], outcome: str | None) -> None:
        self.count = len(statements)
        done = self.row.statements_done
        if done:
            await self._set_again(statements[:done])
        for unit in units(statements):
            if unit.last <= done:
                continue
            opened = self.row.statement_open == unit.first
            if opened and await self._had_effect(unit, outcome):
                await self.connection.execute(self._progress(unit.last, None))
                continue
            await self._run(unit)

    async def _set_again(self, statements: Sequence[Statement]) -> None:
        """What the earlier run had set for its connection."""
        for statement in statements:
            if sets_session(statement):
                await self.connection.execute(statement.sql)

    async def _run(self, unit: Unit) -> None:
        if not unit.bare:
            try:
                return await self._together(unit)
            except _CommitsItself:
                pass
        return await self._bare(unit)

    async def _together(self, unit: Unit) -> None:
        """A transaction with its count, tried again when a lock does not come."""
        first = unit.first + (0 if unit.first == unit.last else 1)

        async def attempt() -> None:
            await self.connection.execute("begin")
            try:
                await run_statements(
                    self.worker, self.row.name, unit.statements, direction=self.direction,
                    number=self.number, total=self.total, first=first,
                )  # fmt: skip
                await self.connection.execute(self._progress(unit.last, None))
                await self.connection.execute("commit")
            except Failure as failure:
                await roll_back(self.worker)
                if failure.error.sqlstate == INVALID_TERMINATION and may_control_transaction(
                    unit.statements[0]
                ):
                    raise _CommitsItself from failure
                raise
            except Exception:
                await roll_back(self.worker)
                raise

        await settle(
            self.worker, attempt, name=self.row.name, section=self.section, left=self._left
        )

    async def _bare(self, unit: Unit) -> None:
        """Outside any transaction, marked as opened before."""
        statement, index = unit.statements[0], concurrent_index(unit.statements[0])
        await self._tell(unit)
        earlier = await self._invalid(index)

        async def attempt() -> None:
            if index is not None:
                await indexes.clear_leftovers(self.connection, index)
            await self.connection.execute(self._progress(unit.first - 1, unit.first))
            try:
                await self._send(statement, waiting=index is not None)
            except asyncpg.PostgresError as error:
                raise Failure(error, statement, unit.first) from error

        try:
            await settle(
                self.worker, attempt, name=self.row.name, section=self.section, left=self._left
            )
        except (StatementFailed, Busy):
            await self._clear(index, earlier)
            raise
        await self._refuse_invalid(index, statement, unit.first)
        await self.connection.execute(self._progress(unit.last, None))

    async def _send(self, statement: Statement, *, waiting: bool) -> None:
        """`waiting` is for what waits for others without being in anybody's way: without limit
        but for the statement's own.
        """
        if not waiting:
            return await run_statement(self.worker, statement)
        await self.connection.execute("set lock_timeout = 0")
        try:
            return await run_statement(self.worker, statement)
        finally:
            if not self.connection.is_closed():
                await self.connection.execute("reset lock_timeout")

    async def _invalid(self, index: Index | None) -> tuple[str, ...]:
        """The table's invalid indexes, when the server chooses the name of the new one."""
        if index is None or index.name is not None or index.table is None:
            return ()
        return await indexes.invalid_of(self.connection, index.table)

    async def _clear(self, index: Index | None, earlier: tuple[str, ...]) -> None:
        """Leave no invalid index and no mark of an opened statement: it failed for certain."""
        with suppress(asyncpg.PostgresError, *GONE):
            # The next run does the same; what is told is the statement's own error.
            if index is not None:
                await indexes.clear_leftovers(self.connection, index)
                for name in set(await self._invalid(index)) - set(earlier):
                    await self.connection.execute(f"drop index concurrently if exists {name}")
            await self.connection.execute(
                f"update {self.worker.table.sql} set statement_open = null where id = {self.row.id}"
            )

    async def _refuse_invalid(self, index: Index | None, statement: Statement, number: int) -> None:
        if index is None or index.action != "create":
            return
        found = await indexes.find(self.connection, index)
        if found is not None and not found.valid:
            raise StatementFailed(
                "index_invalid",
                f"{self._place(statement, number)}: the index {found.name} was left invalid by "
                f"`{shown(statement)}`. {self._left(number)}",
                hint="ask again: it is dropped and made anew",
                place=self._place(statement, number),
            )

    async def _had_effect(self, unit: Unit, outcome: str | None) -> bool:
        """Whether a statement that was being run when its runner was killed came to its end."""
        statement = unit.statements[0]
        if outcome is not None:
            return outcome == "done"
        index = concurrent_index(statement)
        if index is not None and index.name is not None:
            found = await indexes.find(self.connection, index)
            if index.action == "drop":
                return found is None
            return index.action == "create" and found is not None and found.valid
        if may_be_repeated(statement):
            return False
        raise Refused(
            "unknown_outcome",
            f"{self._place(statement, unit.first)}: the run before this one was ended while "
            f"`{shown(statement)}` was running, and whether it had its effect cannot be seen; "
            "nothing was run",
            hint="look, and say --outcome done or --outcome again",
            place=self._place(statement, unit.first),
        )

    async def _tell(self, unit: Unit) -> None:
        await self.worker.observer(
            Progress(
                kind="statement",
                direction=self.direction,
                name=self.row.name,
                number=self.number,
                total=self.total,
                statement=unit.first,
                statements=self.count,
                text=shown(unit.statements[0]),
            )
        )

    def _progress(self, done: int, opened: int | None) -> str:
        return records.progress(self.worker.table, self.row.id, done, opened)

    def _place(self, statement: Statement, number: int) -> Place:
        return Place(
            file=self.section.file, line=statement.line, column=statement.column, statement=number
        )

    def _left(self, failed: int | None) -> str:
        number = failed or self.row.statements_done + 1
        done = "applied" if self.direction == "up" else "taken back"
        before = f"{number - 1} of its {self.count} statements are {done}"
        return f"{self.row.name}: {before}; the next run goes on with statement {number}."
