"""What `up`, `down` and `redo` do to a real database."""

from __future__ import annotations

import asyncio
import hashlib

import asyncpg
import pytest

from agents.migration import history, planning, plans, runner, session
from agents.migration.errors import (
    Busy,
    CheckFailed,
    HistoryConflict,
    InvalidInput,
    Refused,
    StatementFailed,
)
from agents.migration.files import read_folder
from agents.migration.runs import Options
from tests.support.migrations import migration, write

USERS = migration("create table users (id int primary key, name text);", "drop table users;")
TEAMS = migration("create table teams (id int primary key);", "drop table teams;")
INDEX = migration(
    "create index concurrently users_name on users (name);",
    "drop index concurrently users_name;", transaction=False,
)  # fmt: skip


async def up(own, folder, **options):
    return await runner.up(own.url, read_folder(folder), Options(**options))


async def down(own, folder, **options):
    return await runner.down(own.url, read_folder(folder), Options(**options))


def names(outcome):
    return [each.name for each in outcome.done]


async def test_a_row_says_all_that_was_asked_for(own, tmp_path):
    folder = write(tmp_path, {"001_users.sql": USERS})

    async def fingerprint(connection):
        return str(len(await connection.fetch("select from pg_tables where schemaname = 'public'")))

    outcome = await up(
        own, folder, person="ann", pipeline="pipe", approved_by="bob", fingerprint=fingerprint
    )
    rows = await own.fetch(
        "select version, name, status, checksum, length(code_checksum), up_sql, down_sql,"
        " applied_by,"
        " host <> '', seconds > 0, tool_version, run, pipeline, approved_by, fingerprint_before,"
        " fingerprint_after, database_role, now() - applied_at < '1 minute' from schema_migrations"
    )
    assert rows == [
        (
            "1", "001_users", "applied", hashlib.sha256(USERS.encode()).hexdigest(), 64,
            "create table users (id int primary key, name text);\n", "drop table users;\n", "ann",
            True, True, "0.1.0", outcome.run, "pipe", "bob", "1", "2", "postgres", True,
        )
    ]  # fmt: skip


async def test_each_is_applied_once_and_taken_back_newest_first(own, tmp_path):
    folder = write(
        tmp_path, {"001_users.sql": USERS, "002_index.sql": INDEX, "10_teams.sql": TEAMS}
    )
    assert names(await up(own, folder)) == ["001_users", "002_index", "10_teams"]
    assert names(await up(own, folder)) == []
    assert names(await down(own, folder, steps=2)) == ["10_teams", "002_index"]
    assert await own.applied() == ["001_users"]
    assert names(await up(own, folder)) == ["002_index", "10_teams"]
    assert names(await down(own, folder, everything=True)) == ["10_teams", "002_index", "001_users"]
    assert await own.tables() == []


@pytest.mark.parametrize("wanted", ["2", "002", "002_teams"])
async def test_up_and_down_stop_at_a_version(own, tmp_path, wanted):
    third = migration("create table c ();", "drop table c;")
    folder = write(tmp_path, {"001_users.sql": USERS, "002_teams.sql": TEAMS, "003_c.sql": third})
    assert names(await up(own, folder, to=wanted)) == ["001_users", "002_teams"]
    await up(own, folder)
    assert names(await down(own, folder, to=wanted)) == ["003_c"]
    assert names(await down(own, folder, to="0")) == ["002_teams", "001_users"]


async def test_redo_takes_back_and_applies_again(own, tmp_path):
    folder = write(tmp_path, {"001_users.sql": USERS})
    await up(own, folder)
    outcome = await runner.redo(own.url, read_folder(folder), Options())
    assert [(each.name, each.direction) for each in outcome.done] == [
        ("001_users", "down"), ("001_users", "up"),
    ]  # fmt: skip
    assert await own.fetch("select undone_at is null from schema_migrations order by id") == [
        (False,), (True,),
    ]  # fmt: skip


async def test_redo_of_an_edited_file_takes_back_the_old_text_and_applies_the_new(own, tmp_path):
    folder = write(tmp_path, {"001_users.sql": USERS})
    await up(own, folder)
    write(folder, {"001_users.sql": TEAMS})
    await runner.redo(own.url, read_folder(folder), Options())
    assert await own.tables() == ["teams"]


async def test_what_the_server_says_beside_its_answers_is_passed_on(own, tmp_path):
    text = migration("do $$ begin raise notice 'half way'; raise warning 'careful'; end $$;")
    said: list[str] = []
    await up(own, write(tmp_path, {"001_a.sql": text}), notice=said.append)
    assert said == ["notice: half way", "warning: careful"]


@pytest.mark.parametrize("per_statement", [False, True])
async def test_a_failing_statement_is_named_and_leaves_nothing(own, tmp_path, per_statement):
    statements = [f"create table t{at} ();" for at in range(60)]
    statements[38] = "select 'äöü€😀' as \"ß\"; -- ø"
    statements[39] = "create table t39 (\n  id intt\n);"
    folder = write(
        tmp_path, {"001_users.sql": USERS, "002_many.sql": migration("\n".join(statements))}
    )
    with pytest.raises(StatementFailed) as caught:
        await up(own, folder, per_statement=per_statement)
    place = caught.value.place
    assert (place.file, place.line, place.column, place.statement, place.sqlstate) == (
        str(folder / "002_many.sql"), 42, 6, 40, "42704",
    )  # fmt: skip
    assert "002_many left nothing behind. Done before: 001_users." in caught.value.message
    assert await own.tables() == ["users"]
    assert await own.applied() == ["001_users"]


@pytest.mark.parametrize("bad", ["create table t30 (id intt);", "insert into t1 values (1), (1);"])
async def test_of_many_those_before_the_failing_one_stay(own, tmp_path, bad):
    files = {
        f"{at:02}_t{at}.sql": migration(f"create table t{at} (n int primary key);")
        for at in range(1, 61)
    }
    folder = write(tmp_path, {**files, "30_t30.sql": migration(f"create table a ();\n{bad}")})
    with pytest.raises(StatementFailed) as caught:
        await up(own, folder)
    assert (caught.value.place.file, caught.value.place.line) == (str(folder / "30_t30.sql"), 3)
    assert "Done before: 01_t1, 02_t2, 03_t3, … 25 more …, 29_t29." in caught.value.message
    assert await own.applied() == [f"{at:02}_t{at}" for at in range(1, 30)]
    assert len(await own.tables()) == 29
    write(folder, {"30_t30.sql": files["30_t30.sql"]})
    outcome = await up(own, folder)
    assert names(outcome) == [f"{at:02}_t{at}" for at in range(30, 61)]


async def test_a_long_run_keeps_the_schemas_fingerprints_of_its_two_ends(own, tmp_path):
    async def fingerprint(connection):
        return str(len(await connection.fetch("select from pg_tables where schemaname = 'public'")))

    files = {f"{at:02}_t{at}.sql": migration(f"create table t{at} ();") for at in range(1, 31)}
    await up(own, write(tmp_path, files), fingerprint=fingerprint)
    found = await own.fetch(
        "select distinct fingerprint_before, fingerprint_after from schema_migrations"
    )
    assert found == [("1", "31")]


async def test_an_error_without_a_position_names_its_statement(own, tmp_path):
    text = migration("insert into users values (1);\ninsert into users values (2),\n(1);")
    folder = write(tmp_path, {"001_users.sql": USERS, "002_rows.sql": text})
    with pytest.raises(StatementFailed) as caught:
        await up(own, folder)
    place = caught.value.place
    assert (place.line, place.statement, place.sqlstate) == (3, 2, "23505")
    assert "Key (id)=(1) already exists" in caught.value.message
    assert await own.fetch("select * from users") == []


async def test_a_constraint_that_waits_for_the_end_fails_there(own, tmp_path):
    text = migration(
        "create table a (id int unique deferrable initially deferred);\n"
        "insert into a values (1), (1);"
    )
    with pytest.raises(StatementFailed, match="at its end") as caught:
        await up(own, write(tmp_path, {"001_a.sql": text}))
    assert caught.value.place.sqlstate == "23505"
    assert await own.tables() == []


async def test_a_failing_way_back_takes_nothing_back(own, tmp_path):
    bad = migration("create table a ();", "drop table a;\ndrop table missing;")
    folder = write(tmp_path, {"001_users.sql": USERS, "002_a.sql": bad, "003_teams.sql": TEAMS})
    await up(own, folder)
    with pytest.raises(StatementFailed) as caught:
        await down(own, folder, everything=True)
    assert caught.value.place.line == 5
    assert "002_a was not taken back. Done before: 003_teams." in caught.value.message
    assert await own.applied() == ["001_users", "002_a"]
    assert await own.tables() == ["a", "users"]


async def test_line_ends_byte_order_marks_and_comments_are_no_edit(own, tmp_path):
    folder = write(tmp_path, {"001_users.sql": USERS})
    await up(own, folder)
    write(folder, {"001_users.sql": b"\xef\xbb\xbf" + USERS.replace("\n", "\r\n").encode()})
    assert (await up(own, folder)).warnings == ()
    write(folder, {"001_users.sql": USERS.replace("create", "-- why\n  create")})
    outcome = await up(own, folder)
    assert outcome.warnings == ("001_users: only comments were edited since it was applied",)


async def test_edited_missing_and_early_files_are_refused_by_name(own, tmp_path):
    folder = write(tmp_path, {"001_users.sql": USERS, "002_teams.sql": TEAMS})
    await up(own, folder)
    write(folder, {"001_users.sql": USERS.replace("name text", "name varchar")})
    (folder / "002_teams.sql").unlink()
    with pytest.raises(HistoryConflict) as caught:
        await up(own, folder)
    assert "edited since they were applied: 001_users" in caught.value.message
    assert "their files are missing: 002_teams" in caught.value.message
    with pytest.raises(HistoryConflict, match="edited"):
        await down(own, folder, everything=True)
    write(
        folder,
        {"001_users.sql": USERS, "002_teams.sql": TEAMS, "0_early.sql": migration("select 1;")},
    )
    with pytest.raises(HistoryConflict, match="0_early: numbered below"):
        await up(own, folder)
    assert names(await up(own, folder, allow_out_of_order=True)) == ["0_early"]


async def test_a_missing_file_can_be_taken_back_from_the_history(own, tmp_path):
    folder = write(tmp_path, {"001_users.sql": USERS, "002_teams.sql": TEAMS})
    await up(own, folder)
    (folder / "002_teams.sql").unlink()
    assert names(await down(own, folder)) == ["002_teams"]
    assert await own.tables() == ["users"]


async def test_what_is_irreversible_says_why_and_stays(own, tmp_path):
    text = "-- migrate:up\nselect 1;\n-- migrate:down\n-- irreversible: the rows are gone\n"
    folder = write(tmp_path, {"001_users.sql": USERS, "002_gone.sql": text})
    await up(own, folder)
    with pytest.raises(Refused, match="002_gone cannot be taken back: the rows are gone"):
        await down(own, folder, everything=True)
    assert await own.applied() == ["001_users", "002_gone"]


async def test_a_lock_held_by_a_long_query_is_retried_and_then_said(own, tmp_path):
    folder = write(
        tmp_path,
        {
            "001_users.sql": USERS,
            "002_more.sql": migration("select 1;\nalter table users add x int;"),
        },
    )
    await up(own, folder, to="1")
    holder = await asyncpg.connect(own.url, server_settings={"application_name": "report"})
    try:
        await holder.execute("begin; select * from users")
        with pytest.raises(Busy) as caught:
            await up(own, folder, lock_timeout=0.2, retries=1)
        assert caught.value.code == "lock_timeout"
        assert (caught.value.place.line, caught.value.place.statement) == (3, 2)
        assert "in 2 attempts" in caught.value.message
        assert "(report, idle in transaction" in caught.value.message
        assert await own.applied() == ["001_users"]
        waiting = asyncio.create_task(up(own, folder, lock_timeout=0.2, retries=50))
        await own.until(
            "select from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        await holder.execute("commit")
        assert names(await waiting) == ["002_more"]
    finally:
        await holder.close()


async def test_a_deadlock_is_tried_again_as_a_whole(own, tmp_path):
    await own.execute("create table a (n int); create table b (n int)")
    text = migration(
        "insert into a values (1);\nlock table a;\nselect pg_sleep(0.3);\nlock table b;"
    )
    folder = write(tmp_path, {"001_locks.sql": text})
    other = await asyncpg.connect(own.url)
    try:
        await other.execute("set deadlock_timeout = '10s'; begin; lock table b")
        run = asyncio.create_task(up(own, folder, lock_timeout=0, per_statement=True))
        await own.until(
            "select from pg_locks where relation = 'a'::regclass and mode = 'AccessExclusiveLock'"
        )
        blocked = asyncio.create_task(other.execute("lock table a"))
        # The migration waits for b, finds the deadlock after a second and gives way.
        await blocked
        await other.execute("commit")
        assert names(await run) == ["001_locks"]
        assert await own.fetch("select count(*) from a") == [(1,)]
    finally:
        await other.close()


async def test_copy_from_stdin_feeds_its_rows(own, tmp_path):
    text = migration(
        "create table a (n int, t text);\ncopy a (n, t) from stdin with (format text);\n"
        "1\tone; 'two\n2\t\\N\n\\.\ninsert into a values (3);"
    )
    assert names(await up(own, write(tmp_path, {"001_a.sql": text}))) == ["001_a"]
    assert await own.fetch("select n, t from a order by n") == [
        (1, "one; 'two"),
        (2, None),
        (3, None),
    ]


async def test_settings_of_one_migration_do_not_reach_the_next(own, tmp_path):
    first = migration(
        "set search_path = pg_catalog;\ncreate temp table users ();\nprepare x as select 1;"
    )
    second = migration("prepare x as select 1;\n" + USERS.splitlines()[1])
    folder = write(tmp_path, {"001_first.sql": first, "002_second.sql": second})
    await up(own, folder)
    assert await own.tables() == ["users"]


async def test_its_own_begin_and_commit_are_the_runners(own, tmp_path):
    text = migration(
        "BEGIN;\ncreate table a ();\nCOMMIT;", "begin transaction;\ndrop table a;\nend;"
    )
    folder = write(tmp_path, {"001_a.sql": text})
    await up(own, folder)
    assert await own.tables() == ["a"]
    await down(own, folder)
    assert await own.tables() == []


async def test_nothing_to_do_takes_no_lock_and_writes_nothing(own, tmp_path):
    assert names(await up(own, write(tmp_path, {}))) == []
    assert await own.fetch("select from pg_tables where tablename = 'schema_migrations'") == []


async def test_a_second_runner_waits_and_gives_up_naming_the_first(own, tmp_path):
    folder = write(tmp_path, {"001_slow.sql": migration("select pg_sleep(60);")})
    first = asyncio.create_task(up(own, folder))
    sleeping = (
        "select from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active'"
        " and pid <> pg_backend_pid()"
    )
    await own.until(sleeping)
    with pytest.raises(
        Busy, match=r"another runner.*server process [0-9]+ \(genesis migrate \(lock\)"
    ):
        await up(own, folder, lock_wait=0.1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    # Cancelling ends the statement on the server as well.
    await own.until(sleeping, gone=True)


async def test_a_table_of_another_tool_is_left_alone(own, tmp_path):
    await own.execute("create table schema_migrations (version varchar primary key)")
    with pytest.raises(Refused, match="made by another tool"):
        await up(own, write(tmp_path, {"001_users.sql": USERS}))


async def test_a_history_of_an_earlier_form_gets_what_it_lacks(own, tmp_path):
    await own.execute(
        "create schema genesis; create table genesis.schema_migrations ("
        "id bigint generated always as identity primary key, version bigint not null unique,"
        " name text not null, checksum text not null, up_sql text not null, down_sql text not null,"
        " down_line integer not null, pipeline text not null, approved_by text not null,"
        " applied_at timestamptz not null default now(), seconds float8 not null)"
    )
    folder = write(tmp_path, {"001_users.sql": USERS})
    for _ in range(2):
        await up(own, folder, table="genesis.schema_migrations")
        await down(own, folder, table="genesis.schema_migrations")
    assert await own.fetch("select version from genesis.schema_migrations") == [(1,), (1,)]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (migration("-- only this\n/* and this */"), "empty_migration", 2, 1),
        (migration("select 1;\n  vacuum;"), "needs_no_transaction", 3, 3),
        (migration("create index concurrently a on b (c);"), "needs_no_transaction", 2, 1),
        (migration("select 1;\ncommit;\nselect 2;"), "transaction_control", 3, 1),
        (
            migration("alter type mood add value 'new';\ninsert into t values ('new');"),
            "enum_value_used",
            3,
            23,
        ),
        (
            migration("create policy p on t using (exists (select 1 from t where id = 1));"),
            "policy_recursion",
            2,
            51,
        ),
        (migration("select 'open;"), "invalid_sql", 2, 8),
        (migration("\\connect other"), "invalid_sql", 2, 1),
    ],
)
async def test_what_cannot_run_is_found_before_anything_is(own, tmp_path, text, code, line, column):
    folder = write(tmp_path, {"001_users.sql": USERS, "002_bad.sql": text})
    with pytest.raises(InvalidInput) as caught:
        await up(own, folder)
    assert (caught.value.code, caught.value.place.line, caught.value.place.column) == (
        code,
        line,
        column,
    )
    assert await own.tables() == []


async def test_an_enum_value_may_be_used_where_its_type_is_new_or_the_file_says_so(own, tmp_path):
    new = migration(
        "create type mood as enum ('a');\nalter type mood add value 'b';\n"
        "create table t (m mood default 'b', x text);"
    )
    other = migration(
        "-- migrate:allow enum-value\nalter type mood add value 'c';\n"
        "insert into t (x) values ('c');"
    )
    folder = write(tmp_path, {"001_new.sql": new, "002_other.sql": other})
    assert names(await up(own, folder)) == ["001_new", "002_other"]


async def test_a_plan_runs_only_as_it_was_reviewed(own, tmp_path):
    folder = write(tmp_path / "m", {"001_users.sql": USERS, "002_teams.sql": TEAMS})

    async def plan():
        read = read_folder(folder)
        async with session.connect(own.url) as connection:
            table = await history.find(connection)
            comparison = planning.compare(read, await history.rows(connection, table))
        return plans.PlanFile(
            applied=plans.applied_hash(comparison),
            migrations=plans.planned(planning.up(comparison)),
        )

    reviewed = await plan()
    write(
        folder,
        {"003_more.sql": migration("select 1;"), "002_teams.sql": TEAMS.replace("id", "key")},
    )
    with pytest.raises(CheckFailed) as caught:
        await up(own, folder, plan=reviewed)
    assert "002_teams was edited since" in caught.value.message
    assert "003_more is not in the plan" in caught.value.message
    assert await own.tables() == []
    (folder / "003_more.sql").unlink()
    write(folder, {"002_teams.sql": TEAMS})
    assert names(await up(own, folder, plan=reviewed)) == ["001_users", "002_teams"]
    # Another replica with the same plan finds it done.
    assert names(await up(own, folder, plan=reviewed)) == []
    await down(own, folder)
    with pytest.raises(CheckFailed, match="other migrations are applied"):
        await up(own, folder, plan=reviewed)


async def test_a_backup_that_fails_ends_the_run_before_it_begins(own, tmp_path):
    async def full(*_arguments):
        raise Refused("backup_failed", "the disk is full")

    folder = write(tmp_path, {"001_users.sql": USERS})
    with pytest.raises(Refused, match="disk is full"):
        await up(own, folder, backup=full)
    assert await own.tables() == []


async def test_the_backups_name_stands_in_the_row(own, tmp_path):
    async def save(*_arguments):
        return "backup-1"

    outcome = await up(own, write(tmp_path, {"001_users.sql": USERS}), backup=save)
    assert outcome.backup == "backup-1"
    assert await own.fetch("select backup from schema_migrations") == [("backup-1",)]


async def test_a_repeatable_migration_runs_again_when_its_text_changes(own, tmp_path):
    files = {
        "V1__a.sql": "create table a (n int);",
        "R__view.sql": "create or replace view v as select 1 as n;",
    }
    folder = write(tmp_path, files)
    assert names(await up(own, folder)) == ["V1__a", "R__view"]
    assert names(await up(own, folder)) == []
    write(folder, {"R__view.sql": "create or replace view v as select 2 as n;"})
    assert names(await up(own, folder)) == ["R__view"]
    assert await own.fetch("select n from v") == [(2,)]
    assert names(await up(own, folder)) == []
