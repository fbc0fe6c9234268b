"""Workflows in SQL: a trigger that permits steps, and a table that remembers them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agents.build.constraints import workflow_name
from agents.build.effects import Effect, effects
from agents.build.render.columns import bounds
from agents.build.render.expressions import one_of
from agents.build.render.functions import (
    TRUST,
    TRUSTED,
    function,
    open_to_functions,
    refuse,
)
from agents.build.render.literals import name, short_name, sql
from agents.build.render.policies import holds
from agents.build.structure import Design, Table
from contracts.model import Transition, Workflow


def history(table: Table) -> str:
    """The table of the steps that records have made."""
    return short_name("app", "steps", table.name)


def holders(table: Table) -> str:
    """The function that tells whom steps notify: `holders(role)` are the ids of accounts."""
    return short_name("app", "steps", table.name, "holders")


def step_effects(design: Design, table: Table, step: Transition) -> tuple[Effect, ...]:
    """Raises ModelError for one that cannot be understood."""
    return effects(table.entity, step, frozenset(role.key for role in design.roles))


def notified(design: Design, table: Table) -> tuple[str, ...]:
    """The roles that steps of a table notify."""
    flow = table.entity.workflow
    found = [
        effect.target
        for step in (flow.transitions if flow else ())
        for effect in step_effects(design, table, step)
        if effect.kind == "notify" and effect.target != "owner"
    ]
    return tuple(dict.fromkeys(found))


def workflow(design: Design, table: Table, flow: Workflow) -> tuple[str, str]:
    """SQL up and down."""
    own, label = name(table.name), workflow_name(table.entity)
    state, kept = name(flow.field), history(table)
    remember = short_name(kept, "add")
    roles = notified(design, table)
    write = (
        f"  if tg_op = 'INSERT' or new.{state} is distinct from old.{state} then\n"
        f"    insert into {name(kept)} (record_id, person_id, from_state, to_state)\n"
        f"      values (new.id, app_user_id(), old.{state}, new.{state});\n"
        "  end if;\n  return null;"
    )
    up = [
        function(label, _guard(design, table, flow), trusted=False),
        f"create trigger {name(label)} before insert or update of {state} on {own}",
        f"  for each row execute function {name(label)}();",
        "",
        *_history(table),
        function(remember, write),
        f"create trigger {name(remember)} after insert or update of {state} on {own}",
        f"  for each row execute function {name(remember)}();",
        *(_holders(table, roles) if roles else ()),
    ]
    down = [
        *(_drop_holders(table) if roles else ()),
        f"drop trigger {name(remember)} on {own};",
        f"drop function {name(remember)}();",
        f"drop table {name(kept)};",
        f"drop trigger {name(label)} on {own};",
        f"drop function {name(label)}();",
    ]
    return "\n".join(up) + "\n", "".join(f"{line}\n" for line in down)


def _guard(design: Design, table: Table, flow: Workflow) -> str:
    state, label = name(flow.field), workflow_name(table.entity)
    steps = [(step, _permits(design, table, flow, step)) for step in flow.transitions]
    permitted = "\n    or ".join(condition for _, condition in steps) or "false"
    lines = [
        "  if tg_op = 'INSERT' then",
        f"    if new.{state} is distinct from {sql(flow.initial)} then",
        f"      {refuse(label)}\n    end if;\n    return new;\n  end if;",
        f"  if new.{state} is not distinct from old.{state} then\n    return new;\n  end if;",
        f"  if not coalesce({permitted}, false) then\n    {refuse(label)}\n  end if;",
    ]
    for step, condition in steps:
        changes = list(_changes(design, table, step))
        if changes:
            lines += [f"  if {condition} then", *changes, "  end if;"]
    return "\n".join([*lines, "  return new;"])


def _permits(design: Design, table: Table, flow: Workflow, step: Transition) -> str:
    state = name(flow.field)
    move = f"{one_of(f'old.{state}', step.sources)} and new.{state} = {sql(step.target)}"
    who = holds(design, table, step.roles, "old") if step.roles else ""
    return f"({move}{f' and ({who})' if who and who != 'true' else ''})"


_NOW = {"date": "current_date", "datetime": "now()", "time": "localtime(0)"}


def _changes(design: Design, table: Table, step: Transition) -> Iterable[str]:
    for effect in step_effects(design, table, step):
        field = next((each for each in table.fields if each.key == effect.target), None)
        if field is None or effect.kind == "notify":
            continue
        value = _NOW.get(field.type, "now()")
        if effect.kind == "me":
            longest = int(bounds(field)[1] or 0)
            value = f"(select left(p.name, {longest}) from app_people p where p.id = app_user_id())"
        yield f"    new.{name(field.key)} := {value};"


def _history(table: Table) -> list[str]:
    """Seen by whoever sees the record, written by the trigger alone."""
    kept, own = history(table), name(table.name)
    alive = " and t.deleted_at is null" if table.entity.soft_delete else ""
    seen = f"exists (select 1 from {own} t where t.id = {name(kept)}.record_id{alive})"
    return [
        f"create table {name(kept)} (",
        "  id uuid primary key default app_uuid(),",
        f"  record_id uuid not null references {own} (id) on delete cascade,",
        "  person_id uuid references app_users (id) on delete set null,",
        "  from_state text,",
        "  to_state text not null,",
        "  created_at timestamptz not null default now()",
        ");",
        f"create index {name(short_name(kept, 'record'))} on {name(kept)} (record_id, id);",
        f"create index {name(short_name(kept, 'person'))} on {name(kept)} (person_id);",
        f"alter table {name(kept)} enable row level security;",
        f"alter table {name(kept)} force row level security;",
        f"create policy {name(short_name(kept, 'select'))} on {name(kept)} for select",
        f"  using ({seen});",
        *open_to_functions(kept, kept, ["insert"]),
    ]


def _holders(table: Table, roles: tuple[str, ...]) -> list[str]:
    """Whom a step notifies: accounts of others, of which nobody else sees the role."""
    label = name(holders(table))
    inside = " and id in (select user_id from app_members where org_id = app_org_id())"
    inside = inside if table.org else ""
    return [
        f"create function {label}(wanted text) returns setof uuid language plpgsql{TRUSTED} as $$",
        f"begin\n{TRUST}  return query select id from app_users",
        f"    where role = wanted and {one_of('wanted', roles)}{inside};\nend $$;",
        *open_to_functions(holders(table), "app_users", ["select"]),
    ]


def _drop_holders(table: Table) -> list[str]:
    policy = name(short_name(holders(table), "select"))
    return [
        f"drop policy {policy} on app_users;",
        f"drop function {name(holders(table))}(text);",
    ]
