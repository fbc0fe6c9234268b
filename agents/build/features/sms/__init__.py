"""News as text messages, to a number that its owner confirmed. Pure."""

from __future__ import annotations

from agents.build.structure import Design, Route, Serving

_TABLES = """\
create table app_sms_numbers (
  owner_id uuid primary key default app_user_id() references app_users (id) on delete cascade,
  phone text not null check (phone ~ '^[+][1-9][0-9]{6,14}$'),
  code_hash text not null,
  attempts integer not null default 0,
  confirmed_at timestamptz,
  created_at timestamptz not null default now()
);
alter table app_sms_numbers enable row level security;
alter table app_sms_numbers force row level security;
-- Others send news to somebody without seeing the numbers of all.
create policy app_sms_numbers_select on app_sms_numbers for select
  using (owner_id = (select app_user_id()) or owner_id::text = app_setting('sms'));
create policy app_sms_numbers_insert on app_sms_numbers for insert
  with check (owner_id = (select app_user_id()));
create policy app_sms_numbers_update on app_sms_numbers for update
  using (owner_id = (select app_user_id()));
create policy app_sms_numbers_delete on app_sms_numbers for delete
  using (owner_id = (select app_user_id()));

create table app_sms_outbox (
  id uuid primary key default app_uuid(),
  owner_id uuid not null references app_users (id) on delete cascade,
  phone text not null,
  text text not null,
  secret boolean not null default false,
  state text not null check (state in ('simulated', 'waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index app_sms_outbox_owner on app_sms_outbox (owner_id, created_at desc);
create index app_sms_outbox_waiting on app_sms_outbox (next_at) where state = 'waiting';
alter table app_sms_outbox enable row level security;
alter table app_sms_outbox force row level security;
-- Of a real message its recipient sees nothing here: a code proves that the telephone got it.
create policy app_sms_outbox_select on app_sms_outbox for select
  using ((owner_id = (select app_user_id()) and state = 'simulated')
    or (select app_role()) = 'system');
create policy app_sms_outbox_insert on app_sms_outbox for insert
  with check (owner_id = (select app_user_id()) or owner_id::text = app_setting('sms'));
create policy app_sms_outbox_update on app_sms_outbox for update
  using ((select app_role()) = 'system');
"""

_DOWN = """\
drop table app_sms_outbox;
drop table app_sms_numbers;
"""


def serve(design: Design) -> Serving | None:
    """The feature `sms`."""
    if design.feature("sms") is None:
        return None
    return Serving(
        about="Whoever gives a telephone number, and confirms it with a code, gets news as text"
        " messages.",
        migrations={"sms": (_TABLES, _DOWN)},
        routes=(
            Route(path="/text-messages", title="Text messages", kind="sms", audience=("member",),
                  nav=True),
        ),
        notes=("Text messages are simulated until SMS_WEBHOOK_URL is set",),
        env=(
            "# Text messages: POST {id, to, text} to this address, with the token as bearer.",
            "# SMS_WEBHOOK_URL=https://…",
            "# SMS_WEBHOOK_TOKEN=…",
        ),
    )  # fmt: skip
