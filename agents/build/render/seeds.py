"""Records for the demonstration account: the model's own, or made from the fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agents.build.render.columns import TEXTS, bounds
from agents.build.render.seed_rules import Ledger, suited
from agents.build.structure import Design, Table
from contracts.model import NUMBERS, WHOLE, Field

Rows = dict[str, tuple[dict[str, Any], ...]]
_EXAMPLES = 3


def rows(design: Design) -> Rows:
    """Rows by entity; references are the label of another row."""
    found: Rows = {}
    ledger = Ledger(design, found)
    for key in design.order:
        table = design.table(key)
        given = [_given(table, row) for row in table.entity.seed]
        made = (_made(design, table, found, number) for number in range(_EXAMPLES))
        rows = given or _valid(table, made)
        found[key] = tuple(row for row in rows if ledger.admits(table, row))
    return found


def _valid(table: Table, made: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The rows that have what is required and repeat nothing that must be unique."""
    required = {field.key for field in table.fields if field.required}
    unique = [
        [key for key in each.columns if key not in ("owner_id", "org_id")]
        for each in table.constraints
        if each.columns
    ]
    seen: set[str] = set()
    kept = []
    for row in made:
        marks = {repr((keys, [row.get(key) for key in keys])) for keys in unique}
        if required <= row.keys() and not marks & seen:
            seen |= marks
            kept.append(row)
    return tuple(kept)


def _given(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the model: only what the table has, references under the name of their column."""
    columns = {each.relation: each.key for each in table.references}
    columns |= {each.key: each.key for each in table.references}
    columns |= {field.key: field.key for field in table.fields if field.key not in table.filled}
    moments = {field.key for field in table.fields if field.type == "datetime"}
    return {
        columns[key]: _with_zone(value) if key in moments and isinstance(value, str) else value
        for key, value in row.items()
        if key in columns
    }


def _with_zone(moment: str) -> str:
    """A moment of a model without a zone is one of UTC."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", moment):
        return f"{moment}T00:00:00Z"
    return f"{moment}Z" if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+", moment) else moment


def _made(design: Design, table: Table, above: Rows, number: int) -> dict[str, Any]:
    row = {field.key: _example(table, field, number) for field in table.fields}
    for each in table.references:
        others = above.get(each.target, ())
        if others and not each.join:
            row[each.key] = others[number % len(others)].get(design.table(each.target).label)
    given = {key: value for key, value in row.items() if value is not None}
    return suited(design, table, given)


def _example(table: Table, field: Field, number: int) -> Any:
    flow = table.entity.workflow
    if flow and flow.field == field.key:
        return flow.initial
    if field.type in TEXTS and field.type not in ("phone", "email", "url", "image", "file", "geo"):
        return _text(table, field, number)
    if field.type in NUMBERS:
        return _number(field, number)
    return {
        "boolean": number % 2 == 0,
        "date": f"2026-0{number + 1}-15",
        "datetime": f"2026-0{number + 1}-15T10:00:00Z",
        "time": f"1{number}:30",
        "enum": field.options[number % len(field.options)] if field.options else None,
        "tags": ["example"],
        "email": f"person{number + 1}@example.com",
        "phone": f"+49 30 555 010{number}",
        "url": f"https://example.com/{number + 1}",
        "color": ("#2563eb", "#16a34a", "#f59e0b")[number % 3],
        "geo": "52.52, 13.405",
    }.get(field.type)


def _text(table: Table, field: Field, number: int) -> str | None:
    low, high = bounds(field)
    if field.pattern:
        return field.example if number == 0 or not field.unique else None
    words = field.example or f"{table.entity.title} {number + 1}: {field.title}"
    if field.key == table.label:
        words = f"{field.example or 'Example ' + table.entity.title.lower()} {number + 1}"
    return words[: int(high or len(words))].strip().ljust(int(low or 0), "x")


def _number(field: Field, number: int) -> float:
    low, high = bounds(field)
    start = low if low is not None else min(1, high) if high is not None else 1
    value = start + number
    if high is not None and value > high:
        value = high
    return int(value) if field.type in WHOLE or float(value).is_integer() else value
