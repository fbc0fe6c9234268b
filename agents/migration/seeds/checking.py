"""`seed validate` and `seed status`: what would fit, and what is in.

Checking reads the files, the live tables and nothing else; values go to a temporary table, where
the server judges them. Nothing of the database changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from agents.migration.identifiers import quoted
from agents.migration.seeds import folder, history, ordering, planning
from agents.migration.seeds.failures import explained
from agents.migration.seeds.loading import STAGE, stage
from agents.migration.seeds.model import Problem, SeedFile, SeedInvalid
from agents.migration.seeds.shapes import Rows
from agents.migration.seeds.tables import Connection


class Checked(Struct, frozen=True, kw_only=True):
    """A file that was checked; it fits when there are no problems."""

    file: str
    rows: int = 0
    tables: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Status(Struct, frozen=True, kw_only=True):
    """A file's state: new, changed, stale, applied, missing, other environment, template or
    ignored.
    """

    file: str
    state: str
    environment: str | None = None
    tables: tuple[str, ...] = ()
    rows: int | None = None
    applied_at: datetime | None = None
    applied_by: str | None = None
    note: str = ""


class _Done(Exception):
    """Takes back the temporary tables."""


async def validate(
    connection: Connection | None, seeds: Path, *, environment: str = "development",
    only: Iterable[str] = (),
) -> list[Checked]:  # fmt: skip
    """Check the environment's files: their form, and with a connection every value."""
    files = folder.select(folder.find(seeds, environment), environment, only)
    if connection is None:
        return [await asyncio.to_thread(_form, file) for file in files]
    checked: list[Checked] = []
    with explained("checking the seeds"):
        try:
            async with connection.transaction():
                await connection.execute(
                    "set local datestyle = 'ISO, YMD'; set local timezone = 'UTC'"
                )
                checked = [await _values(connection, file) for file in files]
                await _order(connection, files, checked)
                raise _Done  # noqa: TRY301  the way out of a transaction without a commit
        except _Done:
            return checked


async def _order(connection: Connection, files: list[SeedFile], checked: list[Checked]) -> None:
    """Raise InvalidInput for a cycle, when everything else fits."""
    if any(each.problems for each in checked):
        return
    steps = await planning.resolve(connection, files)
    ordering.order(list({step.table.oid: step.table for step in steps}.values()))


def _form(file: SeedFile) -> Checked:
    try:
        entries = planning.entries(file)
    except SeedInvalid as error:
        return Checked(file=file.name, problems=error.problems)
    return Checked(
        file=file.name, rows=sum(entry.rows for entry in entries),
        tables=tuple(dict.fromkeys(entry.table for entry in entries)),
    )  # fmt: skip


async def _values(connection: Connection, file: SeedFile) -> Checked:
    try:
        steps = await planning.resolve(connection, [file])
    except SeedInvalid as error:
        return Checked(file=file.name, problems=error.problems)
    problems: list[Problem] = []
    for step in steps:
        rows = Rows(step.entry, step.table)
        try:
            async with connection.transaction():
                await stage(connection, rows)
                await connection.execute(f"drop table if exists pg_temp.{quoted(STAGE)}")
        except SeedInvalid as error:
            problems.extend(error.problems)
    return Checked(
        file=file.name, rows=sum(step.entry.rows for step in steps),
        tables=tuple(dict.fromkeys(step.table.label for step in steps)), problems=tuple(problems),
    )  # fmt: skip


async def status(
    connection: Connection, seeds: Path, *, environment: str = "development"
) -> list[Status]:
    """Every file of the folder and every one that the database remembers."""
    every = folder.find(seeds, environment)
    mine = folder.select(every, environment)
    with explained("reading what is in"):
        judged = await planning.judge(connection, mine)
        known = await history.rows(connection)
    names = {file.name for file in every}
    found = [_status(each) for each in judged]
    found += [
        Status(
            file=file.name, environment=file.environment,
            state="template" if file.is_template else "other environment",
        )
        for file in every if file not in mine
    ]  # fmt: skip
    found += [
        Status(
            file=row.name, state="missing", tables=row.tables, rows=row.rows,
            environment=row.environment, applied_at=row.applied_at, applied_by=row.applied_by,
            note="was brought in, and the file is gone",
        )
        for row in known.values() if row.name not in names
    ]  # fmt: skip
    found += [Status(file=name, state="ignored") for name in folder.ignored(seeds)]
    return sorted(found, key=lambda each: each.file)


def _status(judged: planning.Judged) -> Status:
    row = judged.row
    return Status(
        file=judged.file.name, state=judged.state, environment=judged.file.environment,
        note=judged.note, tables=row.tables if row else (), rows=row.rows if row else None,
        applied_at=row.applied_at if row else None, applied_by=row.applied_by if row else None,
    )  # fmt: skip
