"""A database of its own for each test, and a folder of seeds."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.postgres import Postgres

Write = Callable[[str, Any], Path]


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    name = f"seeds_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.url())
    try:
        await admin.execute(f"create database {name} template template0")
        yield postgres.url(name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    found = await asyncpg.connect(url)
    try:
        yield found
    finally:
        await found.close()


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


@pytest.fixture
def write(seeds: Path) -> Write:
    """`write("users.json", [...])` or text as it stands."""

    def write(name: str, content: Any) -> Path:
        path = seeds / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(
                content if isinstance(content, str) else json.dumps(content, indent=1), newline=""
            )
        return path

    return write
