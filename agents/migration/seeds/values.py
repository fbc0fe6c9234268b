"""A value of a seed as COPY's text format wants it, or why it does not fit its column. Pure.

What is checked here is what a person would want to hear of without a server's words: the type,
the range, the length, the labels of an enum. The server stays the judge of the rest.

Errors:
    Unfit(message)    the value does not fit; says what the column takes
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from agents.migration.seeds.model import Column, Family

NULL = r"\N"
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_SPECIAL = re.compile(r"[\\\t\n\r]")
_UNUSUAL = re.compile("[\\\\\t\n\r\0\ud800-\udfff]")
_REFUSED = re.compile("[\0\ud800-\udfff]")
_WHOLE = re.compile(r"\s*[+-]?\d+(?:_\d+)*\s*")
_NUMBER = re.compile(
    r"\s*[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*|\s*[+-]?(?:nan|inf|infinity)\s*",
    re.IGNORECASE,
)
_TRUTH = frozenset(
    word[:length]
    for word in ("true", "false", "yes", "no")
    for length in range(1, len(word) + 1)
) | {"1", "0", "on", "of", "off"}  # fmt: skip
_JSON = msgspec.json.Encoder(decimal_format="number")
_SHOWN = 40

Encode: TypeAlias = Callable[[Any], str]
Write: TypeAlias = Callable[[Any], str]


class Unfit(ValueError):
    """The value does not fit its column."""


def encoder(column: Column, *, is_text: bool = False) -> Encode:
    """A function from a value to COPY's text; it raises Unfit.

    `is_text` says that values come from a file without types: every one is a string.
    """
    write = _WRITERS[column.family](column)
    if is_text and column.family is Family.JSON:
        write = _json_text

    def encode(value: Any) -> str:
        if value is None:
            if not column.nullable:
                raise Unfit(f"is null, and the column is NOT NULL ({column.type})")
            return NULL
        text = write(value)
        # One search for nearly every value: this is the innermost loop.
        return _escaped(text) if _UNUSUAL.search(text) else text

    return encode


def _escaped(text: str) -> str:
    if _REFUSED.search(text):
        raise Unfit("has a NUL character or half a character, which PostgreSQL cannot store")
    return _SPECIAL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else _as_json(value)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text


def _as_json(value: Any) -> str:
    return _JSON.encode(value).decode()


def _scalar(value: Any, column: Column) -> str:
    """A string as it is, a number or truth value as JSON writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        what = "an object" if isinstance(value, dict) else "a list"
        raise Unfit(f"is {what}, and the column is {column.type}")
    return _as_json(value)


def _text(column: Column) -> Write:
    limit = column.length

    def write(value: Any) -> str:
        text = value if isinstance(value, str) else _scalar(value, column)
        # Like PostgreSQL: spaces beyond the limit are cut off, anything else is refused.
        if limit is not None and len(text) > limit and len(text.rstrip(" ")) > limit:
            raise Unfit(f"has {len(text)} characters, and the column takes {limit}: {_shown(text)}")
        return text

    return write


def _integer(column: Column) -> Write:
    bound = 1 << ((column.bits or 64) - 1)

    def write(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise Unfit(f"must be a whole number ({column.type}), not {_shown(value)}")
        if isinstance(value, str):
            if not _WHOLE.fullmatch(value):
                raise Unfit(f"must be a whole number ({column.type}), not {_shown(value)}")
            number = int(value)
        else:
            number = int(value)
            if number != value:
                raise Unfit(f"must be a whole number ({column.type}), not {value}")
        if not -bound <= number < bound:
            raise Unfit(f"{number} is out of range for {column.type}")
        return str(number)

    return write


def _number(column: Column) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, bool | dict | list):
            raise Unfit(f"must be a number ({column.type}), not {_shown(value)}")
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            raise Unfit(f"must be a number ({column.type}), not {_shown(value)}")
        return str(value)

    return write


def _boolean(column: Column) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, str) and value.strip().lower() in _TRUTH:
            return value
        raise Unfit(f"must be true or false ({column.type}), not {_shown(value)}")

    return write


def _uuid(column: Column) -> Write:
    def write(value: Any) -> str:
        try:
            return str(uuid.UUID(value))
        except (ValueError, AttributeError, TypeError):
            raise Unfit(f"must be a UUID ({column.type}), not {_shown(value)}") from None

    return write


def _enum(column: Column) -> Write:
    labels = frozenset(column.labels)

    def write(value: Any) -> str:
        if isinstance(value, str) and value in labels:
            return value
        allowed = ", ".join(column.labels)
        raise Unfit(f"must be one of {allowed} ({column.type}), not {_shown(value)}")

    return write


def _json(_: Column) -> Write:
    return _as_json


def _json_text(value: Any) -> str:
    try:
        json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"must be JSON ({error}): {_shown(value)}") from None
    return str(value)


def _time(column: Column) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, str):
            return value
        raise Unfit(f"must be a text that {column.type} can read, not {_shown(value)}")

    return write


def _array(column: Column) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, list):
            raise Unfit(f"must be a list ({column.type}), not {_shown(value)}")
        return _array_text(value, column)

    return write


def _array_text(values: list[Any], column: Column) -> str:
    parts: list[str] = []
    for value in values:
        if value is None:
            parts.append("NULL")
        elif isinstance(value, list):
            parts.append(_array_text(value, column))
        else:
            is_json = column.type.startswith(("json", "jsonb"))
            text = _as_json(value) if is_json else _scalar(value, column)
            parts.append('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return "{" + ",".join(parts) + "}"


def _vector(column: Column) -> Write:
    def write(value: Any) -> str:
        if isinstance(value, list):
            return _as_json(value)
        return _scalar(value, column)

    return write


def _other(column: Column) -> Write:
    def write(value: Any) -> str:
        return _scalar(value, column)

    return write


_WRITERS: dict[Family, Callable[[Column], Write]] = {
    Family.INTEGER: _integer,
    Family.NUMBER: _number,
    Family.BOOLEAN: _boolean,
    Family.TEXT: _text,
    Family.JSON: _json,
    Family.UUID: _uuid,
    Family.ENUM: _enum,
    Family.TIME: _time,
    Family.ARRAY: _array,
    Family.VECTOR: _vector,
    Family.OTHER: _other,
}
