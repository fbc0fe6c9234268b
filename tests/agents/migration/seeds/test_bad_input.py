"""Seeds that do not fit: each says file, line, row and column, and leaves all as it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from agents.migration.errors import InvalidInput, Refused
from agents.migration.seeds import checking, running
from agents.migration.seeds.model import SeedInvalid
from tests.support.databases import database
from tests.support.postgres import Postgres

TABLES = """
create type colour as enum ('red', 'green');
create domain positive as int check (value > 0);
create table parents (id int primary key);
create table things (
  id int primary key, name varchar(5) not null, small smallint, flag boolean, colour colour,
  made timestamptz, code uuid, data jsonb, tags text[], amount numeric(5, 2), pos positive,
  parent int references parents, twice int generated always as (id * 2) stored,
  constraint even check (small % 2 = 0), unique (code)
);
create function refuse() returns trigger language plpgsql as $$ begin
  if new.name = 'bad' then raise exception 'no % here', new.name; end if; return new; end $$;
create trigger refuse before insert or update on things for each row execute function refuse();
"""

GOOD = [{"id": number, "name": "ok"} for number in range(1, 8)]


@pytest.fixture(scope="module")
def things(postgres: Postgres) -> Iterator[str]:
    """One database with the tables for the many cases that leave nothing behind."""
    with database(postgres, TABLES) as url:
        yield url


@pytest.fixture
async def shared(things: str) -> AsyncIterator[asyncpg.Connection]:
    found = await asyncpg.connect(things)
    try:
        yield found
    finally:
        await found.close()


async def refusal(connection: Any, seeds: Any) -> SeedInvalid:
    """What a run says; the database must be as before, and `validate` must not change it."""
    with pytest.raises(SeedInvalid) as caught:
        await running.run(connection, seeds)
    assert await connection.fetchval("select count(*) from things") == 0
    assert await connection.fetchval("select to_regnamespace('genesis') is null")
    assert caught.value.message.endswith("nothing was changed")
    return caught.value


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"nmae": "x"}, "nmae", "no such column; did you mean 'name'?"),
        ({"twice": 2}, "twice", "computed by the database"),
        ({"name": None}, "name", "is null, and the column is NOT NULL"),
        ({"name": "sixsix"}, "name", 'has 6 characters, and the column takes 5: "sixsix"'),
        ({"name": {"a": 1}}, "name", "is an object, and the column is character varying(5)"),
        ({"name": "a\0b"}, "name", "NUL"),
        ({"small": 40000}, "small", "40000 is out of range for smallint"),
        ({"small": 1.5}, "small", "must be a whole number (smallint), not 1.5"),
        ({"small": "x"}, "small", 'must be a whole number (smallint), not "x"'),
        ({"small": True}, "small", "must be a whole number (smallint), not true"),
        ({"flag": "perhaps"}, "flag", "must be true or false"),
        ({"flag": 1}, "flag", "must be true or false"),
        ({"colour": "blue"}, "colour", "must be one of red, green (colour)"),
        ({"made": "next week"}, "made", "invalid input syntax for type timestamp"),
        ({"made": "2026-02-30"}, "made", "out of range"),
        ({"made": 12}, "made", "must be a text that timestamp with time zone can read"),
        ({"code": "no"}, "code", "must be a UUID"),
        ({"amount": "much"}, "amount", "must be a number"),
        ({"amount": 12345}, "amount", "numeric field overflow"),
        ({"pos": 0}, "pos", "positive_check"),
        ({"tags": 5}, "tags", "must be a list (text[])"),
        ({"small": 3}, None, 'violates check constraint "even"'),
        ({"parent": 9}, None, 'violates foreign key constraint "things_parent_fkey"'),
        ({"name": "bad"}, None, "no bad here"),
    ],
)
async def test_a_value_that_does_not_fit_is_named(shared, seeds, write, row, column, says) -> None:
    rows = [*GOOD, {"id": 9, "name": "ok", **row}, {"id": 10, "name": "ok"}]
    write("t.json", [{"table": "things", "data": rows}])
    error = await refusal(shared, seeds)
    problem = error.problems[0]
    lines = (seeds / "t.json").read_text().splitlines()
    assert json.loads(lines[problem.line].strip().strip(",").split(": ")[1]) == 9
    assert (problem.row, problem.column or None) == (8, column or problem.column)
    assert says in problem.message
    assert str(seeds / "t.json") in error.message


async def test_missing_columns_are_named_with_the_first_row_that_lacks_them(
    connection, seeds, write
) -> None:
    await connection.execute(TABLES)
    write("t.json", [{"table": "things", "data": [*GOOD, {"id": 8}, {"id": 9}]}])
    error = await refusal(connection, seeds)
    assert [(each.row, each.column) for each in error.problems] == [(8, "name")]
    assert "is missing, and the column is NOT NULL without a default" in error.problems[0].message


async def test_many_problems_are_shown_together_and_not_without_end(
    connection, seeds, write
) -> None:
    await connection.execute(TABLES)
    write("t.json", [{"table": "things", "data": [{"id": "x", "name": None}] * 500}])
    error = await refusal(connection, seeds)
    assert len(error.problems) == 20
    assert "20 or more problems" in error.message


async def test_two_rows_with_one_key_are_both_named(connection, seeds, write) -> None:
    await connection.execute(TABLES)
    write("t.json", [{"table": "things", "data": [*GOOD, {"id": 3, "name": "again"}]}])
    error = await refusal(connection, seeds)
    assert error.problems[0].row == 8
    assert "has the same id as row 3 (line 13)" in error.problems[0].message


async def test_a_second_unique_key_is_named_with_its_row(connection, seeds, write) -> None:
    await connection.execute(TABLES)
    code = "6f0d8f8e-0000-4000-8000-000000000000"
    write(
        "t.json",
        [
            {
                "table": "things",
                "data": [
                    *GOOD,
                    {"id": 8, "name": "a", "code": code},
                    {"id": 9, "name": "b", "code": code},
                ],
            }
        ],
    )
    error = await refusal(connection, seeds)
    assert error.problems[0].row == 9
    assert error.problems[0].sqlstate == "23505"


async def test_a_row_may_not_refer_to_a_later_row_that_is_not_there(
    connection, seeds, write
) -> None:
    await connection.execute(
        TABLES + "create table tree (id int primary key, up int references tree)"
    )
    write(
        "t.json",
        [
            {
                "table": "tree",
                "data": [{"id": 1, "up": 3}, {"id": 2, "up": 7}, {"id": 3, "up": None}],
            }
        ],
    )
    error = await refusal(connection, seeds)
    assert error.problems[0].row == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "must be a list"),
        ("{}", 1, "must be a list"),
        ('[{"table": "things",\n "data": [{"id": 1,}]}]', 2, "is no JSON"),
        ('[{"table": "things",\n "data": [\n{"id": 1}\n{"id": 2}]}]', 4, "',' or ']' is missing"),
        ('[{"table": "things",\n "data": [\n{"id": 1', 3, "is no JSON"),
        ('[{"table": "things", "data": [{"id": 1, "id": 2}]}]', 1, "stands twice"),
        ('[{"table": "things", "data": [{"id": NaN}]}]', 1, "NaN is no JSON"),
        ('[{"table": "things", "data": [7]}]', 1, "a row must be an object"),
        ('[{"table": "things", "data": {}}]', 1, '"data" must be a list'),
        ('[{"table": "things"}]', 1, '"data" is missing'),
        ('[{"data": []}]', 1, '"table" is missing'),
        ('[{"table": "", "data": []}]', 1, '"table" must be'),
        ('[{"table": "things", "data": [], "truncate": true}]', 1, "unknown 'truncate'"),
        ('[{"table": "things", "data": [], "truncateFirst": 1}]', 1, "true or false"),
        ('[{"table": "things", "data": [], "key": 1}]', 1, '"key" must be'),
        ('[{"table": "things", "data": [], "key": "nope"}]', 1, "'nope', which is no column"),
        ('[{"table": "thinks", "data": []}]', 1, "did you mean 'things'?"),
        ('[{"table": "pg_class", "data": []}]', 1, "there is no table 'pg_class'"),
        ("[]\n\n[]", 3, "goes on behind its end"),
        ('[{"table": "things", "data": [{}]}]', 1, "the row is empty"),
        ('[{"table": "things", "data": [{"id": 1, "name": "\\ud800"}]}]', 1, "half a character"),
        ('[{"table": "things", "data": [' + "[" * 100_000, 1, "must be an object"),
        ('[{"table": "things", "data": [{"id": ' + "[" * 100_000, 1, "cannot be read"),
        ('[{"table": "things", "data": [{"id": ' + "9" * 5000 + "}]}]", 1, "cannot be read"),
        (b'[{"table": "things",\n"data": [{"id": 1, "name": "\xff"}]}]', 2, "not UTF-8"),
        ("[]".encode("utf-16"), 1, "not UTF-8"),
    ],
)
async def test_a_file_of_another_shape_is_refused_with_its_line(
    shared, seeds, write, text, line, says
) -> None:
    write("t.json", text)
    error = await refusal(shared, seeds)
    assert says in error.problems[0].message
    assert error.problems[0].line == line


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("things.csv", "", 1, "is empty"),
        ("things.csv", "id;name\n1;a\n", 1, "separated by commas"),
        ("things.csv", "id,id\n", 1, "stands twice"),
        ("things.csv", "id,\n", 1, "column 2 has no name"),
        ("things.csv", "id,name\n1,a\n\n2\n", 4, "has 1 values"),
        ("things.csv", 'id,name\n1,"a\n2,b\n', 2, "never closed"),
        ("things.csv", 'id,name\n1,a"b"\n', 2, "inside a value"),
        ("things.csv", "id,name\n1,a\n2,\n", 3, "is null"),
        ("things.csv", "id,name\n1,a\n2,toolong\n", 3, "7 characters"),
        ("things.csv", "id,name,data\n1,a,{x\n", 2, "must be JSON"),
        ("things.csv", "id,name,made\n1,a,2020-01-01\n2,b,soon\n", 3, "invalid input syntax"),
        ("development_.csv", "id\n1\n", None, "says no table"),
        ("other.csv", "id\n1\n", 1, "there is no table 'other'"),
        ("things.csv", b"id,name\n1,\xff\n", None, "not UTF-8"),
    ],
)
async def test_a_bad_csv_is_refused_with_its_line(
    shared, seeds, write, name, text, line, says
) -> None:
    write(name, text)
    error = await refusal(shared, seeds)
    assert says in error.problems[0].message
    assert error.problems[0].line == line


async def test_validate_finds_the_problems_of_every_file_and_changes_nothing(
    connection, seeds, write
) -> None:
    await connection.execute(TABLES)
    write("a.json", [{"table": "things", "data": [{"id": 1, "name": "toolong"}]}])
    write("b.json", "[")
    write("c.csv", "x\n1\n")
    write("d.json", [{"table": "parents", "data": [{"id": 1}]}])
    checked = await checking.validate(connection, seeds)
    assert [(each.file, len(each.problems)) for each in checked] == [
        ("a.json", 1),
        ("b.json", 1),
        ("c.csv", 1),
        ("d.json", 0),
    ]
    assert await connection.fetchval("select count(*) from parents") == 0
    offline = await checking.validate(None, seeds)
    assert [len(each.problems) for each in offline] == [0, 1, 0, 0]


async def test_a_view_is_no_place_for_seeds(connection, seeds, write) -> None:
    await connection.execute(TABLES + "create view v as select * from things")
    write("v.json", [{"table": "v", "data": [{"id": 1}]}])
    assert "is a view" in (await refusal(connection, seeds)).message


async def test_rows_that_a_policy_refuses_are_named(connection, seeds, write) -> None:
    await connection.execute(
        """
        create role seeder_of_tests; grant create on database current to seeder_of_tests;
    """.replace(
            "database current",
            f'database "{await connection.fetchval("select current_database()")}"',
        )
    )
    await connection.execute("""
        create table mine (id int primary key, who text);
        grant all on mine to seeder_of_tests;
        alter table mine enable row level security;
        create policy mine on mine using (who = 'me') with check (who = 'me');
        create table closed (id int primary key);
    """)
    try:
        await connection.execute("set role seeder_of_tests")
        write(
            "t.json", [{"table": "mine", "data": [{"id": 1, "who": "me"}, {"id": 2, "who": "you"}]}]
        )
        with pytest.raises(InvalidInput, match=r"row 2: .*row-level security"):
            await running.run(connection, seeds)
        write("t.json", [{"table": "closed", "data": [{"id": 1}]}])
        with pytest.raises(Refused, match="permission denied"):
            await running.run(connection, seeds)
    finally:
        await connection.execute(
            "reset role; drop owned by seeder_of_tests; drop role seeder_of_tests"
        )


async def test_a_file_that_cannot_be_read_or_changes_meanwhile_is_refused(
    connection, seeds, write, monkeypatch
) -> None:
    await connection.execute(TABLES)
    path = write("t.json", [{"table": "parents", "data": [{"id": 1}]}])
    original = running.load

    async def load(*args: Any, **more: Any) -> Any:
        path.write_text(path.read_text() + " ")
        return await original(*args, **more)

    monkeypatch.setattr(running, "load", load)
    with pytest.raises(InvalidInput, match="was changed while it was read"):
        await running.run(connection, seeds)
    assert await connection.fetchval("select count(*) from parents") == 0
