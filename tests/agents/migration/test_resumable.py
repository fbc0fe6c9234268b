"""Files without a transaction: resumed at the statement that failed, no invalid index left."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from agents.migration import runner
from agents.migration.errors import HistoryConflict, Refused, StatementFailed
from agents.migration.files import read_folder
from agents.migration.runs import Options
from agents.migration.sql import split
from agents.migration.units import units
from tests.support.migrations import migration, write

TABLE = migration(
    "create table t (n int, s text);\ninsert into t values (1, 'a'), (1, 'b');", "drop table t;"
)
PARTS = migration(
    "insert into t values (2, 'c');\n"
    "create unique index concurrently t_n on t (n);\n"
    "insert into t values (3, 'd');",
    "drop index concurrently t_n;\ndelete from t where n > 1;",
    transaction=False,
)  # fmt: skip
INVALID = "select indexrelid::regclass::text from pg_index where not indisvalid"


async def up(own, folder, **options):
    return await runner.up(own.url, read_folder(folder), Options(**options))


async def down(own, folder, **options):
    return await runner.down(own.url, read_folder(folder), Options(**options))


def test_what_can_run_in_a_transaction_does_and_begin_to_commit_stays_together():
    text = "select 1; vacuum; begin; select 2; select 3; commit; create index concurrently on t (n)"
    found = units(split(text))
    assert [(unit.first, unit.last, len(unit.statements), unit.bare) for unit in found] == [
        (1, 1, 1, False), (2, 2, 1, True), (3, 6, 2, False), (7, 7, 1, True),
    ]  # fmt: skip


async def test_the_next_run_goes_on_with_the_statement_that_failed(each_version, tmp_path):
    own = each_version
    folder = write(tmp_path, {"001_t.sql": TABLE, "002_parts.sql": PARTS})
    with pytest.raises(StatementFailed) as caught:
        await up(own, folder)
    assert (caught.value.place.line, caught.value.place.statement, caught.value.place.sqlstate) == (
        3,
        2,
        "23505",
    )
    assert (
        "1 of its 3 statements are applied; the next run goes on with statement 2"
        in caught.value.message
    )
    assert await own.fetch(
        "select status, statements_done, statement_open from schema_migrations where version = '2'"
    ) == [("applying", 1, None)]
    assert await own.fetch(INVALID) == []
    with pytest.raises(HistoryConflict, match="applied in part"):
        await down(own, folder)
    await own.execute("delete from t where s = 'b'")
    await up(own, folder)
    assert await own.fetch("select n, s from t order by n") == [(1, "a"), (2, "c"), (3, "d")]
    assert await own.fetch(
        "select status, statements_done from schema_migrations where version = '2'"
    ) == [("applied", 3)]
    await down(own, folder)
    assert await own.fetch("select n from t") == [(1,)]
    assert await own.fetch("select from pg_class where relname = 't_n'") == []


async def test_the_failing_statement_may_be_corrected_and_those_before_it_may_not(own, tmp_path):
    folder = write(tmp_path, {"001_t.sql": TABLE, "002_parts.sql": PARTS})
    with pytest.raises(StatementFailed):
        await up(own, folder)
    write(folder, {"002_parts.sql": PARTS.replace("(2, 'c')", "(2, 'other')")})
    with pytest.raises(HistoryConflict, match="first 1 statements were edited"):
        await up(own, folder)
    write(folder, {"002_parts.sql": PARTS.replace("unique index", "index")})
    await up(own, folder)
    assert await own.fetch(
        "select indisunique from pg_index where indexrelid = 't_n'::regclass"
    ) == [(False,)]
    assert "edited" not in str((await up(own, folder)).warnings)


async def test_an_invalid_index_of_an_earlier_attempt_is_made_anew(own, tmp_path):
    await own.execute("create table t (n int, s text); insert into t values (1, 'a'), (1, 'b')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await own.execute("create unique index concurrently t_n on t (n)")
    assert await own.fetch(INVALID) == [("t_n",)]
    text = migration("create index concurrently if not exists t_n on t (n);", transaction=False)
    await up(own, write(tmp_path, {"001_index.sql": text}))
    assert await own.fetch(INVALID) == []
    assert await own.fetch(
        "select indisvalid from pg_index where indexrelid = 't_n'::regclass"
    ) == [(True,)]


async def test_an_index_whose_name_the_server_chooses_leaves_nothing_either(own, tmp_path):
    await own.execute("create table t (n int); insert into t values (1), (1)")
    text = migration("create unique index concurrently on t (n);", transaction=False)
    with pytest.raises(StatementFailed):
        await up(own, write(tmp_path, {"001_index.sql": text}))
    assert await own.fetch("select count(*) from pg_index where indrelid = 't'::regclass") == [(0,)]


@pytest.mark.parametrize(("exists", "valid"), [(True, True), (False, False)])
async def test_a_statement_open_when_its_runner_was_killed_is_looked_up(
    own, tmp_path, exists, valid
):
    folder = write(
        tmp_path, {"001_t.sql": TABLE, "002_parts.sql": PARTS.replace("unique index", "index")}
    )
    await up(own, folder, to="1")
    with pytest.raises(asyncio.CancelledError):
        await _cancelled_at_statement(own, folder, 2)
    if exists:
        await own.execute("create index t_n on t (n)")
    await own.execute("update schema_migrations set statement_open = 2 where version = '2'")
    await up(own, folder)
    assert await own.fetch("select n from t order by n, s") == [(1,), (1,), (2,), (3,)]
    assert await own.fetch(
        "select indisvalid from pg_index where indexrelid = 't_n'::regclass"
    ) == [(True,)]


async def _cancelled_at_statement(own, folder, number):
    async def stop(progress):
        if progress.kind == "statement" and progress.statement == number:
            raise asyncio.CancelledError

    await up(own, folder, observer=stop)


async def test_what_cannot_be_looked_up_is_asked(own, tmp_path):
    text = migration("create table seen (n int);\ncall twice();", transaction=False)
    await own.execute(
        "create procedure twice() language plpgsql as $$ begin insert into seen values (1); commit;"
        " insert into seen values (2); commit; end $$"
    )
    folder = write(tmp_path, {"001_call.sql": text})
    await up(own, folder)
    assert await own.fetch("select n from seen") == [(1,), (2,)]
    await own.execute(
        "update schema_migrations set status = 'applying', statements_done = 1, statement_open = 2"
    )
    with pytest.raises(Refused) as caught:
        await up(own, folder)
    assert caught.value.code == "unknown_outcome"
    await up(own, folder, outcome="done")
    assert await own.fetch("select n from seen") == [(1,), (2,)]
    assert await own.applied() == ["001_call"]


async def test_settings_of_the_part_before_are_made_again(own, tmp_path):
    text = migration(
        "create schema other;\nset search_path = other;\ncreate table a (n int unique);\n"
        "insert into a select n from public.wanted;\nvacuum a;",
        transaction=False,
    )
    folder = write(tmp_path, {"001_parts.sql": text})
    with pytest.raises(StatementFailed):
        await up(own, folder)
    await own.execute("create table wanted (n int); insert into wanted values (7)")
    await up(own, folder)
    assert await own.fetch("select n from other.a") == [(7,)]


async def test_a_way_back_that_fails_half_way_is_finished_by_the_next(own, tmp_path):
    text = migration(
        "create table a (n int);\ncreate table b (n int);",
        "drop table a;\ndrop table missing;\ndrop table b;", transaction=False,
    )  # fmt: skip
    folder = write(tmp_path, {"001_parts.sql": text})
    await up(own, folder)
    with pytest.raises(StatementFailed, match="1 of its 3 statements are taken back"):
        await down(own, folder)
    with pytest.raises(HistoryConflict, match="taken back in part"):
        await up(own, folder)
    await own.execute("create table missing ()")
    await down(own, folder)
    assert await own.tables() == []
    assert await own.applied() == []
