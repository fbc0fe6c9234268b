"""The rules of an entity, understood. Pure.

Each is a small sentence, with `when FIELD in (a, b)` where it holds for some records only:

    check           starts_at < ends_at, seats >= 1, solution is not null when status = 'solved'
    no_overlap      room: starts_at, ends_at
    stock           product.stock -= quantity, item.quantity += amount when order.status in (paid)
    capacity        event.capacity
    once_per_user   event, or nothing for one record per person
    total           order.total = sum(quantity * price)

A total of the record's own fields (`total = quantity * price`) is a computed field.

Errors:
    ModelError   a rule that cannot be understood; names the entity and the rule
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agents.build.conditions import Scope, condition
from agents.build.render.literals import short_name
from agents.build.structure import Comparison, Reference, Rule, When
from contracts.formulas import FormulaError, check_numbers, fields_of, parse
from contracts.model import NUMBERS, Entity, Field, ModelError
from contracts.model import Rule as Asked

_KEY = r"([a-z][a-z0-9_]*)"
_COMPARISON = re.compile(
    rf"{_KEY}\s*(<=|>=|<>|!=|<|>|=)\s*([a-z][a-z0-9_]*|-?\d+(?:\.\d+)?)"
)  # fmt: skip
_NULL = re.compile(rf"{_KEY}\s+is\s+(not\s+)?null", re.IGNORECASE)
_PERIOD = re.compile(rf"{_KEY}\s*:\s*{_KEY}\s*,\s*{_KEY}")
_STOCK = re.compile(rf"{_KEY}\.{_KEY}\s*([-+])=\s*{_KEY}")
_CAPACITY = re.compile(rf"{_KEY}\.{_KEY}")
_TOTAL = re.compile(rf"{_KEY}\.{_KEY}\s*=\s*sum\s*\((.*)\)", re.DOTALL)
_WORDS = {
    "<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "equal to",
    "!=": "different from",
}  # fmt: skip
_ORDERED = frozenset({"date", "datetime", "time"})
PERIODS = {
    "datetime": "tstzrange", "date": "daterange", "integer": "int8range", "duration": "int8range",
    "decimal": "numrange", "money": "numrange",
}  # fmt: skip
"""Fields that begin and end something, and the range that they make."""


def rules(
    entity: Entity,
    fields: Sequence[Field],
    references: Sequence[Reference],
    entities: Mapping[str, Entity],
) -> tuple[Rule, ...]:
    """The rules in the model's order; those of no_overlap bring a check of their own."""
    scope = Scope(
        entity=entity,
        fields={field.key: field for field in fields},
        references={each.relation: each for each in references if not each.join},
        entities=entities,
    )
    found: list[Rule] = []
    for number, asked in enumerate(entity.rules, start=1):
        name = short_name(entity.plural, f"rule_{number}")
        found += _Reader(scope, asked, name).read()
    return tuple(found)


class _Reader:
    """Reads one rule."""

    def __init__(self, scope: Scope, asked: Asked, name: str) -> None:
        self.scope, self.asked, self.name = scope, asked, name
        text, _, when = asked.expr.strip().partition(" when ")
        self.text, self._when = text.strip(), when.strip()

    def wrong(self, why: str) -> ModelError:
        return ModelError(
            f"entity {self.scope.entity.key}, rule {self.asked.kind} “{self.asked.expr}”: {why}"
        )

    def read(self) -> Iterator[Rule]:
        try:
            yield from getattr(self, f"_{self.asked.kind}")()
        except FormulaError as error:
            raise self.wrong(str(error)) from None

    def rule(self, field: str, message: str, **members: Any) -> Rule:
        return Rule(
            kind=self.asked.kind, name=self.name, field=field,
            message=self.asked.message or message, **members,
        )  # fmt: skip

    def when(self, *, via: bool = False) -> When | None:
        return condition(self.scope, self._when, via=via) if self._when else None

    def match(self, pattern: re.Pattern[str], form: str) -> re.Match[str]:
        parts = pattern.fullmatch(self.text)
        if parts is None:
            raise self.wrong(f"it is not of the form “{form}”")
        return parts

    def reference(self, key: str) -> Reference:
        found = self.scope.references.get(key)
        if found is None:
            raise self.wrong(f"there is no single reference {key}")
        return found

    def number(self, key: str, of: Mapping[str, Field], *, whole: bool = False) -> Field:
        field = of.get(key)
        if field is None or field.type not in NUMBERS or (whole and field.type != "integer"):
            raise self.wrong(f"{key} is no field with {'whole ' if whole else ''}numbers")
        return field

    def above(self, reference: Reference) -> dict[str, Field]:
        return {field.key: field for field in self.scope.entities[reference.target].fields}

    def _check(self) -> Iterator[Rule]:
        when = self.when()
        empty = _NULL.fullmatch(self.text)
        if empty:
            column, title = self.scope.column(empty[1])
            check = Comparison(left=column, operator="filled" if empty[2] else "empty", when=when)
            words = f"{title} {'is required' if empty[2] else 'must be empty'}"
            yield self.rule(column, f"{words} now" if when else words, check=check)
            return
        parts = self.match(_COMPARISON, "a < b” or “a is not null")
        left, operator, right = parts[1], parts[2].replace("<>", "!="), parts[3]
        known = self.scope.fields
        if left not in known:
            raise self.wrong(f"there is no field {left}")
        if right in known:
            kinds = {known[left].type, known[right].type}
            if not (kinds <= NUMBERS or (len(kinds) == 1 and kinds <= _ORDERED)):
                raise self.wrong(f"{left} and {right} cannot be compared")
            check = Comparison(left=left, operator=operator, right=right, when=when)
        else:
            if right[0].isalpha():
                raise self.wrong(f"there is no field {right}")
            self.number(left, known)
            check = Comparison(left=left, operator=operator, right=float(right), when=when)
        other = known[right].title if right in known else right
        yield self.rule(
            left, f"{known[left].title} must be {_WORDS[operator]} {other}", check=check
        )

    def _no_overlap(self) -> Iterator[Rule]:
        parts = self.match(_PERIOD, "resource: start, end")
        reference, start, end = self.reference(parts[1]), parts[2], parts[3]
        known = self.scope.fields
        for key in (start, end):
            if key not in known or known[key].type not in PERIODS:
                raise self.wrong(f"{key} is no field of type datetime, date or number")
        if PERIODS[known[start].type] != PERIODS[known[end].type] or start == end:
            raise self.wrong(f"{start} and {end} make no period")
        yield Rule(
            kind="check", name=f"{self.name}_order", field=end,
            message=f"{known[end].title} must be after {known[start].title}",
            check=Comparison(left=end, operator=">", right=start),
        )  # fmt: skip
        yield self.rule(
            start, f"{reference.title} is already taken then", reference=reference.key,
            target=reference.target, start=start, end=end, when=self.when(),
        )  # fmt: skip

    def _stock(self) -> Iterator[Rule]:
        parts = self.match(_STOCK, "product.stock -= quantity")
        reference = self.reference(parts[1])
        title = self.number(parts[2], self.above(reference)).title
        self.number(parts[4], self.scope.fields)
        yield self.rule(
            parts[4], f"There is not enough left ({title})", reference=reference.key,
            target=reference.target, counted=parts[2], quantity=parts[4],
            sign=1 if parts[3] == "+" else -1, when=self.when(via=True),
        )  # fmt: skip

    def _capacity(self) -> Iterator[Rule]:
        parts = self.match(_CAPACITY, "event.capacity")
        reference = self.reference(parts[1])
        self.number(parts[2], self.above(reference), whole=True)
        yield self.rule(
            reference.key, f"There is no place left ({reference.title})", reference=reference.key,
            target=reference.target, counted=parts[2], when=self.when(),
        )  # fmt: skip

    def _once_per_user(self) -> Iterator[Rule]:
        if self.scope.entity.ownership == "system":
            raise self.wrong("the records have no owner (ownership is system)")
        if self._when:
            raise self.wrong("it cannot depend on something")
        title = self.scope.entity.title.lower()
        if not self.text:
            yield self.rule("_form", f"You have a {title} already")
            return
        reference = self.reference(self.text)
        yield self.rule(
            reference.key, f"You have a {title} for this already", reference=reference.key,
            target=reference.target,
        )  # fmt: skip

    def _total(self) -> Iterator[Rule]:
        left, sign, _ = self.text.partition("=")
        if sign and "." not in left:
            if self._when:
                raise self.wrong("what is computed cannot depend on something")
            return
        parts = self.match(_TOTAL, "order.total = sum(quantity * price)")
        reference = self.reference(parts[1])
        self.number(parts[2], self.above(reference))
        tree, known = parse(parts[3]), self.scope.fields
        for key in fields_of(tree):
            if key not in known:
                raise self.wrong(f"there is no field {key}")
        check_numbers(tree, lambda key: known[key].type in NUMBERS)
        yield self.rule(
            parts[2], "", reference=reference.key, target=reference.target, counted=parts[2],
            sum=tree, when=self.when(),
        )  # fmt: skip
