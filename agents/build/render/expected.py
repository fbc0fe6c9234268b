"""`tests/expected.ts`: what the model asks of an app, for its tests. Pure.

Written apart from `shared/entities`, so that an app in which an access rule, a check or a step
of a workflow gets lost fails its own tests.
"""

from __future__ import annotations

from collections.abc import Iterable

from agents.build.render.columns import bounds
from agents.build.render.literals import ts, ts_key
from agents.build.render.migrations import link_columns
from agents.build.render.rules import rule_data
from agents.build.structure import ACTIONS, Design, Reference, Table
from contracts.formulas import data
from contracts.model import Field

_TYPES = """\
import type { Action, Entity } from '../shared/entity';
import type { Formula, Rule } from '../shared/rules';

export interface ExpectedField {
  type: string;
  required?: boolean;
  /** Smallest and largest value; for texts the shortest and longest length. */
  min?: number;
  max?: number;
  pattern?: string;
  options?: readonly string[];
  readRoles?: readonly string[];
  writeRoles?: readonly string[];
}

export interface ExpectedStep {
  name: string;
  from: readonly string[];
  to: string;
  roles: readonly string[];
  effects: readonly string[];
}

/** What was asked for one kind of record. */
export interface Expected {
  entity: string;
  path: string;
  table: string;
  ownership: Entity['ownership'];
  /** References to one record: whether there must be one. */
  references: Readonly<Record<string, boolean>>;
  /** Tables of pairs, for references to many. */
  links: readonly { key: string; table: string; from: string; to: string; target: string }[];
  /** The reference whose owner is the record's owner. */
  parent?: { key: string; entity: string };
  /** Whether nobody outside of the record's organisation gets to it. */
  org?: boolean;
  access: Record<Action, readonly string[]>;
  fields: Readonly<Record<string, ExpectedField>>;
  /** Fields that no two records share; the message stands at the last one. */
  unique: readonly (readonly string[])[];
  rules: readonly Rule[];
  /** Fields that the database fills in from others of the record. */
  computed: Readonly<Record<string, Formula>>;
  workflow?: { field: string; initial: string; steps: readonly ExpectedStep[] };
}

"""


def expected(design: Design) -> str:
    """The file's text."""
    parts = "".join(f"  {{\n{_entity(table)}  }},\n" for table in design.tables)
    return (
        f"{_TYPES}/** What the app must do, as it was asked for. A change of mind is written here,"
        f" too. */\nexport const expected: readonly Expected[] = [\n{parts}];\n"
    )


def _entity(table: Table) -> str:
    single = [each for each in table.references if not each.join]
    ruled = {rule.name for rule in table.rules}
    unique = [each.columns for each in table.constraints if each.columns and each.name not in ruled]
    values: dict[str, object] = {
        "entity": table.key,
        "path": table.path,
        "table": table.name,
        "ownership": table.entity.ownership,
    }
    if table.parent:
        values["parent"] = {"key": table.parent.key, "entity": table.parent.target}
    if table.org:
        values["org"] = True
    lines = [f"{key}: {ts(value)}," for key, value in values.items()]
    lines += [
        "access: {",
        *(f"  {action}: {ts(getattr(table.access, action))}," for action in ACTIONS),
        "},",
        "fields: {",
        *(
            f"  {ts_key(field.key)}: {ts(dict(_field(field)))},"
            for field in table.fields
            if field.key not in table.filled
        ),
        "},",
        f"references: {ts({each.key: each.required for each in single})},",
        f"links: {ts([_link(table, each) for each in table.references if each.join])},",
        f"unique: {ts([[key for key in keys if key != 'owner_id'] for keys in unique])},",
    ]
    lines += [
        "rules: [",
        *(f"  {ts(rule_data(rule))}," for rule in table.rules),
        "],",
        f"computed: {ts({key: data(tree) for key, tree in table.formulas.items()})},",
    ]
    flow = table.entity.workflow
    if flow:
        steps = [
            {
                "name": step.name,
                "from": step.sources,
                "to": step.target,
                "roles": step.roles,
                "effects": [_effect(text) for text in step.effects],
            }
            for step in flow.transitions
        ]
        lines += [
            f"workflow: {{ field: {ts(flow.field)}, initial: {ts(flow.initial)}, steps: [",
            *(f"  {ts(step)}," for step in steps),
            "] },",
        ]
    return "".join(f"    {line}\n" for line in lines)


def _link(table: Table, reference: Reference) -> dict[str, str]:
    source, target = link_columns(table, reference)
    return {
        "key": reference.key, "table": reference.join, "from": source, "to": target,
        "target": reference.target,
    }  # fmt: skip


def _effect(text: str) -> str:
    """`set closed_at now` as `now closed_at`, in the order of the app's own data."""
    words = text.split()
    return " ".join((words[2], words[1]) if words[0] == "set" else words)


def _field(field: Field) -> Iterable[tuple[str, object]]:
    yield "type", field.type
    if field.required and field.type != "boolean":
        yield "required", True
    low, high = bounds(field)
    if low is not None:
        yield "min", low
    if high is not None:
        yield "max", high
    for key, value in (
        ("pattern", field.pattern), ("options", field.options),
        ("readRoles", field.read_roles), ("writeRoles", field.write_roles),
    ):  # fmt: skip
        if value:
            yield key, value
