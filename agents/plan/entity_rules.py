"""Rules for one entity: its fields, who may do what with it, its workflow and its seed rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from typing import Any

from agents.plan.step_rules import step_problems
from contracts.model import Entity, Field, Relation
from contracts.scouting import RESERVED_FIELDS

BUILT_IN = frozenset({"created_at", "updated_at"})
_NO_LABEL = frozenset({"json", "tags", "image", "file", "boolean"})
_UNSORTABLE = frozenset({"json", "tags", "image", "file"})
_WHOLE = frozenset({"integer", "rating", "duration"})
_NUMBERS = _WHOLE | {"decimal", "money"}
_FORMS = {
    "date": r"today|\d{4}-\d\d-\d\d",
    "datetime": r"now|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)",
    "time": r"\d\d:\d\d",
    "color": r"#[0-9a-f]{6}",
}
"""How defaults are written, so that they mean the same everywhere."""
_EXACT = 2**53
"""Up to here a browser reads every whole number as it was written."""


def entity_problems(
    entity: Entity, relations: Sequence[Relation], words: AbstractSet[str]
) -> Iterator[str]:
    """Everything wrong with an entity; `relations` start at it, `words` may be in its access."""
    where = f"entity {entity.key}"
    yield from _ownership(where, entity, relations)
    yield from _access(where, entity, words)
    if not entity.fields:
        yield f"{where}: it has no fields; add one"
    for name, count in Counter(field.key for field in entity.fields).items():
        if count > 1:
            yield f"{where}: two fields are called {name!r}; rename one"
    for field in entity.fields:
        yield from _field(f"field {entity.key}.{field.key}", field, words)
    yield from _named(where, entity, relations)
    yield from step_problems(where, entity, words)
    yield from _seed(where, entity, relations)


def _ownership(where: str, entity: Entity, relations: Sequence[Relation]) -> Iterator[str]:
    parents = [
        r for r in relations if r.required and r.kind != "many_to_many" and r.target != entity.key
    ]
    if entity.ownership == "parent" and not parents:
        yield f"{where}: its rows belong to a parent, but it has no required reference to one"
    if entity.ownership == "system" and "owner" in _all_words(entity):
        yield f"{where}: its rows have no owner (ownership is system), yet access names the owner"


def _all_words(entity: Entity) -> set[str]:
    access = entity.access
    return {*access.list, *access.read, *access.create, *access.update, *access.delete}


def _access(where: str, entity: Entity, words: AbstractSet[str]) -> Iterator[str]:
    for action in ("list", "read", "create", "update", "delete"):
        listed: tuple[str, ...] = getattr(entity.access, action)
        for word in listed:
            if word not in words:
                yield f"{where}: access.{action} names {word!r}, which is no role"
        needed = action in {"list", "read"} or (action == "create" and entity.ownership != "system")
        if needed and not listed:
            yield f"{where}: access.{action} is empty, so nobody could use it; name who may"
    if "owner" in entity.access.create and entity.ownership != "parent":
        yield f"{where}: access.create names the owner, but a new row has none yet; use member"


def _field(where: str, field: Field, words: AbstractSet[str]) -> Iterator[str]:
    if field.key in RESERVED_FIELDS:
        yield f"{where}: this is a reserved word; use {field.key}_value, the title may stay"
    if field.type == "enum" and not field.options:
        yield f"{where}: an enum needs options"
    if field.type != "enum" and field.options:
        yield f"{where}: options belong to an enum, this is {field.type}"
    if len(set(field.options)) != len(field.options) or "" in field.options:
        yield f"{where}: an option is empty or there twice"
    low, high = _bounds(field)
    if low is not None and high is not None and low > high:
        yield f"{where}: min {low:g} is above max {high:g}"
    if field.pattern is not None:
        yield from _pattern(where, field)
    form = _FORMS.get(field.type)
    formed = form is None or re.fullmatch(form, str(field.default)) is not None
    if field.default is not None and not (formed and fits(field, field.default)):
        yield f"{where}: the default {field.default!r} is no {field.type} that it takes"
    for word in (*field.read_roles, *field.write_roles):
        if word not in words:
            yield f"{where}: {word!r} is no role"


def _bounds(field: Field) -> tuple[float | None, float | None]:
    """The bounds of a value, or of a text's length, with those that the type has by itself."""
    low, high = field.min, field.max
    if field.type == "rating":
        low, high = 1 if low is None else low, 5 if high is None else high
    elif field.type == "duration":
        low = 0 if low is None else low
    elif field.type not in _NUMBERS and field.max_length is not None:
        high = field.max_length
    if field.type in _WHOLE:
        low = None if low is None else math.ceil(low)
        high = None if high is None else math.floor(high)
    return low, high


def _pattern(where: str, field: Field) -> Iterator[str]:
    try:
        whole = re.compile(field.pattern or "")
    except re.error as error:
        yield f"{where}: its pattern is no regular expression: {error}"
        return
    if not field.example:
        yield f"{where}: its pattern needs an example that matches it"
    elif not whole.fullmatch(field.example):
        yield f"{where}: its example {field.example!r} does not match its pattern"


def fits(field: Field, value: Any) -> bool:
    """Whether a value may stand in the field."""
    if field.type == "boolean":
        return isinstance(value, bool)
    if field.type in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _EXACT:
            return False
        whole = field.type not in _WHOLE or isinstance(value, int) or value.is_integer()
        low, high = _bounds(field)
        return whole and (low is None or value >= low) and (high is None or value <= high)
    if field.type == "enum":
        return value in field.options
    if field.type == "tags":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return field.type == "json" or (isinstance(value, str) and _fits_text(field, value))


def _fits_text(field: Field, value: str) -> bool:
    if field.max_length is not None and len(value) > field.max_length:
        return False
    kinds: dict[str, Any] = {"date": date, "datetime": datetime, "time": time}
    kind = kinds.get(field.type)
    if kind is None or value in {"today", "now"}:
        return True
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _named(where: str, entity: Entity, relations: Sequence[Relation]) -> Iterator[str]:
    fields = {field.key: field for field in entity.fields}
    label = fields.get(entity.label_field)
    if label is None:
        yield f"{where}: label_field {entity.label_field!r} is none of its fields"
    elif label.type in _NO_LABEL:
        yield f"{where}: label_field {label.key!r} is {label.type}, which is no name for a row"
    for name in entity.search:
        if name not in fields:
            yield f"{where}: search names {name!r}, which is none of its fields"
    sort = entity.default_sort.removeprefix("-")
    if sort not in fields.keys() | BUILT_IN:
        yield f"{where}: default_sort {entity.default_sort!r} is none of its fields"
    elif sort in fields and fields[sort].type in _UNSORTABLE:
        yield f"{where}: default_sort {sort!r} is {fields[sort].type}, which has no order"
    known = {*fields, *(relation.key for relation in relations)}
    for group in entity.unique_together:
        for name in group:
            if name not in known:
                yield f"{where}: unique_together names {name!r}, which is none of its fields"


def _seed(where: str, entity: Entity, relations: Sequence[Relation]) -> Iterator[str]:
    fields = {field.key: field for field in entity.fields}
    references = {relation.key for relation in relations}
    for number, row in enumerate(entity.seed, start=1):
        for name, value in row.items():
            if name not in fields and name not in references:
                yield f"{where}: seed row {number} has {name!r}, which is none of its fields"
            elif name in fields and value is not None and not fits(fields[name], value):
                yield f"{where}: seed row {number} has {value!r} as {name}, no {fields[name].type}"
        for field in entity.fields:
            if field.required and field.default is None and row.get(field.key) is None:
                yield f"{where}: seed row {number} lacks {field.key}, which is required"
