"""`migration.run`: the app's migrations onto its database. `migration.rollback`: back again.

A run that fails leaves what it applied; the rollback that follows takes back exactly that.
Rolling back a pipeline that never began makes the database when it is missing, because the
bar against its late run must be kept where that run will look.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from pathlib import Path

from agents.migration import apply, bundle, database, history, withdrawals
from agents.migration.catalog import fingerprint, snapshot
from agents.migration.files import Migration
from agents.migration.progress import Observer, Progress
from agents.migration.records import Actor
from agents.migration.session import Connection
from agents.migration.worker import Worker
from agents.work import AgentError, Context
from bus.archive import ArchiveError, read_folder, unpack
from bus.errors import ArtifactDamaged, ArtifactMissing
from contracts.messages import (
    MigrationCompleted,
    MigrationRollback,
    MigrationRolledBack,
    MigrationRun,
)

RETRIES = 3
"""How often a transaction is tried again here; then the command is delivered again later."""
_TOLD = 0.2
"""Seconds between reports from a migration of many statements."""
_MANY = 50


async def run(command: MigrationRun, context: Context) -> MigrationCompleted:
    """Apply what is not applied yet, one transaction each, oldest first."""
    pipeline = command.pipeline
    migrations = bundle.read(await _bundle(command, context))
    names = database.names(command.app, command.environment)
    await context.progress(f"preparing the database {names.database}", 5)
    with database.patient("applying migrations"):
        async with database.locked(context.settings, names.database) as admin:
            await database.ensure(admin, names, context.settings)
            async with database.connection(context.settings, names.database) as target:
                worker = await _worker(target, names.owner, command, context)
                await database.grant(target, names)
                await apply.refuse_withdrawn(target, pipeline)
                todo = bundle.pending(migrations, await history.rows(target, worker.table))
                await _apply(worker, todo, pipeline)
                applied = await _applied_by(worker, pipeline)
    await context.progress(f"{len(todo)} migrations applied", 100)
    return MigrationCompleted(pipeline=pipeline, applied=applied, database=names.database)


async def rollback(command: MigrationRollback, context: Context) -> MigrationRolledBack:
    """Take back what this pipeline applied, newest first, and bar it from applying more."""
    names = database.names(command.app, command.environment)
    with database.patient("taking back migrations"):
        async with database.locked(context.settings, names.database) as admin:
            if await database.is_foreign(admin, names):
                # A run refuses such a database too, so it never applied anything there.
                return MigrationRolledBack(pipeline=command.pipeline)
            await database.ensure(admin, names, context.settings)
            async with database.connection(context.settings, names.database) as target:
                worker = await _worker(target, names.owner, command, context)
                undone = await apply.undo(worker, command.pipeline)
    await context.progress(f"{len(undone)} migrations taken back", 100)
    return MigrationRolledBack(pipeline=command.pipeline, undone=undone)


async def _worker(
    target: Connection, owner: str, command: MigrationRun | MigrationRollback, context: Context
) -> Worker:
    pipeline = command.pipeline
    table = await withdrawals.ensure(target)

    async def guard(connection: Connection) -> None:
        await history.lock(connection, table)
        await apply.refuse_withdrawn(connection, pipeline)

    return Worker(
        connection=target, table=table, role=owner, guard=guard, per_statement=True,
        observer=_observer(context), retries=RETRIES, fingerprint=_fingerprint,
        actor=Actor(
            person="genesis", host=socket.gethostname(), run=f"{pipeline} {context.sequence}",
            pipeline=pipeline,
            approved_by=command.approved_by if isinstance(command, MigrationRun) else None,
        ),
    )  # fmt: skip


async def _fingerprint(connection: Connection) -> str:
    return fingerprint(await snapshot(connection))


def _observer(context: Context) -> Observer:
    told = 0.0

    async def tell(progress: Progress) -> None:
        nonlocal told
        now = time.monotonic()
        if progress.kind == "done" or (progress.statements > _MANY and now - told < _TOLD):
            return
        told = now
        up = progress.direction == "up"
        share = progress.number - 1 + max(progress.statement - 1, 0) / max(progress.statements, 1)
        percent = 10 + 85 * share / progress.total
        if progress.kind == "begin":
            step = f"{'applying' if up else 'taking back'} {progress.name}"
        elif progress.kind == "retry":
            step = f"{progress.name}: {progress.text}"
        else:
            step = f"{progress.name}: statement {progress.statement} of {progress.statements}"
        lines = (progress.text,) if progress.kind == "statement" else ()
        await context.progress(step, percent, lines)

    return tell


async def _apply(worker: Worker, todo: tuple[Migration, ...], pipeline: str) -> None:
    total = len(todo)
    before = await _fingerprint(worker.connection) if todo else None
    for number, migration in enumerate(todo, 1):
        await worker.observer(
            Progress(kind="begin", direction="up", name=migration.name, number=number, total=total)
        )
        try:
            before = await apply.apply(worker, migration, before, number=number, total=total)
        except AgentError as error:
            kept = await _applied_by(worker, pipeline)
            said = f"this pipeline has applied before it: {', '.join(kept) or 'nothing'}"
            raise AgentError(error.code, f"{error.message}; {said}", hint=error.hint) from error


async def _applied_by(worker: Worker, pipeline: str) -> tuple[str, ...]:
    """The names of what a pipeline applied, oldest first."""
    rows = await history.rows(worker.connection, worker.table)
    return tuple(row.name for row in rows if row.pipeline == pipeline)


async def _bundle(command: MigrationRun, context: Context) -> dict[str, bytes]:
    """The files of the bundle by relative path."""
    try:
        content = await context.artifacts.get(command.bundle)
        return await asyncio.to_thread(_unpacked, content)
    except (ArtifactMissing, ArtifactDamaged, ArchiveError) as error:
        raise AgentError(
            "bad_bundle",
            f"the app's bundle cannot be used: {error}; no database was touched",
            hint="build the app again",
        ) from error


def _unpacked(content: bytes) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="genesis-bundle-") as folder:
        unpack(content, Path(folder))
        return read_folder(Path(folder))
