"""Whether a database is still what its migrations made it: the difference, as SQL.

Errors: those of `shadow`, `session`, `history`, and
    StatementFailed `migration_failed`   the applied files cannot be applied any more
"""

from __future__ import annotations

from msgspec import Struct

from agents.migration import history, shadow
from agents.migration.catalog import difference, fingerprint, snapshot
from agents.migration.errors import StatementFailed
from agents.migration.files import Folder
from agents.migration.identifiers import parse
from agents.migration.session import connect
from agents.migration.verify import run_section


class Drift(Struct, frozen=True, kw_only=True):
    """`changes` by hand since the migrations; `sql` makes the database what they say again."""

    fingerprint: str
    changes: tuple[str, ...]
    sql: tuple[str, ...]


async def find(url: str, folder: Folder, table: str = history.NAME) -> Drift:
    """Compare the live schema with what the applied files make of an empty database."""
    own = (history.NAME, parse(table)[-1])
    async with connect(url) as connection:
        live = await snapshot(connection, tables=own)
        applied = await history.rows(connection, await history.find(connection, table))
    versions = {row.version for row in applied if row.status in ("applied", "baseline")}
    async with shadow.empty(url) as place, connect(place) as connection:
        for migration in folder.migrations:
            if migration.version in versions:
                error = await run_section(connection, migration.up)
                if error:
                    raise StatementFailed(
                        "migration_failed",
                        f"what is applied cannot be compared: {error}; nothing was changed",
                        hint="correct the file, or adopt the schema with `baseline`",
                    )
        wanted = await snapshot(connection, tables=own)
    return Drift(
        fingerprint=fingerprint(live),
        changes=tuple(map(str, difference(wanted, live).changes)),
        sql=tuple(difference(live, wanted).sql()),
    )
