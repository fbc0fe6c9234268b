"""News by e-mail, to whoever does not decline. Pure."""

from __future__ import annotations

from agents.build.structure import Design, Route, Serving

_TABLES = """\
-- Who wants no news by e-mail, and how many went out in this hour.
create table app_email_people (
  person_id uuid primary key default app_user_id() references app_users (id) on delete cascade,
  wanted boolean not null default true,
  since timestamptz not null default now(),
  count integer not null default 0
);
alter table app_email_people enable row level security;
alter table app_email_people force row level security;
-- Others send news to somebody: the server says to whom for the length of one statement.
create policy app_email_people_own on app_email_people
  using (person_id = (select app_user_id()) or person_id::text = app_setting('news'))
  with check (person_id = (select app_user_id()) or person_id::text = app_setting('news'));
create policy app_users_news on app_users for select using (id::text = app_setting('news'));
"""

_DOWN = """\
drop policy app_users_news on app_users;
drop table app_email_people;
"""


def serve(design: Design) -> Serving | None:
    """The feature `email`."""
    if design.feature("email") is None:
        return None
    return Serving(
        about="News goes out by e-mail as well; everybody may decline it.",
        migrations={"email": (_TABLES, _DOWN)},
        routes=(
            Route(path="/email-news", title="News by e-mail", kind="email", audience=("member",),
                  nav=True),
        ),
    )  # fmt: skip
