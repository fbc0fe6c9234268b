"""A database with rows for each test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from agents.migration.identifiers import quoted
from tests.support.postgres import Postgres

SHOP = """
create type mood as enum ('glad', 'sad');
create schema "odd ""schema";
create table users (
  id bigint generated always as identity (start 10) primary key,
  email text unique not null, mood mood default 'sad',
  lower_email text generated always as (lower(email)) stored,
  constraint has_at check (email like '%@%')
);
create table orders (
  id serial primary key, who bigint not null references users on delete cascade,
  data jsonb, raw bytea
);
create index orders_by_who on orders (who) where id > 0;
create table "odd ""schema"."t😀" ("a b" int primary key, note text);
create table log (at timestamptz default now(), what text);
create function note() returns trigger language plpgsql as $$ begin
  insert into log (what) values (tg_op); return new; end $$;
create trigger note after insert on users for each row execute function note();
alter table orders enable row level security; alter table orders force row level security;
create policy mine on orders using (id > 0);
insert into users (email, mood) select 'u' || n || '@x', 'glad' from generate_series(1, 50) n;
insert into orders (who, data, raw) select id, '{"n": 1}', '\\x00ff' from users;
insert into "odd ""schema"."t😀" values (1, E'tab\\tback\\\\slash\\nline 😀'), (2, null);
"""

EVERYTHING = """
select (select string_agg(u::text, '|' order by id) from users u)
  || (select string_agg(o::text, '|' order by id) from orders o)
  || (select string_agg(t::text, '|' order by "a b") from "odd ""schema"."t😀" t)
  || (select count(*) from log)
  || (select last_value || is_called::text from orders_id_seq)
  || (select last_value::text from users_id_seq)
"""


@pytest.fixture
async def url(postgres: Postgres) -> AsyncIterator[str]:
    name = f"backup {secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres.url())
    try:
        await admin.execute(f'create database "{name}" template template0')
        yield postgres.url(name)
        for row in await admin.fetch(
            "select datname from pg_database where datname like $1 || '%'", name
        ):
            await admin.execute(f"drop database {quoted(row['datname'])} with (force)")
    finally:
        await admin.close()


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    found = await asyncpg.connect(url)
    try:
        await found.execute(SHOP)
        yield found
    finally:
        await found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture(params=["pg_dump", "copy"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)
