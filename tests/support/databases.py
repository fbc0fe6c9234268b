"""A database of its own, for tests that share one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tests.support.postgres import Postgres


async def execute(url: str, *statements: str) -> None:
    """Run statements on a connection of their own."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    """The rows of a query on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


@contextmanager
def database(postgres: Postgres, sql: str = "") -> Iterator[str]:
    """The URL of a new database, prepared with `sql`; for fixtures outside an event loop."""
    name = f"shared_{secrets.token_hex(6)}"
    asyncio.run(execute(postgres.url(), f"create database {name} template template0"))
    try:
        if sql:
            asyncio.run(execute(postgres.url(name), sql))
        yield postgres.url(name)
    finally:
        asyncio.run(execute(postgres.url(), f"drop database {name} with (force)"))
