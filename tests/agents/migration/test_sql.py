from __future__ import annotations

import pytest

from agents.migration.sql import SqlError, code, split


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


def test_places_are_those_of_the_file():
    found = split("select 1;  select\n  2;", first_line=7)
    assert [(each.line, each.column, each.offset) for each in found] == [(7, 1, 0), (7, 12, 11)]
    assert (found[1].line_at(10), found[1].column_at(10)) == (8, 3)


def test_the_data_of_a_copy_belong_to_it():
    first, second = split("copy t (a, b) from stdin with (format csv);\n1;'\n\\.\nselect 2;")
    assert (first.sql, first.data) == ("copy t (a, b) from stdin with (format csv)", "1;'\n")
    assert (second.sql, second.line) == ("select 2", 4)


@pytest.mark.parametrize(
    ("text", "said", "line", "column"),
    [
        ("select 1;\n  \\connect other\nselect 2;", r"\connect is a command of psql", 2, 3),
        ("select 1 \\gset", r"\gset is a command of psql", 1, 10),
        ("copy t from stdin;\n1\n2\n", "never end", 1, 1),
    ],
)
def test_what_only_psql_knows_is_refused_with_its_place(text, said, line, column):
    with pytest.raises(SqlError) as caught:
        split(text)
    assert said in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_code_is_equal_where_only_comments_and_space_differ():
    assert code("select  1 -- a\n ; /* b */") == code("select 1;")
    assert code("select 'a  b'") != code("select 'a b'")
    assert code("do $$ x -- y\n $$") != code("do $$ x $$")


def test_ten_thousand_statements_split_in_one_pass():
    text = "create table t (a int, b text default ';');\n" * 10_000
    found = split(text)
    assert len(found) == 10_000
    assert found[-1].line == 10_000
