"""Who changed what and when, written by the database itself and never changed. Pure.

Fields that only some roles may read are named without their values.
"""

from __future__ import annotations

from agents.build.render.literals import name, short_name, sql, ts
from agents.build.structure import Design, Route, Serving, Table

_TABLE = """\
create table app_audit (
  id uuid primary key default app_uuid(),
  entity text not null,
  record_id uuid not null,
  action text not null check (action in ('create', 'update', 'delete')),
  actor_id uuid references app_users (id) on delete set null,
  -- By field what it was and what it is; null for one whose values not everybody may read.
  changes jsonb not null,{org_column}
  created_at timestamptz not null default now()
);
create index app_audit_newest on app_audit (created_at desc, id);
create index app_audit_record on app_audit (entity, record_id, created_at desc);
alter table app_audit enable row level security;
alter table app_audit force row level security;
create policy app_audit_select on app_audit for select
  using ((select app_role()) = 'admin'{org_inside});
create policy app_audit_insert on app_audit for insert
  with check (pg_trigger_depth() > 0 and actor_id is not distinct from app_user_id());

create function app_audit_note() returns trigger language plpgsql as $$
declare
  was jsonb := case when tg_op = 'INSERT' then '{}'::jsonb else to_jsonb(old) end;
  become jsonb := case when tg_op = 'DELETE' then '{}'::jsonb else to_jsonb(new) end;
  hidden text[] := tg_argv[1]::text[];
  found jsonb;
begin
  select coalesce(jsonb_object_agg(k.key, case when k.key = any (hidden) then null
      else jsonb_build_array(was -> k.key, become -> k.key) end), '{}'::jsonb) into found
    from jsonb_object_keys(was || become) k (key)
    where was -> k.key is distinct from become -> k.key
      and k.key not in ('id', 'owner_id', 'org_id', 'created_at', 'updated_at');
  if tg_op <> 'UPDATE' or found <> '{}'::jsonb then
    insert into app_audit (entity, record_id, action, actor_id, changes{org_name}) values (
      tg_argv[0], coalesce(become ->> 'id', was ->> 'id')::uuid,
      case tg_op when 'INSERT' then 'create' when 'UPDATE' then 'update' else 'delete' end,
      app_user_id(), found{org_value});
  end if;
  return null;
end $$;
"""


def serve(design: Design) -> Serving | None:
    """The feature `audit`, for the entities that it names or for all."""
    if design.feature("audit") is None:
        return None
    tables = design.served("audit") or design.tables
    up = _table(design) + "".join(_trigger(table) for table in tables)
    down = "".join(
        f"drop trigger {_name(table)} on {name(table.name)};\n" for table in reversed(tables)
    )
    titles = ", ".join(table.entity.title_plural for table in tables)
    keys = [table.key for table in tables]
    return Serving(
        about=f"An audit trail of {titles}: administrators see who changed what and when.",
        files={
            "shared/features/audit.ts": "/** Entities whose changes are kept. */\n"
            f"export const audited: readonly string[] = {ts(keys)};\n"
        },
        routes=(
            Route(path="/audit", title="Audit trail", kind="audit", audience=("admin",), nav=True),
        ),
        migrations={
            "audit": (up, f"{down}drop table app_audit;\ndrop function app_audit_note();\n")
        },
    )


_ORGANISATIONS = {
    "{org_column}": "\n  org_id uuid,",
    "{org_inside}": "\n    and (org_id is null or org_id = (select app_org_id()))",
    "{org_name}": ", org_id",
    "{org_value}": ",\n      coalesce(become ->> 'org_id', was ->> 'org_id')::uuid",
}


def _table(design: Design) -> str:
    """Of what happened in another organisation nobody reads, not even its administrators."""
    text = _TABLE
    for key, value in _ORGANISATIONS.items():
        text = text.replace(key, value if design.organisations else "")
    return text


def _name(table: Table) -> str:
    return name(short_name("app_audit", table.name))


def _trigger(table: Table) -> str:
    keys = ",".join(f'"{field.key}"' for field in table.fields if field.read_roles)
    hidden = sql(f"{{{keys}}}")
    return (
        f"create trigger {_name(table)} after insert or update or delete on {name(table.name)}\n"
        f"  for each row execute function app_audit_note({sql(table.key)}, {hidden});\n"
    )
