"""squawk beside our own rules: what it adds and where, and what it leaves to ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.migration.files import read_folder
from agents.migration.lint import check, squawk
from agents.migration.lint.findings import RULES
from agents.migration.lint.squawk_rules import BREAKING, LOCKING, OURS
from tests.agents.migration.lint.test_snippets import BAD, GOOD
from tests.support.migrations import migration, write

PROGRAM = squawk.find()
ALONE = " transaction:false"
SYNTAX_OF_A_BODY = "create function f() returns int language sql as $$\n  select 1 +;\n$$;"
AT_ONCE = (
    "alter table t add constraint c check (a > 0) not valid;\nalter table t validate constraint c;"
)
COPY = 'copy t (a, b) from stdin with (format csv);\n1,drop\n2,"x; drop view v"\n\\.\n'

TOLD: list[tuple[str, list[tuple[str, int, int]]]] = [
    ("drop view v;", [("ban-drop-view", 1, 1)]),
    ("select 1;\n\n  drop materialized view v;", [("ban-drop-view", 3, 3)]),
    ("select 'é😀'; drop view v;", [("ban-drop-view", 1, 14)]),
    ("-- é\n/* 😀\n   é */ drop view v;", [("ban-drop-view", 3, 9)]),
    ("drop function f(int);\ndrop procedure p();", [
        ("ban-drop-function", 1, 1), ("ban-drop-function", 2, 1),
    ]),
    ("drop type mood;", [("ban-drop-type", 1, 1)]),
    ("drop schema s;", [("ban-drop-schema", 1, 1)]),
    ("drop sequence s;", [("ban-drop-sequence", 1, 1)]),
    ("drop domain d;", [("ban-drop-domain", 1, 1)]),
    ("drop extension e;", [("ban-drop-extension", 1, 1)]),
    ("alter table t drop constraint c;", [("ban-drop-constraint", 1, 15)]),
    ("alter table t\n  alter a drop not null;", [("ban-drop-not-null", 2, 11)]),
    ("alter table t alter a drop default;", [("ban-drop-default", 1, 23)]),
    ("alter table t alter a drop expression;", [("ban-drop-generated-expression", 1, 23)]),
    ("alter table t alter a drop identity;", [("ban-alter-identity", 1, 23)]),
    ("alter table t set schema s;", [("ban-set-schema", 1, 15)]),
    ("alter view v rename to w;", [("renaming-object", 1, 14)]),
    ("alter function f() rename to g;", [("renaming-object", 1, 20)]),
    ("alter type t rename attribute a to b;", [("renaming-column", 1, 14)]),
    ("alter type t drop attribute a;", [("ban-drop-column", 1, 14)]),
    ("alter type mood add value 'fine';", [("require-enum-value-ordering", 1, 17)]),
    ("alter table p detach partition q;", [("require-concurrent-partition-detach", 1, 15)]),
    ("alter table t add constraint c not null a;", [("constraint-missing-not-valid", 1, 15)]),
    (
        AT_ONCE,
        [("constraint-missing-not-valid", 2, 15)],
    ),
    ("alter table t alter a type text;", [("changing-column-type", 1, 23)]),
    ("alter table t add a text default f('é');", [("adding-field-with-default", 1, 34)]),
    ("create domain d as text check (value > '');", [("ban-create-domain-with-constraint", 1, 25)]),
    ("alter domain d add constraint c check (value > '');", [
        ("ban-alter-domain-with-add-constraint", 1, 16),
    ]),
    ("update t set a = 1,\n a = 2 where b;", [
        ("ban-duplicate-column-assignments", 1, 14), ("ban-duplicate-column-assignments", 2, 2),
    ]),
    (f"drop view {'é' * 32};", [("ban-drop-view", 1, 1), ("identifier-too-long", 1, 11)]),
    ("alter table t add a int;", [("prefer-bigint-over-int", 1, 21)]),
    ("alter table t add a smallint;", [("prefer-bigint-over-smallint", 1, 21)]),
    ("alter table t add a varchar(9);", [("prefer-text-field", 1, 21)]),
    ("-- squawk-ignore no-such-rule\nselect 1;", [("unused-ignore", 1, 18)]),
    (SYNTAX_OF_A_BODY, [("syntax", 2, 13)]),
    (f"{COPY}drop view w;", [("ban-drop-view", 5, 1)]),
    # With ours beside them.
    ("truncate t cascade;", [("truncate", 1, 10), ("ban-truncate-cascade", 1, 12)]),
    ("alter table t add a bigserial;", [("default-rewrites", 1, 19), ("prefer-identity", 1, 21)]),
    ("alter table t add a bigint references u;", [
        ("adding-foreign-key-constraint", 1, 28), ("foreign-key-without-index", 1, 28),
    ]),
    ("drop materialized view v; drop index i;", [
        ("ban-drop-view", 1, 1), ("drop-index-not-concurrent", 1, 27),
    ]),
]  # fmt: skip
SILENT = [
    # Ours say it, or know better.
    "alter table t add a date default current_date, add b numeric default -1;",
    "alter table t add a text; alter table t add b bigint not null default 5;",
    "create index concurrently i on t (a);",
    # The runner sees to these.
    "begin; insert into t values (1); commit;",
    "alter table t add a text; alter table t add b text;",
    # New here, so that nobody knows it.
    "create view v as select 1; drop view v;",
    "create schema s; create view s.v as select 1; alter view s.v rename to w; drop schema s;",
    "create function f() returns int language sql as 'select 1'; drop function f();",
    "create type mood as enum ('ok'); alter type mood rename value 'ok' to 'fine';",
    "create domain d as text; alter domain d add constraint c check (value > ''); drop domain d;",
    "create sequence s; drop sequence s;",
    # squawk's own ignores hold for its own words.
    "-- squawk-ignore ban-drop-view\ndrop view v;",
    # A wrong ending of a body is not SQL's.
    "create function f(a text) returns text language sql as $$ select $1 || f.a; $$;",
]


def findings(folder, sql, options="", **given):
    write(folder, {"001_one.sql": f"-- migrate:up{options}\n{sql}\n-- migrate:down\nselect 1;\n"})
    return linted(folder, **given)


def linted(folder, **given):
    migrations = read_folder(folder).migrations
    with squawk.Run(PROGRAM, [each.up for each in migrations]) as asked:
        found = check(migrations, squawk=asked.told, **given)
    assert asked.failure is None
    return found


def places(found):
    # The statement begins in the line below the marker.
    return sorted((each.rule, each.line - 1, each.column) for each in found)


def rules(found):
    return [each.rule for each in found]


def alone(folder):
    return check(read_folder(folder).migrations)


@pytest.mark.parametrize(("sql", "expected"), TOLD)
def test_squawk_adds_what_ours_do_not_say(tmp_path, sql, expected):
    assert places(findings(tmp_path, sql)) == sorted(expected)


@pytest.mark.parametrize("sql", SILENT)
def test_squawk_is_left_out_where_it_adds_nothing(tmp_path, sql):
    found = findings(tmp_path, sql, ALONE if "concurrently" in sql else "")
    assert found == []


@pytest.mark.parametrize("sql", [sql for sql, _ in BAD] + GOOD)
def test_beside_our_own_rules_there_are_only_notes(tmp_path, sql):
    """Of 100 snippets: an int is short, a type may not be stored alike, a null comes unexpected."""
    found = findings(tmp_path, sql)
    ours = alone(tmp_path)
    assert [each for each in found if each in ours] == ours
    more = {(each.severity, each.rule) for each in found if each not in ours}
    assert more <= {
        ("note", "prefer-bigint-over-int"), ("note", "changing-column-type"),
        ("note", "ban-drop-not-null"), ("note", "prefer-identity"),
    }  # fmt: skip


def test_lines_of_a_file_with_crlf_are_its_own(tmp_path):
    text = "-- migrate:up\r\nselect 'é';\r\n\r\nselect 2; drop view v;\r\n"
    write(tmp_path, {"001_one.sql": text})
    (found,) = linted(tmp_path)
    assert (found.rule, found.line, found.column, found.statement) == ("ban-drop-view", 4, 11, 3)
    assert found.source == "drop view v"


def test_each_finding_is_in_its_own_file(tmp_path):
    files = {f"{number:03}_x.sql": migration(f"drop view v{number};") for number in range(1, 31)}
    found = linted(write(tmp_path, files))
    assert [Path(each.file).name for each in found] == sorted(files)
    assert [each.message.rpartition(" ")[2] for each in found] == [f"v{n}" for n in range(1, 31)]


def test_the_way_back_is_not_squawks_business(tmp_path):
    write(tmp_path, {"001_one.sql": migration("select 1;", "drop view v;")})
    assert linted(tmp_path) == []


def test_outside_a_transaction_validating_at_once_is_as_good_as_later(tmp_path):
    assert rules(findings(tmp_path, AT_ONCE)) == ["constraint-missing-not-valid"]
    assert findings(tmp_path, AT_ONCE, ALONE) == []


def test_an_ignore_with_a_reason_silences_squawk(tmp_path):
    sql = "{}\ndrop view v;\ndrop view w;"
    silent = findings(tmp_path, sql.format("-- genesis:ignore ban-drop-view: nobody reads it"))
    assert places(silent) == [("ban-drop-view", 3, 1)]
    without = findings(tmp_path, sql.format("-- genesis:ignore ban-drop-view"))
    assert rules(without) == ["ignore-without-reason", "ban-drop-view", "ban-drop-view"]


def test_what_is_allowed_of_ours_does_not_come_back_under_squawks_name(tmp_path):
    sql = "-- genesis:ignore type-rewrites: the table is small\nalter table t alter a type bigint;"
    assert findings(tmp_path, sql) == []


def test_a_table_of_an_earlier_file_of_the_run_is_new(tmp_path):
    table = "create table t (a text primary key, b text not null); alter table t force row level"
    later = (
        "alter table t alter b drop not null, alter b type varchar, add constraint c not null b,"
        " add e text references u (id); alter table t add d text default f();"
        "create index on t (e); alter table t rename constraint c to d;"
    )
    write(tmp_path, {
        "001_one.sql": migration(f"{table} security; alter table t enable row level security;"),
        "002_two.sql": migration(later),
    })  # fmt: skip
    assert linted(tmp_path) == []
    (tmp_path / "001_one.sql").unlink()
    assert {
        "ban-drop-not-null", "constraint-missing-not-valid", "adding-field-with-default",
        "adding-foreign-key-constraint", "renaming-object",
    } <= set(rules(linted(tmp_path)))  # fmt: skip


def test_live_sizes_decide_squawks_locking_rules_too(tmp_path):
    sql = "alter table public.t add constraint c not null a, alter b drop not null;"
    assert rules(findings(tmp_path, sql, sizes={"t": 10**9})) == [
        "constraint-missing-not-valid", "ban-drop-not-null",
    ]  # fmt: skip
    # A small table is changed at once, and breaks code all the same.
    assert rules(findings(tmp_path, sql, sizes={"t": 1000})) == ["ban-drop-not-null"]


def test_an_error_that_both_find_is_told_once_and_by_our_parser(tmp_path):
    (found,) = findings(tmp_path, "select 1;\nselect from where;")
    assert (found.rule, found.line, found.column) == ("syntax", 3, 13)
    assert found.message == 'PostgreSQL cannot read this: syntax error at or near "where"'


def test_a_file_with_an_error_keeps_no_other_from_squawk(tmp_path):
    write(tmp_path, {
        "001_one.sql": migration("selec 1;"),
        "002_two.sql": migration("select 'never closed"),
        "003_three.sql": migration("drop view v;"),
    })  # fmt: skip
    assert rules(linted(tmp_path)) == ["syntax", "syntax", "ban-drop-view"]


def test_real_world_statements_have_no_error_for_squawk(tmp_path):
    corpus = (Path(__file__).parent / "statements.sql").read_text()
    found = linted(write(tmp_path, {"1_all.sql": corpus}))
    assert not {"syntax", "squawk-unread"} & set(rules(found))
    # It has read the file to its end, past the data of a COPY.
    assert "prefer-bigint-over-int" in rules(found)


def told(rule, line=0, column=0, **more):
    given = {"line_end": line, "column_end": column + 1, "message": "Something new.", **more}
    return squawk.Told(file="0.sql", rule=rule, line=line, column=column, **given)


def judged(folder, sql, *remarks):
    write(folder, {"001_one.sql": migration(sql)})
    return check(read_folder(folder).migrations, squawk=lambda: {0: remarks})


def test_a_rule_of_a_newer_squawk_is_a_warning_in_its_own_words(tmp_path):
    (found,) = judged(tmp_path, "select 1;", told("ban-moonlight", 0, 7, help="Wait for the sun."))
    assert (found.severity, found.rule, found.line, found.column) == (
        "warning", "ban-moonlight", 2, 8,
    )  # fmt: skip
    assert (found.message, found.hint) == ("Something new.", "Wait for the sun.")
    allowed = "-- genesis:ignore ban-moonlight: x\nselect 1;"
    assert judged(tmp_path, allowed, told("ban-moonlight", 1, 7)) == []


def test_what_squawk_wrongly_cannot_read_is_a_note_and_told_once(tmp_path):
    errors = [told("syntax-error", line, 0, message="expected ROBOT") for line in (0, 0, 1)]
    (found,) = judged(tmp_path, "select 1;\nselect 2;", *errors)
    assert (found.severity, found.rule, found.line) == ("note", "squawk-unread", 2)
    assert "expected ROBOT" in found.message
    assert rules(judged(tmp_path, "select 1;\nselec 2;", *errors)) == ["syntax"]


def test_every_rule_of_the_tables_has_its_severity():
    assert RULES.keys() >= BREAKING | LOCKING
    assert {ours for names in OURS.values() for ours in names} <= RULES.keys()


def test_a_projects_own_configuration_does_not_matter_here(tmp_path, monkeypatch):
    (tmp_path / ".squawk.toml").write_text('excluded_rules = ["ban-drop-view"]\n')
    monkeypatch.chdir(tmp_path)
    assert rules(findings(tmp_path / "migrations", "drop view v;")) == ["ban-drop-view"]
