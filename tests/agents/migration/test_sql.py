from __future__ import annotations

import pytest

from agents.migration.sql import SqlError, split


def texts(sql: str) -> list[str]:
    return [statement.sql for statement in split(sql)]


@pytest.mark.parametrize(
    "statement",
    [
        "select ';'",
        "select e'\\';', 1",
        'select 1 as "a;b"',
        "select 'it''s; ok'",
        "do $$ begin perform 1; perform 2; end $$",
        "do $body$ begin perform '$$;'; end $body$",
        "select 1 /* a; /* b; */ c; */ + 1",
        "select 1 -- no; end\n + 1",
        "create rule r as on insert to t do also (delete from a; delete from b)",
        "create function f() returns int begin atomic select case when true then 1 end; end",
        "select $1, a$b from t",
        "select U&'d\\0061t;a'",
    ],
)
def test_a_semicolon_inside_something_does_not_split(statement):
    assert texts(f"{statement};\n-- and\nselect 2;") == [statement, "select 2"]


@pytest.mark.parametrize("sql", ["", "   \n", "-- only this", "/* only this */ ; ;"])
def test_comments_alone_are_no_statement(sql):
    assert texts(sql) == []


def test_lines_are_those_of_the_file():
    found = split("\n-- a\nselect 1;\n\n  select\n 2", first_line=10)
    assert [statement.line for statement in found] == [12, 14]
    assert found[1].line_at(len("select\n 2")) == 15


@pytest.mark.parametrize("sql", ["select 'a", 'select "a', "do $x$ begin", "/* a /* b */"])
def test_what_is_never_closed_is_refused_with_its_line(sql):
    with pytest.raises(SqlError) as caught:
        split(f"select 1;\n{sql}")
    assert caught.value.line == 2
