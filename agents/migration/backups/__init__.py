"""Backups of an app's database: made before migrations run, listed, checked, restored.

    before(connection, url, migrations, folder) -> Backup     what the runner calls
    make(…)                                                   a backup that somebody asks for
    restore(…)                                                back, or into another database

With a `pg_dump` as new as the server a backup is the whole database in the custom format; without
one it is the tables that the migrations can touch, copied within one snapshot. Each is a folder
that appears under its name when it is complete, with a manifest of sizes and SHA-256.

`store` keeps the folder (atomic, locked while it is written, retention), `programs` finds and runs
PostgreSQL's programs, `affected` says which tables SQL can touch, `tables` describes and makes
tables, `making` and `restoring` put it together.
"""

from __future__ import annotations

from agents.migration.backups.making import before, default_folder, make
from agents.migration.backups.model import Backup, Retention
from agents.migration.backups.restoring import Restored, check, restore

__all__ = [
    "Backup",
    "Restored",
    "Retention",
    "before",
    "check",
    "default_folder",
    "make",
    "restore",
]
