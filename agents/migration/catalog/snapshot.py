"""The schema of a live database, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from agents.migration.catalog.schema import Item, Schema
from agents.migration.session import Connection

_SQL = (Path(__file__).parent / "snapshot.sql").read_text(encoding="utf-8")
_ALONE = ("begin read only", "rollback")
_WITHIN = ("savepoint genesis_snapshot", "rollback to genesis_snapshot; release genesis_snapshot")
"""How a snapshot begins and ends. In words: whoever asks may have begun a transaction by hand,
which the driver's own transactions refuse to nest in."""
OWN_TABLES = ("schema_migrations",)
OWN_SCHEMAS = ("genesis",)
"""Where the tool keeps its own history, which is no part of the schema that it manages."""


async def snapshot(
    connection: Connection,
    *,
    tables: Sequence[str] = OWN_TABLES,
    schemas: Sequence[str] = OWN_SCHEMAS,
) -> Schema:
    """The schema without the tool's own `tables` and `schemas`. Changes nothing."""
    begin, end = _WITHIN if connection.is_in_transaction() else _ALONE
    # With an empty path PostgreSQL qualifies every name that it writes.
    await connection.execute(f"{begin}; set local search_path = ''; set local jit = off")
    try:
        rows = await connection.fetch(_SQL, list(tables), list(schemas))
    finally:
        await connection.execute(end)
    items = [
        Item(
            kind=row["kind"], parent=row["parent"], name=row["name"],
            definition=row["definition"], detail=msgspec.json.decode(row["detail"]),
        )
        for row in rows
    ]  # fmt: skip
    return Schema({item.key: item for item in items})
