"""Values of one SQL type as another, and what fills a column that becomes required. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agents.build.evolution.objects import Column, Constraint
from agents.build.render.literals import name

_INTEGERS = {"smallint": 4, "integer": 9, "bigint": 18}
"""Digits that always fit."""
_MOMENTS = {
    "date": r"^\d{4}-\d\d-\d\d$",
    "timestamptz": r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$",
    "time": r"^\d\d:\d\d(:\d\d)?$",
}


def base(kind: str) -> str:
    """The type without its precision."""
    return kind.partition("(")[0].strip()


def stays(old: str, new: str) -> bool:
    """Whether every value can become the other type and come back as it was."""
    if base(old) in _INTEGERS:
        return base(new) in _INTEGERS or base(new) in ("numeric", "text")
    if base(old) == base(new) == "numeric":
        return "(" not in new
    return base(new) == "text" and "[" not in old and base(old) != "jsonb"


def _when(pattern: str) -> str:
    return f"case when {{trim}} ~ '{pattern}' then {{trim}}::{{new}} end"


_NUMBERS = {*_INTEGERS, "numeric"}
_YES, _NO = "('true', 'yes', 'y', '1')", "('false', 'no', 'n', '0', '')"
_TRUTH = (
    f"case when lower({{trim}}) in {_YES} then true when lower({{trim}}) in {_NO} then false end"
)
_RULES: tuple[tuple[set[str], set[str], str], ...] = (
    ({"text"}, set(_INTEGERS), _when("^[-+]?[0-9]{digits}$")),
    ({"text"}, {"numeric"}, _when("^[-+]?[0-9]{digits}([.][0-9]+)?$")),
    ({"text"}, {"boolean"}, _TRUTH),
    ({"text"}, set(_MOMENTS), _when("{moment}")),
    ({"text"}, {"text[]"}, r"regexp_split_to_array(nullif({trim}, ''), '\s*,\s*')"),
    ({"text"}, {"jsonb"}, "to_jsonb({column})"),
    ({"text[]"}, {"text"}, "array_to_string({column}, ', ')"),
    ({"jsonb"}, {"text"}, "{column} #>> array[]::text[]"),
    ({"numeric"}, set(_INTEGERS), "round({column})::{new}"),
    ({"numeric"}, {"numeric"}, "round({column}, 2)::{new}"),
    ({"boolean"}, _NUMBERS, "{column}::integer::{new}"),
    (_NUMBERS, {"boolean"}, "{column} <> 0"),
    ({"date"}, {"timestamptz"}, "({column}::timestamp at time zone 'UTC')"),
    ({"timestamptz"}, {"date", "time"}, "({column} at time zone 'UTC')::{new}"),
)  # fmt: skip


def converted(column: str, old: str, new: str) -> str:
    """An expression of the new type; "" where no value of the old one can become it.

    A value that cannot becomes null.
    """
    quoted = name(column)
    if stays(old, new):
        return f"{quoted}::{new}"
    for former, latter, expression in _RULES:
        if base(old) in former and base(new) in latter:
            return expression.format(
                column=quoted, trim=f"trim({quoted})", new=new, moment=_MOMENTS.get(base(new), ""),
                digits=f"{{1,{_INTEGERS.get(base(new), 12)}}}",
            )  # fmt: skip
    return ""


_FILLERS = {
    "text": "'-'", "boolean": "false", "date": "current_date", "timestamptz": "now()",
    "time": "'00:00'", "text[]": "'{}'", "jsonb": "'{}'",
    **dict.fromkeys((*_INTEGERS, "numeric"), "0"),
}  # fmt: skip


def filler(column: Column, constraints: Iterable[Constraint]) -> str:
    """What a row without a value gets when there must be one; "" where nothing can be made up."""
    if column.default:
        return column.default
    checks = [each.definition for each in constraints if each.columns == (column.name,)]
    if any(check.startswith("foreign") for check in checks):
        return ""
    quoted = re.escape(name(column.name))
    for check in checks:
        if options := re.search(rf"{quoted} in \(((?:[eE]?'(?:[^']|'')*'))", check):
            return options[1]
        if length := re.search(rf"char_length\({quoted}\) between (\d+)", check):
            return f"'{'-' * max(1, int(length[1]))}'"
        if lowest := re.search(rf"{quoted} >= (- ?)?([\d.]+)", check):
            return f"{'-' if lowest[1] else ''}{lowest[2]}"
    return _FILLERS.get(base(column.type), "")
