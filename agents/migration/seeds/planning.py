"""What a run has to do: which files, which entries in which order, in how many transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from agents.migration.seeds import csvfile, folder, history, ordering, tables
from agents.migration.seeds.model import Entry, Problem, SeedFile, SeedInvalid, Table
from agents.migration.seeds.tables import Connection

LARGE = 1 << 30
"""Bytes of files beyond which each file is a transaction of its own."""


class Judged(Struct, frozen=True, kw_only=True):
    """A file and what it needs. `state` is one of new, changed, stale, applied."""

    file: SeedFile
    checksum: str
    state: str
    note: str = ""
    row: history.Row | None = None


class Step(Struct, frozen=True, kw_only=True):
    """An entry and the live table that it goes to."""

    entry: Entry
    table: Table


class Plan(Struct, frozen=True, kw_only=True):
    """What is to do. `truncated` are emptied first; `deferred` constraints wait until the end.

    `batches` are the transactions, each with its steps; `why` says why there are several.
    `filled` are the tables that keep rows from before, by qualified names.
    """

    files: tuple[Judged, ...]
    skipped: tuple[Judged, ...]
    truncated: tuple[Table, ...]
    batches: tuple[tuple[Step, ...], ...]
    deferred: bool
    filled: frozenset[str] = frozenset()
    why: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in their order."""
        return tuple(step for batch in self.batches for step in batch)


def entries(file: SeedFile) -> list[Entry]:
    """What a file holds. Raises SeedInvalid."""
    if file.path.suffix.lower() == ".csv":
        return csvfile.entries(file)
    from agents.migration.seeds import jsonfile  # noqa: PLC0415  only for such files

    return jsonfile.entries(file)


async def judge(connection: Connection, files: Iterable[SeedFile]) -> list[Judged]:
    """What each file needs, compared with what the database remembers."""
    known = await history.rows(connection)
    files = list(files)
    needed = await history.stale(
        connection, {file.name: known[file.name] for file in files if file.name in known}
    )
    return [
        _judged(file, await asyncio.to_thread(folder.checksum, file), known.get(file.name), needed)
        for file in files
    ]


def _judged(
    file: SeedFile, checksum: str, row: history.Row | None, needed: dict[str, str]
) -> Judged:
    if row is None:
        return Judged(file=file, checksum=checksum, state="new")
    if row.checksum != checksum:
        return Judged(file=file, checksum=checksum, state="changed", row=row)
    if file.name in needed:
        return Judged(file=file, checksum=checksum, state="stale", note=needed[file.name], row=row)
    return Judged(file=file, checksum=checksum, state="applied", row=row)


async def plan(
    connection: Connection, judged: Sequence[Judged], *, force: bool, transaction: str,
    large: int = LARGE,
) -> Plan:  # fmt: skip
    """Decide. A table that is emptied brings every other file of it along. Raises SeedInvalid."""
    todo = [each for each in judged if force or each.state != "applied"]
    steps = await resolve(connection, [each.file for each in todo])
    while True:
        truncated = {step.table.sql: step.table for step in steps if step.entry.truncate}
        more = [
            each for each in judged
            if each not in todo and each.row and set(each.row.targets) & set(truncated)
        ]  # fmt: skip
        if not more:
            break
        todo = [each for each in judged if each in todo or each in more]
        steps = await resolve(connection, [each.file for each in todo])
    ordered, deferred = _ordered(steps)
    size = sum(each.file.path.stat().st_size for each in todo)
    batches, why = _batches(ordered, transaction, is_large=size > large)
    return Plan(
        files=tuple(todo), skipped=tuple(each for each in judged if each not in todo),
        truncated=tuple(truncated.values()), batches=batches,
        deferred=deferred, why=why,
        filled=frozenset(
            await history.filled(connection, {step.table.sql for step in steps} - set(truncated))
        ),
    )  # fmt: skip


async def resolve(connection: Connection, files: Sequence[SeedFile]) -> list[Step]:
    """The entries of the files with their tables. Raises SeedInvalid with all problems."""
    problems: list[Problem] = []
    found: list[Entry] = []
    for file in files:
        try:
            found.extend(await asyncio.to_thread(entries, file))
        except SeedInvalid as error:
            problems.extend(error.problems)
    live: dict[tuple[str | None, str], Table] = {}
    for entry in found:
        name = (entry.schema, entry.table)
        if name in live:
            continue
        try:
            live |= await tables.find(connection, [name])
        except tables.NoTable as error:
            problems.append(problem(entry, str(error)))
    if problems:
        raise SeedInvalid(problems)
    steps = [Step(entry=entry, table=live[entry.schema, entry.table]) for entry in found]
    problems = [
        problem(step.entry, f"the key names {name!r}, which is no column", step.table)
        for step in steps for name in step.entry.key if step.table.column(name) is None
    ]  # fmt: skip
    if problems:
        raise SeedInvalid(problems)
    return steps


def problem(entry: Entry, message: str, table: Table | None = None) -> Problem:
    """A problem of a whole entry."""
    return Problem(
        file=str(entry.file.path), line=entry.line, entry=entry.number, message=message,
        table=table.label if table else None,
    )  # fmt: skip


def _ordered(steps: Sequence[Step]) -> tuple[list[Step], bool]:
    distinct = list({step.table.oid: step.table for step in steps}.values())
    order, deferred = ordering.order(distinct)
    place = {table.oid: number for number, table in enumerate(order)}
    return sorted(steps, key=lambda step: place[step.table.oid]), deferred


def _batches(
    steps: Sequence[Step], transaction: str, *, is_large: bool
) -> tuple[tuple[tuple[Step, ...], ...], str]:
    """One transaction, or one for each file where the order of the tables allows it."""
    if transaction == "run" or (transaction == "auto" and not is_large):
        return ((tuple(steps),) if steps else ()), ""
    order = _files_in_order(steps)
    asked = "asked for" if transaction == "file" else "the files are large"
    if order is None:
        return (tuple(steps),), f"{asked}, but the files need each other: one transaction"
    batches = tuple(tuple(step for step in steps if step.entry.file.path == path) for path in order)
    return batches, f"{asked}: a transaction for each file"


def _files_in_order(steps: Sequence[Step]) -> list[Path] | None:
    """The files so that the steps of each stand together; None when that cannot be."""
    paths = sorted({step.entry.file.path for step in steps})
    needs: dict[Path, set[Path]] = {path: set() for path in paths}
    for step in steps:
        targets = {reference.target for reference in step.table.references}
        needs[step.entry.file.path] |= {
            other.entry.file.path for other in steps if other.table.oid in targets
        }
    found: list[Path] = []
    while len(found) < len(paths):
        done = set(found)
        ready = next(
            (path for path in paths if path not in done and needs[path] - {path} <= done), None
        )
        if ready is None:
            return None
        found.append(ready)
    return found
