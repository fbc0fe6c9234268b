"""The SQL migrations of a generated app: accounts first, then a file for each table. Pure.

A file holds `-- migrate:up` and `-- migrate:down`. It names no login role and grants nothing:
whoever applies it has set default privileges for the role that the app runs as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agents.build.render.columns import TEXTS, bounds, column, number
from agents.build.render.expressions import applies
from agents.build.render.literals import name, short_name, sql
from agents.build.render.policies import link_policies, policies
from agents.build.structure import Comparison, Design, Reference, Table

_ACCOUNTS = """\
-- Accounts, sessions and what row-level security knows about the request: the server sets
-- app.user_id and app.role for one transaction each (server/db.ts).

create function app_user_id() returns uuid language sql stable
  as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

create function app_role() returns text language sql stable
  as $$ select nullif(current_setting('app.role', true), '') $$;

create function app_setting(key text) returns text language sql stable
  as $$ select nullif(current_setting('app.' || key, true), '') $$;

-- UUIDv7: newer records have larger ids, so that indexes grow at one end.
create function app_uuid() returns uuid language sql volatile
  as $$ select (lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid $$;

-- An id as a range, so that exclusion constraints take it without an extension.
create type app_ids as range (subtype = uuid);

create table app_users (
  id uuid primary key default app_uuid(),
  email text not null unique check (email = lower(email) and char_length(email) between 3 and 254),
  name text not null check (char_length(name) between 1 and 100),
  password_hash text not null,
  role text not null check (role in ({roles})),
  created_at timestamptz not null default now()
);

create table app_sessions (
  token_hash text primary key,
  user_id uuid not null references app_users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index app_sessions_user on app_sessions (user_id);

create table app_login_attempts (
  key text primary key,
  count integer not null default 1,
  since timestamptz not null default now()
);

-- What can be had once: the first administrator.
create table app_claims (
  key text primary key
);

-- What others see of an account.
create table app_people (
  id uuid primary key references app_users (id) on delete cascade,
  name text not null
);
create function app_users_person() returns trigger language plpgsql as $$
begin
  insert into app_people (id, name) values (new.id, new.name)
  on conflict (id) do update set name = excluded.name;
  return null;
end $$;
create trigger app_users_person after insert or update of name on app_users
  for each row execute function app_users_person();
alter table app_people enable row level security;
alter table app_people force row level security;
create policy app_people_select on app_people for select using ({seen});
create policy app_people_insert on app_people for insert with check (id = app_user_id());
create policy app_people_update on app_people for update using (id = app_user_id());

alter table app_users enable row level security;
alter table app_users force row level security;
-- Logging in shows the one account whose address was typed.
create policy app_users_select on app_users for select
  using (id = app_user_id() or app_role() = 'admin' or email = app_setting('email'));
create policy app_users_insert on app_users for insert with check (id = app_user_id());
create policy app_users_update on app_users for update using (app_role() = 'admin');

alter table app_sessions enable row level security;
alter table app_sessions force row level security;
create policy app_sessions_select on app_sessions for select
  using (token_hash = app_setting('session') or user_id = app_user_id());
create policy app_sessions_insert on app_sessions for insert with check (user_id = app_user_id());
create policy app_sessions_delete on app_sessions for delete
  using (token_hash = app_setting('session') or user_id = app_user_id());

alter table app_login_attempts enable row level security;
alter table app_login_attempts force row level security;
create policy app_login_attempts_own on app_login_attempts
  using (key = app_setting('login')) with check (key = app_setting('login'));

alter table app_claims enable row level security;
alter table app_claims force row level security;
create policy app_claims_select on app_claims for select using (true);
create policy app_claims_insert on app_claims for insert with check (true);
"""

_ACCOUNTS_DOWN = """\
drop table app_people;
drop table app_claims;
drop table app_login_attempts;
drop table app_sessions;
drop table app_users;
drop function app_users_person();
drop type app_ids;
drop function app_uuid();
drop function app_setting(text);
drop function app_role();
drop function app_user_id();
"""


def migrations(design: Design, added: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """File texts by name, in the order in which they are applied; `added` are the features'."""
    roles = ", ".join(sql(role.key) for role in design.roles)
    accounts = _ACCOUNTS.replace("{roles}", roles).replace(
        "{seen}", "true" if design.guests else "app_user_id() is not null"
    )
    parts = [("accounts", accounts, _ACCOUNTS_DOWN)]
    made: set[str] = set()
    late: list[tuple[Table, Reference]] = []
    for key in design.order:
        table = design.table(key)
        made.add(key)
        parts.append((table.name, _table(design, table, made), _drop(table)))
        late += [(table, each) for each in table.references if each.target not in made]
    if late:
        parts.append(("references", _references(design, late), _drop_references(late)))
    parts += [(title, up, down) for title, (up, down) in added.items()]
    return {
        f"{number:03}_{title}.sql": f"-- migrate:up\n{up}\n-- migrate:down\n{down}"
        for number, (title, up, down) in enumerate(parts, start=1)
    }


def _table(design: Design, table: Table, made: set[str]) -> str:
    single = [each for each in table.references if not each.join]
    lines = ["id uuid primary key default app_uuid()"]
    if table.owned:
        needed = "" if "guest" in table.access.create else " not null"
        lines.append(
            f"owner_id uuid{needed} default app_user_id()"
            " references app_users (id) on delete cascade"
        )
    lines += [column(field, table.formulas.get(field.key)) for field in table.fields]
    for each in single:
        target = f" {_target(design, each)}" if each.target in made else ""
        lines.append(f"{name(each.key)} uuid{' not null' if each.required else ''}{target}")
    lines += [
        "created_at timestamptz not null default now()",
        "updated_at timestamptz not null default now()",
    ]
    if table.entity.soft_delete:
        lines.append("deleted_at timestamptz")
    lines += [
        f"constraint {name(each.name)} check ({_comparison(each.check)})"
        for each in table.constraints
        if each.check
    ]
    body = ",\n".join(f"  {line}" for line in lines)
    statements = [f"create table {name(table.name)} (\n{body}\n);", *_indexes(table), ""]
    statements.append(policies(design, table))
    for each in table.references:
        if each.join and each.target in made:
            statements += ["", _links(design, table, each)]
    return "\n".join(statements) + "\n"


def _comparison(rule: Comparison) -> str:
    left = name(rule.left)
    unless = f" or ({applies(rule.when)}) is not true" if rule.when else ""
    if rule.right is None:
        return f"{left} is {'not ' if rule.operator == 'filled' else ''}null{unless}"
    right = name(rule.right) if isinstance(rule.right, str) else number(rule.right)
    return f"{left} {rule.operator} {right}{unless}"


def _target(design: Design, reference: Reference) -> str:
    target = design.table(reference.target)
    return f"references {name(target.name)} (id) on delete {reference.on_delete.replace('_', ' ')}"


_BYTES_OF_INDEX = 2_600
"""About what fits into an entry of a B-tree; a character takes up to 4 of them."""


def _orders(table: Table) -> Iterable[tuple[str, str]]:
    """What records are often asked for in order of: a name for it, and the columns."""
    yield "newest", "created_at desc nulls last, id"
    key = table.sort.removeprefix("-")
    fields = {field.key: field for field in table.fields}
    label = fields.get(table.label)
    short = label and label.type in (*TEXTS, "enum")
    short = short and 4 * (bounds(label)[1] or 0) <= _BYTES_OF_INDEX if label else False
    if short:
        yield "label", f"{name(table.label)}, id"
    if key in fields and fields[key].type not in (*TEXTS, "tags", "json"):
        direction = "desc" if table.sort.startswith("-") else "asc"
        yield "order", f"{name(key)} {direction} nulls last, id"


def _indexes(table: Table) -> list[str]:
    quoted = name(table.name)
    # Of records that each sees their own of, only those are in order.
    alone = table.entity.ownership == "user" and not {"guest", "member"} & set(table.access.list)
    lines = [
        f"create index {name(short_name(table.name, title))} on {quoted}"
        f" ({'owner_id, ' if alone else ''}{columns});"
        for title, columns in _orders(table)
    ]
    if table.owned and not alone:
        lines.append(
            f"create index {name(short_name(table.name, 'owner'))} on {quoted} (owner_id);"
        )
    lines += [
        f"create index {name(short_name(table.name, each.key, 'idx'))}"
        f" on {quoted} ({name(each.key)});"
        for each in table.references
        if not each.join
    ]
    alive = " where deleted_at is null" if table.entity.soft_delete else ""
    lines += [
        f"create unique index {name(each.name)} on {quoted}"
        f" ({', '.join(name(key) for key in each.columns)}){alive};"
        for each in table.constraints
        if each.columns
    ]
    return lines


def link_columns(table: Table, reference: Reference) -> tuple[str, str]:
    """The two columns of a pair: where it comes from and where it leads."""
    return f"{table.key}_id", f"{reference.relation}_{reference.target}_id"


def _links(design: Design, table: Table, reference: Reference) -> str:
    source, target = link_columns(table, reference)
    join = reference.join
    owner, other = name(table.name), name(design.table(reference.target).name)
    return "\n".join(
        (
            f"create table {name(join)} (",
            f"  {name(source)} uuid not null references {owner} (id) on delete cascade,",
            f"  {name(target)} uuid not null references {other} (id) on delete cascade,",
            f"  primary key ({name(source)}, {name(target)})",
            ");",
            f"create index {name(short_name(join, 'idx'))} on {name(join)} ({name(target)});",
            link_policies(design, table, join, source),
        )
    )


def _references(design: Design, late: list[tuple[Table, Reference]]) -> str:
    statements = []
    for table, each in late:
        if each.join:
            statements.append(_links(design, table, each))
            continue
        constraint = name(short_name(table.name, each.key, "fkey"))
        statements.append(
            f"alter table {name(table.name)} add constraint {constraint}\n"
            f"  foreign key ({name(each.key)}) {_target(design, each)};"
        )
    return "\n".join(statements) + "\n"


def _drop_references(late: list[tuple[Table, Reference]]) -> str:
    return "".join(
        f"drop table {name(each.join)};\n"
        if each.join
        else f"alter table {name(table.name)}"
        f" drop constraint {name(short_name(table.name, each.key, 'fkey'))};\n"
        for table, each in reversed(late)
    )


def _drop(table: Table) -> str:
    """Join tables made in the last file are gone when this runs, hence `if exists`."""
    joins = [each.join for each in table.references if each.join]
    dropped = "".join(f"drop table if exists {name(join)};\n" for join in joins)
    return f"{dropped}drop table {name(table.name)};\n"
