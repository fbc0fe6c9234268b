"""`migration.run`: the app's migrations onto its database. `migration.rollback`: back again.

A run that fails leaves what it applied; the rollback that follows takes back exactly that.
Rolling back a pipeline that never began makes the database when it is missing, because the
bar against its late run must be kept where that run will look.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from agents.migration import apply, database, files, history
from agents.work import AgentError, Context
from bus.archive import ArchiveError, read_folder, unpack
from bus.errors import ArtifactDamaged, ArtifactMissing
from contracts.messages import (
    MigrationCompleted,
    MigrationRollback,
    MigrationRolledBack,
    MigrationRun,
)


async def run(command: MigrationRun, context: Context) -> MigrationCompleted:
    """Apply what is not applied yet, one transaction each, oldest first."""
    pipeline = command.pipeline
    migrations = files.read(await _bundle(command, context))
    names = database.names(command.app, command.environment)
    await context.progress(f"preparing the database {names.database}", 5)
    with database.patient("applying migrations"):
        async with database.locked(context.settings, names.database) as admin:
            await database.ensure(admin, names, context.settings)
            async with database.connection(context.settings, names.database) as target:
                await history.ensure(target)
                await database.grant(target, names)
                await apply.refuse_withdrawn(target, pipeline)
                todo = files.pending(migrations, await history.applied(target))
                await _apply(target, names.owner, todo, command, context)
                applied = await history.applied_by(target, pipeline)
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
                await history.ensure(target)
                undone = await apply.undo(target, names.owner, command.pipeline)
    await context.progress(f"{len(undone)} migrations taken back", 100)
    return MigrationRolledBack(pipeline=command.pipeline, undone=undone)


async def _apply(
    target: history.Connection,
    owner: str,
    todo: tuple[files.Migration, ...],
    command: MigrationRun,
    context: Context,
) -> None:
    for done, migration in enumerate(todo):
        await context.progress(f"applying {migration.name}", 10 + 85 * done / len(todo))
        try:
            await apply.apply(
                target, owner, migration,
                pipeline=command.pipeline, approved_by=command.approved_by,
            )  # fmt: skip
        except AgentError as error:
            kept = await history.applied_by(target, command.pipeline)
            said = f"this pipeline has applied before it: {', '.join(kept) or 'nothing'}"
            raise AgentError(error.code, f"{error.message}; {said}", hint=error.hint) from error


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
