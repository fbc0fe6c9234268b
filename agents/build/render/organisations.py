"""The tables of organisations, for apps in which records belong to them. SQL texts alone.

A person is in one organisation at most. Nobody looks into another one, not even administrators.
"""

UP = """
-- Organisations: the server sets app.org_id to that of the user.
create function app_org_id() returns uuid language sql stable
  as $$ select nullif(current_setting('app.org_id', true), '')::uuid $$;

create table app_organisations (
  id uuid primary key default app_uuid(),
  name text not null check (char_length(name) between 1 and 100),
  leader_id uuid references app_users (id) on delete set null,
  created_at timestamptz not null default now()
);
create index app_organisations_leader on app_organisations (leader_id);

create table app_members (
  user_id uuid primary key references app_users (id) on delete cascade,
  org_id uuid not null references app_organisations (id) on delete cascade,
  joined_at timestamptz not null default now()
);
create index app_members_org on app_members (org_id);

alter table app_invitations
  add column org_id uuid references app_organisations (id) on delete cascade;
create index app_invitations_org on app_invitations (org_id);

-- Whoever leaves keeps their name on the records they made there.
alter table app_people add column org_id uuid references app_organisations (id) on delete set null;
create index app_people_org on app_people (org_id);
create function app_members_person() returns trigger language plpgsql as $$
begin
  update app_people set org_id = new.org_id where id = new.user_id;
  return null;
end $$;
create trigger app_members_person after insert on app_members
  for each row execute function app_members_person();

alter table app_organisations enable row level security;
alter table app_organisations force row level security;
create policy app_organisations_select on app_organisations for select
  using (id = app_org_id() or leader_id = app_user_id() or exists (
    select 1 from app_invitations i
    where i.org_id = app_organisations.id and i.token_hash = app_setting('token')));
create policy app_organisations_insert on app_organisations for insert
  with check (leader_id = app_user_id());
create policy app_organisations_update on app_organisations for update
  using (leader_id = app_user_id());

alter table app_members enable row level security;
alter table app_members force row level security;
create policy app_members_select on app_members for select
  using (user_id = app_user_id() or org_id = app_org_id());
-- One founds an organisation, or is invited to it.
create policy app_members_insert on app_members for insert with check (user_id = app_user_id() and (
  app_role() = 'system'
  or exists (
    select 1 from app_organisations o where o.id = org_id and o.leader_id = app_user_id())
  or exists (
    select 1 from app_invitations i where i.org_id = app_members.org_id
      and i.token_hash = app_setting('token') and i.expires_at > now())
));
-- The leader ends the membership of others; everybody else may leave.
create policy app_members_delete on app_members for delete using (
  (user_id = app_user_id()) <> exists (
    select 1 from app_organisations o where o.id = org_id and o.leader_id = app_user_id())
);
"""

DOWN_FIRST = """\
drop table app_members;
drop policy app_organisations_select on app_organisations;
"""
"""Before the accounts' own tables; `app_organisations` itself goes between two of these."""

DOWN_LAST = """\
drop function app_members_person();
drop function app_org_id();
"""

INVITING = """
  (org_id is null and app_role() = 'admin') or exists (
    select 1 from app_organisations o where o.id = org_id and o.leader_id = app_user_id())"""
