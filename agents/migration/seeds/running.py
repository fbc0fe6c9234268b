"""`seed run`, `clear`, `reseed`: everything in one transaction, or nothing.

Files beyond a gibibyte get a transaction each, and the report says so.

Errors (besides those of `failures`):
    SeedInvalid                    the seeds do not fit
    Refused `production`           production, without leave
    Refused `other_environment`    the database was filled as production
    Refused `not_confirmed`        rows would be deleted, and nobody said yes
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from agents.migration.errors import MigrationError, Place, Refused
from agents.migration.seeds import clearing, folder, history, planning, reports
from agents.migration.seeds.failures import explained
from agents.migration.seeds.loading import Loaded, load
from agents.migration.seeds.model import Environment, SeedFile, Table, invalid
from agents.migration.seeds.planning import Judged, Plan, Step
from agents.migration.seeds.reports import FileReport, Report
from agents.migration.seeds.tables import Connection


class _Rehearsed(Exception):
    """Takes everything back after it has worked."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def _taken_back(report: Report) -> NoReturn:
    raise _Rehearsed(report)


async def run(
    connection: Connection,
    seeds: Path,
    *,
    environment: str = "development",
    production: bool = False,
    allow_production: bool = False,
    only: Iterable[str] = (),
    force: bool = False,
    transaction: str = "auto",
    rehearse: bool = False,
    large: int = planning.LARGE,
) -> Report:
    """Bring in what is new, changed or gone; `rehearse` takes all of it back at the end.

    `transaction` is auto, run or file.
    """
    where = entered(environment, production=production, allow_production=allow_production)
    files = folder.select(folder.find(seeds, environment), environment, only)
    began = time.monotonic()
    with explained("running the seeds"):
        await _guard_history(connection, where)
        judged = await planning.judge(connection, files)
        if not force and all(each.state == "applied" for each in judged):
            return reports.unchanged(environment, judged, began)
        try:
            async with connection.transaction():
                await _settle(connection)
                await history.prepare(connection)
                # Another run may have ended while this one waited for its turn.
                judged = await planning.judge(connection, files)
                plan = await planning.plan(
                    connection, judged, force=force, transaction=transaction, large=large
                )
                if len(plan.batches) <= 1 or rehearse:
                    done = await _all(connection, plan, where)
                    report = reports.report(environment, plan, done, began)
                    return _taken_back(report) if rehearse else report
        except _Rehearsed as rehearsed:
            return rehearsed.report
        return await _batched(connection, plan, where, began)


async def clear(
    connection: Connection,
    seeds: Path,
    *,
    environment: str = "development",
    production: bool = False,
    allow_production: bool = False,
    only: Iterable[str] = (),
    confirmed: bool = False,
) -> dict[str, int]:
    """Empty the tables of the environment's seeds; the rows that went, by table."""
    where = entered(environment, production=production, allow_production=allow_production)
    files = folder.select(folder.find(seeds, environment), environment, only)
    with explained("emptying the tables"):
        async with connection.transaction():
            await _settle(connection)
            await _guard_history(connection, where)
            return await _clear(connection, files, confirmed=confirmed)


async def reseed(
    connection: Connection,
    seeds: Path,
    *,
    environment: str = "development",
    production: bool = False,
    allow_production: bool = False,
    only: Iterable[str] = (),
    confirmed: bool = False,
) -> Report:
    """Empty the tables and bring everything in again, in one transaction."""
    where = entered(environment, production=production, allow_production=allow_production)
    files = folder.select(folder.find(seeds, environment), environment, only)
    began = time.monotonic()
    with explained("filling the tables anew"):
        async with connection.transaction():
            await _settle(connection)
            await _guard_history(connection, where)
            gone = await _clear(connection, files, confirmed=confirmed)
            judged = await planning.judge(connection, files)
            plan = await planning.plan(connection, judged, force=True, transaction="run")
            done = await _all(connection, plan, where)
            report = reports.report(environment, plan, done, began)
    return msgspec.structs.replace(report, emptied=tuple(gone))


def entered(environment: str, *, production: bool, allow_production: bool) -> Environment:
    """The environment; `production` says that it is one under another name. Raises Refused."""
    is_production = production or environment.lower() == "production"
    if is_production and not allow_production:
        raise Refused(
            "production", "seeds are not brought into production just so; nothing was changed",
            hint="say --allow-production when it is meant",
        )  # fmt: skip
    return Environment(environment, is_production)


async def _guard_history(connection: Connection, where: Environment) -> None:
    known = await history.rows(connection)
    if not where.is_production and any(row.production for row in known.values()):
        raise Refused(
            "other_environment",
            f"this database was filled as production, not as {where.name}; nothing was changed",
            hint="see whether it is the right database; if so, name its environment",
        )


async def _settle(connection: Connection) -> None:
    """Texts of times and intervals mean the same for everybody."""
    await connection.execute(
        "set local datestyle = 'ISO, YMD'; set local timezone = 'UTC';"
        " set local intervalstyle = 'postgres'; set local standard_conforming_strings = on"
    )


async def _all(connection: Connection, plan: Plan, where: Environment) -> list[FileReport]:
    await clearing.clear(connection, plan.truncated)
    return await _load(connection, plan, plan.files, plan.steps, where)


async def _load(
    connection: Connection, plan: Plan, files: Sequence[Judged], steps: Sequence[Step],
    where: Environment,
) -> list[FileReport]:  # fmt: skip
    if plan.deferred:
        await connection.execute("set constraints all deferred")
    began = time.monotonic()
    loaded: dict[str, list[Loaded]] = {judged.file.name: [] for judged in files}
    for step in steps:
        judged = next(each for each in files if each.file.name == step.entry.file.name)
        place = Place(file=str(step.entry.file.path), line=step.entry.line)
        with explained(f"{step.entry.file.name}, {step.table.label}", place=place):
            again = judged.row is not None and step.table.sql in plan.filled
            loaded[step.entry.file.name].append(
                await load(connection, step.entry, step.table, again=again)
            )
    with explained("checking what waits until the end"):
        await connection.execute("set constraints all immediate")
    for judged in files:
        await _remember(connection, judged, steps, where, time.monotonic() - began)
    return [
        FileReport(
            file=each.file.name, state="applied", why=each.note or each.state,
            tables=tuple(loaded[each.file.name]),
        )
        for each in files
    ]  # fmt: skip


async def _remember(
    connection: Connection,
    judged: Judged,
    steps: Sequence[Step],
    where: Environment,
    seconds: float,
) -> None:
    mine = [step for step in steps if step.entry.file.name == judged.file.name]
    if folder.checksum(judged.file) != judged.checksum:
        raise invalid(judged.file.path, "was changed while it was read; start again")
    await history.remember(
        connection, name=judged.file.name, environment=where, checksum=judged.checksum,
        rows=sum(step.entry.rows for step in mine),
        tables=tuple(dict.fromkeys(step.table.label for step in mine)),
        targets=tuple(dict.fromkeys(step.table.sql for step in mine if step.entry.rows)),
        seconds=seconds,
    )  # fmt: skip


async def _batched(connection: Connection, plan: Plan, where: Environment, began: float) -> Report:
    """A transaction for each file; the emptying is one before them."""
    done: list[FileReport] = []
    async with connection.transaction():
        await history.prepare(connection)
        if plan.truncated:
            await history.forget(connection, [each.file.name for each in plan.files])
        await clearing.clear(connection, plan.truncated)
    for batch in plan.batches:
        name = batch[0].entry.file.name
        files = [each for each in plan.files if each.file.name == name]
        try:
            async with connection.transaction():
                await _settle(connection)
                await history.prepare(connection)
                if await _is_in(connection, files[0], plan):
                    continue
                done += await _load(connection, plan, files, batch, where)
        except MigrationError as error:
            kept = ", ".join(each.file for each in done) or "no file"
            error.message += f" of this file; brought in before it: {kept}"
            raise
    return reports.report(where.name, plan, done, began, len(plan.batches))


async def _is_in(connection: Connection, judged: Judged, plan: Plan) -> bool:
    """Whether another run brought the file in since it was judged."""
    if plan.truncated:
        return False
    row = (await history.rows(connection)).get(judged.file.name)
    return row is not None and row.checksum == judged.checksum and row != judged.row


async def _clear(
    connection: Connection, files: Sequence[SeedFile], *, confirmed: bool
) -> dict[str, int]:
    steps = await planning.resolve(connection, files)
    named: dict[int, Table] = {step.table.oid: step.table for step in steps}
    counts = await clearing.counts(connection, named.values())
    if not confirmed and any(counts.values()):
        said = ", ".join(f"{count} of {label}" for label, count in counts.items() if count)
        raise Refused(
            "not_confirmed", f"all rows would be deleted: {said}; nothing was changed",
            hint="say --yes when it is meant",
        )  # fmt: skip
    await history.prepare(connection)
    await clearing.clear(connection, named.values())
    await history.forget(connection, [file.name for file in files])
    return counts
