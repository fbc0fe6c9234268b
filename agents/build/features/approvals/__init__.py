"""Records that others see only once they are approved. Pure.

A restrictive policy closes the record to everybody but its owner, the approvers and the roles that
may change or delete everybody's records, whatever the other policies open. A change by somebody
else than an approver takes the approval back.

Errors:
    ModelError   an entity whose records belong to nobody, or a role that there is not
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.build.render.literals import name, short_name, sql, ts
from agents.build.structure import Design, Route, Serving, Table
from contracts.model import ModelError

_SQL = """\
create table {approvals} (
  record_id uuid primary key references {table} (id) on delete cascade,
  approver_id uuid default app_user_id() references app_users (id) on delete set null,
  created_at timestamptz not null default now()
);
alter table {approvals} enable row level security;
alter table {approvals} force row level security;
create policy {select} on {approvals} for select using (true);
create policy {insert} on {approvals} for insert
  with check ({may} and approver_id = (select app_user_id()));
create policy {delete} on {approvals} for delete
  using ({may} or app_setting('unapprove') = record_id::text);
create policy {restrict} on {table} as restrictive for select
  using (owner_id = (select app_user_id()) or (select app_role()) in ({see}, 'system')
    or exists (select 1 from {approvals} a where a.record_id = {table}.id)
    -- Rules count what waits as well (see the functions of the rules).
    or (app_setting('rule') = 'on' and current_user = (
      select pg_get_userbyid(relowner) from pg_class where oid = '{table}'::regclass)));
create function {function}() returns trigger language plpgsql as $$
begin
  if coalesce(app_role(), '') not in ({roles}) then
    perform set_config('app.unapprove', new.id::text, true);
    delete from {approvals} where record_id = new.id;
    perform set_config('app.unapprove', '', true);
  end if;
  return null;
end $$;
create trigger {function} after update on {table}
  for each row when (old.* is distinct from new.*) execute function {function}();
"""

_DOWN = """\
drop trigger {function} on {table};
drop function {function}();
drop policy {restrict} on {table};
drop table {approvals};
"""


def serve(design: Design) -> Serving | None:
    """The feature `approvals` with `entities`; the param `roles` names who approves."""
    feature = design.feature("approvals")
    tables = design.served("approvals")
    if feature is None or not tables:
        return None
    roles = approvers(design)
    for table in tables:
        if table.entity.ownership not in ("user", "shared"):
            raise ModelError(
                f"feature approvals: the records of {table.key} have no owner who could wait;"
                " its ownership must be user or shared"
            )
    scripts = [_script(table, roles) for table in tables]
    places = {table.key: _names(table)["{approvals}"].strip('"') for table in tables}
    titles = ", ".join(table.entity.title_plural for table in tables)
    return Serving(
        about=f"Approvals: {titles} are seen by others once somebody with the role"
        f" {' or '.join(roles)} has approved them.",
        files={
            "shared/features/approvals.ts": "/** Where approvals are kept, by entity. */\n"
            f"export const approved: Readonly<Record<string, string>> = {ts(places)};\n\n"
            "/** Roles that approve. */\n"
            f"export const approvers: readonly string[] = {ts(roles)};\n"
        },
        routes=(
            Route(
                path="/approvals", title="To approve", kind="approvals", audience=tuple(roles),
                nav=True,
            ),
        ),
        migrations={
            "approvals": (
                "\n".join(up for up, _ in scripts), "".join(down for _, down in reversed(scripts)),
            )
        },
    )  # fmt: skip


def approvers(design: Design) -> tuple[str, ...]:
    """The roles of the param `roles`, administrators when left out. Raises ModelError."""
    feature = design.feature("approvals")
    wanted = feature.params.get("roles", ["admin"]) if feature else []
    known = {role.key for role in design.roles}
    if not isinstance(wanted, list | tuple) or not wanted:
        raise ModelError("feature approvals: roles must be a list of roles")
    for role in wanted:
        if role not in known:
            raise ModelError(f"feature approvals: roles names {role!r}, which is no role")
    return tuple(dict.fromkeys(wanted))


def _names(table: Table) -> dict[str, str]:
    own = short_name("app_approvals", table.name)
    names = {
        f"{{{action}}}": name(short_name(own, action)) for action in ("select", "insert", "delete")
    }
    return {
        **names,
        "{approvals}": name(own),
        "{table}": name(table.name),
        "{restrict}": name(short_name(table.name, "approved")),
        "{function}": name(short_name(own, "withdraw")),
    }


def _script(table: Table, roles: Sequence[str]) -> tuple[str, str]:
    listed = ", ".join(sql(role) for role in roles)
    access = table.entity.access
    named = {*access.update, *access.delete} - {"guest", "member", "owner", *roles}
    values = {
        "{may}": f"(select app_role()) in ({listed})", "{roles}": listed,
        "{see}": ", ".join([listed, *map(sql, sorted(named))]), **_names(table),
    }  # fmt: skip
    up, down = _SQL, _DOWN
    for key, value in values.items():
        up, down = up.replace(key, value), down.replace(key, value)
    return up, down
