"""What is wrong with a rule of an entity, in words: the names in it, and what they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from contracts.formulas import FormulaError, check_numbers, fields_of, parse
from contracts.model import NUMBERS, Entity, Field, Relation, Rule

_KEY = r"([a-z][a-z0-9_]*)"
_COMPARISON = re.compile(
    rf"{_KEY}\s*(<=|>=|<>|!=|<|>|=)\s*([a-z][a-z0-9_]*|-?\d+(?:\.\d+)?)"
)  # fmt: skip
_NULL = re.compile(rf"{_KEY}\s+is\s+(not\s+)?null", re.IGNORECASE)
_PERIOD = re.compile(rf"{_KEY}\s*:\s*{_KEY}\s*,\s*{_KEY}")
_STOCK = re.compile(rf"{_KEY}\.{_KEY}\s*([-+])=\s*{_KEY}")
_CAPACITY = re.compile(rf"{_KEY}\.{_KEY}")
_TOTAL = re.compile(rf"{_KEY}\.{_KEY}\s*=\s*sum\s*\((.*)\)", re.DOTALL)
_CONDITION = re.compile(
    r"(?:([a-z][a-z0-9_]*)\.)?([a-z][a-z0-9_]*)\s*"
    r"(?:(?:=|!=|<>)\s*([^\s(][^()]*)|\s(?:not\s+)?in\s*\((.*)\))",
    re.DOTALL,
)
_VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|\"([^\"]*)\"|([^\s'\",]+(?: +[^\s'\",]+)*))\s*(?:,|$)")
_NONE = re.compile(r"(?!)")
_ORDERED = frozenset({"date", "datetime", "time"})
_PERIODS = {
    "datetime": "moment", "date": "day", "integer": "whole", "duration": "whole",
    "decimal": "number", "money": "number",
}  # fmt: skip
_TAKEN = frozenset({"created_at", "updated_at"})


class Scope(Struct, frozen=True, kw_only=True):
    """What the rules of an entity can name: `references` are single ones, by their key."""

    entity: Entity
    fields: Mapping[str, Field]
    references: Mapping[str, Relation]
    entities: Mapping[str, Entity]


def scope(entity: Entity, relations: Sequence[Relation], entities: Mapping[str, Entity]) -> Scope:
    """The scope of an entity; `relations` may be those of all."""
    own = [r for r in relations if r.source == entity.key]
    columns = {f"{r.key}_ids" if r.kind == "many_to_many" else f"{r.key}_id" for r in own}
    return Scope(
        entity=entity,
        fields={f.key: f for f in entity.fields if f.key not in columns | _TAKEN},
        references={
            r.key: r for r in own if r.kind != "many_to_many" and r.target in entities
        },
        entities=entities,
    )  # fmt: skip


def problem(rule: Rule, within: Scope) -> str:
    """What is wrong with the rule; "" when it can be kept."""
    text, _, when = rule.expr.strip().partition(" when ")
    return _RULES[rule.kind](text.strip(), when.strip(), within)


def _number(key: str, of: Mapping[str, Field], *, whole: bool = False) -> str:
    field = of.get(key)
    if field is None:
        return f"there is no field {key!r}"
    if field.type not in NUMBERS or (whole and field.type != "integer"):
        return f"{key!r} is no field with {'whole ' if whole else ''}numbers"
    return ""


def _above(reference: str, within: Scope) -> dict[str, Field] | None:
    relation = within.references.get(reference)
    if relation is None:
        return None
    return {f.key: f for f in within.entities[relation.target].fields}


def counted(rule: Rule, within: Scope) -> list[tuple[str, Field]]:
    """The fields that a rule counts, each with its entity, as far as they are there."""
    text = rule.expr.partition(" when ")[0].strip()
    match = {"stock": _STOCK, "capacity": _CAPACITY}.get(rule.kind, _NONE).fullmatch(text)
    relation = within.references.get(match[1]) if match else None
    if match is None or relation is None:
        return []
    above = _above(match[1], within) or {}
    found = [(relation.target, above[match[2]])] if match[2] in above else []
    if rule.kind == "stock" and match[4] in within.fields:
        found.append((within.entity.key, within.fields[match[4]]))
    return found


def _check(text: str, when: str, within: Scope) -> str:
    wrong = _when(when, within, via=False)
    empty = _NULL.fullmatch(text)
    if empty:
        named = {*within.fields, *within.references, *(f"{r}_id" for r in within.references)}
        return wrong or ("" if empty[1] in named else f"there is no field {empty[1]!r}")
    parts = _COMPARISON.fullmatch(text)
    if wrong or parts is None:
        return wrong or "it is not of the form `a < b` or `a is not null`"
    left, right, known = parts[1], parts[3], within.fields
    if left not in known:
        return f"there is no field {left!r}"
    if right in known:
        kinds = {known[left].type, known[right].type}
        ordered = kinds <= NUMBERS or (len(kinds) == 1 and kinds <= _ORDERED)
        return "" if ordered else f"{left!r} and {right!r} cannot be compared"
    if right[0].isalpha():
        return f"there is no field {right!r}"
    return _number(left, known)


def _no_overlap(text: str, when: str, within: Scope) -> str:
    parts = _PERIOD.fullmatch(text)
    if parts is None:
        return "it is not of the form `resource: start, end`"
    if parts[1] not in within.references:
        return f"there is no single reference {parts[1]!r}"
    kinds = [_PERIODS.get(within.fields[k].type) for k in parts.groups()[1:] if k in within.fields]
    if len(kinds) != 2 or None in kinds or kinds[0] != kinds[1] or parts[2] == parts[3]:  # noqa: PLR2004  a start and an end
        return f"{parts[2]!r} and {parts[3]!r} make no period"
    return _when(when, within, via=False)


def _stock(text: str, when: str, within: Scope) -> str:
    parts = _STOCK.fullmatch(text)
    if parts is None:
        return "it is not of the form `product.stock -= quantity`"
    above = _above(parts[1], within)
    if above is None:
        return f"there is no single reference {parts[1]!r}"
    return (
        _number(parts[2], above)
        or _number(parts[4], within.fields)
        or _when(when, within, via=True)
    )  # fmt: skip


def _capacity(text: str, when: str, within: Scope) -> str:
    parts = _CAPACITY.fullmatch(text)
    if parts is None:
        return "it is not of the form `event.capacity`"
    above = _above(parts[1], within)
    if above is None:
        return f"there is no single reference {parts[1]!r}"
    return _number(parts[2], above, whole=True) or _when(when, within, via=False)


def _once(text: str, when: str, within: Scope) -> str:
    if within.entity.ownership == "system":
        return "the records have no owner (ownership is system)"
    if when:
        return "it cannot depend on something"
    return "" if not text or text in within.references else f"there is no single reference {text!r}"


def _total(text: str, when: str, within: Scope) -> str:
    left, sign, _ = text.partition("=")
    if sign and "." not in left:
        # A computed field: its formula is checked with the fields.
        return "what is computed cannot depend on something" if when else ""
    parts = _TOTAL.fullmatch(text)
    if parts is None:
        return "it is not of the form `order.total = sum(quantity * price)`"
    above = _above(parts[1], within)
    if above is None:
        return f"there is no single reference {parts[1]!r}"
    try:
        tree = parse(parts[3])
        unknown = [key for key in fields_of(tree) if key not in within.fields]
        if unknown:
            return f"there is no field {unknown[0]!r}"
        check_numbers(tree, lambda key: within.fields[key].type in NUMBERS)
    except FormulaError as error:
        return str(error)
    return _number(parts[2], above) or _when(when, within, via=False)


_RULES = {
    "check": _check, "no_overlap": _no_overlap, "stock": _stock, "capacity": _capacity,
    "once_per_user": _once, "total": _total,
}  # fmt: skip


def _when(text: str, within: Scope, *, via: bool) -> str:
    if not text:
        return ""
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        return f"`when {text}` is not of the form `when field in (a, b)`"
    known: Mapping[str, Field] | None = within.fields
    if parts[1]:
        known = _above(parts[1], within) if via else None
        if known is None:
            return f"it cannot depend on {parts[1]}.{parts[2]}"
    field = known.get(parts[2]) if known else None
    if field is None or field.type not in {"enum", "boolean"}:
        return f"{parts[2]!r} after `when` is no field with options, and no boolean"
    possible = field.options if field.type == "enum" else ("true", "false")
    values = _values(parts[3] or parts[4] or "")
    if not values:
        return f"{parts[3] or parts[4] or ''!r} is no list of values"
    unknown = [value for value in values if value not in possible]
    return f"{parts[2]} is never {unknown[0]!r}" if unknown else ""


def _values(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(text):
        match = _VALUE.match(text, place)
        if match is None:
            return []
        found.append(next(part for part in match.groups() if part is not None))
        place = match.end()
    return [value.replace("''", "'") for value in found] if not text.endswith(",") else []
