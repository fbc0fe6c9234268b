"""Bookings: the free times of a resource by day, to be had by one person each. Pure."""

from __future__ import annotations

from agents.build.features.booking.periods import Periods, periods, with_rule
from agents.build.parts import parts
from agents.build.render.literals import name, sql, ts
from agents.build.structure import Design, Serving, Table
from contracts.model import AppModel


def prepare(model: AppModel) -> AppModel:
    """The model with a rule against overlaps, if its booking has none."""
    return with_rule(model)


def serve(design: Design) -> Serving | None:
    """The feature `booking` with one entity that refers to what is booked."""
    found = periods(design.model)
    if found is None or not found.moments:
        return None
    booking, resource = design.table(found.entity), design.table(found.target)
    data = {
        "entity": found.entity, "resource": f"{found.relation}_id", "target": found.target,
        "start": found.start, "end": found.end, "open": found.open, "close": found.close,
        "minutes": found.minutes, "zone": found.zone,
    }  # fmt: skip
    of, what = resource.entity.title_plural, booking.entity.title_plural
    return Serving(
        about=f"{what} of {of}: the free times of a day, without telling whose the others are;"
        " the database refuses two at one time.",
        files={
            **parts("zones"),
            "shared/features/bookings.ts": "/** What is booked, by which fields, when it is open;"
            ' `zone` "" is that of the reader. */\n'
            f"export const booking = {ts(data)};\n",
        },
        migrations={"booking_times": _times(found, booking, resource)},
        env=(
            "# The time zone of opening hours, such as Europe/Berlin; else the model's or reader's",
            "# BOOKING_ZONE=Europe/Berlin",
        ),
        notes=() if found.zone else (_ZONE.format(of),),
    )


_ZONE = (
    "The hours at which {} can be booked are those of the reader's zone until BOOKING_ZONE is set"
)


_TIMES = """\
-- When a resource is taken, for everyone who sees the resource; by whom stays in the bookings.
create table app_booking_times (
  booking_id uuid primary key references {booking} (id) on delete cascade,
  resource_id uuid not null references {resource} (id) on delete cascade,
  starts_at timestamptz not null,
  ends_at timestamptz not null
);
create index app_booking_times_resource on app_booking_times (resource_id, starts_at);
alter table {booking} no force row level security;
insert into app_booking_times
  select b.id, b.{column}, b.{start}, b.{end} from {booking} b where {existing};
alter table {booking} force row level security;
alter table app_booking_times enable row level security;
alter table app_booking_times force row level security;
-- Only the trigger writes here.
create policy app_booking_times_select on app_booking_times for select
  using (exists (select 1 from {resource} r where r.id = app_booking_times.resource_id)
    or pg_trigger_depth() > 0);
create policy app_booking_times_insert on app_booking_times for insert
  with check (pg_trigger_depth() > 0);
create policy app_booking_times_delete on app_booking_times for delete
  using (pg_trigger_depth() > 0);

create function app_booking_times() returns trigger language plpgsql as $$
begin
  delete from app_booking_times where booking_id = new.id;
  if {taken} then
    insert into app_booking_times (booking_id, resource_id, starts_at, ends_at)
    values (new.id, new.{column}, new.{start}, new.{end});
  end if;
  return null;
end $$;
create trigger app_booking_times after insert or update on {booking}
  for each row execute function app_booking_times();
"""


def _times(found: Periods, booking: Table, resource: Table) -> tuple[str, str]:
    values = {
        "booking": name(booking.name), "resource": name(resource.name),
        "column": name(f"{found.relation}_id"), "start": name(found.start), "end": name(found.end),
        "taken": _taken(found, booking, "new"), "existing": _taken(found, booking, "b"),
    }  # fmt: skip
    up = _TIMES
    for key, value in values.items():
        up = up.replace(f"{{{key}}}", value)
    down = (
        f"drop trigger app_booking_times on {name(booking.name)};\n"
        "drop function app_booking_times();\ndrop table app_booking_times;\n"
    )
    return up, down


def _taken(found: Periods, booking: Table, row: str) -> str:
    """Whether a booking takes its time."""
    column = name(f"{found.relation}_id")
    keys = (column, name(found.start), name(found.end))
    conditions = [f"{row}.{key} is not null" for key in keys]
    conditions.append(f"{row}.{name(found.start)} < {row}.{name(found.end)}")
    if booking.entity.soft_delete:
        conditions.append(f"{row}.deleted_at is null")
    if found.field:
        states = ", ".join(sql(state) for state in found.states)
        conditions.append(f"{row}.{name(found.field)} in ({states})")
    return " and ".join(conditions)
