"""SQL as PostgreSQL 18 reads it, by its own parser (the wheel postgast, BSD-2).

Errors:
    InvalidInput `no_parser`   the wheel is not installed
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from msgspec import Struct

from agents.migration.errors import InvalidInput
from agents.migration.sql import Statement

_BODY = re.compile(r"(?P<tag>\$\w*\$)(?P<text>.*?)(?P=tag)", re.DOTALL)
_UNKNOWABLE = re.compile(
    r'"[^"]+\.[^"]+" is not a known variable|VARIADIC parameter must be an array'
)
"""What the parser of bodies says for want of a catalog: it knows no table's columns, no types."""
_NEAR = re.compile(r'at or near "(.+)"')


class SyntaxProblem(Exception):
    """`position` is the character of the statement, from 1, where PostgreSQL gives up."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Parsed(Struct, frozen=True):
    """A statement and its tree; `kind` is the tree's node, such as `alter_table_stmt`."""

    statement: Statement
    kind: str
    node: Any

    def position(self, location: int) -> int:
        """The character, from 1, of a place that the tree gives in bytes."""
        if location <= 0:
            return 1
        return len(self.statement.sql.encode()[:location].decode(errors="ignore")) + 1


def parse(statement: Statement) -> Parsed:
    """The tree of a statement; a PL/pgSQL body is read too. Raises SyntaxProblem, InvalidInput."""
    try:
        import postgast  # noqa: PLC0415  15 MB that only lint needs
    except ImportError:
        raise InvalidInput(
            "no_parser", "lint needs PostgreSQL's parser, which is not installed",
            hint="pip install postgast",
        ) from None  # fmt: skip
    try:
        raw = postgast.parse(statement.sql).stmts
        if not raw:
            return Parsed(statement, "", None)
        tree = raw[0].stmt
        kind = tree.WhichOneof("node")
        parsed = Parsed(statement, kind, getattr(tree, kind))
        if _is_plpgsql(parsed):
            _read_body(postgast, statement)
    except postgast.PgQueryError as error:
        context = f" ({error.context})" if error.context else ""
        raise SyntaxProblem(f"{error.message}{context}", _place(statement, error)) from None
    return parsed


def _read_body(postgast: Any, statement: Statement) -> None:
    try:
        # For trigger functions its account is no JSON, and the body itself was accepted.
        with contextlib.suppress(json.JSONDecodeError):
            postgast.parse_plpgsql(statement.sql)
    except postgast.PgQueryError as error:
        if not _UNKNOWABLE.match(error.message):
            raise


def _place(statement: Statement, error: Any) -> int:
    if error.cursorpos:
        return int(error.cursorpos)
    # PL/pgSQL names a word, and a line of the body that is not after it.
    body = _BODY.search(statement.sql)
    if body is None:
        return 1
    line = str(error.context or "").rpartition("near line ")[2]
    position = body.start("text")
    for _ in range(int(line) - 1 if line.isdigit() else 0):
        position = statement.sql.find("\n", position) + 1
    word = _NEAR.search(error.message)
    if word is None:
        return len(body["text"].rstrip()) + body.start("text")
    found = re.compile(rf"(?<!\w){re.escape(word[1])}(?!\w)").search(statement.sql, position)
    return (found.start() if found else position) + 1


def _is_plpgsql(parsed: Parsed) -> bool:
    if parsed.kind == "do_stmt":
        return not any(each.def_elem.defname == "language" for each in parsed.node.args)
    return _is_function_in(parsed, "plpgsql")


def is_sql_function(parsed: Parsed) -> bool:
    """Whether it makes a function or procedure whose body is SQL."""
    return _is_function_in(parsed, "sql")


def _is_function_in(parsed: Parsed, language: str) -> bool:
    if parsed.kind != "create_function_stmt":
        return False
    return any(
        option.def_elem.defname == "language"
        and option.def_elem.arg.string.sval.lower() == language
        for option in parsed.node.options
    )


def relation(node: Any) -> str:
    """`schema.name` or `name` of a range variable."""
    return f"{node.schemaname}.{node.relname}" if node.schemaname else str(node.relname)


def named(item: Any) -> str:
    """The dotted name of an object in a `drop` or a function's name."""
    parts = item.list.items if item.WhichOneof("node") == "list" else [item]
    return named_parts(parts)


def named_parts(parts: Any) -> str:
    """A dotted name from a list of strings."""
    return ".".join(part.string.sval for part in parts)


def type_name(node: Any) -> str:
    """The last part of a type's name, as `int4` or `timestamp`."""
    return str(node.names[-1].string.sval) if node.names else ""
