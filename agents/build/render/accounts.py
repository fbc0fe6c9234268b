"""The first migration of a generated app: accounts, sessions and what goes with them. Pure.

Every statement that decides who may have what is here and in the triggers: the server's checks
come first, and these hold whatever it does.
"""

from __future__ import annotations

from agents.build.render import organisations
from agents.build.render.literals import sql
from agents.build.structure import Design

_BASE = """\
-- Accounts, sessions and what row-level security knows about the request: the server sets
-- app.user_id, app.role and the like for one transaction each (server/db.ts).

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
  blocked_at timestamptz,
  created_at timestamptz not null default now()
);

create table app_sessions (
  id uuid primary key default app_uuid(),
  token_hash text not null unique,
  user_id uuid not null references app_users (id) on delete cascade,
  agent text not null default '' check (char_length(agent) <= 200),
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index app_sessions_user on app_sessions (user_id);

create table app_resets (
  token_hash text primary key,
  user_id uuid not null references app_users (id) on delete cascade,
  expires_at timestamptz not null
);
create index app_resets_user on app_resets (user_id);

create table app_invitations (
  id uuid primary key default app_uuid(),
  token_hash text not null unique,
  email text not null check (email = lower(email) and char_length(email) between 3 and 254),
  role text not null check (role in ({invitable})),
  invited_by uuid not null references app_users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index app_invitations_author on app_invitations (invited_by, created_at);

-- How often something was tried within a time, by a hash of who tried what.
create table app_limits (
  key text primary key,
  count integer not null default 1,
  since timestamptz not null default now()
);
create index app_limits_since on app_limits (since);

-- What can be had once: the first administrator.
create table app_claims (
  key text primary key,
  user_id uuid not null
);

-- E-mails: sent ones, those that wait, and those that nothing sends (server/mail.ts).
create table app_outbox (
  id uuid primary key default app_uuid(),
  recipient text not null,
  subject text not null,
  body text not null,
  secret boolean not null default false,
  state text not null check (state in ('simulated', 'waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index app_outbox_waiting on app_outbox (next_at) where state = 'waiting';
create index app_outbox_newest on app_outbox (created_at desc);

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

-- People change their own name and password; what they may do is for administrators to say.
create function app_users_guard() returns trigger language plpgsql as $$
begin
  if app_role() is distinct from 'admin'
    and (new.id, new.email, new.role, new.blocked_at)
      is distinct from (old.id, old.email, old.role, old.blocked_at)
  then
    raise insufficient_privilege using message = 'only an administrator may change this';
  end if;
  if old.role = 'admin' and old.blocked_at is null
    and (new.role <> 'admin' or new.blocked_at is not null)
  then
    -- One after the other: two who block each other at the same time would leave nobody.
    perform pg_advisory_xact_lock(hashtext('app_users_last_admin'));
    if not exists (
      select 1 from app_users where id <> new.id and role = 'admin' and blocked_at is null)
    then
      raise check_violation
        using message = 'the last administrator stays', constraint = 'app_users_last_admin';
    end if;
  end if;
  return new;
end $$;
create trigger app_users_guard before update on app_users
  for each row execute function app_users_guard();

-- A new password or a block ends every session but the one that asks for it.
create function app_users_sessions() returns trigger language plpgsql as $$
begin
  if new.password_hash <> old.password_hash
    or (new.blocked_at is not null and old.blocked_at is null)
  then
    delete from app_sessions
      where user_id = new.id and token_hash is distinct from app_setting('session');
    delete from app_resets where user_id = new.id;
  end if;
  return null;
end $$;
create trigger app_users_sessions after update on app_users
  for each row execute function app_users_sessions();
"""

_CLOSED = """
alter table app_people enable row level security;
alter table app_people force row level security;
create policy app_people_select on app_people for select using ({seen});
create policy app_people_insert on app_people for insert with check (id = app_user_id());
create policy app_people_update on app_people for update
  using (id = app_user_id() or app_role() = 'admin');

alter table app_users enable row level security;
alter table app_users force row level security;
-- Logging in shows the one account whose address was typed.
create policy app_users_select on app_users for select
  using (id = app_user_id() or app_role() = 'admin' or email = app_setting('email'));
-- A role is one that is open to everybody, that of an invitation, or the first administrator's.
create policy app_users_insert on app_users for insert with check (id = app_user_id() and (
  {open}
  or app_role() = 'system'
  or (role = 'admin' and exists (
    select 1 from app_claims c where c.key = 'admin' and c.user_id = app_users.id))
  or exists (
    select 1 from app_invitations i
    where i.token_hash = app_setting('token') and i.expires_at > now()
      and i.email = app_users.email and i.role = app_users.role)
));
create policy app_users_update on app_users for update
  using (id = app_user_id() or app_role() = 'admin');

alter table app_sessions enable row level security;
alter table app_sessions force row level security;
create policy app_sessions_select on app_sessions for select
  using (token_hash = app_setting('session') or user_id = app_user_id() or app_role() = 'admin');
create policy app_sessions_insert on app_sessions for insert with check (user_id = app_user_id());
create policy app_sessions_update on app_sessions for update
  using (token_hash = app_setting('session')) with check (user_id = app_user_id());
create policy app_sessions_delete on app_sessions for delete
  using (token_hash = app_setting('session') or user_id = app_user_id() or app_role() = 'admin');

alter table app_resets enable row level security;
alter table app_resets force row level security;
create policy app_resets_own on app_resets
  using (token_hash = app_setting('token') or user_id = app_user_id() or app_role() = 'admin')
  with check (user_id = app_user_id());

alter table app_invitations enable row level security;
alter table app_invitations force row level security;
create policy app_invitations_select on app_invitations for select
  using (token_hash = app_setting('token') or invited_by = app_user_id() or app_role() = 'admin');
create policy app_invitations_insert on app_invitations for insert
  with check (invited_by = app_user_id() and ({inviting}));
create policy app_invitations_delete on app_invitations for delete
  using (token_hash = app_setting('token') or invited_by = app_user_id() or app_role() = 'admin');

alter table app_limits enable row level security;
alter table app_limits force row level security;
create policy app_limits_own on app_limits
  using (key = app_setting('limit')) with check (key = app_setting('limit'));
create policy app_limits_old_select on app_limits for select
  using (since < now() - interval '1 day');
create policy app_limits_old_delete on app_limits for delete
  using (since < now() - interval '1 day');

alter table app_claims enable row level security;
alter table app_claims force row level security;
create policy app_claims_select on app_claims for select using (true);
create policy app_claims_insert on app_claims for insert with check (user_id = app_user_id());

alter table app_outbox enable row level security;
alter table app_outbox force row level security;
create policy app_outbox_select on app_outbox for select
  using (app_role() in ('admin', 'system'));
create policy app_outbox_insert on app_outbox for insert
  with check (state in ('simulated', 'waiting') and attempts = 0);
create policy app_outbox_update on app_outbox for update using (app_role() = 'system');
create policy app_outbox_delete on app_outbox for delete using (app_role() = 'system');

-- Who a session belongs to, in one statement: the settings end with it. Sessions end by
-- themselves when nobody has used them for a week.
create function app_session_user(key text)
  returns table (id uuid, email text, name text, role text, org uuid) language plpgsql as $$
declare
  found app_sessions;
begin
  perform set_config('app.session', key, true);
  select * into found from app_sessions s where s.token_hash = key and s.expires_at > now()
    and s.seen_at > now() - interval '7 days';
  if found.user_id is null then return; end if;
  perform set_config('app.user_id', found.user_id::text, true);
  if found.seen_at < now() - interval '5 minutes' then
    update app_sessions s set seen_at = now() where s.token_hash = key;
  end if;
  return query select u.id, u.email, u.name, u.role, {org}
    from app_users u where u.id = found.user_id and u.blocked_at is null;
end $$;
"""

_DOWN = """\
drop function app_session_user(text);
drop policy app_users_insert on app_users;
drop table app_people;
drop table app_outbox;
drop table app_claims;
drop table app_limits;
drop table app_invitations;
{organisations}drop table app_resets;
drop table app_sessions;
drop table app_users;
drop type app_ids;
drop function app_users_sessions();
drop function app_users_guard();
drop function app_users_person();
drop function app_uuid();
drop function app_setting(text);
drop function app_role();
drop function app_user_id();
"""


def accounts(design: Design) -> tuple[str, str]:
    """The migration's SQL, up and down."""
    chosen = ", ".join(sql(role.key) for role in design.open_roles)
    values = {
        "{roles}": ", ".join(sql(role.key) for role in design.roles),
        "{invitable}": ", ".join(sql(role.key) for role in design.invitable),
        "{open}": f"role in ({chosen})" if design.sign_up_open else "false",
        "{seen}": _seen(design),
        "{org}": (
            "(select m.org_id from app_members m where m.user_id = u.id)"
            if design.organisations
            else "null::uuid"
        ),
        "{inviting}": organisations.INVITING if design.organisations else "app_role() = 'admin'",
    }
    founded = organisations.UP if design.organisations else ""
    up = _BASE + founded + _CLOSED
    for key, value in values.items():
        up = up.replace(key, value)
    if not design.organisations:
        return up, _DOWN.replace("{organisations}", "")
    down = _DOWN.replace("{organisations}", "drop table app_organisations;\n")
    return up, organisations.DOWN_FIRST + down + organisations.DOWN_LAST


def _seen(design: Design) -> str:
    """Who reads people's names: whoever reads records also reads whose they are."""
    if design.guests:
        return "true"
    if design.organisations and all(table.org for table in design.tables):
        return "id = app_user_id() or org_id = app_org_id()"
    return "app_user_id() is not null"
