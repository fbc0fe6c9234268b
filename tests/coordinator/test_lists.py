"""Pages of the projection on a real PostgreSQL: each row once, in order, whatever the filter."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from coordinator import lists
from coordinator.lists import Filter, Key
from coordinator.projection import SCHEMA
from tests.support.databases import database
from tests.support.postgres import Postgres

START = 1_700_000_000.123456
STATUSES = ("running", "failed", "completed")


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with database(postgres) as made:
        yield made


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    made = await asyncpg.connect(url)
    await made.execute(SCHEMA)
    yield made
    await made.close()


async def fill(connection: asyncpg.Connection, count: int) -> list[dict[str, object]]:
    """Pipelines in no order, many of them begun at the same moment."""
    seeded = random.Random(7)
    rows: list[dict[str, object]] = [
        {
            "id": f"pipeline{number:04}", "started": START + number // 4 * 0.000_001,
            "status": seeded.choice(STATUSES), "app": seeded.choice(("shop", "blog", "")),
            "environment": seeded.choice(("staging", "production", "")),
        }
        for number in range(count)
    ]  # fmt: skip
    seeded.shuffle(rows)
    await connection.executemany(
        """insert into pipelines
               (id, kind, subject, app, environment, status, started_at, updated_at, last)
           values ($1, 'build', 'a shop', $3, $4, $5, to_timestamp($2), now(), 1)""",
        [(r["id"], r["started"], r["app"], r["environment"], r["status"]) for r in rows],
    )
    return sorted(rows, key=lambda r: (r["started"], r["id"]), reverse=True)


@pytest.mark.parametrize(
    "which",
    [Filter(), Filter(status="failed"), Filter(app="shop"),
     Filter(app="shop", environment="staging"),
     Filter(status="running", app="blog", environment="production"), Filter(app="' or true --")],
)  # fmt: skip
async def test_every_row_that_fits_is_on_exactly_one_page(
    connection: asyncpg.Connection, which: Filter
) -> None:
    rows = await fill(connection, 200)
    wanted = [
        row["id"] for row in rows
        if which.status in ("", row["status"]) and which.app in ("", row["app"])
        and which.environment in ("", row["environment"])
    ]  # fmt: skip
    found: list[str] = []
    after: Key | None = None
    while True:
        page = await lists.page(connection, which, limit=7, after=after)
        found += [row.id for row in page.rows]
        if page.next is None:
            break
        assert len(page.rows) == 7
        after = page.next
    assert found == wanted


async def test_a_row_that_comes_meanwhile_moves_no_other(connection: asyncpg.Connection) -> None:
    rows = await fill(connection, 40)
    first = await lists.page(connection, Filter(), limit=10)
    await connection.execute(
        """insert into pipelines (id, kind, subject, status, started_at, updated_at, last)
           values ('newest1', 'build', 'x', 'running', now(), now(), 1)"""
    )
    second = await lists.page(connection, Filter(), limit=10, after=first.next)
    assert [row.id for row in second.rows] == [row["id"] for row in rows[10:20]]


async def test_counts_are_by_status(connection: asyncpg.Connection) -> None:
    rows = await fill(connection, 60)
    assert await lists.counts(connection) == {
        status: sum(row["status"] == status for row in rows) for status in STATUSES
    }


async def test_each_app_is_listed_by_its_newest_deployment(connection: asyncpg.Connection) -> None:
    rows = await fill(connection, 120)
    newest: dict[tuple[object, object], object] = {}
    for row in rows:
        if row["app"] and row["environment"]:
            newest.setdefault((row["app"], row["environment"]), row["id"])
    found = await lists.applications(connection)
    assert [(row.app, row.environment) for row in found] == sorted(newest)
    assert {(row.app, row.environment): row.id for row in found} == newest


async def test_nothing_is_listed_of_nothing(connection: asyncpg.Connection) -> None:
    assert await lists.applications(connection) == []
    assert await lists.page(connection, Filter(), limit=5) == lists.Page(rows=(), next=None)
    assert await lists.position(connection) == 0
