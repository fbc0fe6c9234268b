"""Folders of migrations, databases of one's own, and the command line as its own process."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.postgres import Postgres

ROOT = Path(__file__).parents[2]
POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


class Database:
    """A database that nobody else uses."""

    def __init__(self, postgres: Postgres, name: str) -> None:
        self.postgres = postgres
        self.name = name

    @property
    def url(self) -> str:
        return self.postgres.url(self.name)

    async def fetch(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """The rows of a query; several statements when there are no arguments to it."""
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(sql, *arguments)]
        finally:
            await connection.close()

    async def execute(self, sql: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def until(self, sql: str, *, gone: bool = False) -> None:
        """Wait until a query finds something, or nothing any more."""
        connection = await asyncpg.connect(self.url)
        try:
            # Nobody tells when another process' statement begins.
            while bool(await connection.fetch(sql)) is gone:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        finally:
            await connection.close()

    async def tables(self) -> list[str]:
        """The tables of the schema public, without the history."""
        rows = await self.fetch(
            "select tablename::text from pg_tables where schemaname = 'public'"
            " and tablename <> 'schema_migrations' order by 1"
        )
        return [name for (name,) in rows]

    async def applied(self) -> list[str]:
        """The names in the history that are not undone, in the order of application."""
        rows = await self.fetch(
            "select name from schema_migrations where undone_at is null and status = 'applied'"
            " order by id"
        )
        return [name for (name,) in rows]


async def new_database(postgres: Postgres) -> Database:
    """Made empty; it goes with its server."""
    name = f"m_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f'create database "{name}"')
    await connection.close()
    return Database(postgres, name)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Files by name into a folder, which is made when it is missing."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def migration(up: str, down: str = "select 1;", *, transaction: bool = True) -> str:
    """A file of our own form."""
    option = "" if transaction else " transaction:false"
    return f"-- migrate:up{option}\n{up}\n-- migrate:down{option}\n{down}\n"


def command(*arguments: str) -> list[str]:
    """The command line as a process of its own."""
    return [sys.executable, "-m", "agents.migration.cli", *arguments]


def environment(database: Database) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database.url, "GENESIS_ACTOR": "ann"}


async def started(database: Database, *arguments: str) -> asyncio.subprocess.Process:
    """The command line, running."""
    return await asyncio.create_subprocess_exec(
        *command(*arguments), cwd=ROOT, env=environment(database),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


class Result:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def run(database: Database, *arguments: str, cwd: Path = ROOT) -> Result:
    """Run the command line to its end."""
    done = subprocess.run(
        command(*arguments), cwd=cwd, env={**environment(database), "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)
