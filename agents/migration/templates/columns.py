"""Columns as people write them on the command line: `email:text:unique`. Pure.

`name[:type[:modifier…]]`, the modifiers: `null` `notnull` `unique` `index` `pk`
`default=EXPRESSION` `check=EXPRESSION` `references=TABLE` or `references=TABLE(COLUMN)`
`on_delete=cascade|restrict|set_null`.

Errors:
    InvalidInput `bad_column`   says which part, and what may stand there
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from agents.migration.errors import InvalidInput
from agents.migration.sql import SqlError, tokens
from agents.migration.templates import words

_TYPE = re.compile(
    r"[A-Za-z_][\w ]*(?:\.\w+)?(?:\(\s*[0-9]+(?:\s*,\s*-?[0-9]+)?\s*\))?"
    r"(?: [A-Za-z ]+)?(?:\[[0-9]*\])*"
)
_ALIASES = {
    "string": "text", "str": "text", "int": "integer", "bool": "boolean",
    "float": "double precision",
    "decimal": "numeric", "datetime": "timestamptz", "timestamp": "timestamptz", "json": "jsonb",
    "blob": "bytea", "long": "bigint",
}  # fmt: skip
"""Short words, and types whose better sibling is meant."""
_REFERENCE = re.compile(r"(?P<table>[^()]+)(?:\((?P<column>[^()]+)\))?")
_FLAGS = ("null", "notnull", "unique", "index", "pk")
_VALUES = ("default", "check", "references", "on_delete")
_ON_DELETE = {"cascade": "cascade", "restrict": "restrict", "set_null": "set null"}


class Column(Struct, frozen=True, kw_only=True):
    """One column; `nullable` is None where nothing was said."""

    name: str
    type: str = "text"
    nullable: bool | None = None
    unique: bool = False
    index: bool = False
    primary: bool = False
    default: str | None = None
    check: str | None = None
    references: str | None = None
    references_column: str | None = None
    on_delete: str | None = None


def parse(text: str) -> Column:
    """One column. Raises InvalidInput."""
    name, *rest = list(_parts(text))
    words.name(name)
    kind = rest.pop(0).strip() if rest else "text"
    kind = _ALIASES.get(kind.lower(), kind)
    if not _TYPE.fullmatch(kind):
        raise _bad(text, f"{kind!r} is no type")
    values: dict[str, str] = {}
    flags: set[str] = set()
    for each in rest:
        key, equals, value = each.strip().partition("=")
        if equals and key in _VALUES and value:
            values[key] = value
        elif not equals and key in _FLAGS:
            flags.add(key)
        else:
            raise _bad(text, f"{each!r} is no modifier")
    return _column(text, name, kind, flags, values)


def _column(text: str, name: str, kind: str, flags: set[str], values: dict[str, str]) -> Column:
    if {"null", "notnull"} <= flags:
        raise _bad(text, "it says null and notnull")
    for key in ("default", "check"):
        if key in values:
            _expression(text, values[key])
    table = column = None
    if "references" in values:
        found = _REFERENCE.fullmatch(values["references"])
        if found is None:
            raise _bad(text, f"{values['references']!r} is no TABLE or TABLE(COLUMN)")
        table, column = words.table(found["table"]), found["column"]
    on_delete = values.get("on_delete")
    if on_delete is not None and (on_delete not in _ON_DELETE or table is None):
        raise _bad(text, f"on_delete is one of {', '.join(_ON_DELETE)}, behind references=")
    nullable = True if "null" in flags else False if "notnull" in flags else None
    return Column(
        name=name, type=kind, nullable=nullable, unique="unique" in flags, index="index" in flags,
        primary="pk" in flags, default=values.get("default"), check=values.get("check"),
        references=table, references_column=column,
        on_delete=_ON_DELETE[on_delete] if on_delete else None,
    )  # fmt: skip


def expression(text: str) -> str:
    """An SQL expression that is no more than that. Raises InvalidInput."""
    return _expression(text, text)


def _expression(text: str, value: str) -> str:
    try:
        parts = [token.text for token in tokens(value)]
    except SqlError as error:
        raise _bad(text, str(error)) from None
    if ";" in parts or parts.count("(") != parts.count(")") or "--" in value or not parts:
        raise _bad(text, f"{value!r} is no expression")
    return value


def _parts(text: str) -> Iterator[str]:
    """Between colons, but for `::` and what stands in quotes or parentheses."""
    depth, quote, begin, at = 0, "", 0, 0
    while at < len(text):
        sign = text[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif text[at : at + 2] == "::":
            at += 1
        elif sign == ":" and depth == 0:
            yield text[begin:at]
            begin = at + 1
        at += 1
    yield text[begin:]


def definition(column: Column, *, nullable: bool) -> str:
    """The column as CREATE TABLE and ADD COLUMN write it; `nullable` where nothing was said."""
    parts = [words.name(column.name), column.type]
    if column.primary:
        parts.append("primary key")
    elif not (nullable if column.nullable is None else column.nullable):
        parts.append("not null")
    if column.default is not None:
        parts.append(f"default {column.default}")
    if column.unique and not column.primary:
        parts.append("unique")
    if column.check is not None:
        parts.append(f"check ({column.check})")
    if column.references is not None:
        target = f" ({words.name(column.references_column)})" if column.references_column else ""
        parts.append(f"references {column.references}{target}")
        if column.on_delete is not None:
            parts.append(f"on delete {column.on_delete}")
    return " ".join(parts)


def _bad(text: str, why: str) -> InvalidInput:
    return InvalidInput(
        "bad_column", f"the column {text!r} cannot be read: {why}; nothing was written",
        hint=f"write name:type:modifier, where a modifier is {', '.join(_FLAGS)}, "
        f"{', '.join(f'{each}=…' for each in _VALUES)}",
    )  # fmt: skip
