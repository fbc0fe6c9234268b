"""For which records a rule holds: what stands after its `when`. Pure.

    status = 'closed', status != draft, status in (open, "in progress"), active = true,
    order.status in (placed, paid)

Errors:
    FormulaError   a condition that cannot be understood
    ModelError        a field that there is not
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from agents.build.structure import Reference, When
from contracts.formulas import FormulaError
from contracts.model import Entity, Field, ModelError

_CONDITION = re.compile(
    r"(?:([a-z][a-z0-9_]*)\.)?([a-z][a-z0-9_]*)\s*"
    r"(?:(=|!=|<>)\s*([^\s(][^()]*)|(\s(?:not\s+)?in)\s*\((.*)\))",
    re.DOTALL,
)
_VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|\"([^\"]*)\"|([^\s'\",]+(?: +[^\s'\",]+)*))\s*")


class Scope(Struct, frozen=True, kw_only=True):
    """What the rules of an entity can name: its fields by key, single references by relation."""

    entity: Entity
    fields: Mapping[str, Field]
    references: Mapping[str, Reference]
    entities: Mapping[str, Entity]

    def column(self, key: str) -> tuple[str, str]:
        """Column and title of a field or a reference. Raises ModelError."""
        if key in self.fields:
            return key, self.fields[key].title
        for each in self.references.values():
            if key in (each.key, each.relation):
                return each.key, each.title
        raise ModelError(f"entity {self.entity.key}: a rule names {key}, none of its fields")


def condition(scope: Scope, text: str, *, via: bool) -> When:
    """The condition in a text; with `via` it may be about a record referred to."""
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise FormulaError(f"“when {text}” is not of the form “when field in (a, b)”")
    relation, key = parts[1], parts[2]
    known = scope.fields
    column = ""
    if relation:
        reference = scope.references.get(relation)
        if reference is None or not via:
            raise FormulaError(f"it cannot depend on {relation}.{key}")
        known = {field.key: field for field in scope.entities[reference.target].fields}
        column = reference.key
    field = known.get(key)
    if field is None or field.type not in ("enum", "boolean"):
        raise FormulaError(f"{key} after “when” is no field with options, and no boolean")
    possible: tuple[str | bool, ...] = field.options if field.type == "enum" else (True, False)
    named = [_value(value, field) for value in _values(parts[4] or parts[6] or "")]
    unknown = [value for value in named if value not in possible]
    if unknown:
        raise FormulaError(f"{key} is never {unknown[0]!r}")
    if parts[3] in ("!=", "<>") or (parts[5] or "").split()[:1] == ["not"]:
        named = [value for value in possible if value not in named]
    return When(field=key, values=tuple(dict.fromkeys(named)), via=column)


def _values(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    while True:
        match = _VALUE.match(text, place)
        if match is None:
            raise FormulaError(f"{text!r} is no list of values")
        quoted = match[1].replace("''", "'") if match[1] is not None else match[2]
        found.append(match[3] if quoted is None else quoted)
        place = match.end()
        if place == len(text):
            return found
        if text[place] != ",":
            raise FormulaError(f"{text!r} is no list of values")
        place += 1


def _value(text: str, field: Field) -> str | bool:
    return {"true": True, "false": False}.get(text, text) if field.type == "boolean" else text
