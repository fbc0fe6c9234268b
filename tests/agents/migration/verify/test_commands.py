"""`verify`, `reverse`, `drift` and `dump` as a person uses them."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.support.databases import database, execute
from tests.support.migrate import World

UP = "create table notes (id int primary key, body text not null);\ncreate index on notes (body);"
DOWN = "drop table notes;"


@pytest.fixture
def world(postgres, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    with database(postgres) as url:
        yield World(url, folder)


def test_verify_proves_good_ways_back_and_touches_nothing(world):
    world.write("001_notes", UP, DOWN)
    done = world.run("verify")
    assert done.returncode == 0, done
    assert "1 proved" in done.stdout
    assert "pending" in world.run("status").stdout


def test_verify_shows_what_a_bad_way_back_lacks(world):
    world.write("001_notes", UP, DOWN)
    world.write("002_size", "alter table notes add size int;", "select 1;")
    done = world.run("verify")
    assert done.returncode == 7
    assert "alter table public.notes drop column size" in done.stdout
    assert "002_size" in done.stderr
    found = json.loads(world.run("verify", "--json").stdout)
    assert [each["verdict"] for each in found["migrations"]] == ["exact", "differs"]


def test_reverse_finds_a_way_back_and_proves_it(world):
    world.write("001_notes", UP, DOWN)
    world.write("002_more", "alter table notes add size int default 3;\ncreate view v as select 1;")
    assert world.run("verify").returncode == 7
    done = world.run("reverse", "2", "--write")
    assert done.returncode == 0, done
    assert "loses the values of public.notes size" in done.stdout
    assert world.run("verify").returncode == 0
    again = world.run("reverse", "2", "--write")
    assert again.returncode == 7
    assert "not touched" in again.stderr


def test_drift_is_what_somebody_did_by_hand(world):
    world.write("001_notes", UP, DOWN)
    assert world.run("up").returncode == 0
    assert "no drift" in world.run("drift").stdout
    asyncio.run(execute(world.url, "alter table notes alter body drop not null"))
    done = world.run("drift")
    assert done.returncode == 7
    assert "alter table public.notes alter column body set not null" in done.stdout


def test_a_dump_makes_the_same_schema_again(world, postgres):
    world.write("001_notes", UP, DOWN)
    world.run("up")
    done = world.run("dump")
    assert done.returncode == 0, done
    first = done.stdout
    assert "create table public.notes" in first
    with database(postgres) as url:
        asyncio.run(execute(url, first))
        other = World(url, world.folder)
        assert other.run("dump").stdout == first
