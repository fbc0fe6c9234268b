"""One run on one database: its connection, its plan, what it did so far.

Errors:
    Unreachable `lock_lost`   the lock's connection ended; nothing more was begun
    Unreachable               as `session`, with what was done before
"""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import msgspec

from agents.migration import history, planning, records, resumable, session, transactions
from agents.migration.checks import check
from agents.migration.errors import MigrationError, Unreachable
from agents.migration.files import Folder, Migration, Section
from agents.migration.history import Table
from agents.migration.plans import refuse_stale
from agents.migration.progress import Progress
from agents.migration.runs import Done, Options, Outcome, person
from agents.migration.session import Connection
from agents.migration.worker import Worker

TOGETHER = 25
TOGETHER_SIZE = 256 << 10
"""At most so many migrations, of so many characters in all, travel in one message."""
_NAMED = 6
"""So many migrations are named one by one in an error."""


class Run:
    """One run: what was done so far belongs to its report and to its errors."""

    def __init__(self, url: str, folder: Folder, options: Options) -> None:
        self.url = url
        self.folder = folder
        self.options = options
        self.started = time.monotonic()
        self.actor = records.Actor(
            person=options.person or person(), host=socket.gethostname(), run=uuid.uuid4().hex,
            pipeline=options.pipeline, approved_by=options.approved_by,
        )  # fmt: skip
        self.done: list[Done] = []
        self.already = 0
        self.in_flight = ""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """The working connection; errors of a lost server become ours."""
        options = self.options
        async with session.connect(
            self.url, lock_timeout=options.lock_timeout,
            statement_timeout=options.statement_timeout,
        ) as connection:  # fmt: skip
            try:
                with session.told(self.url):
                    yield connection
            except Unreachable as error:
                unsure = f" Whether {self.in_flight} was applied, `genesis migrate status` tells."
                raise Unreachable(
                    error.code,
                    f"{error.message}. {self.so_far()}{unsure if self.in_flight else ''}",
                    hint=error.hint,
                ) from error

    def so_far(self) -> str:
        """What the run did before it ended early."""
        names = [each.name for each in self.done]
        if len(names) > _NAMED:
            names = [*names[:3], f"… {len(names) - 4} more …", names[-1]]
        return f"Done before: {', '.join(names) or 'nothing'}."

    def outcome(self, warnings: Sequence[str] = ()) -> Outcome:
        """The report."""
        return Outcome(
            run=self.actor.run, done=tuple(self.done), already=self.already,
            warnings=tuple(warnings), backup=self.actor.backup,
            seconds=round(time.monotonic() - self.started, 6),
        )  # fmt: skip

    async def compared(self, connection: Connection) -> tuple[Table, planning.Comparison]:
        """The history's table, and files against history."""
        table = await history.find(connection, self.options.table)
        return table, planning.compare(self.folder, await history.rows(connection, table))

    def planned(self, comparison: planning.Comparison) -> planning.Plan:
        """What to apply, every file of it checked."""
        options = self.options
        if options.plan is not None:
            refuse_stale(options.plan, comparison)
        plan = planning.up(
            comparison, steps=options.steps, to=options.to,
            allow_out_of_order=options.allow_out_of_order, allow_missing=options.allow_missing,
        )  # fmt: skip
        for migration in plan.migrations:
            check(migration, strict=self.folder.format in {"native", "dbmate"})
        return plan

    async def saved(self, connection: Connection, migrations: Sequence[Migration]) -> None:
        """Make the backup that is asked for."""
        if self.options.backup is not None:
            name = await self.options.backup(connection, self.url, migrations, self.folder.path)
            self.actor = msgspec.structs.replace(self.actor, backup=name)

    @contextmanager
    def heard(self, connection: Connection) -> Iterator[None]:
        """Pass on what the migrations make the server say."""
        tell = self.options.notice
        if tell is None:
            yield
            return

        def listen(_connection: object, message: object) -> None:
            # Our own ROLLBACK after a text that the server could not read.
            if getattr(message, "sqlstate", None) == "25P01":
                return
            severity = getattr(message, "severity", "NOTICE")
            tell(f"{severity.lower()}: {getattr(message, 'message', message)}")

        connection.add_log_listener(listen)
        try:
            yield
        finally:
            if not connection.is_closed():
                connection.remove_log_listener(listen)

    def worker(
        self, connection: Connection, holder: Connection, table: Table, *, each: bool
    ) -> Worker:
        """What the migrations are run by."""
        options = self.options
        return Worker(
            connection=connection, holder=holder, table=table, actor=self.actor,
            fingerprint=options.fingerprint if each else None, observer=options.observer,
            per_statement=options.per_statement, retries=options.retries,
            lock_timeout=options.lock_timeout,
        )  # fmt: skip

    async def apply(self, worker: Worker, plan: planning.Plan, table: Table) -> None:
        """Everything of a plan, oldest first."""
        options = self.options
        found = before = (
            await options.fingerprint(worker.connection) if options.fingerprint else None
        )
        total = len(plan.entries)
        entries = list(plan.entries)
        with self.heard(worker.connection):
            while entries:
                group = self._group(worker, entries)
                if group:
                    done = await self._together(worker, group, total - len(entries), total)
                    del entries[:done]
                    if done == len(group):
                        continue
                number = total - len(entries) + 1
                entry = entries.pop(0)
                assert entry.migration is not None
                before = await self._apply(worker, entry, entry.migration, before, number, total)
        if options.fingerprint and found and worker.fingerprint is None and self.done:
            after = await options.fingerprint(worker.connection)
            await worker.connection.execute(records.finish_run(table, self.actor.run, found, after))

    def _group(self, worker: Worker, entries: Sequence[planning.Entry]) -> tuple[Migration, ...]:
        """The first ones that may travel in one message; none when they are fewer than two."""
        found: list[Migration] = []
        size = 0
        for entry in entries[:TOGETHER]:
            migration = entry.migration
            if migration is None or entry.row is not None:
                break
            size += len(migration.up.text)
            if size > TOGETHER_SIZE or not transactions.can_travel_together(worker, migration):
                break
            found.append(migration)
        return tuple(found) if len(found) > 1 else ()

    async def _together(
        self, worker: Worker, group: Sequence[Migration], number: int, total: int
    ) -> int:
        """Apply a group; how many of it are applied, by us or meanwhile by another runner."""
        self._refuse_without_lock(worker, group[0].name)
        began = time.monotonic()
        self.in_flight = f"{group[0].name} … {group[-1].name}"
        whole = await transactions.apply_together(worker, group)
        self.in_flight = ""
        ours = {migration.version for migration in group}
        applied = ours
        if not whole:
            rows = await history.rows(worker.connection, worker.table)
            applied = {row.version for row in rows}
            ours &= {row.version for row in rows if row.run == self.actor.run}
        took = (time.monotonic() - began) / len(group)
        count = 0
        for at, migration in enumerate(group, number + 1):
            if migration.version not in applied:
                break
            count += 1
            if migration.version in ours:
                await self._tell_done(worker, migration, took, at, total)
            else:
                self.already += 1
        return count

    async def _tell_done(
        self, worker: Worker, migration: Migration, took: float, number: int, total: int
    ) -> None:
        statements = len(migration.up.statements())
        self.done.append(
            Done(
                version=migration.version,
                name=migration.name,
                direction="up",
                seconds=round(took, 6),
                statements=statements,
            )
        )
        await worker.observer(
            Progress(
                kind="done",
                direction="up",
                name=migration.name,
                number=number,
                total=total,
                statements=statements,
            )
        )

    def _refuse_without_lock(self, worker: Worker, name: str) -> None:
        if worker.holder is not None and worker.holder.is_closed():
            raise Unreachable(
                "lock_lost", "the connection that holds the runners' lock was lost; "
                f"{name} was not begun. {self.so_far()}",
                hint="ask again: it goes on there",
            )  # fmt: skip

    async def _apply(
        self, worker: Worker, entry: planning.Entry, migration: Migration, before: str | None,
        number: int, total: int,
    ) -> str | None:  # fmt: skip
        """Apply one; the fingerprint to hand on to the next, when it is known."""
        self._refuse_without_lock(worker, migration.name)
        began = time.monotonic()
        await worker.observer(
            Progress(
                kind="begin",
                direction="up",
                name=migration.name,
                number=number,
                total=total,
                statements=len(migration.up.statements()),
            )
        )
        self.in_flight = migration.name
        try:
            mine = await self._run(worker, entry, migration, before, number, total)
        except transactions.AppliedMeanwhile:
            mine = False
        except MigrationError as error:
            error.message = f"{error.message} {self.so_far()}"
            raise
        self.in_flight = ""
        if not mine:
            self.already += 1
            return None
        await self._tell_done(worker, migration, time.monotonic() - began, number, total)
        if worker.fingerprint is None:
            return None
        return await history.fingerprint_after(worker.connection, worker.table, migration.version)

    async def _run(
        self, worker: Worker, entry: planning.Entry, migration: Migration, before: str | None,
        number: int, total: int,
    ) -> bool:  # fmt: skip
        """Run one as its file asks for; False when somebody else applied it meanwhile."""
        if migration.up.transaction and entry.state != "applying":
            return await transactions.apply(
                worker, migration, before=before, number=number, total=total
            )
        await resumable.apply(
            worker, migration, entry.row if entry.state == "applying" else None, before=before,
            number=number, total=total, outcome=self.options.outcome,
        )  # fmt: skip
        return True

    async def take_back(
        self, worker: Worker, entries: Sequence[planning.Entry], sections: Sequence[Section]
    ) -> None:
        """Each in its own transaction, newest first."""
        total = len(entries)
        for number, (entry, section) in enumerate(zip(entries, sections, strict=True), 1):
            assert entry.row is not None
            began = time.monotonic()
            statements = len(section.statements())
            progress = Progress(
                kind="begin", direction="down", name=entry.name, number=number, total=total,
                statements=statements,
            )  # fmt: skip
            await worker.observer(progress)
            try:
                if section.transaction and entry.state != "reverting":
                    await transactions.undo(worker, entry.row, section, number=number, total=total)
                else:
                    await resumable.undo(
                        worker, entry.row, section, number=number, total=total,
                        outcome=self.options.outcome,
                    )  # fmt: skip
            except MigrationError as error:
                error.message = f"{error.message} {self.so_far()}"
                raise
            self.done.append(
                Done(
                    version=entry.version,
                    name=entry.name,
                    direction="down",
                    seconds=round(time.monotonic() - began, 6),
                    statements=statements,
                )
            )
            await worker.observer(msgspec.structs.replace(progress, kind="done"))
