"""People who follow people, and a page for each person. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.literals import ts
from agents.build.structure import Design, Route, Serving, Table

_UP = """\
create table app_follows (
  id uuid primary key default app_uuid(),
  owner_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  person_id uuid not null references app_users (id) on delete cascade,
  created_at timestamptz not null default now(),
  unique (owner_id, person_id),
  constraint app_follows_other check (owner_id <> person_id)
);
create index app_follows_person on app_follows (person_id, id);
alter table app_follows enable row level security;
alter table app_follows force row level security;
create policy app_follows_select on app_follows for select using ({seen});
create policy app_follows_insert on app_follows for insert
  with check (owner_id = (select app_user_id()));
create policy app_follows_delete on app_follows for delete
  using (owner_id = (select app_user_id()));
"""


def serve(design: Design) -> Serving | None:
    """The feature `follow`; with `entities`, a person's page shows records of these alone."""
    if design.feature("follow") is None:
        return None
    named = tuple(table for table in design.served("follow") if table.owned)
    tables = named or tuple(table for table in design.tables if _public(table))
    seen = "true" if design.guests else "(select app_user_id()) is not null"
    audience = ("guest", "member") if design.guests else ("member",)
    return Serving(
        about="People follow people; each has a page with those of their records that one may see.",
        files={
            **parts("marks", "stream"),
            "shared/features/follow.ts": "/** The entities that a person's page shows. */\n"
            f"export const shown: readonly string[] = {ts([each.key for each in tables])};\n\n"
            "/** Whether guests see who people are. */\n"
            f"export const openToGuests: boolean = {ts(design.guests)};\n",
        },
        migrations={"follow": (_UP.replace("{seen}", seen), "drop table app_follows;\n")},
        routes=(
            Route(path="/people/:id", title="Person", kind="person", audience=audience),
            Route(
                path="/following", title="Following", kind="following",
                audience=("member",), nav=True,
            ),
        ),
    )  # fmt: skip


def _public(table: Table) -> bool:
    """Records that others than their owner may see; parts of other records are not shown."""
    others = {*table.access.list, *table.access.read} - {"owner", "admin"}
    return table.entity.ownership in ("user", "shared", "org") and bool(others)
