"""What a backup says of itself: its manifest. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

FORMAT = 1
"""The manifest's version; an older tool refuses a newer one."""

Method = Literal["pg_dump", "copy"]


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file of the backup, beside its manifest."""

    name: str
    bytes: int
    sha256: str


class StoredTable(Struct, frozen=True, kw_only=True):
    """A table in the backup. `rows` is None where counting would have taken long.

    `file` and `columns` say where the rows of a copied table are, and `definition` how to make it
    (see `tables.Definition`); all are empty in a dump, which knows for itself.
    """

    schema: str
    name: str
    rows: int | None = None
    file: str = ""
    columns: tuple[str, ...] = ()
    definition: dict[str, Any] = {}


class Backup(Struct, frozen=True, kw_only=True):
    """A manifest. `server` is `host:port`; `program` is the pg_dump that wrote it.

    `automatic` backups are subject to retention, others stay until somebody removes them.
    `migrations` are those that were about to run; `note` says why it is no full dump.
    """

    format: int = FORMAT
    id: str
    created_at: datetime
    server: str
    database: str
    server_version: str
    method: Method
    program: str = ""
    reason: str
    automatic: bool
    migrations: tuple[str, ...] = ()
    note: str = ""
    tool_version: str
    files: tuple[StoredFile, ...] = ()
    tables: tuple[StoredTable, ...] = ()
    types: tuple[dict[str, Any], ...] = ()

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return sum(file.bytes for file in self.files)


class Retention(Struct, frozen=True, kw_only=True):
    """Automatic backups of one database stay while they are among the newest `count` and no older
    than `days`; the newest always stays.
    """

    count: int = 20
    days: int = 30


def surplus(backups: list[Backup], retention: Retention, now: datetime) -> list[Backup]:
    """Which of one database's backups may go."""
    automatic = sorted(
        (each for each in backups if each.automatic), key=lambda each: each.created_at, reverse=True
    )
    return [
        each for place, each in enumerate(automatic)
        if place > 0
        and (place >= retention.count or (now - each.created_at).days >= retention.days)
    ]  # fmt: skip
