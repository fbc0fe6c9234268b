"""What each rule says, where, and what it does not say."""

from __future__ import annotations

import pytest

from agents.migration.files import read_folder
from agents.migration.lint import check

PK = "id int primary key"
QUIET = {"no-row-security"}
"""Told of nearly every table here; it has tests of its own."""

BAD: list[tuple[str, list[tuple[str, int, int]]]] = [
    ("selec 1;", [("syntax", 1, 1)]),
    ("select 1;\nselect from where;", [("syntax", 2, 13)]),
    ("create table t (id int primary key,);", [("syntax", 1, 36)]),
    ("select 'é', selec from x y z;", [("syntax", 1, 28)]),
    (
        "create function f() returns int language plpgsql as $$\nbegin\n  retrun 1;\nend $$;",
        [("syntax", 3, 3)],
    ),
    ("do $$\nbegin\n  if 1 then\nend $$;", [("syntax", 4, 3)]),
    ("drop database shop;", [("drop-database", 1, 1)]),
    ("truncate users;", [("truncate", 1, 10)]),
    ("truncate users, notes;", [("truncate", 1, 10), ("truncate", 1, 17)]),
    ("delete from users;", [("delete-without-where", 1, 13)]),
    ("select 1;\n\n  delete from public.users;", [("delete-without-where", 3, 15)]),
    ("update users set name = 'x';", [("update-without-where", 1, 8)]),
    ("grant select on users to public;", [("grant-to-public", 1, 26)]),
    ("grant all on users to app, public;", [("grant-to-public", 1, 28)]),
    (
        "create function f() returns int language sql security definer as 'select 1';",
        [("security-definer-path", 1, 46)],
    ),
    ("copy users from program 'curl evil';", [("copy-program", 1, 1)]),
    ("alter system set fsync = off;", [("alter-system", 1, 1)]),
    ("drop role app;", [("drop-role", 1, 1)]),
    ("vacuum full users;", [("exclusive-maintenance", 1, 1)]),
    ("cluster users using users_pkey;", [("exclusive-maintenance", 1, 1)]),
    ("lock table users;", [("exclusive-maintenance", 1, 1)]),
    ("create index i on users (name);", [("index-not-concurrent", 1, 19)]),
    ("create unique index on users (lower(name));", [("index-not-concurrent", 1, 24)]),
    ("create index concurrently i on users (name);", [("concurrently-in-transaction", 1, 1)]),
    ("drop index i;", [("drop-index-not-concurrent", 1, 1)]),
    ("drop index concurrently i;", [("concurrently-in-transaction", 1, 1)]),
    ("reindex table users;", [("reindex-not-concurrent", 1, 1)]),
    ("refresh materialized view totals;", [("refresh-not-concurrent", 1, 27)]),
    (
        "alter table users add constraint p check (age > 0);",
        [("constraint-validates", 1, 23)],
    ),
    (
        "alter table notes add constraint o foreign key (id) references users (id);",
        [("constraint-validates", 1, 23), ("foreign-key-without-index", 1, 23)],
    ),
    ("alter table users alter name set not null;", [("set-not-null-scans", 1, 1)]),
    ("alter table users alter age type bigint;", [("type-rewrites", 1, 25)]),
    (
        "alter table users add token uuid default gen_random_uuid();",
        [("default-rewrites", 1, 34)],
    ),
    (
        "alter table users add at timestamptz default clock_timestamp();",
        [("default-rewrites", 1, 38)],
    ),
    ("alter table users add number serial;", [("default-rewrites", 1, 23)]),
    ("alter table users add email text unique;", [("unique-builds-index", 1, 23)]),
    ("alter table users add constraint e unique (email);", [("unique-builds-index", 1, 23)]),
    ("alter table users add primary key (id);", [("unique-builds-index", 1, 23)]),
    ("drop table users;", [("drop-table", 1, 1)]),
    ("drop table users, notes;", [("drop-table", 1, 1), ("drop-table", 1, 1)]),
    ("alter table users drop column name;", [("drop-column", 1, 1)]),
    ("alter table users rename to people;", [("rename", 1, 13)]),
    ("alter table users rename name to title;", [("rename", 1, 13)]),
    ("alter table users add age int not null;", [("required-column", 1, 23)]),
    ("create table t (a int);", [("no-primary-key", 1, 14)]),
    (f"create table t ({PK}, at timestamp);", [("timestamp-without-zone", 1, 40)]),
    (f"create table t ({PK}, j json);", [("json-not-jsonb", 1, 39)]),
    (f"create table t ({PK}, c char(3));", [("char-n", 1, 39)]),
    ("alter table users add at timestamp;", [("timestamp-without-zone", 1, 26)]),
    (f"create table if not exists t ({PK});", [("hidden-by-if-not-exists", 1, 28)]),
    (
        f"create table t ({PK}, u int references users (id));",
        [("foreign-key-without-index", 1, 43)],
    ),
    (
        "create policy p on t using (exists (select from t where true));",
        [("policy-recursion", 1, 49)],
    ),
    ("create policy p on t using (true);", [("policy-always-true", 1, 29)]),
    ("-- genesis:ignore truncate\ntruncate users;", [
        ("ignore-without-reason", 1, 1), ("truncate", 2, 10),
    ]),
]  # fmt: skip
GOOD = [
    "select 1;",
    f"create table t ({PK});",
    f"create table t ({PK}, at timestamptz default now(), j jsonb, c text);",
    f"create table t ({PK}); create index on t (id); delete from t; truncate t;",
    f"create table t ({PK}); alter table t add a int not null, alter a type bigint, drop id;",
    f"create table t ({PK}); alter table t rename id to key;",
    f"create table t ({PK}, u int references users (id)); create index on t (u);",
    "create table t (a int, b int, primary key (a, b));",
    "create table t (u int primary key references users (id));",
    "create temporary table t (a int);",
    "delete from users where id = 1;",
    "update users set name = 'x' where id = 1;",
    "grant select on users to app;",
    "revoke select on users from public;",
    ("create function f() returns int language sql security definer set search_path = ''"
    " as 'select 1';"),
    "create function f() returns int language sql security invoker as 'select 1';",
    "copy users from '/tmp/x';",
    "alter table users add name text;",
    "alter table users add name text not null default '';",
    "alter table users add at timestamptz default now();",
    "alter table users add constraint p check (age > 0) not valid;",
    "alter table users validate constraint p;",
    "alter table users add constraint e unique using index users_email;",
    "alter table users alter name type text;",
    "alter table users alter name set default 'x';",
    "alter table users alter name drop not null;",
    "create policy p on t using (owner = current_setting('app.user')::int);",
    "create policy p on t using (exists (select from other where other.t = t.id));",
    "-- genesis:ignore truncate: it is a cache\ntruncate users;",
    "-- genesis:ignore drop-table, truncate: nobody reads it\ndrop table users;",
    "create function f() returns trigger language plpgsql as $$ begin return new; end $$;",
    "do $$ begin perform 1; end $$;",
]  # fmt: skip


def findings(folder, sql, options=""):
    text = f"-- migrate:up{options}\n{sql}\n-- migrate:down\nselect 1;\n"
    (folder / "001_one.sql").write_text(text)
    return check(read_folder(folder).migrations)


@pytest.mark.parametrize(("sql", "expected"), BAD)
def test_what_is_bad_is_told_with_its_place(tmp_path, sql, expected):
    found = [
        # The statement begins in the line below the marker.
        (each.rule, each.line - 1, each.column)
        for each in findings(tmp_path, sql)
        if each.rule not in QUIET
    ]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("sql", GOOD)
def test_what_is_good_is_left_alone(tmp_path, sql):
    assert [each for each in findings(tmp_path, sql) if each.rule not in QUIET] == []


def test_there_are_enough_of_them():
    assert len(BAD) + len(GOOD) >= 60


def test_outside_a_transaction_an_index_may_be_built_concurrently(tmp_path):
    sql = "create index concurrently i on users (name);"
    assert findings(tmp_path, sql, " transaction:false") == []


def test_a_table_is_told_of_until_it_has_row_security(tmp_path):
    bare = f"create table t ({PK});"
    assert [each.rule for each in findings(tmp_path, bare)] == ["no-row-security"]
    assert findings(tmp_path, f"{bare} alter table t enable row level security;") == []


def test_small_live_tables_are_nobodys_trouble(tmp_path):
    (tmp_path / "001_one.sql").write_text(
        "-- migrate:up\ncreate index i on users (name);\n-- migrate:down\ndrop index i;\n"
    )
    migrations = read_folder(tmp_path).migrations
    assert check(migrations, sizes={"users": 1_000}) == []
    assert [e.rule for e in check(migrations, sizes={"users": 10**9})] == ["index-not-concurrent"]


def test_a_table_of_an_earlier_pending_file_is_nobodys_either(tmp_path):
    (tmp_path / "001_one.sql").write_text(
        f"-- migrate:up\ncreate table t ({PK}, a int);\n-- migrate:down\ndrop table t;\n"
    )
    (tmp_path / "002_two.sql").write_text(
        "-- migrate:up\ncreate index i on t (a);\n-- migrate:down\ndrop index i;\n"
    )
    found = check(read_folder(tmp_path).migrations)
    assert [each.rule for each in found] == ["no-row-security"]


def test_an_error_in_statement_forty_of_sixty_is_named(tmp_path):
    lines = [f"select {number};" for number in range(1, 61)]
    lines[39] = "select 40 from wher is;"
    (found,) = findings(tmp_path, "\n".join(lines))
    assert (found.rule, found.statement, found.line) == ("syntax", 40, 41)
    assert found.source == "select 40 from wher is"
