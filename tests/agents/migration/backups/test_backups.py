"""Backups of a real database, restored and compared; what is wrong with them is found."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest

from agents.migration import backups
from agents.migration.backups import store
from agents.migration.errors import CheckFailed, InvalidInput, Refused, StatementFailed
from agents.migration.files import Migration, Section
from tests.agents.migration.backups.conftest import EVERYTHING


def migration(name: str, up: str, down: str | None = None) -> Migration:
    return Migration(
        version=name,
        order=(1,),
        name=name,
        path=Path(name),
        checksum="",
        up=Section(up),
        down=Section(down) if down is not None else None,
    )


async def value(url: str, query: str, database: str | None = None) -> object:
    connection = await asyncpg.connect(url, database=database)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_was_there_comes_back(url, connection, folder, method) -> None:
    before = await connection.fetchval(EVERYTHING)
    backup = await backups.make(connection, url, folder, method=method)
    assert backup.method == method
    await connection.execute("""
        insert into users (email) values ('new@x'); update orders set data = null;
        delete from "odd ""schema"."t😀"; insert into log values (now(), 'later');
    """)
    restored = await backups.restore(url, folder, backup.id, overwrite=True)
    assert await value(url, EVERYTHING) == before
    assert restored.rows == sum(table.rows or 0 for table in backup.tables)
    assert await value(url, "select tgenabled = 'O' from pg_trigger where tgname = 'note'") is True
    assert (
        await value(url, "select relforcerowsecurity from pg_class where relname = 'orders'")
        is True
    )
    assert restored.saved is not None
    await backups.restore(url, folder, restored.saved, overwrite=True, save=False)
    assert await value(url, "select count(*) from users where email = 'new@x'") == 1


async def test_another_database_is_made_for_it(url, connection, folder, method) -> None:
    before = await connection.fetchval(EVERYTHING)
    backup = await backups.make(connection, url, folder, method=method)
    name = await connection.fetchval("select current_database() || ' \"2\" 😀'")
    restored = await backups.restore(url, folder, backup.id[:-2], into=name)
    assert (restored.database, restored.created) == (name, True)
    assert await value(url, EVERYTHING, name) == before
    with pytest.raises(Refused, match="is not empty"):
        await backups.restore(url, folder, backup.id, into=name)
    await backups.restore(url, folder, backup.id, into=name, overwrite=True, save=False)
    assert await value(url, EVERYTHING, name) == before
    for constraint in ("has_at", "orders_who_fkey", "users_email_key"):
        assert await value(
            url, f"select true from pg_constraint where conname = '{constraint}'", name
        )
    assert await value(url, "select true from pg_indexes where indexname = 'orders_by_who'", name)


async def test_nothing_is_replaced_unasked(url, connection, folder, method) -> None:
    backup = await backups.make(connection, url, folder, method=method)
    with pytest.raises(Refused, match="is not empty"):
        await backups.restore(url, folder, backup.id)
    assert len(store.every(folder)[0]) == 1


async def test_a_dump_takes_away_what_came_later(url, connection, folder) -> None:
    backup = await backups.make(connection, url, folder)
    await connection.execute("""
        create schema later; create table later.t (id int);
        create view public.v as select id from users;
        create type public.late as enum ('x');
        do $$ begin if exists (select from pg_available_extensions where name = 'vector') then
          create extension vector; end if; end $$;
        alter table users drop column mood; drop type mood; drop table orders;
    """)
    await backups.restore(url, folder, "latest", overwrite=True)
    assert (
        await value(
            url,
            "select to_regnamespace('later') is null and to_regclass('v') is null"
            " and to_regtype('late') is null",
        )
        is True
    )
    assert await value(url, "select count(*) from orders") == 50
    assert (
        await value(
            url,
            "select nspowner::regrole::text || has_schema_privilege('public', 'public', 'usage')"
            " from pg_namespace where nspname = 'public'",
        )
        == "pg_database_ownertrue"
    )
    assert backup.program.startswith("pg_dump")


async def test_a_failed_restore_changes_nothing(url, connection, folder, method) -> None:
    backup = await backups.make(connection, url, folder, method=method)
    await connection.execute(
        "delete from orders where id > 10; alter table log add column later int"
    )
    before = await connection.fetchval(EVERYTHING)
    if method == "pg_dump":
        await connection.execute("create role only_here_for_backups")
        try:
            await connection.execute("alter table log owner to only_here_for_backups")
            backup = await backups.make(connection, url, folder, method=method)
            await connection.execute("reassign owned by only_here_for_backups to current_user")
        finally:
            await connection.execute(
                "drop owned by only_here_for_backups; drop role only_here_for_backups"
            )
        with pytest.raises(StatementFailed, match='role "only_here_for_backups" does not exist'):
            await backups.restore(url, folder, backup.id, overwrite=True)
        name = await connection.fetchval("select current_database() || '2'")
        with pytest.raises(StatementFailed):
            await backups.restore(url, folder, backup.id, into=name)
        assert await value(url, f"select count(*) from pg_database where datname = '{name}'") == 0
        assert await value(url, EVERYTHING) == before
        await backups.restore(url, folder, backup.id, overwrite=True, no_owner=True)
    else:
        await connection.execute(
            "alter table users add constraint never check (email <> 'u3@x') not valid"
        )
        with pytest.raises(StatementFailed, match="never"):
            await backups.restore(url, folder, backup.id, overwrite=True)
        await connection.execute("alter table users drop column mood")
        with pytest.raises(InvalidInput, match="has no column mood any more"):
            await backups.restore(url, folder, backup.id, overwrite=True)
        assert await value(url, "select count(*) from orders") == 10


async def test_a_damaged_backup_is_refused_and_the_database_stays(
    url, connection, folder, method
) -> None:
    backup = await backups.make(connection, url, folder, method=method)
    stored = folder / backup.id / backup.files[0].name
    content = stored.read_bytes()
    for bad, says in (
        (content[:-1], "bytes instead of"),
        (content[:20] + bytes([content[20] ^ 1]) + content[21:], "SHA-256 differs"),
    ):
        stored.write_bytes(bad)
        with pytest.raises(InvalidInput, match=says):
            await backups.restore(url, folder, backup.id, overwrite=True)
        with pytest.raises(InvalidInput, match=says):
            await backups.check(folder, backup.id)
    stored.unlink()
    with pytest.raises(InvalidInput, match="No such file"):
        await backups.restore(url, folder, backup.id, overwrite=True)
    (folder / backup.id / "manifest.json").write_text("{")
    with pytest.raises(InvalidInput, match="manifest cannot be read"):
        await backups.restore(url, folder, backup.id, overwrite=True)
    assert [error.code for error in store.every(folder)[1]] == ["backup_damaged"]
    (folder / backup.id / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(InvalidInput, match="newer genesis"):
        store.load(folder, backup.id)
    with pytest.raises(InvalidInput, match="no backup is called"):
        await backups.restore(url, folder, "nope")
    assert await value(url, "select count(*) from orders") == 50


async def test_a_drill_restores_and_leaves_nothing(url, connection, folder, method) -> None:
    backup = await backups.make(connection, url, folder, method=method)
    await backups.check(folder, backup.id, url=url)
    assert (
        await value(url, "select count(*) from pg_database where datname like 'genesis_drill%'")
        == 0
    )
    manifest = folder / backup.id / "manifest.json"
    content = json.loads(manifest.read_text())
    content["tables"][0]["rows"] += 1
    manifest.write_text(json.dumps(content))
    with pytest.raises(CheckFailed, match="rows instead of"):
        await backups.check(folder, backup.id, url=url)
    assert (
        await value(url, "select count(*) from pg_database where datname like 'genesis_drill%'")
        == 0
    )


async def test_before_migrations_only_what_they_touch_is_copied(url, connection, folder) -> None:
    backup = await backups.before(
        connection,
        url,
        [migration("001_x", 'alter table "odd ""schema"."t😀" add x int', None)],
        folder,
        method="copy",
    )
    assert [table.name for table in backup.tables] == ["t😀"]
    assert (backup.automatic, backup.migrations, backup.reason) == (
        True,
        ("001_x",),
        "before migrating 001_x",
    )
    for up, down, names in (
        ("create table fresh (id int)", "drop table fresh", set()),
        ("select 1", "delete from users", {"users", "orders", "log"}),
        ("drop index orders_by_who", None, {"orders"}),
        ("select nextval('users_id_seq')", None, {"users", "orders", "log"}),
        ("insert into users select note()", None, {"users", "orders", "log"}),
        (
            "do $$ begin execute 'drop ta' || 'ble log'; end $$",
            None,
            {"users", "orders", "log", "t😀"},
        ),
        (
            "create trigger x after insert on log for each row execute function note()",
            None,
            {"log"},
        ),
        ("drop schema public cascade", None, {"users", "orders", "log", "t😀"}),
    ):
        backup = await backups.before(
            connection, url, [migration("1", up, down)], folder, method="copy"
        )
        assert {table.name for table in backup.tables} == names, up


async def test_rows_that_a_policy_hides_mean_no_backup(url, connection, folder, method) -> None:
    await connection.execute(
        """
        create role limited_here login password 'x';
        grant usage on schema public, "odd ""schema" to limited_here;
        grant select on all tables in schema public, "odd ""schema" to limited_here;
        grant select on all sequences in schema public to limited_here;
        """
    )
    limited = url.replace(url.split("//")[1].split("@")[0], "limited_here:x")
    try:
        other = await asyncpg.connect(limited)
        try:
            with pytest.raises(Refused, match="row-level security"):
                await backups.make(other, limited, folder, method=method)
        finally:
            await other.close()
    finally:
        await connection.execute("drop owned by limited_here; drop role limited_here")
    assert list(folder.glob("[!.]*")) == []
