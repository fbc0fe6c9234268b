"""Forty migrations with good ways back, and fifteen of them with one that is not."""

from __future__ import annotations

import pytest

from agents.migration import verify as verifying
from agents.migration.catalog import difference
from agents.migration.files import read_folder
from agents.migration.verify import verify

GOOD: dict[str, tuple[str, str]] = {
    "users": (
        (
            "create table users (id bigint generated always as identity primary key,"
            " email text not null unique, name text, made timestamptz not null default now());"
        ),
        "drop table users;",
    ),
    "teams": ("create table teams (id int primary key, name text not null);", "drop table teams;"),
    "members": (
        (
            "create table members (team int references teams, person bigint references users,"
            " primary key (team, person));"
        ),
        "drop table members;",
    ),
    "nickname": ("alter table users add nickname text;", "alter table users drop nickname;"),
    "name_needed": (
        "update users set name = '' where name is null; alter table users alter name set not null",
        "alter table users alter name drop not null;",
    ),
    "mood_type": ("create type mood as enum ('sad', 'ok');", "drop type mood;"),
    "mood": ("alter table users add mood mood default 'ok';", "alter table users drop mood;"),
    "notes": (
        "create table notes (id int primary key, body text, owner bigint);",
        "drop table notes;",
    ),
    "notes_owner": (
        "alter table notes add constraint notes_owner foreign key (owner) references users (id);",
        "alter table notes drop constraint notes_owner;",
    ),
    "notes_index": ("create index notes_by_owner on notes (owner);", "drop index notes_by_owner;"),
    "notes_partial": (
        "create index notes_full on notes (id) where body is not null;",
        "drop index notes_full;",
    ),
    "notes_rls": (
        "alter table notes enable row level security; alter table notes force row level security;",
        "alter table notes no force row level security, disable row level security;",
    ),
    "notes_policy": (
        "create policy own on notes using (owner = 1);",
        "drop policy own on notes;",
    ),
    "notes_policy_write": (
        "create policy write on notes for insert with check (owner = 2);",
        "drop policy write on notes;",
    ),
    "notes_grant": (
        "grant select on notes to pg_monitor;",
        "revoke select on notes from pg_monitor;",
    ),
    "notes_comment": ("comment on table notes is 'Thoughts';", "comment on table notes is null;"),
    "body_comment": (
        "comment on column notes.body is 'Text';",
        "comment on column notes.body is null;",
    ),
    "slug": (
        "create function slug(t text) returns text language sql immutable return lower(t);",
        "drop function slug(text);",
    ),
    "touch": (
        (
            "create function touch() returns trigger language plpgsql as"
            " $$ begin new.body := new.body || '.'; return new; end $$;"
        ),
        "drop function touch();",
    ),
    "touch_trigger": (
        "create trigger touched before update on notes for each row execute function touch();",
        "drop trigger touched on notes;",
    ),
    "counter": ("create sequence counter increment by 2;", "drop sequence counter;"),
    "numbered": (
        "alter table notes add number bigint default nextval('counter');",
        "alter table notes drop number;",
    ),
    "view": ("create view short as select id from notes;", "drop view short;"),
    "totals": (
        "create materialized view totals as select owner, count(*) as n from notes group by owner;",
        "drop materialized view totals;",
    ),
    "email_domain": ("create domain email as text check (value like '%@%');", "drop domain email;"),
    "contact": ("alter table teams add contact email;", "alter table teams drop contact;"),
    "positive": (
        "alter table notes add size int, add constraint positive check (size > 0);",
        "alter table notes drop constraint positive; alter table notes drop size;",
    ),
    "attic": (
        "create schema attic; create table attic.box (id int);",
        "drop table attic.box; drop schema attic;",
    ),
    "wide": ("alter table teams alter id type bigint;", "alter table teams alter id type int;"),
    "default": (
        "alter table teams alter name set default 'us';",
        "alter table teams alter name drop default;",
    ),
    "log": ("create table log (at date, line text) partition by range (at);", "drop table log;"),
    "log_2026": (
        "create table log_2026 partition of log for values from ('2026-01-01') to ('2027-01-01');",
        "drop table log_2026;",
    ),
    "unique_name": (
        "alter table teams add constraint one_name unique (name);",
        "alter table teams drop constraint one_name;",
    ),
    "statistics": ("create statistics pair on id, name from teams;", "drop statistics pair;"),
    "rename": (
        "alter table teams rename contact to mail;",
        "alter table teams rename mail to contact;",
    ),
    "slug_better": (
        (
            "create or replace function slug(t text) returns text language sql immutable"
            " return lower(trim(t));"
        ),
        (
            "create or replace function slug(t text) returns text language sql immutable"
            " return lower(t);"
        ),
    ),
    "storage": (
        "alter table notes alter body set storage external;",
        "alter table notes alter body set storage extended;",
    ),
    "execute": (
        "revoke execute on function slug(text) from public;",
        "grant execute on function slug(text) to public;",
    ),
    "trigger_off": (
        "alter table notes disable trigger touched;",
        "alter table notes enable trigger touched;",
    ),
    "identity": (
        "alter table users alter id set generated by default;",
        "alter table users alter id set generated always;",
    ),
    "index_swap": (
        "drop index notes_full; create index notes_full on notes (id) where body <> '';",
        "drop index notes_full; create index notes_full on notes (id) where body is not null;",
    ),
}
PLANTED: dict[str, tuple[str, str]] = {
    "name_needed": ("select 1;", "column name of public.users"),
    "mood": ("select 1;", "column mood of public.users"),
    "notes_owner": ("select 1;", "foreign key notes_owner"),
    "notes_rls": ("alter table notes disable row level security;", "row security public.notes"),
    "notes_policy": ("select 1;", "policy own of public.notes"),
    "notes_grant": ("select 1;", "grant pg_monitor of table public.notes"),
    "body_comment": ("comment on column notes.body is 'Old';", "comment public.notes.body"),
    "touch_trigger": ("select 1;", "trigger touched"),
    "counter": ("select 1;", "sequence public.counter"),
    "view": ("select 1;", "view public.short"),
    "wide": ("select 1;", "column id of public.teams"),
    "default": ("alter table teams alter name set default '';", "column name of public.teams"),
    "slug_better": ("select 1;", "function public.slug(t text)"),
    "identity": ("select 1;", "column id of public.users"),
    "index_swap": (
        "drop index notes_full; create index notes_full on notes (id);", "index public.notes_full",
    ),
    "mood_type": ("select 1;", "enum public.mood"),
}  # fmt: skip


def write(folder, bad=()):
    for number, (name, (up, down)) in enumerate(GOOD.items(), start=1):
        back = PLANTED[name][0] if name in bad else down
        path = folder / f"{number:03}_{name}.sql"
        path.write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{back}\n")
    return read_folder(folder).migrations


@pytest.mark.timeout(200)
async def test_the_good_ones_are_found_exact(postgres, tmp_path):
    assert len(GOOD) >= 40
    verdicts = await verify(postgres.url(), write(tmp_path))
    assert {each.name: each.verdict for each in verdicts if each.verdict != "exact"} == {}


@pytest.mark.timeout(400)
async def test_all_planted_ones_are_found_and_none_else(postgres, tmp_path):
    assert len(PLANTED) >= 15
    verdicts = await verify(postgres.url(), write(tmp_path, bad=PLANTED))
    found = {each.name.partition("_")[2]: each for each in verdicts if not each.ok}
    assert sorted(found) == sorted(PLANTED)
    for name, (_, what) in PLANTED.items():
        verdict = found[name]
        assert any(what in change for change in verdict.changes), verdict
        assert verdict.sql


async def test_without_the_comparison_planted_ones_pass(postgres, tmp_path, monkeypatch):
    """The control: what `verify` finds, it finds by comparing the schemas."""
    monkeypatch.setattr(verifying, "difference", lambda before, _: difference(before, before))
    with pytest.raises(AssertionError):
        await test_all_planted_ones_are_found_and_none_else(postgres, tmp_path)


async def one(postgres, folder, text):
    (folder / "001_one.sql").write_text("-- migrate:up\ncreate table t (a int, b text);\n"
                                        "-- migrate:down\ndrop table t;\n")  # fmt: skip
    (folder / "002_two.sql").write_text(text)
    return (await verify(postgres.url(), read_folder(folder).migrations))[-1]


async def test_lost_rows_are_named_although_the_schema_is_as_before(postgres, tmp_path):
    verdict = await one(
        postgres, tmp_path,
        "-- migrate:up\nalter table t drop column b;\n"
        "-- migrate:down\nalter table t add column b text;\n",
    )  # fmt: skip
    assert verdict.verdict == "exact"
    assert verdict.lost == ("public.t.b",)


async def test_another_order_of_columns_is_told_apart(postgres, tmp_path):
    verdict = await one(
        postgres, tmp_path,
        "-- migrate:up\nalter table t drop column a;\n"
        "-- migrate:down\nalter table t add column a int;\n",
    )  # fmt: skip
    assert verdict.verdict == "order only"


async def test_a_way_back_that_fails_says_where(postgres, tmp_path):
    verdict = await one(
        postgres, tmp_path,
        "-- migrate:up\nselect 1;\n-- migrate:down\nselect 1;\ndrop table nowhere;\n",
    )  # fmt: skip
    assert verdict.verdict == "differs"
    assert "line 5" in verdict.error
    assert "nowhere" in verdict.error


async def test_no_way_back_needs_a_reason(postgres, tmp_path):
    up = "-- migrate:up\nselect 1;\n"
    verdict = await one(postgres, tmp_path, f"{up}-- irreversible: it was only data\n")
    assert (verdict.verdict, verdict.ok) == ("irreversible", True)
