"""Demonstration records that obey the rules: made to, or else left out. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from agents.build.render.columns import bounds
from agents.build.structure import Comparison, Design, Rule, Table, When
from contracts.model import NUMBERS, WHOLE

Row = dict[str, Any]
_PLENTY = 20

_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def suited(design: Design, table: Table, row: Row) -> Row:
    """A row that was made from the fields, changed so that the rules hold where that is easy."""
    needed = {field.key for field in table.fields if field.required}
    later = set(table.filled) | (_set_later(table) - needed)
    row = {key: value for key, value in row.items() if key not in later}
    for field in table.fields:
        if field.key in row and _is_counted(design, table, field.key):
            high = bounds(field)[1]
            row[field.key] = _PLENTY if high is None else min(_PLENTY, int(high))
    for rule in table.rules:
        if rule.kind == "stock":
            row[rule.quantity] = max(1, row.get(rule.quantity) or 1)
        if rule.check and not holds(rule.check, row):
            _mend(table, rule.check, row)
    return row


def _set_later(table: Table) -> set[str]:
    """Fields that a step of the workflow fills in."""
    flow = table.entity.workflow
    effects = [text.split() for step in flow.transitions for text in step.effects] if flow else []
    return {words[1] for words in effects if words[0] == "set"}


def _is_counted(design: Design, table: Table, key: str) -> bool:
    return any(
        rule.kind in ("stock", "capacity") and rule.target == table.key and rule.counted == key
        for other in design.tables
        for rule in other.rules
    )


def holds(check: Comparison, row: Mapping[str, Any]) -> bool:
    """Whether a row obeys a check."""
    if check.when and row.get(check.when.field) not in check.when.values:
        return True
    left = row.get(check.left)
    if check.right is None:
        return (left is not None) == (check.operator == "filled")
    right = row.get(check.right) if isinstance(check.right, str) else check.right
    return left is None or right is None or _HOLDS[check.operator](left, right)


def _mend(table: Table, check: Comparison, row: Row) -> None:
    if check.right is None:
        if check.operator == "empty":
            row.pop(check.left, None)
        return
    if isinstance(check.right, int | float):
        key, value = check.left, float(check.right)
        step = {"<": -1, ">": 1, "!=": 1}.get(check.operator, 0)
        value = value + step
        changed: Any = int(value) if value.is_integer() else value
    elif check.operator in ("<", "<=", "!="):
        key, changed = check.right, later(row[check.left])
    else:
        key = check.left
        changed = row[check.right] if check.operator == "=" else later(row[check.right])
    field = next(field for field in table.fields if field.key == key)
    low, high = bounds(field) if field.type in NUMBERS else (None, None)
    fits = (low is None or changed >= low) and (high is None or changed <= high)
    if fits and not (field.type in WHOLE and isinstance(changed, float)):
        row[key] = changed


def later(value: Any) -> Any:
    """A number, a day, a moment or a time of day a little after another."""
    if isinstance(value, int | float):
        return value + 1
    if len(value) == len("12:30"):
        moved = datetime.combine(date(2026, 1, 1), time.fromisoformat(value)) + timedelta(hours=1)
        return moved.strftime("%H:%M")
    if "T" in value:
        moment = datetime.fromisoformat(value) + timedelta(hours=1)
        return moment.isoformat().replace("+00:00", "Z")
    return (date.fromisoformat(value) + timedelta(days=1)).isoformat()


class Ledger:
    """What the rows so far have taken of what they refer to."""

    def __init__(self, design: Design, above: Mapping[str, Sequence[Row]]) -> None:
        self.design, self.above = design, above
        self.taken: dict[tuple[str, str, str], float] = {}
        self.periods: dict[tuple[str, str], list[tuple[Any, Any]]] = {}

    def admits(self, table: Table, row: Row) -> bool:
        """Whether a row obeys every rule beside the others; if so it is one of them."""
        if not all(holds(rule.check, row) for rule in table.rules if rule.check):
            return False
        rules = [rule for rule in table.rules if self._counts(table, rule.when, row)]
        if not all(self._free(table, rule, row) for rule in rules):
            return False
        for rule in rules:
            self._take(table, rule, row)
        return True

    def _counts(self, table: Table, when: When | None, row: Row) -> bool:
        """Whether a rule is about the row, in its first state or in its last one."""
        if when is None:
            return True
        if when.via:
            target = next(each.target for each in table.references if each.key == when.via)
            return self._counts(
                self.design.table(target),
                When(field=when.field, values=when.values),
                self._referred(table, when.via, row),
            )
        flow = table.entity.workflow
        first = flow.initial if flow and flow.field == when.field else None
        return first in when.values or row.get(when.field) in when.values

    def _referred(self, table: Table, column: str, row: Row) -> Row:
        """The row that another refers to by its label: the first one where there is none such."""
        target = self.design.table(
            next(each.target for each in table.references if each.key == column)
        )
        rows = self.above.get(target.key, ())
        named = [each for each in rows if each.get(target.label) == row.get(column)]
        return next(iter([*named, *rows]), {})

    def _key(self, table: Table, rule: Rule, row: Row) -> tuple[str, str, str]:
        return rule.target, rule.counted, repr(self._referred(table, rule.reference, row))

    def _amount(self, rule: Rule, row: Row) -> float:
        if rule.kind == "capacity":
            return 1
        return -rule.sign * float(row.get(rule.quantity) or 0)

    def _free(self, table: Table, rule: Rule, row: Row) -> bool:
        if rule.kind in ("stock", "capacity"):
            limit = self._referred(table, rule.reference, row).get(rule.counted)
            taken = self.taken.get(self._key(table, rule, row), 0) + self._amount(rule, row)
            return limit is None or taken <= limit
        if rule.kind == "no_overlap":
            period = _period(rule, row)
            others = self.periods.get((rule.name, self._key(table, rule, row)[2]), [])
            return not period or not any(
                period[0] < end and start < period[1] for start, end in others
            )
        return True

    def _take(self, table: Table, rule: Rule, row: Row) -> None:
        key = self._key(table, rule, row) if rule.target else ("", "", "")
        if rule.kind in ("stock", "capacity"):
            self.taken[key] = self.taken.get(key, 0) + self._amount(rule, row)
        period = _period(rule, row) if rule.kind == "no_overlap" else None
        if period:
            self.periods.setdefault((rule.name, key[2]), []).append(period)


def _period(rule: Rule, row: Row) -> tuple[Any, Any] | None:
    start, end = row.get(rule.start), row.get(rule.end)
    if start is None or end is None:
        return None
    if isinstance(start, str) and "T" in start and isinstance(end, str):
        return datetime.fromisoformat(start), datetime.fromisoformat(end)
    return start, end
