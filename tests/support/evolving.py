"""Schemas of generated apps in real databases: applied, changed, compared."""

from __future__ import annotations

import re
from collections.abc import Mapping

import asyncpg

from agents.build import database as databases
from agents.build.evolution import Change, evolve, read
from agents.build.generator import generate
from agents.migration import catalog
from contracts.model import AppModel

SECTIONS = re.compile(r"-- migrate:up$(.*)^-- migrate:down$(.*)", re.MULTILINE | re.DOTALL)


def scripts(model: AppModel) -> dict[str, str]:
    """The migrations of an app that is generated anew."""
    files = generate(model)
    return {path: files[path].decode() for path in sorted(files) if path.startswith("migrations/")}


def change(before: AppModel, after: AppModel, number: int = 900) -> Change | None:
    old, new = scripts(before), scripts(after)
    return evolve(read(old.values()), read(new.values()), number)


def sections(script: str) -> tuple[str, str]:
    found = SECTIONS.search(script)
    assert found
    return found[1], found[2]


async def up(connection, migrations: Mapping[str, str] | list[str]) -> None:
    """Apply migrations, each in a transaction of its own."""
    texts = migrations.values() if isinstance(migrations, Mapping) else migrations
    for text in texts:
        async with connection.transaction():
            await connection.execute(sections(text)[0])


async def down(connection, script: str) -> None:
    async with connection.transaction():
        await connection.execute(sections(script)[1])


async def schema(connection) -> dict[object, object]:
    """Everything in the database but for the order of columns."""
    found = await catalog.snapshot(connection)
    return {key: item.same for key, item in found.items.items() if key[0] != "column order"}


def without_removed(found: Mapping[object, object]) -> dict[object, object]:
    return {key: value for key, value in found.items() if not re.search(r"_removed_\d+", str(key))}


async def empty(connection) -> None:
    """Drop everything that its owner made."""
    await connection.execute("drop owned by current_user")
    await databases._grant(connection, "public")


async def owner(dsn: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(dsn, timeout=10, statement_cache_size=0)
    await databases._grant(connection, "public")
    return connection
