"""Throwaway databases on the same server, for everything that must not touch the real one.

Errors:
    Refused `no_shadow`   the account may not create databases, or the schema cannot be copied
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from agents.migration.catalog import Schema, difference, snapshot
from agents.migration.errors import Refused
from agents.migration.identifiers import quoted
from agents.migration.session import Connection, connect

PREFIX = "genesis_shadow_"


@asynccontextmanager
async def empty(url: str) -> AsyncIterator[str]:
    """The URL of a new, empty database beside that of `url`; it is gone afterwards."""
    name = PREFIX + secrets.token_hex(6)
    async with connect(url) as admin:
        try:
            await admin.execute(f"create database {quoted(name)} template template0")
        except asyncpg.PostgresError as error:
            raise Refused(
                "no_shadow",
                f"no database to try in could be made: {error}; nothing was changed",
                hint="grant CREATEDB to this account, or run as one that has it",
            ) from None
        try:
            yield _beside(url, name)
        finally:
            await admin.execute(f"drop database if exists {quoted(name)} with (force)")


@asynccontextmanager
async def clone(connection: Connection, url: str) -> AsyncIterator[str]:
    """The URL of a new database with the schema of the connection's, and without its rows."""
    wanted = await snapshot(connection)
    async with empty(url) as found:
        async with connect(found) as copy:
            await become(copy, wanted)
        yield found


async def become(connection: Connection, wanted: Schema) -> None:
    """Turn a database's schema into another, in one transaction. Raises Refused."""
    statement = ""
    try:
        async with connection.transaction():
            for statement in difference(await snapshot(connection), wanted).sql():
                await connection.execute(statement)
    except asyncpg.PostgresError as error:
        raise Refused(
            "no_shadow",
            f"the schema could not be copied: {error} in: {' '.join(statement.split())[:200]}",
            hint="this is a defect in Genesis; please report the statement",
        ) from None


def _beside(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))
