"""A rehearsal tells what a run would cost, and nothing of it stays."""

from __future__ import annotations

import json

import pytest

from tests.support.databases import database
from tests.support.migrate import World

READY = "create table users (id int primary key, name text); insert into users values (1, 'Ada');"


@pytest.fixture
def world(postgres, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    with database(postgres, READY) as url:
        yield World(url, folder)


def steps(world):
    done = world.run("dry-run", "--json")
    assert done.returncode == 0, done
    return json.loads(done.stdout)["steps"]


def test_locks_and_rewrites_and_rows_are_told_and_nothing_stays(world):
    world.write(
        "001_more",
        "create index i on users (name);\nalter table users alter id type bigint;\n"
        "update users set name = 'Bea';\ncreate table other (id int);",
        "select 1;",
    )
    before = world.run("dump").stdout
    index, retyped, changed, created = steps(world)
    assert index["locks"] == ["users: SHARE"]
    assert retyped["locks"] == ["users: ACCESS EXCLUSIVE", "users_pkey: ACCESS EXCLUSIVE"]
    assert "users" in retyped["rewrites"]
    assert changed["status"] == "UPDATE 1"
    assert created["locks"] == []
    assert world.run("dump").stdout == before
    assert "pending" in world.run("status").stdout


def test_what_runs_without_a_transaction_runs_in_a_copy(world):
    world.write("001_column", "alter table users add email text;", "select 1;")
    (world.folder / "002_index.sql").write_text(
        "-- migrate:up transaction:false\ncreate index concurrently i on users (email);\n"
        "-- migrate:down\ndrop index i;\n"
    )
    first, second = steps(world)
    assert (first["in_copy"], second["in_copy"]) == (False, True)
    assert "i on" not in world.run("dump").stdout


def test_a_statement_that_fails_is_named_and_nothing_stays(world):
    world.write(
        "001_wrong", "create table kept (id int);\nselect nothing from nowhere;", "select 1;"
    )
    done = world.run("dry-run")
    assert done.returncode == 5
    assert "001_wrong.sql:3:21" in done.stderr
    assert "42P01" in done.stderr
    assert "kept" not in world.run("dump").stdout
