"""Which apps have a public status page, in Genesis' own database.

Errors:
    OSError and asyncpg's   the database is away
"""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

SCHEMA = """
create table if not exists status_pages (
    app         text not null,
    environment text not null,
    switched_by text not null,
    at          timestamptz not null default now(),
    primary key (app, environment)
)
"""


async def published(connection: asyncpg.Connection) -> Mapping[tuple[str, str], str]:
    """Who made the page of each app and environment public; one that is missing is not."""
    try:
        found = await connection.fetch("select app, environment, switched_by from status_pages")
    except asyncpg.UndefinedTableError:
        return {}
    return {(row["app"], row["environment"]): row["switched_by"] for row in found}


async def publish(
    connection: asyncpg.Connection, app: str, environment: str, who: str, *, on: bool
) -> None:
    """Switch a page on or off."""
    await connection.execute(SCHEMA)
    if on:
        await connection.execute(
            """insert into status_pages (app, environment, switched_by) values ($1, $2, $3)
               on conflict (app, environment) do nothing""",
            app, environment, who,
        )  # fmt: skip
    else:
        await connection.execute(
            "delete from status_pages where app = $1 and environment = $2", app, environment
        )
