"""What another tool says is applied: its table read, never written.

Errors:
    InvalidInput `nothing_to_adopt`   no table of a tool that is known
    HistoryConflict `foreign_dirty`   the other tool left a migration half applied
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from agents.migration.errors import HistoryConflict, InvalidInput
from agents.migration.files import Migration
from agents.migration.files.versions import numbered, order_of
from agents.migration.identifiers import qualified
from agents.migration.session import Connection

_TABLES = (
    "schema_migrations", "goose_db_version", "__diesel_schema_migrations", "flyway_schema_history",
    "pgmigrations",
)  # fmt: skip
_FIND = """
select n.nspname::text as schema, c.relname::text as name,
       array_agg(a.attname::text) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relname = any($1) and c.relkind = 'r'
group by 1, 2 order by 1, 2
"""


class Foreign(Struct, frozen=True, kw_only=True):
    """Another tool's history: versions (as keys) and names that are applied.

    `up_to` is set by tools that keep only the newest version: everything up to it is applied.
    """

    tool: str
    table: str
    versions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    up_to: str | None = None

    def has(self, migration: Migration) -> bool:
        """Whether it says that a migration is applied."""
        if self.up_to is not None and not migration.repeatable:
            return migration.order <= order_of(self.up_to)
        return migration.version in self.versions or migration.name in self.names


async def read(connection: Connection) -> Foreign:
    """The one foreign history of a database."""
    for row in await connection.fetch(_FIND, list(_TABLES)):
        reader = _reader(row["name"], frozenset(row["columns"]))
        if reader is not None:
            return await reader(connection, qualified(row["schema"], row["name"]))
    raise InvalidInput(
        "nothing_to_adopt",
        "no table of dbmate, golang-migrate, goose, diesel, Flyway or node-pg-migrate is there; "
        "nothing was changed",
        hint="say with `genesis migrate baseline --to VERSION` what the database has already",
    )


Reader = Callable[[Connection, str], Awaitable[Foreign]]


def _reader(name: str, columns: frozenset[str]) -> Reader | None:
    if name == "schema_migrations":
        if "checksum" in columns:
            return None
        return _golang if "dirty" in columns else _dbmate
    return {
        "goose_db_version": _goose,
        "__diesel_schema_migrations": _diesel,
        "flyway_schema_history": _flyway,
        "pgmigrations": _node,
    }[name]


async def _dbmate(connection: Connection, table: str) -> Foreign:
    rows = await connection.fetch(f"select version::text as version from {table}")
    return Foreign(tool="dbmate", table=table, versions=_keys(row["version"] for row in rows))


async def _golang(connection: Connection, table: str) -> Foreign:
    row = await connection.fetchrow(f"select version::text as version, dirty from {table}")
    if row is not None and row["dirty"]:
        raise HistoryConflict(
            "foreign_dirty",
            f"golang-migrate left version {row['version']} half applied; nothing was changed",
            hint="finish or undo it by hand and with its own `force`, then adopt",
        )
    return Foreign(tool="golang-migrate", table=table, up_to=row["version"] if row else "0")


async def _goose(connection: Connection, table: str) -> Foreign:
    rows = await connection.fetch(
        f"select distinct on (version_id) version_id::text as version, is_applied from {table} "
        "order by version_id, id desc"
    )
    found = (row["version"] for row in rows if row["is_applied"])
    return Foreign(tool="goose", table=table, versions=_keys(found))


async def _diesel(connection: Connection, table: str) -> Foreign:
    rows = await connection.fetch(f"select version::text as version from {table}")
    return Foreign(tool="diesel", table=table, versions=_keys(row["version"] for row in rows))


async def _flyway(connection: Connection, table: str) -> Foreign:
    rows = await connection.fetch(
        f"select version::text as version, script::text as script, success from {table} "
        "where type <> 'DELETE' order by installed_rank"
    )
    bad = [row["script"] for row in rows if not row["success"]]
    if bad:
        raise HistoryConflict(
            "foreign_dirty", f"Flyway left {bad[-1]} half applied; nothing was changed",
            hint="repair it with Flyway, then adopt",
        )  # fmt: skip
    return Foreign(
        tool="flyway", table=table,
        versions=_keys(row["version"] for row in rows if row["version"]),
        names=frozenset(row["script"].removesuffix(".sql") for row in rows),
    )  # fmt: skip


async def _node(connection: Connection, table: str) -> Foreign:
    rows = await connection.fetch(f"select name::text as name from {table}")
    return Foreign(
        tool="node-pg-migrate", table=table, names=frozenset(row["name"] for row in rows)
    )


def _keys(versions: Iterable[str]) -> frozenset[str]:
    return frozenset(numbered(each).key for each in versions)
