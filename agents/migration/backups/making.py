"""Making a backup: all of it or nothing, and no going on without it.

Errors:
    Refused `backup_failed`    for whatever reason; nothing is left of it
"""

from __future__ import annotations

import asyncio
import gzip
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import asyncpg
import msgspec

from agents.migration.backups import affected, programs, store, tables
from agents.migration.backups.model import Backup, Method, Retention, StoredFile, StoredTable
from agents.migration.backups.programs import ProgramFailed, Programs
from agents.migration.identifiers import listed, qualified
from agents.migration.session import Connection
from agents.migration.version import VERSION

DUMP = "database.dump"
COUNTED = 256 << 20
"""Bytes of a database up to which a dump's rows are counted too."""
_COMPRESSION = 1
_NAME = 60


class _Text(Protocol):
    @property
    def text(self) -> str: ...


class Migrating(Protocol):
    """What of a migration matters here: its name, and its SQL both ways."""

    @property
    def name(self) -> str: ...
    @property
    def up(self) -> _Text: ...
    @property
    def down(self) -> _Text | None: ...


async def before(
    connection: Connection,
    url: str,
    migrations: Sequence[Migrating],
    folder: Path,
    *,
    retention: Retention | None = None,
    method: Literal["auto"] | Method = "auto",
    action: str = "migrating",
) -> Backup:
    """A backup in `folder` before migrations run, and an end to those that are too many or old.

    `connection` must be in no transaction. Without a pg_dump that is new enough only the tables
    are copied that the migrations can touch.
    """
    names = tuple(migration.name for migration in migrations)
    texts = [
        section.text
        for migration in migrations for section in (migration.up, migration.down)
        if section is not None
    ]  # fmt: skip
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004
    backup = await make(
        connection, url, folder, reason=f"before {action} {shown}", automatic=True,
        migrations=names, method=method, texts=texts,
    )  # fmt: skip
    await asyncio.to_thread(
        store.prune, folder, retention or Retention(), server=backup.server,
        database=backup.database,
    )  # fmt: skip
    return backup


def default_folder(migrations: Path) -> Path:
    """`backups` beside the folder of migrations."""
    return migrations.absolute().parent / "backups"


async def make(
    connection: Connection,
    url: str,
    folder: Path,
    *,
    reason: str = "asked for",
    automatic: bool = False,
    migrations: tuple[str, ...] = (),
    method: Literal["auto"] | Method = "auto",
    texts: Sequence[str] | None = None,
) -> Backup:
    """A backup of the connection's database; copies all tables unless `texts` of SQL are given."""
    if connection.is_in_transaction():
        raise ValueError("a backup needs a connection that is in no transaction")
    try:
        found, note = await _programs(connection, method)
        head = await _head(connection, url, reason=reason, automatic=automatic)
        head = msgspec.structs.replace(head, migrations=migrations, note=note)
        with store.writing(folder, head.id) as part:
            if found is not None:
                backup = await _dumped(connection, url, part, head, found)
            else:
                backup = await _copied(connection, part, head, texts)
            files = await asyncio.to_thread(_measured, part)
            backup = msgspec.structs.replace(backup, files=files)
            await asyncio.to_thread(store.write_manifest, part, backup)
    except ProgramFailed as error:
        raise store.failed(str(error)) from error
    except asyncpg.PostgresError as error:
        raise store.failed(f"{error.args[0]} [SQLSTATE {error.sqlstate}]") from error
    except (asyncpg.InterfaceError, OSError) as error:
        raise store.failed(f"the connection to PostgreSQL was lost ({error})") from error
    return backup


async def _programs(
    connection: Connection, method: Literal["auto"] | Method
) -> tuple[Programs | None, str]:
    if method == "copy":
        return None, "copied, as it was asked for"
    major = connection.get_server_version().major
    found = await programs.find(major)
    if found is not None:
        return found, ""
    why = f"there is no pg_dump for PostgreSQL {major} or newer"
    if method == "pg_dump":
        raise store.failed(why)
    return None, f"tables were copied, as {why}"


async def _head(connection: Connection, url: str, *, reason: str, automatic: bool) -> Backup:
    now = datetime.now(UTC)
    database = str(await connection.fetchval("select current_database()"))
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", database)[:_NAME]
    return Backup(
        id=f"{now:%Y%m%dT%H%M%SZ}-{safe}-{secrets.token_hex(3)}", created_at=now,
        server=programs.server_of(url), database=database, reason=reason, automatic=automatic,
        server_version=str(await connection.fetchval("show server_version")), method="copy",
        tool_version=VERSION,
    )  # fmt: skip


def _measured(part: Path) -> tuple[StoredFile, ...]:
    return tuple(store.measured(path) for path in sorted(part.iterdir()) if path.name != store.LOCK)


@asynccontextmanager
async def _snapshot(connection: Connection) -> AsyncIterator[str]:
    """A transaction in which nothing changes; yields a name under which others may see the same."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(
            # Rather no backup than one without the rows that a policy hides.
            "set local row_security = off; set local statement_timeout = 0;"
            " set local idle_in_transaction_session_timeout = 0;"
            " set local datestyle = 'ISO, YMD'; set local timezone = 'UTC';"
            " set local intervalstyle = 'postgres'; set local extra_float_digits = 1;"
            " set local bytea_output = 'hex'; set local search_path = ''"
        )
        yield str(await connection.fetchval("select pg_export_snapshot()"))


async def _dumped(
    connection: Connection, url: str, part: Path, head: Backup, found: Programs
) -> Backup:
    variables = programs.environment(url, head.database)
    async with _snapshot(connection) as snapshot:
        counted = await _counted(connection)
        await programs.run(
            [
                found.path("pg_dump"), "--format=custom", "--no-password",
                "--lock-wait-timeout=60000", f"--snapshot={snapshot}", f"--file={part / DUMP}",
            ],
            variables,
        )  # fmt: skip
    # An archive whose contents cannot be listed cannot be restored either.
    await programs.run([found.path("pg_restore"), "--list", str(part / DUMP)], variables)
    (part / DUMP).chmod(0o600)
    return msgspec.structs.replace(
        head, method="pg_dump", program=found.version, tables=tuple(counted)
    )


async def _counted(connection: Connection) -> list[StoredTable]:
    described = await tables.describe(connection, await tables.every(connection))
    size = int(await connection.fetchval("select pg_database_size(current_database())"))
    return [
        StoredTable(
            schema=table.schema, name=table.name,
            rows=None if size > COUNTED
            else int(await connection.fetchval(f"select count(*) from only {table.sql}")),
        )
        for table in described
    ]  # fmt: skip


async def _copied(
    connection: Connection, part: Path, head: Backup, texts: Sequence[str] | None
) -> Backup:
    async with _snapshot(connection):
        every = await tables.every(connection)
        if texts is not None:
            touched = await affected.tables(connection, texts)
            every = [oid for oid in every if oid in touched]
        described = await tables.describe(connection, every)
        stored = [
            await _copy(connection, part, number, table)
            for number, table in enumerate(described, 1)
        ]
        enums = tuple(await tables.enums(connection))
    return msgspec.structs.replace(head, tables=tuple(stored), types=enums)


async def _copy(
    connection: Connection, part: Path, number: int, table: tables.Definition
) -> StoredTable:
    path = part / f"{number:05}.copy.gz"
    columns = table.stored
    with gzip.open(path, "wb", compresslevel=_COMPRESSION) as stream:

        async def write(data: bytes) -> None:
            stream.write(data)

        status = await connection.copy_from_query(
            f"select {listed(columns)} from only {qualified(table.schema, table.name)}",
            output=write, format="text",
        )  # fmt: skip
    path.chmod(0o600)
    return StoredTable(
        schema=table.schema, name=table.name, rows=int(status.rsplit(" ", 1)[1]), file=path.name,
        columns=columns, definition=msgspec.to_builtins(table),
    )  # fmt: skip
