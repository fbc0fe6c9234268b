"""A database that has its schema already, and other tools' histories."""

from __future__ import annotations

import pytest

from agents.migration import adoption, runner
from agents.migration.errors import HistoryConflict, InvalidInput
from agents.migration.files import read_folder
from agents.migration.runs import Options
from tests.support.migrations import migration, write

NATIVE = {
    f"00{at}_m{at}.sql": migration(f"create table t{at} ();", f"drop table t{at};")
    for at in (1, 2, 3)
}
GOLANG = {f"{at}_m{at}.up.sql": f"create table t{at} ();" for at in (1, 2, 3)}
GOOSE = {
    f"0000{at}_m{at}.sql": f"-- +goose Up\ncreate table t{at} ();\n-- +goose Down\nselect 1;"
    for at in (1, 2, 3)
}
DIESEL = {f"2024-01-0{at}-000000_m{at}/up.sql": f"create table t{at} ();" for at in (1, 2, 3)}
FLYWAY = {f"V{at}__m{at}.sql": f"create table t{at} ();" for at in (1, 2, 3)}
NODE = {
    f"00{at}_m{at}.sql": f"-- Up Migration\ncreate table t{at} ();\n-- Down Migration\nselect 1;"
    for at in (1, 2, 3)
}

TOOLS = {
    "dbmate": (
        NATIVE,
        """create table schema_migrations (version varchar primary key);
        insert into schema_migrations values ('001'), ('002')""",
    ),
    "golang-migrate": (
        GOLANG,
        """create table schema_migrations (version bigint primary key, dirty boolean not null);
        insert into schema_migrations values (2, false)""",
    ),
    "goose": (
        GOOSE,
        """create table goose_db_version (
          id serial, version_id bigint, is_applied boolean, tstamp timestamp default now());
        insert into goose_db_version (version_id, is_applied)
        values (0, true), (1, true), (2, true), (3, true), (3, false)""",
    ),
    "diesel": (
        DIESEL,
        """create table __diesel_schema_migrations (
          version varchar(50) primary key, run_on timestamp default now());
        insert into __diesel_schema_migrations values ('20240101000000'), ('20240102000000')""",
    ),
    "flyway": (
        FLYWAY,
        """create table flyway_schema_history (installed_rank int, version varchar,
          description text, type text, script text, success boolean);
        insert into flyway_schema_history values
          (1, '1', 'm1', 'SQL', 'V1__m1.sql', true), (2, '2', 'm2', 'SQL', 'V2__m2.sql', true)""",
    ),
    "node-pg-migrate": (
        NODE,
        """create table pgmigrations (id serial, name varchar, run_on timestamp default now());
        insert into pgmigrations (name) values ('001_m1'), ('002_m2')""",
    ),
}


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_another_tool_applied_is_taken_over(own, tmp_path, tool):
    files, theirs = TOOLS[tool]
    await own.execute(f"create table t1 (); create table t2 (); {theirs}")
    folder = read_folder(write(tmp_path, files))
    done = await adoption.baseline(own.url, folder, adopt=True)
    assert (done.tool, len(done.names)) == (tool, 2)
    outcome = await runner.up(own.url, folder, Options())
    assert len(outcome.done) == 1
    assert "t3" in await own.tables()
    rows = await own.fetch(f"select status from {done.table} order by id")
    assert rows == [("baseline",), ("baseline",), ("applied",)]


async def test_up_to_a_version_is_taken_for_applied_and_nothing_is_run(own, tmp_path):
    folder = read_folder(write(tmp_path, NATIVE))
    done = await adoption.baseline(own.url, folder, to="002")
    assert done.names == ("001_m1", "002_m2")
    assert await own.tables() == []
    assert (await adoption.baseline(own.url, folder, to="2")).names == ()
    await runner.up(own.url, folder, Options())
    assert await own.tables() == ["t3"]


async def test_one_of_the_three_ways_must_be_said(own, tmp_path):
    folder = read_folder(write(tmp_path, NATIVE))
    with pytest.raises(InvalidInput, match="say what the database has"):
        await adoption.baseline(own.url, folder)
    with pytest.raises(InvalidInput, match="no table of dbmate"):
        await adoption.baseline(own.url, folder, adopt=True)


async def test_a_half_applied_foreign_migration_is_not_taken_over(own, tmp_path):
    await own.execute(
        "create table schema_migrations (version bigint, dirty boolean);"
        "insert into schema_migrations values (2, true)"
    )
    with pytest.raises(HistoryConflict, match="half applied"):
        await adoption.baseline(own.url, read_folder(write(tmp_path, GOLANG)), adopt=True)
    assert await own.fetch("select from pg_namespace where nspname = 'genesis'") == []


async def test_an_edit_that_is_meant_is_accepted_with_its_reason(own, tmp_path):
    folder = write(tmp_path, NATIVE)
    await runner.up(own.url, read_folder(folder), Options())
    write(folder, {"002_m2.sql": migration("create table t2 (n int);", "drop table t2;")})
    with pytest.raises(HistoryConflict):
        await runner.up(own.url, read_folder(folder), Options())
    assert (
        await adoption.accept(own.url, read_folder(folder), "2", "was done by hand", by="ann")
        == "002_m2"
    )
    assert (await runner.up(own.url, read_folder(folder), Options())).done == ()
    notes = await own.fetch("select note from schema_migrations where version = '2'")
    assert notes == [("edited text accepted by ann: was done by hand",)]


async def test_a_lost_file_is_forgotten_with_its_reason(own, tmp_path):
    folder = write(tmp_path, NATIVE)
    await runner.up(own.url, read_folder(folder), Options())
    (folder / "003_m3.sql").unlink()
    assert (
        await adoption.forget(own.url, read_folder(folder), "003_m3", "never released", by="ann")
        == "003_m3"
    )
    assert (await runner.up(own.url, read_folder(folder), Options())).warnings == ()
    with pytest.raises(InvalidInput, match="no migration is '003_m3'"):
        await adoption.forget(own.url, read_folder(folder), "003_m3", "again")
