"""Bookings: the free times of a resource by day, to be had by one person each. Pure."""

from __future__ import annotations

from agents.build.features.booking.periods import hours, with_rule
from agents.build.parts import parts
from agents.build.render.expressions import applies
from agents.build.render.literals import name, ts
from agents.build.structure import Design, Rule, Serving, Table
from contracts.model import AppModel


def prepare(model: AppModel) -> AppModel:
    """The model with a rule against overlaps, if its booking has none."""
    return with_rule(model)


def serve(design: Design) -> Serving | None:
    """The feature `booking` with one entity that refers to what is booked."""
    feature = design.feature("booking")
    booking = next(iter(design.served("booking")), None)
    rule = _rule(booking) if booking else None
    if feature is None or booking is None or rule is None:
        return None
    resource = design.table(rule.target)
    when = hours(feature.params)
    data = {
        "entity": booking.key, "resource": rule.reference, "target": resource.key,
        "start": rule.start, "end": rule.end, "open": when.open, "close": when.close,
        "minutes": when.minutes, "zone": when.zone,
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
        migrations={"booking_times": _times(rule, booking, resource)},
        env=(
            "# The time zone of opening hours, such as Europe/Berlin; else the model's or reader's",
            "# BOOKING_ZONE=Europe/Berlin",
        ),
        notes=() if when.zone else (_ZONE.format(of),),
    )


def _rule(booking: Table) -> Rule | None:
    """The rule about moments; days have no times to choose from."""
    moments = {field.key for field in booking.fields if field.type == "datetime"}
    rules = (rule for rule in booking.rules if rule.kind == "no_overlap")
    return next((rule for rule in rules if rule.start in moments), None)


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


def _times(rule: Rule, booking: Table, resource: Table) -> tuple[str, str]:
    values = {
        "booking": name(booking.name), "resource": name(resource.name),
        "column": name(rule.reference), "start": name(rule.start), "end": name(rule.end),
        "taken": _taken(rule, booking, "new."), "existing": _taken(rule, booking, "b."),
    }  # fmt: skip
    up = _TIMES
    for key, value in values.items():
        up = up.replace(f"{{{key}}}", value)
    down = (
        f"drop trigger app_booking_times on {name(booking.name)};\n"
        "drop function app_booking_times();\ndrop table app_booking_times;\n"
    )
    return up, down


def _taken(rule: Rule, booking: Table, row: str) -> str:
    """Whether a booking takes its time."""
    start, end = f"{row}{name(rule.start)}", f"{row}{name(rule.end)}"
    filled = [f"{row}{name(key)} is not null" for key in (rule.reference, rule.start, rule.end)]
    alive = [f"{row}deleted_at is null"] if booking.entity.soft_delete else []
    when = applies(rule.when, row)
    return " and ".join([*filled, f"{start} < {end}", *alive, *([when] if when else [])])
