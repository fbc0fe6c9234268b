"""A database of one's own for each test, on PostgreSQL 18 or 15."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.migrations import POSTGRES_15, Database, new_database
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def postgres15() -> Iterator[Postgres]:
    """A real PostgreSQL 15, as Debian has it."""
    if not (POSTGRES_15 / "postgres").exists():
        pytest.skip(f"{POSTGRES_15} is missing: apt-get install postgresql-15")
    server = Postgres(POSTGRES_15)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
async def own(postgres: Postgres) -> Database:
    """An empty database on PostgreSQL 18."""
    return await new_database(postgres)


@pytest.fixture(params=["postgres", "postgres15"], ids=["18", "15"])
async def each_version(request: pytest.FixtureRequest) -> Database:
    """An empty database on either version."""
    return await new_database(request.getfixturevalue(request.param))
