"""Runs a plan on a database: one runner at a time, each migration once, never half of one.

    up(url, folder, options)      apply what is not applied
    down(url, folder, options)    take back
    redo(url, folder, options)    take back the newest and apply it again

Errors: those of `planning`, `checks`, `locking`, `transactions`, `resumable` and `session`, and
    CheckFailed `stale_plan`      files or database are not what the plan was made for
    Unreachable                   the connection was lost; what was not finished is taken back
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.migration import history, locking, planning
from agents.migration.checks import check
from agents.migration.execution import Run
from agents.migration.files import Folder, Migration, Section
from agents.migration.files.versions import order_of
from agents.migration.history import Row, Table
from agents.migration.runs import Options, Outcome
from agents.migration.session import Connection

EACH = 20
"""Up to so many migrations get fingerprints of their own; a longer run only at its two ends."""


async def up(url: str, folder: Folder, options: Options) -> Outcome:
    """Apply what is not applied. With nothing to do, no lock is taken and nothing is written."""
    run = Run(url, folder, options)
    async with run.connection() as connection:
        table, comparison = await run.compared(connection)
        plan = run.planned(comparison)
        if not plan.entries:
            return run.outcome(plan.warnings)
        async with locking.locked(url, connection, table, wait=options.lock_wait) as holder:
            # Another runner may have been here while we waited.
            table, comparison = await run.compared(connection)
            plan = run.planned(comparison)
            if plan.entries:
                table = await history.ensure(connection, table)
                await run.saved(connection, plan.migrations)
                each = len(plan.entries) <= EACH
                await run.apply(run.worker(connection, holder, table, each=each), plan, table)
        return run.outcome(plan.warnings)


async def down(url: str, folder: Folder, options: Options) -> Outcome:
    """Take back the newest, `steps`, what is above `to`, or everything."""
    run = Run(url, folder, options)
    async with run.connection() as connection:
        table, _ = await run.compared(connection)
        async with locking.locked(url, connection, table, wait=options.lock_wait) as holder:
            _, comparison = await run.compared(connection)
            entries, sections = await _way_back(run, connection, table, comparison)
            if entries:
                table = await history.ensure(connection, table)
                await run.saved(connection, await _undone(connection, table, entries, sections))
                worker = run.worker(connection, holder, table, each=False)
                with run.heard(connection):
                    await run.take_back(worker, entries, sections)
        return run.outcome()


async def redo(url: str, folder: Folder, options: Options) -> Outcome:
    """Take back and apply again, under one lock."""
    run = Run(url, folder, options)
    async with run.connection() as connection:
        table, _ = await run.compared(connection)
        async with locking.locked(url, connection, table, wait=options.lock_wait) as holder:
            _, comparison = await run.compared(connection)
            # What is being worked on: the old text's way back, then the new text.
            entries, sections = await _way_back(
                run, connection, table, comparison, allow_edited=True
            )
            again = {entry.version for entry in entries}
            for entry in entries:
                if entry.migration is None:
                    raise planning.changed([], [entry])
                check(entry.migration, strict=folder.format in {"native", "dbmate"})
            table = await history.ensure(connection, table)
            await run.saved(connection, await _undone(connection, table, entries, sections))
            worker = run.worker(connection, holder, table, each=len(entries) <= EACH)
            with run.heard(connection):
                await run.take_back(worker, entries, sections)
            _, comparison = await run.compared(connection)
            plan = planning.Plan(
                entries=tuple(each for each in comparison.entries if each.version in again)
            )
            await run.apply(worker, plan, table)
        return run.outcome(planning.warnings(comparison))


async def _way_back(
    run: Run, connection: Connection, table: Table, comparison: planning.Comparison,
    *, allow_edited: bool = False,
) -> tuple[tuple[planning.Entry, ...], tuple[Section, ...]]:  # fmt: skip
    """What to take back and how: the file's way, or the stored one of a missing or edited file."""
    options = run.options
    entries = planning.down(
        comparison, steps=options.steps, to=options.to, everything=options.everything,
        allow_edited=allow_edited,
    )  # fmt: skip
    sections = []
    for entry in entries:
        assert entry.row is not None
        used = entry.migration if entry.state != "edited" else None
        if used is not None and used.down is not None:
            check(used, direction="down")
            sections.append(used.down)
        else:
            sections.append(await _stored(connection, table, entry.row))
    return entries, tuple(sections)


async def _stored(connection: Connection, table: Table, row: Row) -> Section:
    section = await history.stored_down(connection, table, row)
    assert section is not None
    return section


async def _undone(
    connection: Connection, table: Table, entries: Sequence[planning.Entry],
    sections: Sequence[Section],
) -> tuple[Migration, ...]:  # fmt: skip
    """What will be taken back, as migrations; from the history where the file is missing."""
    found = []
    for entry, section in zip(entries, sections, strict=True):
        assert entry.row is not None
        found.append(
            entry.migration
            or Migration(
                version=entry.version, order=order_of(entry.version), name=entry.name,
                path=Path(entry.name), checksum=entry.row.checksum, down=section,
                up=await history.stored_up(connection, table, entry.row),
            )
        )  # fmt: skip
    return tuple(found)
