"""A newsletter: subscribing by a link in an e-mail, leaving by one in every letter. Pure."""

from __future__ import annotations

from agents.build.structure import Design, Route, Serving

_TABLES = """\
create table app_subscribers (
  id uuid primary key default app_uuid(),
  email text not null unique check (email = lower(email) and char_length(email) between 3 and 254),
  -- Who has it confirms the address, or takes it away again.
  token text not null unique,
  confirmed_at timestamptz,
  asked_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
alter table app_subscribers enable row level security;
alter table app_subscribers force row level security;
create policy app_subscribers_select on app_subscribers for select
  using ((select app_role()) = 'admin' or app_setting('newsletter') in (email, token));
create policy app_subscribers_insert on app_subscribers for insert
  with check (confirmed_at is null and email = app_setting('newsletter'));
create policy app_subscribers_update on app_subscribers for update
  using (app_setting('newsletter') in (email, token));
create policy app_subscribers_delete on app_subscribers for delete
  using ((select app_role()) = 'admin' or token = app_setting('newsletter'));

create table app_letters (
  id uuid primary key default app_uuid(),
  subject text not null check (char_length(subject) between 1 and 200),
  body text not null check (char_length(body) between 1 and 20000),
  recipients integer not null check (recipients >= 0),
  sent_by uuid default app_user_id() references app_users (id) on delete set null,
  created_at timestamptz not null default now()
);
create index app_letters_sent_by on app_letters (sent_by);
alter table app_letters enable row level security;
alter table app_letters force row level security;
create policy app_letters_select on app_letters for select using ((select app_role()) = 'admin');
create policy app_letters_insert on app_letters for insert
  with check ((select app_role()) = 'admin');
"""

_DOWN = """\
drop table app_letters;
drop table app_subscribers;
"""


def serve(design: Design) -> Serving | None:
    """The feature `newsletter`."""
    if design.feature("newsletter") is None:
        return None
    return Serving(
        about="A newsletter: people subscribe with an e-mail address that they confirm, leave by a"
        " link in every letter; administrators write letters and export the list.",
        migrations={"newsletter": (_TABLES, _DOWN)},
        routes=(
            Route(path="/newsletter", title="Newsletter", kind="newsletter", audience=("guest",)),
            Route(path="/subscribers", title="Subscribers", kind="subscribers",
                  audience=("admin",), nav=True),
        ),
    )  # fmt: skip
