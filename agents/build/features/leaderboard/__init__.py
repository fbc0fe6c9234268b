"""Points of people for the records they have made, and who has most. Pure.

Errors:
    ModelError   `points` is no number of any entity that is counted
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.build.parts import parts
from agents.build.render.literals import name, short_name, ts
from agents.build.structure import Design, Route, Serving, Table
from contracts.model import NUMBERS, Field, ModelError

_UP = """\
create table app_points (
  person_id uuid primary key references app_users (id) on delete cascade,
  points numeric not null default 0
);
create index app_points_most on app_points (points desc, person_id);

-- `fresh` is false when records go: with an account go its records too, and it gets no new row.
create function app_points_add(who uuid, amount numeric, fresh boolean) returns void
  language plpgsql as $$
begin
  if who is null or amount = 0 then return; end if;
  update app_points set points = points + amount where person_id = who;
  if not found and fresh then
    insert into app_points as p (person_id, points) values (who, amount)
    on conflict (person_id) do update set points = p.points + excluded.points;
  end if;
end $$;
"""

_CLOSED = """\
alter table app_points enable row level security;
alter table app_points force row level security;
-- Written by the triggers of the records alone, never by a statement of the app itself.
create policy app_points_select on app_points for select using ({seen} or pg_trigger_depth() > 0);
create policy app_points_insert on app_points for insert with check (pg_trigger_depth() > 0);
create policy app_points_update on app_points for update using (pg_trigger_depth() > 0);
"""

_TRIGGER = """\
create function {function}() returns trigger language plpgsql as $$
declare
  before numeric := 0;
  after numeric := 0;
begin
  if tg_op <> 'INSERT'{old_alive} then before := {old}; end if;
  if tg_op <> 'DELETE'{new_alive} then after := {new}; end if;
  if tg_op = 'UPDATE' and old.owner_id is not distinct from new.owner_id then
    perform app_points_add(new.owner_id, after - before, true);
    return null;
  end if;
  if tg_op <> 'INSERT' then perform app_points_add(old.owner_id, -before, tg_op = 'UPDATE'); end if;
  if tg_op <> 'DELETE' then perform app_points_add(new.owner_id, after, true); end if;
  return null;
end $$;
create trigger {function} after insert or update or delete on {table}
  for each row execute function {function}();
"""


def serve(design: Design) -> Serving | None:
    """The feature `leaderboard` with `entities`; `points` names the field that is summed up."""
    feature = design.feature("leaderboard")
    tables = tuple(table for table in design.served("leaderboard") if table.owned)
    if feature is None or not tables:
        return None
    points = {table.key: _points(table, feature.params.get("points")) for table in tables}
    if "points" in feature.params and not any(points.values()):
        raise ModelError(
            f"feature leaderboard: points names {feature.params['points']},"
            " which is no number of an entity that is counted"
        )
    seen = "true" if design.guests else "(select app_user_id()) is not null"
    if design.organisations:
        # Whoever sees the person sees their points.
        seen = "exists (select 1 from app_people p where p.id = app_points.person_id)"
    counted = {key: field.key if field else None for key, field in points.items()}
    titles = ", ".join(table.entity.title_plural for table in tables)
    audience = ("guest", "member") if design.guests else ("member",)
    return Serving(
        about=f"A leaderboard: who has most points for {titles}. Names and points are seen by"
        f" {'everybody' if design.guests else 'all members'}, the records only by those who may.",
        files={
            **parts("people"),
            "shared/features/leaderboard.ts": "/** The field that gives points, by entity; null"
            " where each record is one point. */\n"
            f"export const counted: Readonly<Record<string, string | null>> = {ts(counted)};\n\n"
            "/** Whether guests see the points. */\n"
            f"export const openToGuests: boolean = {ts(design.guests)};\n",
        },
        migrations={"leaderboard": _scripts(tables, counted, seen)},
        routes=(
            Route(
                path="/leaderboard", title="Leaderboard", kind="leaderboard",
                audience=audience, nav=True,
            ),
        ),
        notes=tuple(_notes(tables, points)),
    )  # fmt: skip


def _points(table: Table, key: object) -> Field | None:
    return next(
        (field for field in table.fields if field.key == key and field.type in NUMBERS), None
    )


def _notes(tables: Sequence[Table], points: dict[str, Field | None]) -> list[str]:
    return [
        f"Leaderboard: who may change {table.entity.title_plural} also sets the points"
        f" “{field.title}”"
        for table in tables
        if (field := points[table.key]) and not field.write_roles and not field.computed
    ]


def _scripts(tables: Sequence[Table], counted: dict[str, str | None], seen: str) -> tuple[str, str]:
    """SQL up and down. What is there already counts: for that moment its owner sees it."""
    triggers, selects = [], []
    for table in tables:
        field, soft = counted[table.key], table.entity.soft_delete
        value = {row: f"coalesce({row}.{name(field)}, 0)" if field else "1" for row in _ROWS}
        alive = {row: f" and {row}.deleted_at is null" if soft else "" for row in _ROWS}
        triggers.append(
            _TRIGGER.format(
                function=_function(table), table=name(table.name), old=value["old"],
                new=value["new"], old_alive=alive["old"], new_alive=alive["new"],
            )
        )  # fmt: skip
        selects.append(
            f"  select owner_id, {value['t']} as points from {name(table.name)} t"  # noqa: S608  quoted names alone
            f" where owner_id is not null{alive['t']}"
        )
    opened = "".join(_forced(table, "no force") for table in tables)
    closed = "".join(_forced(table, "force") for table in tables)
    union = "\n  union all\n".join(selects)
    fill = (
        f"{opened}insert into app_points (person_id, points)\n"
        f"select owner_id, sum(points) from (\n{union}\n) made group by owner_id;\n{closed}"
    )
    dropped = "".join(
        f"drop trigger {_function(table)} on {name(table.name)};\n"
        f"drop function {_function(table)}();\n"
        for table in tables
    )
    down = (
        f"{dropped}drop function app_points_add(uuid, numeric, boolean);\ndrop table app_points;\n"
    )
    return "\n".join((_UP, *triggers, fill, _CLOSED.replace("{seen}", seen))), down


_ROWS = ("old", "new", "t")


def _function(table: Table) -> str:
    return name(short_name("app_points", table.name))


def _forced(table: Table, how: str) -> str:
    return f"alter table {name(table.name)} {how} row level security;\n"
