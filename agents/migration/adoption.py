"""Changes to the history alone: what a database had already, what is meant to differ.

    baseline(…)   take migrations for applied without running them
    accept(…)     take an edited file for what was applied
    forget(…)     take a migration for not applied without running its way back

Errors: those of `planning` and `foreign`, and
    InvalidInput `nothing_to_baseline` `not_applied` `no_file`
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from agents.migration import foreign, history, locking, planning, records, session
from agents.migration.errors import InvalidInput
from agents.migration.files import Folder
from agents.migration.history import Table
from agents.migration.records import Actor
from agents.migration.runs import person
from agents.migration.session import Connection
from agents.migration.worker import Fingerprint


class Adopted(Struct, frozen=True, kw_only=True):
    """What was taken for applied, and whose word it was."""

    table: str
    names: tuple[str, ...]
    tool: str | None = None


def actor(name: str | None = None) -> Actor:
    """Who acts here."""
    return Actor(person=name or person(), host=socket.gethostname(), run=uuid.uuid4().hex)


async def baseline(
    url: str, folder: Folder, *, table: str = history.NAME, to: str | None = None,
    everything: bool = False, adopt: bool = False, by: str | None = None,
    wait: float = locking.WAIT, fingerprint: Fingerprint | None = None,
) -> Adopted:  # fmt: skip
    """Take what is pending for applied: up to a version, all, or what another tool says."""
    if (to is not None) + everything + adopt != 1:
        raise InvalidInput(
            "nothing_to_baseline", "say what the database has already; nothing was changed",
            hint="--to VERSION, --all, or --adopt for what another tool says",
        )  # fmt: skip
    async with _locked(url, table, wait, beside=adopt) as (connection, place):
        comparison = planning.compare(folder, await history.rows(connection, place))
        other = await foreign.read(connection) if adopt else None
        limit = planning.find(comparison, to) + 1 if to else len(comparison.entries)
        chosen = [
            entry.migration
            for entry in comparison.entries[:limit]
            if entry.migration is not None
            and entry.row is None
            and (other is None or other.has(entry.migration))
        ]
        who = actor(by)
        found = await history.ensure(connection, place)
        mark = await fingerprint(connection) if fingerprint else None
        note = f"adopted from {other.tool}" if other else None
        async with connection.transaction():
            await history.lock(connection, found)
            for migration in chosen:
                await connection.execute(
                    records.insert(
                        found, migration, who, status="baseline", before=mark, after=mark, note=note
                    )
                )
    return Adopted(
        table=f"{found.schema}.{found.name}", names=tuple(each.name for each in chosen),
        tool=other.tool if other else None,
    )  # fmt: skip


async def accept(
    url: str, folder: Folder, wanted: str, reason: str, *, table: str = history.NAME,
    by: str | None = None, wait: float = locking.WAIT,
) -> str:  # fmt: skip
    """Take a file's present text for what was applied; its name."""
    async with _locked(url, table, wait) as (connection, found):
        entry = await _entry(connection, found, folder, wanted)
        if entry.migration is None or entry.row is None:
            raise InvalidInput(
                "no_file", f"{entry.name} has no file; nothing was changed",
                hint="bring it back, or say --forget",
            )  # fmt: skip
        note = f"edited text accepted by {actor(by).person}: {reason}"
        await connection.execute(records.rewrite(found, entry.row.id, entry.migration, note))
    return entry.name


async def forget(
    url: str, folder: Folder, wanted: str, reason: str, *, table: str = history.NAME,
    by: str | None = None, wait: float = locking.WAIT,
) -> str:  # fmt: skip
    """Take a migration for not applied; its name."""
    async with _locked(url, table, wait) as (connection, found):
        entry = await _entry(connection, found, folder, wanted)
        assert entry.row is not None
        await connection.execute(records.forget(found, entry.row, actor(by), reason))
    return entry.name


async def _entry(
    connection: Connection, table: Table, folder: Folder, wanted: str
) -> planning.Entry:
    comparison = planning.compare(folder, await history.rows(connection, table))
    entry = comparison.entries[planning.find(comparison, wanted)]
    if entry.row is None:
        raise InvalidInput(
            "not_applied", f"{entry.name} is not applied; nothing was changed",
            hint="`genesis migrate status` shows what is",
        )  # fmt: skip
    return entry


@asynccontextmanager
async def _locked(
    url: str, name: str, wait: float, *, beside: bool = False
) -> AsyncIterator[tuple[Connection, Table]]:
    look = history.find_or_beside if beside else history.find
    async with session.connect(url) as connection:
        with session.told(url):
            table = await look(connection, name)
            async with locking.locked(url, connection, table, wait=wait):
                # Its columns may be newer than before the wait.
                table = await look(connection, name)
                if table.exists:
                    table = await history.ensure(connection, table)
                yield connection, table
