"""Two tables, and entries for them."""

from __future__ import annotations

from typing import Any

SHOP = """
create type size as enum ('small', 'large');
create table users (
  id bigint generated always as identity primary key, email varchar(40) not null unique,
  name text, active boolean not null default true, made timestamptz not null default now()
);
create table orders (
  id serial primary key, "user" bigint not null references users,
  size size not null default 'small',
  notes jsonb, tags text[],
  price numeric(10, 2) check (price >= 0)
);
"""


def entry(table: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"table": table, "data": list(rows), **more}
