"""Each safety switched off: the property that it keeps must then be seen to break."""

from __future__ import annotations

import asyncio

import asyncpg
import msgspec
import pytest

from agents.migration import (
    history,
    locking,
    planning,
    runner,
    sending,
    session,
    transactions,
)
from agents.migration.errors import HistoryConflict, StatementFailed
from agents.migration.files import read_folder
from agents.migration.runs import Options
from tests.support.migrations import migration, write

FILES = {
    "001_t.sql": migration("create table t (n int);"),
    "002_slow.sql": migration("select pg_sleep(1);\ncreate table late (n int);", transaction=False),
    "003_after.sql": migration("insert into late values (1);"),
}


async def up(own, folder):
    return await runner.up(own.url, read_folder(folder), Options())


async def runners_do_not_meet(own, folder):
    """Three at once are all content, and each migration is applied once."""
    write(folder, FILES)
    outcomes = await asyncio.gather(*(up(own, folder) for _ in range(3)), return_exceptions=True)
    assert [each for each in outcomes if isinstance(each, BaseException)] == []
    assert sorted(done.name for each in outcomes for done in each.done) == [
        name[:-4] for name in FILES
    ]
    assert await own.fetch("select n from late") == [(1,)]


async def a_failure_leaves_nothing(own, folder):
    write(folder, {"001_half.sql": migration("create table half ();\nselect 1 / 0;")})
    with pytest.raises(StatementFailed):
        await up(own, folder)
    assert await own.tables() == []


async def an_edit_is_refused(own, folder):
    write(folder, {"001_t.sql": migration("create table t (n int);")})
    await up(own, folder)
    write(folder, {"001_t.sql": migration("create table t (n bigint);")})
    try:
        await up(own, folder)
    except HistoryConflict:
        return
    raise AssertionError("an edited file was accepted")


@pytest.mark.parametrize(
    "keeps", [runners_do_not_meet, a_failure_leaves_nothing, an_edit_is_refused]
)
async def test_with_its_safety_on_each_property_holds(own, tmp_path, keeps):
    await keeps(own, tmp_path)


async def test_without_the_lock_runners_meet(own, tmp_path, monkeypatch):
    async def none(*_arguments):
        return

    monkeypatch.setattr(locking, "acquire", none)
    with pytest.raises(AssertionError):
        await runners_do_not_meet(own, tmp_path)


@pytest.mark.parametrize("per_statement", [False, True])
async def test_without_the_lock_the_history_still_lets_each_in_once(
    own, tmp_path, monkeypatch, per_statement
):
    async def none(*_arguments):
        return

    files = {
        f"{at}_m.sql": migration(f"create table t{at} ();\nselect pg_sleep(0.1);")
        for at in range(1, 6)
    }
    folder = read_folder(write(tmp_path, files))
    options = Options(per_statement=per_statement)
    # The history itself is made below the lock.
    async with session.connect(own.url) as connection:
        await history.ensure(connection, await history.find(connection))
    monkeypatch.setattr(locking, "acquire", none)
    outcomes = await asyncio.gather(*(runner.up(own.url, folder, options) for _ in range(4)))
    assert sorted(done.version for each in outcomes for done in each.done) == list("12345")
    assert len(await own.applied()) == 5


async def test_without_the_transaction_a_failure_leaves_its_half(own, tmp_path, monkeypatch):
    async def alone(worker, migration, statements, _before):
        for number, statement in enumerate(statements, 1):
            try:
                await worker.connection.execute(statement.sql)
            except asyncpg.PostgresError as error:
                raise sending.Failure(error, statement, number) from error

    monkeypatch.setattr(transactions, "_at_once", alone)
    with pytest.raises(AssertionError):
        await a_failure_leaves_nothing(own, tmp_path)


async def test_without_the_checksum_an_edit_passes(own, tmp_path, monkeypatch):
    looked = planning._state

    def blind(found, row, newest):
        return looked(found, row and msgspec.structs.replace(row, checksum=found.checksum), newest)

    monkeypatch.setattr(planning, "_state", blind)
    with pytest.raises(AssertionError, match="an edited file was accepted"):
        await an_edit_is_refused(own, tmp_path)
