"""News for each person: a bell with the number of what is new, and a page. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.render.literals import ts
from agents.build.structure import Design, Route, Serving

_UP = """\
create table app_notifications (
  id uuid primary key default app_uuid(),
  person_id uuid not null references app_users (id) on delete cascade,
  actor_id uuid default app_user_id() references app_users (id) on delete cascade,
  kind text not null check (char_length(kind) between 1 and 40),
  text text not null check (char_length(text) between 1 and 200),
  -- Only to a page of this app.
  path text not null check (char_length(path) <= 300 and path ~ '^/([^/\\\\]|$)'),
  created_at timestamptz not null default now(),
  read_at timestamptz
);
create index app_notifications_person on app_notifications (person_id, id);
create index app_notifications_actor on app_notifications (actor_id);
-- The same news is told once until it is read: nobody can flood somebody else.
create unique index app_notifications_unread on app_notifications
  (person_id, coalesce(actor_id, person_id), path, kind, text) where read_at is null;

alter table app_notifications enable row level security;
alter table app_notifications force row level security;
create policy app_notifications_select on app_notifications for select
  using (person_id = (select app_user_id()));
create policy app_notifications_insert on app_notifications for insert
  with check (actor_id is not distinct from (select app_user_id()) and read_at is null);
create policy app_notifications_update on app_notifications for update
  using (person_id = (select app_user_id())) with check (person_id = (select app_user_id()));
create policy app_notifications_delete on app_notifications for delete
  using (person_id = (select app_user_id()));

-- The kinds of news that somebody does not want to see.
create table app_silenced (
  person_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  kind text not null check (char_length(kind) between 1 and 40),
  primary key (person_id, kind)
);
alter table app_silenced enable row level security;
alter table app_silenced force row level security;
create policy app_silenced_own on app_silenced
  using (person_id = (select app_user_id())) with check (person_id = (select app_user_id()));
"""

_DOWN = "drop table app_silenced;\ndrop table app_notifications;\n"

_KINDS = (
    ("comments", "comment"), ("ratings", "rating"), ("follow", "follower"), ("messages", "message"),
)  # fmt: skip
"""Features, and the kinds of their news."""


def serve(design: Design) -> Serving | None:
    """The feature `notifications`."""
    if design.feature("notifications") is None:
        return None
    kinds = [*(kind for key, kind in _KINDS if design.feature(key)), "other"]
    return Serving(
        about="Notifications: a bell with what is new, and a page where people choose the kinds.",
        files={
            **parts("header", "more", "places", "poll"),
            "shared/features/notifications.ts": "/** The kinds of news; `other` is the rest. */\n"
            f"export const kinds: readonly string[] = {ts(kinds)};\n",
        },
        migrations={"notifications": (_UP, _DOWN)},
        routes=(
            Route(
                path="/notifications", title="Notifications", kind="notifications",
                audience=("member",),
            ),
        ),
    )  # fmt: skip
