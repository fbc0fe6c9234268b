"""What a run never does: lose rows, run twice at once, touch production unasked."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from agents.migration.errors import Busy, InvalidInput, Refused
from agents.migration.seeds import running
from tests.agents.migration.seeds.shop import SHOP, entry


async def test_production_needs_leave(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key)")
    write("t.json", [entry("t", {"id": 1})])
    with pytest.raises(Refused, match="production"):
        await running.run(connection, seeds, environment="production")
    assert await connection.fetchval("select count(*) from t") == 0
    await running.run(connection, seeds, environment="production", allow_production=True)
    write("t.json", [entry("t", {"id": 2})])
    with pytest.raises(Refused, match="filled as production, not as development"):
        await running.run(connection, seeds)


async def test_truncate_first_brings_other_files_of_the_table_back(
    connection, seeds, write
) -> None:
    await connection.execute("create table t (id int primary key, v text)")
    write("a.json", [entry("t", {"id": 1, "v": "a"})])
    write("b.json", [entry("t", {"id": 2, "v": "b"}, truncateFirst=True)])
    await running.run(connection, seeds)
    write("b.json", [entry("t", {"id": 2, "v": "c"}, truncateFirst=True)])
    await running.run(connection, seeds)
    rows = await connection.fetch("select * from t order by id")
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "c")]


async def test_truncate_first_never_loses_rows_of_other_tables(connection, seeds, write) -> None:
    await connection.execute(
        "create table a (id int primary key); create table b (a int references a on delete cascade)"
    )
    await connection.execute("insert into a values (1); insert into b values (1)")
    write("a.json", [entry("a", {"id": 1}, truncateFirst=True)])
    with pytest.raises(Refused, match=r'rows of "public"\."b" refer'):
        await running.run(connection, seeds)
    assert await connection.fetchval("select count(*) from b") == 1
    await connection.execute("delete from b")
    await running.run(connection, seeds)


async def test_runs_at_once_fill_once(url, connection, seeds, write) -> None:
    await connection.execute("create table t (id serial primary key, v text)")
    write("t.json", [entry("t", *({"v": str(number)} for number in range(500)))])
    others = [await asyncpg.connect(url) for _ in range(5)]
    try:
        reports = await asyncio.gather(*(running.run(each, seeds) for each in others))
    finally:
        for other in others:
            await other.close()
    assert sorted(report.files[0].state for report in reports) == ["applied", *["unchanged"] * 4]
    assert await connection.fetchval("select count(*) from t") == 500


async def test_a_lock_that_does_not_come_is_busy_and_leaves_nothing(
    url, connection, seeds, write
) -> None:
    await connection.execute(
        "create table t (id int primary key); create table u (id int primary key)"
    )
    write("t.json", [entry("t", {"id": 1}), entry("u", {"id": 1})])
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute("lock table u")
            await connection.execute("set lock_timeout = '100ms'")
            with pytest.raises(Busy):
                await running.run(connection, seeds)
    finally:
        await other.close()
    assert await connection.fetchval("select count(*) from t") == 0


async def test_clear_needs_a_yes_and_then_empties(connection, seeds, write) -> None:
    await connection.execute(SHOP)
    write(
        "a.json", [entry("users", {"id": 9, "email": "a"}), entry("orders", {"id": 1, "user": 9})]
    )
    await running.run(connection, seeds)
    with pytest.raises(Refused, match="1 of users, 1 of orders"):
        await running.clear(connection, seeds)
    assert await running.clear(connection, seeds, confirmed=True) == {"users": 1, "orders": 1}
    assert await connection.fetchval("select count(*) from users") == 0
    assert (await running.run(connection, seeds)).files[0].state == "applied"


async def test_reseed_begins_anew(connection, seeds, write) -> None:
    await connection.execute("create table t (id serial primary key, v text)")
    write("t.json", [entry("t", {"v": "a"}, {"v": "b"})])
    await running.run(connection, seeds)
    await connection.execute("insert into t (v) values ('other')")
    report = await running.reseed(connection, seeds, confirmed=True)
    assert report.emptied == ("t",)
    rows = await connection.fetch("select * from t order by id")
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "b")]


async def test_a_reseed_that_fails_keeps_the_old_rows(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key, v text not null)")
    write("t.json", [entry("t", {"id": 1, "v": "a"})])
    await running.run(connection, seeds)
    write("t.json", [entry("t", {"id": 1, "v": None})])
    with pytest.raises(InvalidInput, match="NOT NULL"):
        await running.reseed(connection, seeds, confirmed=True)
    assert await connection.fetchval("select v from t") == "a"


async def test_a_rehearsal_leaves_nothing(connection, seeds, write) -> None:
    await connection.execute("create table t (id int primary key)")
    write("t.json", [entry("t", {"id": 1})])
    report = await running.run(connection, seeds, rehearse=True)
    assert report.files[0].tables[0].changed == 1
    assert await connection.fetchval("select count(*) from t") == 0
    assert await connection.fetchval("select to_regnamespace('genesis') is null")
