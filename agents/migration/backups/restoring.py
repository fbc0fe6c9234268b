"""Back to what a backup holds: checked first, in one transaction, never over anything unasked.

A dump replaces everything in the database; copied tables replace the rows of these tables, and
are made again where they are gone. Into another database works the same way, and a database that
is made for it goes again when the restore fails.

Errors:
    InvalidInput `backup_damaged`   the files are not what was written
    InvalidInput `cannot_restore`   the live tables have other columns
    Refused `not_empty`             there is something, and nobody said that it may go
    Refused `no_programs`           no pg_restore and psql that are new enough
    StatementFailed `restore_failed` a statement failed; nothing was changed
    CheckFailed `restore_differs`   it went in, and the rows are not as many as they were
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from msgspec import Struct

from agents.migration.backups import contents, copies, dumps, making, programs, store
from agents.migration.backups.model import Backup
from agents.migration.errors import CheckFailed, Place, Refused, StatementFailed
from agents.migration.identifiers import qualified, quoted
from agents.migration.session import Connection, connect

_NAMED = 5


class Restored(Struct, frozen=True, kw_only=True):
    """What was restored where; `saved` is the backup of what was there before."""

    backup: str
    database: str
    tables: int
    rows: int | None
    created: bool = False
    saved: str | None = None


async def restore(
    url: str,
    folder: Path,
    name: str,
    *,
    into: str | None = None,
    overwrite: bool = False,
    save: bool = True,
    no_owner: bool = False,
) -> Restored:
    """Restore a backup into the URL's database, or into another one of its server.

    `overwrite` lets go what is there, which is itself backed up first unless `save` is off.
    `no_owner` leaves out owners and grants, for a server without these roles.
    """
    backup = store.load(folder, name)
    await asyncio.to_thread(store.verify, folder, backup)
    async with _target(url, into) as (connection, created):
        database = str(await connection.fetchval("select current_database()"))
        if not created:
            await _refuse_loss(connection, backup, database, overwrite=overwrite)
        saved = None
        if overwrite and save and not created:
            reason = f"before restore of {backup.id}"
            # Of the whole database, even when only some tables come back.
            saved = await making.make(connection, url, folder, reason=reason, automatic=True)
        with _explained(backup, database):
            if backup.method == "pg_dump":
                await dumps.restore(
                    connection, url, folder, backup, database=database, reset=overwrite,
                    no_owner=no_owner,
                )  # fmt: skip
            else:
                await copies.restore(connection, folder, backup)
        await _compare(connection, backup, database)
    counts = [table.rows for table in backup.tables]
    known = [count for count in counts if count is not None]
    return Restored(
        backup=backup.id, database=database, tables=len(counts), created=created,
        rows=sum(known) if len(known) == len(counts) else None,
        saved=saved.id if saved else None,
    )  # fmt: skip


async def check(
    folder: Path, name: str, *, url: str | None = None, no_owner: bool = False
) -> Backup:
    """Compare a backup with its manifest; with a URL also restore it into a database that goes
    again.
    """
    backup = store.load(folder, name)
    await asyncio.to_thread(store.verify, folder, backup)
    if url is not None:
        drill = f"genesis_drill_{secrets.token_hex(6)}"
        try:
            await restore(url, folder, backup.id, into=drill, no_owner=no_owner)
        finally:
            async with connect(url) as admin:
                await admin.execute(f"drop database if exists {quoted(drill)} with (force)")
    return backup


@asynccontextmanager
async def _target(url: str, into: str | None) -> AsyncIterator[tuple[Connection, bool]]:
    """A connection to the database to fill, and whether it was made for it."""
    if into is None:
        async with connect(url, statement_timeout=0) as connection:
            yield connection, False
        return
    async with connect(url) as admin:
        created = not await admin.fetchval(
            "select exists (select from pg_database where datname = $1)", into
        )
        with _creating(into):
            if created:
                await admin.execute(f"create database {quoted(into)} template template0")
        try:
            async with connect(url, database=into, statement_timeout=0) as connection:
                yield connection, created
        except BaseException:
            if created:
                await admin.execute(f"drop database {quoted(into)} with (force)")
            raise


class _creating:  # noqa: N801  reads as what it does
    """Explains why a database could not be made."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, asyncpg.PostgresError):
            raise Refused(
                "cannot_create", f"the database {self._name!r} cannot be made: {error.args[0]} "
                f"[SQLSTATE {error.sqlstate}]; nothing was changed",
                hint="make it yourself, or use an account that may",
            ) from error  # fmt: skip


class _explained:  # noqa: N801  reads as what it does
    """Turns what fails while restoring into StatementFailed."""

    def __init__(self, backup: Backup, database: str) -> None:
        self._backup = backup
        self._database = database

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, asyncpg.PostgresError):
            detail = getattr(error, "detail", None)
            raise self._failed(
                f"{error.args[0]}{f': {detail}' if detail else ''}", error.sqlstate
            ) from error
        if isinstance(error, programs.ProgramFailed):
            raise self._failed(str(error), None) from error

    def _failed(self, said: str, sqlstate: str | None) -> StatementFailed:
        state = f" [SQLSTATE {sqlstate}]" if sqlstate else ""
        return StatementFailed(
            "restore_failed",
            f"{self._backup.id} was not restored: {said}{state}; the database {self._database} is "
            "as it was",
            hint="correct what it names; --no-owner when roles are missing",
            place=Place(file=self._backup.id, sqlstate=sqlstate),
        )


async def _refuse_loss(
    connection: Connection, backup: Backup, database: str, *, overwrite: bool
) -> None:
    """Raise Refused when something would go that nobody said may go."""
    if overwrite:
        return
    if backup.method == "pg_dump":
        names = await contents.anything(connection)
    else:
        names = await copies.filled(connection, backup)
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise Refused(
            "not_empty",
            f"the database {database} is not empty: {', '.join(names[:_NAMED])}{more}; nothing was "
            "changed",
            hint="say --overwrite to replace it, or --into NAME for another database",
        )


async def _compare(connection: Connection, backup: Backup, database: str) -> None:
    for table in backup.tables:
        if table.rows is None:
            continue
        try:
            found = await connection.fetchval(
                f"select count(*) from only {qualified(table.schema, table.name)}"
            )
        except asyncpg.UndefinedTableError:
            found = None
        if found != table.rows:
            raise CheckFailed(
                "restore_differs",
                f"{backup.id} was restored into {database}, but {table.schema}.{table.name} has "
                f"{'no' if found is None else found} rows instead of {table.rows}",
                hint="does somebody write to it? Look before anything else is done",
            )
