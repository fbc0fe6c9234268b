"""A form by which everybody writes to the administrators, and their inbox. Pure."""

from __future__ import annotations

from agents.build.structure import Design, Route, Serving

_TABLES = """\
create table app_contact_messages (
  id uuid primary key default app_uuid(),
  sender_id uuid default app_user_id() references app_users (id) on delete set null,
  name text not null check (char_length(name) between 1 and 100),
  email text not null check (char_length(email) between 3 and 254),
  message text not null check (char_length(message) between 1 and 5000),
  created_at timestamptz not null default now(),
  done_at timestamptz
);
create index app_contact_messages_open on app_contact_messages (created_at desc)
  where done_at is null;
create index app_contact_messages_sender on app_contact_messages (sender_id);
alter table app_contact_messages enable row level security;
alter table app_contact_messages force row level security;
create policy app_contact_messages_select on app_contact_messages for select
  using ((select app_role()) = 'admin');
create policy app_contact_messages_insert on app_contact_messages for insert
  with check (sender_id is not distinct from (select app_user_id()) and done_at is null);
create policy app_contact_messages_update on app_contact_messages for update
  using ((select app_role()) = 'admin');
"""

_ADDRESSES = frozenset({"/contact", "/contact-us"})


def serve(design: Design) -> Serving | None:
    """The feature `contact`; a text page of the model at /contact becomes the form."""
    if design.feature("contact") is None:
        return None
    texts = design.pages("static")
    own = next((page for page in texts if page.path.rstrip("/") in _ADDRESSES), None)
    form = Route(path="/contact", title="Contact", kind="contact", audience=("guest",), nav=True)
    inbox = Route(path="/contact-inbox", title="Inbox", kind="inbox", audience=("admin",), nav=True)
    return Serving(
        about="A contact form for everybody, with limits for senders; administrators read the"
        " messages in their inbox and mark what is done.",
        migrations={"contact": (_TABLES, "drop table app_contact_messages;\n")},
        routes=(inbox,) if own else (form, inbox),
        kinds=("static",) if own else (),
        unfit=tuple(page.key for page in texts if page is not own),
    )
