"""Small changes of which the effects of operations are made. Pure.

Errors:
    Refused   the change cannot be made; says why
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from agents.plan.entity_rules import fits
from agents.plan.llm.operations import FieldSpec
from contracts.model import AppModel, Entity, Field, Relation, Trace

MAX_ROWS = 5
_WHOLE = frozenset({"integer", "rating", "duration"})
_NUMBERS = frozenset({"decimal", "money"})
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\bin\s*\([^)]*\)")
_GRAMMAR = frozenset({"when", "is", "not", "null", "sum", "in", "and", "or", "true", "false"})


Done = tuple[AppModel, str]
"""The changed model, and the id by which the trace names what was done."""


class Refused(ValueError):
    """A change cannot be made."""


def entity_of(model: AppModel, key: str) -> Entity:
    """The entity. Raises Refused with the names of those that there are."""
    for entity in model.entities:
        if entity.key == key:
            return entity
    names = ", ".join(entity.key for entity in model.entities)
    raise Refused(f"there is no entity {key} (there are: {names})")


def field_of(entity: Entity, key: str) -> Field:
    """The field of an entity. Raises Refused with the names of those that there are."""
    for field in entity.fields:
        if field.key == key:
            return field
    names = ", ".join(field.key for field in entity.fields)
    raise Refused(f"{entity.key} has no field {key} (it has: {names})")


def change(model: AppModel, entity: Entity) -> AppModel:
    """The model with this entity in place of the one with its key."""
    return replace(
        model,
        entities=tuple(entity if each.key == entity.key else each for each in model.entities),
    )


def put_field(entity: Entity, spec: FieldSpec) -> Entity:
    """The entity with the field as said; its example rows have values that it takes."""
    old = next((field for field in entity.fields if field.key == spec.key), None)
    field = _field(spec, old)
    examples = [value_of(field, text) for text in spec.examples]
    rows = tuple(_row(row, field, examples, number) for number, row in enumerate(entity.seed))
    if old is None:
        return replace(entity, fields=(*entity.fields, field), seed=rows)
    fields = tuple(field if each is old else each for each in entity.fields)
    return replace(entity, fields=fields, seed=rows)


def _row(row: dict[str, Any], field: Field, examples: Sequence[Any], number: int) -> dict[str, Any]:
    if row.get(field.key) is not None and fits(field, row[field.key]):
        return row
    others = {key: value for key, value in row.items() if key != field.key}
    return others | ({field.key: examples[number % len(examples)]} if examples else {})


def _field(spec: FieldSpec, old: Field | None) -> Field:
    """What an operation does not speak of (who may read it, its pattern) stays."""
    kept = old or Field(key=spec.key, title=spec.title)
    made = replace(
        kept, title=spec.title, type=spec.type, required=spec.required, unique=spec.unique,
        default=None, min=_number("min", spec.min), max=_number("max", spec.max),
        options=spec.options, help=spec.help, computed=spec.computed or None,
    )  # fmt: skip
    return replace(made, default=value_of(made, spec.default)) if spec.default else made


def _number(what: str, text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise Refused(f"{what} {text!r} is no number") from None
    if number - number:  # infinite, or no number
        raise Refused(f"{what} {text!r} is no number that can be compared")
    return number


def value_of(field: Field, text: str) -> Any:
    """The value that a text stands for in a field. Raises Refused when it takes none such."""
    try:
        value = _read(field, text)
    except ValueError:
        raise Refused(f"{text!r} is no {field.type}") from None
    if not fits(field, value):
        raise Refused(f"{text!r} is no {field.type} that the field {field.key} takes")
    return value


def _read(field: Field, text: str) -> Any:
    if field.type == "boolean":
        if text.lower() not in {"true", "false"}:
            raise ValueError(text)
        return text.lower() == "true"
    if field.type in _WHOLE:
        return int(text)
    if field.type in _NUMBERS:
        return _number("value", text)
    if field.type == "tags":
        return [part.strip() for part in text.split(",") if part.strip()]
    return json.loads(text) if field.type == "json" else text


def seeded(entity: Entity, specs: Sequence[FieldSpec]) -> tuple[dict[str, Any], ...]:
    """Example rows from the examples of the fields; none where a required field has none."""
    fields = {field.key: field for field in entity.fields}
    values = {
        spec.key: [value_of(fields[spec.key], text) for text in spec.examples] for spec in specs
    }
    lacking = [f for f in entity.fields if f.required and f.default is None and not values[f.key]]
    count = 0 if lacking else min(MAX_ROWS, max(map(len, values.values()), default=0))
    return tuple(
        {key: found[number % len(found)] for key, found in values.items() if found}
        for number in range(count)
    )


def loosen(model: AppModel, relation: Relation) -> AppModel:
    """The model whose entity no longer uses its relation. Raises Refused when a rule needs it."""
    entity = entity_of(model, relation.source)
    users = [
        f"rule {rule.kind} of {entity.key}"
        for rule in entity.rules
        if relation.key in {name.partition(".")[0] for name in names_in(rule.expr)}
    ]
    if users:
        raise Refused(f"{relation.source}.{relation.key} is used by {', '.join(users)}")
    kept = replace(
        entity,
        unique_together=tuple(g for g in entity.unique_together if relation.key not in g),
        seed=tuple({k: v for k, v in row.items() if k != relation.key} for row in entity.seed),
    )
    return forget(change(model, kept), "relation", f"{relation.source}.{relation.key}")


def mentions(model: AppModel, entity: Entity, key: str) -> list[str]:
    """What names a field of an entity in a formula: rules, and computed fields."""
    found = [
        f"rule {rule.kind} of {entity.key}" for rule in entity.rules if key in names_in(rule.expr)
    ]
    found += [
        f"the computed field {field.key}"
        for field in entity.fields
        if field.computed and key in names_in(field.computed)
    ]
    to_here = {(r.source, f"{r.key}.{key}") for r in model.relations if r.target == entity.key}
    found += [
        f"rule {rule.kind} of {other.key}"
        for other in model.entities
        for rule in other.rules
        if {(other.key, name) for name in names_in(rule.expr)} & to_here
    ]
    return found


def names_in(expr: str) -> set[str]:
    """The fields and references that a formula names, such as `quantity` or `order.total`."""
    return set(_NAME.findall(_VALUES.sub(" ", expr))) - _GRAMMAR


def recall(model: AppModel, sentence: int, name: str) -> AppModel:
    """The model whose trace says that a sentence led to `name`; for 0 it stays as it is."""

    def noted(trace: Trace) -> Trace:
        if trace.sentence != sentence or name in trace.maps_to:
            return trace
        kept = tuple(id_ for id_ in trace.maps_to if id_ != name.replace("feature.", "unbuilt."))
        return replace(trace, maps_to=(*kept, name))

    return replace(model, trace=tuple(noted(trace) for trace in model.trace))


def forget(model: AppModel, kind: str, name: str, new: str = "") -> AppModel:
    """The model whose trace names a thing no more, and what is part of it; or by its new name."""

    def renamed(id_: str) -> str:
        what, _, rest = id_.partition(".")
        first, dot, more = rest.partition(".")
        if kind == "entity" and what in _PARTS and first == name:
            return f"{what}.{new}{dot}{more}" if new else ""
        if kind == "entity" and what == "page" and first.startswith(f"{name}_"):
            return id_ if first in pages else ""
        return "" if id_ == f"{kind}.{name}" else id_

    pages = {page.key for page in model.pages}
    return replace(
        model,
        trace=tuple(
            replace(t, maps_to=tuple(filter(None, map(renamed, t.maps_to)))) for t in model.trace
        ),
    )


_PARTS = frozenset({"entity", "field", "relation", "rule", "workflow", "access"})
"""Ids of the trace whose next word is an entity."""
