"""Columns of the generated tables: types, defaults and checks in SQL. Pure.

Errors:
    ModelError   a default that its field does not take
"""

from __future__ import annotations

import math
import re

from agents.build.render.expressions import formula
from agents.build.render.literals import name, sql
from contracts.formulas import Tree
from contracts.model import NUMBERS, WHOLE, Field, ModelError

INT_MAX = 2_147_483_647
TEXTS = {
    "text": 200, "longtext": 20_000, "markdown": 20_000, "phone": 40, "email": 254, "url": 2_000,
    "image": 2_000, "file": 2_000, "geo": 60,
}  # fmt: skip
"""Types kept as text, with the longest that each takes unless the model says otherwise."""

_TYPES = {
    "decimal": "numeric", "money": "numeric(14, 2)", "boolean": "boolean", "date": "date",
    "datetime": "timestamptz", "time": "time", "enum": "text", "tags": "text[]", "json": "jsonb",
    "color": "text", "rating": "smallint", "duration": "integer",
}  # fmt: skip


def bounds(field: Field) -> tuple[float | None, float | None]:
    """Smallest and largest value; for texts the shortest and longest length."""
    low, high = field.min, field.max
    if field.type in TEXTS:
        longest = field.max_length or high or TEXTS[field.type]
        return (max(0, int(low)) if low else None), int(longest)
    if field.type not in NUMBERS:
        return None, None
    if field.type == "rating":
        low, high = 1 if low is None else low, 5 if high is None else high
    if field.type == "duration" and low is None:
        low = 0
    if field.type in WHOLE:
        low = None if low is None else math.ceil(low)
        high = None if high is None else math.floor(high)
    if low is not None and high is not None and low > high:
        raise ModelError(f"field {field.key}: min {low} is above max {high}")
    return low, high


def column(field: Field, computed: Tree | None = None) -> str:
    """The field's line of a CREATE TABLE; with a formula the database fills it in."""
    parts = [name(field.key), column_type(field)]
    if computed:
        value = formula(computed)
        if field.type in TEXTS:
            value = f"left({value}, {bounds(field)[1]})"
        return " ".join([*parts, f"generated always as ({value}) stored"])
    if field.required or field.type in ("boolean", "tags"):
        parts.append("not null")
    default = _default(field)
    if default:
        parts.append(f"default {default}")
    parts += [f"check ({check})" for check in _checks(field)]
    return " ".join(parts)


def column_type(field: Field) -> str:
    """The SQL type."""
    if field.type in TEXTS:
        return "text"
    if field.type in WHOLE:
        beyond = [abs(value) > INT_MAX for value in bounds(field) if value is not None]
        if any(beyond):
            return "bigint"
    return _TYPES.get(field.type, "integer")


def _checks(field: Field) -> list[str]:
    column_name = name(field.key)
    low, high = bounds(field)
    if field.type in TEXTS:
        shortest = max(int(low or 0), 1 if field.required else 0)
        return [f"char_length({column_name}) between {shortest} and {int(high or 0)}"]
    if field.type == "enum":
        return [f"{column_name} in ({', '.join(sql(option) for option in field.options)})"]
    checks = [] if low is None else [f"{column_name} >= {number(low)}"]
    return checks if high is None else [*checks, f"{column_name} <= {number(high)}"]


def number(value: float) -> str:
    """A number as both languages write it, without an exponent for whole ones."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def initial(field: Field) -> str | float | bool | None:
    """What a new form shows, checked. Raises ModelError."""
    value = field.default
    if value is None or value == "":
        return None
    if not _fits(field, value):
        raise ModelError(f"field {field.key}: the default {value!r} is no {field.type}")
    return value


_FORMS = {
    "date": r"today|\d{4}-\d\d-\d\d",
    "datetime": r"now|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)",
    "time": r"\d\d:\d\d",
    "color": r"#[0-9a-f]{6}",
}


def _fits(field: Field, value: str | float | bool) -> bool:
    if field.type == "boolean":
        return isinstance(value, bool)
    if field.type in NUMBERS:
        low, high = bounds(field)
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and (field.type not in WHOLE or float(value).is_integer())
            and (low is None or value >= low)
            and (high is None or value <= high)
        )
    if not isinstance(value, str):
        return False
    if field.type == "enum":
        return value in field.options
    if field.type in _FORMS:
        return re.fullmatch(_FORMS[field.type], value) is not None
    return field.type in TEXTS


def _default(field: Field) -> str:
    value = initial(field)
    if field.type == "boolean":
        return "true" if value is True else "false"
    if field.type == "tags":
        return "'{}'"
    if value is None:
        return ""
    if value in ("today", "now") and field.type in ("date", "datetime"):
        return "current_date" if field.type == "date" else "now()"
    return sql(value) if isinstance(value, str) else number(value)
