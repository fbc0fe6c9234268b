"""What the database may refuse: values that must be unique, and the rules. Pure.

Errors:
    ModelError   unique_together names what is no field
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from agents.build.render.literals import short_name
from agents.build.structure import Constraint, Reference, Rule, Table
from contracts.model import Entity, Field, ModelError


def constraints(
    entity: Entity,
    fields: Sequence[Field],
    references: Sequence[Reference],
    parent: Reference | None,
    rules: Sequence[Rule],
    *,
    org: bool = False,
) -> tuple[Constraint, ...]:
    """Everything that an entity's own table refuses. Raises ModelError."""
    single = [each for each in references if not each.join]
    titles = {field.key: field.title for field in fields}
    titles |= {each.key: each.title for each in single}
    # Else whether a value is taken would tell of records that one may not see.
    whole = ("owner_id",) if entity.ownership == "user" else ("org_id",) if org else ()
    scope = (parent.key,) if parent else whole
    found = [_unique(entity, (*scope, field.key), titles) for field in fields if field.unique]
    found += [_unique(entity, (each.key,), titles) for each in single if each.unique]
    columns = {each.relation: each.key for each in single}
    for keys in entity.unique_together:
        together = tuple(columns.get(key, key) for key in keys)
        unknown = [key for key in together if key not in titles]
        if unknown or not together:
            raise ModelError(f"entity {entity.key}: unique_together names {unknown}, no field")
        found.append(_unique(entity, (*whole, *together), titles))
    flow = entity.workflow
    if flow:
        title = titles.get(flow.field, flow.field)
        words = f"{title} cannot be changed like that"
        found.append(Constraint(name=workflow_name(entity), field=flow.field, message=words))
    return (*found, *(_told(rule) for rule in rules if rule.kind != "total"))


def workflow_name(entity: Entity) -> str:
    """What refuses a step that no transition permits."""
    return short_name(entity.plural, "workflow")


def _unique(entity: Entity, columns: tuple[str, ...], titles: dict[str, str]) -> Constraint:
    named = [titles[key] for key in columns if key in titles]
    words = f"{named[0]} is already used"
    if len(named) > 1:
        words = f"There is already one with this {' and '.join(named)}"
    return Constraint(
        name=short_name(entity.plural, *columns, "key"), field=columns[-1], message=words,
        columns=columns,
    )  # fmt: skip


def _told(rule: Rule) -> Constraint:
    columns: tuple[str, ...] = ()
    if rule.kind == "once_per_user":
        columns = ("owner_id", rule.reference) if rule.reference else ("owner_id",)
    return Constraint(
        name=rule.name, field=rule.field, message=rule.message, columns=columns, check=rule.check
    )


def settled(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with what rules of others mean for them: fields, and what can be refused."""
    return tuple(
        replace(
            table,
            fields=tuple(_field(table, field, tables) for field in table.fields),
            constraints=(*table.constraints, *_elsewhere(table, tables)),
            filled=frozenset(table.formulas) | _totals(table, tables),
        )
        for table in tables
    )


def _totals(table: Table, tables: Sequence[Table]) -> frozenset[str]:
    return frozenset(
        rule.counted
        for other in tables
        for rule in other.rules
        if rule.kind == "total" and rule.target == table.key
    )


def _field(table: Table, field: Field, tables: Sequence[Table]) -> Field:
    """Nobody fills in what is computed; what is counted is never below 0."""
    changes: dict[str, Any] = {}
    if field.key in table.formulas or field.key in _totals(table, tables):
        changes = {"required": False, "default": None, "min": None, "max": None, "pattern": None}
    elif any(_counts(table, field, other, rule) for other in tables for rule in other.rules):
        changes = {"min": max(0, field.min or 0)}
    return replace(field, **changes) if changes else field


def _counts(table: Table, field: Field, other: Table, rule: Rule) -> bool:
    taken = other.key == table.key and rule.sign < 0 and rule.quantity == field.key
    there = rule.target == table.key and rule.kind in ("stock", "capacity")
    return taken or (there and rule.counted == field.key)


def _elsewhere(table: Table, tables: Sequence[Table]) -> Iterable[Constraint]:
    """A capacity below what is taken already, and a state in which stock is missing."""
    for other in tables:
        for rule in other.rules:
            if rule.kind == "capacity" and rule.target == table.key:
                words = f"There are more {other.entity.title_plural} already"
                name = short_name(rule.name, "limit")
                yield Constraint(name=name, field=rule.counted, message=words)
            elif rule.when and rule.when.via and _leads(other, rule.when.via) == table.key:
                yield Constraint(name=rule.name, field=rule.when.field, message=rule.message)


def _leads(table: Table, column: str) -> str:
    return next(each.target for each in table.references if each.key == column)
