"""What kind of statement one is, as far as running it depends on that. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from agents.migration.sql import Statement, Token, tokens

_BEGIN = frozenset({"begin", "start"})
_COMMIT = frozenset({"commit", "end"})
_OTHER_CONTROL = frozenset({"rollback", "abort"})
_CONTROL = _BEGIN | _COMMIT | _OTHER_CONTROL | {"prepare"}
_OUTSIDE = {
    "vacuum": None,
    "create": frozenset({"database", "tablespace", "subscription"}),
    "drop": frozenset({"database", "tablespace", "subscription"}),
    "alter": frozenset({"system"}),
    "reindex": frozenset({"database", "system"}),
    "discard": frozenset({"all"}),
    "prepare": frozenset({"transaction"}),
    "commit": frozenset({"prepared"}),
    "rollback": frozenset({"prepared"}),
}
"""First words, and second ones, of what the server refuses inside a transaction; None for any."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Index(NamedTuple):
    """An index that a statement makes, drops or rebuilds concurrently.

    `action` is create, drop or reindex; `name` as SQL writes it, None when the server chooses.
    `table` as SQL writes it where the statement names it.
    """

    action: str
    name: str | None
    table: str | None = None


class NewEnumValue(NamedTuple):
    """`ALTER TYPE type ADD VALUE value`."""

    type: str
    value: str


def begins(statement: Statement) -> bool:
    """Whether it opens a transaction."""
    words = statement.words
    return bool(words) and words[0] in _BEGIN and words[1:2] != ("atomic",)


def commits(statement: Statement) -> bool:
    """Whether it ends a transaction and keeps it."""
    words = statement.words
    return bool(words) and words[0] in _COMMIT and "prepared" not in words


def controls_transaction(statement: Statement) -> bool:
    """Whether it begins or ends a transaction."""
    words = statement.words
    if not words or words[0] not in _CONTROL:
        return False
    if words[0] == "prepare":
        return words[1:2] == ("transaction",)
    back_to_savepoint = words[0] in _OTHER_CONTROL and "to" in words[1:3]
    return not back_to_savepoint


def outside_transaction(statement: Statement) -> bool:
    """Whether the server refuses it inside a transaction."""
    words = statement.words
    if words and words[0] in _OUTSIDE:
        second = _OUTSIDE[words[0]]
        if second is None or (len(words) > 1 and words[1] in second):
            return True
    if words == ("cluster",):
        return True
    if "concurrently" not in statement.sql.lower():
        return False
    if words[:1] == ("reindex",) or words[1:2] == ("index",) or words[1:3] == ("unique", "index"):
        return "concurrently" in words
    if words[:2] == ("alter", "table"):
        found = [token.text.lower() for token in tokens(statement.sql) if token.kind == "word"]
        return found[-1] == "concurrently" and "detach" in found
    return False


def sets_session(statement: Statement) -> bool:
    """Whether later statements of the file may rely on what it set for the connection."""
    words = statement.words
    return words[:1] in {("set",), ("reset",)} and words[1:2] not in {("local",), ("transaction",)}


def may_control_transaction(statement: Statement) -> bool:
    """Whether code that it runs may commit by itself."""
    return statement.words[:1] in {("do",), ("call",)}


def concurrent_index(statement: Statement) -> Index | None:
    """The index of CREATE, DROP or REINDEX … CONCURRENTLY; None for anything else."""
    if "concurrently" not in statement.words:
        return None
    parts = list(tokens(statement.sql))
    words = [token.text.lower() for token in parts]
    at = words.index("concurrently") + 1
    action = words[0]
    if action == "reindex":
        # `REINDEX (…) INDEX CONCURRENTLY name`; of a table or schema there is no one index.
        return Index("reindex", _name(parts, at)[0] if words[at - 2] == "index" else None)
    if action not in {"create", "drop"}:
        return None
    while words[at : at + 1] and words[at] in {"if", "not", "exists"}:
        at += 1
    if action == "drop":
        return Index("drop", _name(parts, at)[0])
    name, at = (None, at) if words[at] == "on" else _name(parts, at)
    at += 2 if words[at + 1] == "only" else 1
    return Index("create", name, _name(parts, at)[0])


def _name(parts: list[Token], at: int) -> tuple[str, int]:
    """The qualified name that begins at `at`, and where it ends."""
    text = parts[at].text
    at += 1
    while at + 1 < len(parts) and parts[at].text == ".":
        text += f".{parts[at + 1].text}"
        at += 2
    return text, at


def new_enum_value(statement: Statement) -> NewEnumValue | None:
    """What `ALTER TYPE … ADD VALUE` adds; None for anything else."""
    if statement.words[:2] != ("alter", "type"):
        return None
    parts = list(tokens(statement.sql))
    name, at = _name(parts, 2)
    if [token.text.lower() for token in parts[at : at + 2]] != ["add", "value"]:
        return None
    for token in parts[at + 2 :]:
        if token.kind == "string":
            return NewEnumValue(name, string_value(token.text))
    return None


def string_value(literal: str) -> str:
    """What a quoted string says: `'it''s'` is `it's`."""
    if literal[0] in "eE":
        return _ESCAPE.sub(r"\1", literal[2:-1].replace("''", "'"))
    return literal[1:-1].replace("''", "'")
