"""Pictures and files that people upload, kept in the database beside the records. Pure.

A file is seen by who uploaded it, and by whoever sees a record that shows it. A record can only
be given a file of its writer: otherwise naming another's file would be reading it.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.build.render.literals import name, short_name, sql, ts
from agents.build.structure import Design, Route, Serving, Table
from contracts.model import Field

_TABLE = """\
create table app_files (
  id uuid primary key default app_uuid(),
  owner_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  name text not null check (name ~ '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$'),
  type text not null,
  size integer not null check (size between 1 and 5242880),
  path text not null unique
    generated always as ('/api/app/upload/' || id::text || '/' || name) stored,
  content bytea not null check (octet_length(content) = size),
  -- Whether a record has ever shown it: what was never used is forgotten after a day.
  used boolean not null default false,
  created_at timestamptz not null default now()
);
create index app_files_owner on app_files (owner_id, created_at);
alter table app_files enable row level security;
alter table app_files force row level security;
"""

_OWN = """\
create policy app_files_insert on app_files for insert
  with check (owner_id = (select app_user_id()));
create policy app_files_update on app_files for update
  using (owner_id = (select app_user_id()));
create policy app_files_delete on app_files for delete
  using (owner_id = (select app_user_id()));
"""


def serve(design: Design) -> Serving | None:
    """Every app whose entities have fields for pictures or files."""
    found = [(table, _fields(table)) for table in design.tables if _fields(table)]
    if not found:
        return None
    titles = ", ".join(table.entity.title_plural for table, _ in found)
    shown = [condition for table, fields in found for condition in _shown(table, fields)]
    up = [
        _TABLE,
        *(text for table, fields in found for text in _indexes(table, fields)),
        f"create policy app_files_select on app_files for select\n  using ({_any(shown)});\n{_OWN}",
        *(_guard(table, fields) for table, fields in found),
    ]
    down = [
        *(_unguard(table, fields) for table, fields in reversed(found)),
        "drop table app_files;\n",
    ]
    places = {table.key: [field.key for field in fields] for table, fields in found}
    return Serving(
        about=f"Pictures and files of up to 5 MB, uploaded to {titles} and kept in the database:"
        " seen by whoever sees the record.",
        files={"shared/features/upload.ts": _data(places)},
        routes=(
            Route(
                path="/my-files",
                title="My files",
                kind="files",
                audience=("member",),
            ),
        ),
        migrations={"upload": ("\n".join(up), "".join(down))},
    )


def _data(places: dict[str, list[str]]) -> str:
    return (
        "/** Fields that hold pictures and files, by entity. */\n"
        f"export const uploaded: Readonly<Record<string, readonly string[]>> = {ts(places)};\n"
    )


def _fields(table: Table) -> tuple[Field, ...]:
    return tuple(field for field in table.fields if field.type in ("image", "file"))


def _any(conditions: Sequence[str]) -> str:
    return "\n    or ".join(("owner_id = (select app_user_id())", *conditions))


def _shown(table: Table, fields: Sequence[Field]) -> list[str]:
    alive = " and t.deleted_at is null" if table.entity.soft_delete else ""
    return [
        f"exists (select 1 from {name(table.name)} t"  # noqa: S608  quoted names alone
        f" where t.{name(field.key)} = app_files.path{alive})"
        for field in fields
    ]


def _indexes(table: Table, fields: Sequence[Field]) -> list[str]:
    return [
        f"create index {name(short_name(table.name, field.key, 'file'))} on {name(table.name)}"
        f" using hash ({name(field.key)});\n"
        for field in fields
    ]


def _guard(table: Table, fields: Sequence[Field]) -> str:
    function = name(short_name("app_files", table.name))
    checks = "".join(_check(field) for field in fields)
    return (
        f"create function {function}() returns trigger language plpgsql as $$\nbegin\n{checks}"
        "  return new;\nend $$;\n"
        f"create trigger {function} before insert or update on {name(table.name)}\n"
        f"  for each row execute function {function}();\n"
    )


_CHECK = """\
  if new.{column} like '/api/%'
    and (tg_op = 'INSERT' or new.{column} is distinct from old.{column}) then
    update app_files f set used = true
      where f.path = new.{column} and f.owner_id = app_user_id();
    if not found then raise exception 'the file is not there'
      using errcode = '23514', column = {text};
    end if;
  end if;
"""


def _check(field: Field) -> str:
    return _CHECK.replace("{column}", name(field.key)).replace("{text}", sql(field.key))


def _unguard(table: Table, fields: Sequence[Field]) -> str:
    function = name(short_name("app_files", table.name))
    indexes = "".join(
        f"drop index {name(short_name(table.name, field.key, 'file'))};\n" for field in fields
    )
    return f"drop trigger {function} on {name(table.name)};\ndrop function {function}();\n{indexes}"
