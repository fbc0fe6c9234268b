"""Messages between two people, and who takes none from whom. Pure."""

from __future__ import annotations

from agents.build.parts import parts
from agents.build.structure import Design, Route, Serving

_UP = """\
-- Who takes no messages from whom: known to both, so that the database can refuse the message.
create table app_blocks (
  owner_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  person_id uuid not null references app_users (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (owner_id, person_id),
  check (owner_id <> person_id)
);
create index app_blocks_person on app_blocks (person_id);
alter table app_blocks enable row level security;
alter table app_blocks force row level security;
create policy app_blocks_select on app_blocks for select
  using ((select app_user_id()) in (owner_id, person_id));
create policy app_blocks_insert on app_blocks for insert
  with check (owner_id = (select app_user_id()));
create policy app_blocks_delete on app_blocks for delete
  using (owner_id = (select app_user_id()));

create table app_conversations (
  one_id uuid not null references app_users (id) on delete cascade,
  other_id uuid not null references app_users (id) on delete cascade,
  last_at timestamptz not null default clock_timestamp(),
  primary key (one_id, other_id),
  constraint app_conversations_two check (one_id < other_id)
);
create index app_conversations_one on app_conversations (one_id, last_at);
create index app_conversations_other on app_conversations (other_id, last_at);
alter table app_conversations enable row level security;
alter table app_conversations force row level security;
create policy app_conversations_select on app_conversations for select
  using ((select app_user_id()) in (one_id, other_id));
create policy app_conversations_insert on app_conversations for insert
  with check ((select app_user_id()) in (one_id, other_id));
create policy app_conversations_update on app_conversations for update
  using ((select app_user_id()) in (one_id, other_id));

create table app_messages (
  id uuid primary key default app_uuid(),
  from_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  to_id uuid not null references app_users (id) on delete cascade,
  body text not null check (char_length(body) between 1 and 4000),
  created_at timestamptz not null default clock_timestamp(),
  read_at timestamptz
);
create index app_messages_pair on app_messages
  (least(from_id, to_id), greatest(from_id, to_id), created_at, id);
create index app_messages_from on app_messages (from_id, created_at);
create index app_messages_unread on app_messages (to_id, from_id) where read_at is null;

-- Locks the conversation, so that its messages have the order in which they became visible.
create function app_messages_keep() returns trigger language plpgsql as $$
begin
  insert into app_conversations (one_id, other_id)
  values (least(new.from_id, new.to_id), greatest(new.from_id, new.to_id))
  on conflict (one_id, other_id) do update set last_at = clock_timestamp();
  new.created_at := clock_timestamp();
  new.read_at := null;
  return new;
end $$;
create trigger app_messages_keep before insert on app_messages
  for each row execute function app_messages_keep();

-- What is written stays: its reader changes nothing but when it was read.
create function app_messages_stay() returns trigger language plpgsql as $$
begin
  if (new.id, new.from_id, new.to_id, new.body, new.created_at)
    is distinct from (old.id, old.from_id, old.to_id, old.body, old.created_at) then
    raise exception 'a message cannot be changed' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger app_messages_stay before update on app_messages
  for each row execute function app_messages_stay();

alter table app_messages enable row level security;
alter table app_messages force row level security;
create policy app_messages_select on app_messages for select
  using ((select app_user_id()) in (from_id, to_id));
create policy app_messages_insert on app_messages for insert with check (
  from_id = (select app_user_id()) and not exists (
    select 1 from app_blocks b
    where (b.owner_id, b.person_id) in ((to_id, from_id), (from_id, to_id))
  )
);
create policy app_messages_update on app_messages for update
  using (to_id = (select app_user_id())) with check (to_id = (select app_user_id()));
"""

_DOWN = """\
drop table app_messages;
drop function app_messages_stay();
drop function app_messages_keep();
drop table app_conversations;
drop table app_blocks;
"""


def serve(design: Design) -> Serving | None:
    """The feature `messages`, or pages of the kind `chat` about no entity."""
    chats = tuple(page for page in design.pages("chat") if page.entity is None)
    if design.feature("messages") is None and not chats:
        return None
    listed = any(":" not in page.path for page in design.pages("chat"))
    routes = (
        Route(path="/messages", title="Messages", kind="chat", audience=("member",)),
        Route(
            path="/messages/:person", title="Conversation", kind="conversation",
            audience=("member",),
        ),
    )  # fmt: skip
    return Serving(
        about="Messages between two people that nobody else sees; each may block the other.",
        files=parts("header", "people", "poll"),
        migrations={"messages": (_UP, _DOWN)},
        routes=routes[1:] if listed else routes,
        kinds=("chat",),
    )
