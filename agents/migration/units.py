"""A file without a transaction as what can be run, counted and repeated. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from agents.migration.sql import Statement
from agents.migration.statements import begins, commits, concurrent_index, outside_transaction

_REPEATABLE = (("vacuum",), ("alter", "system"), ("cluster",), ("analyze",), ("refresh",))


class Unit(Struct, frozen=True):
    """Statements that succeed or fail together; `first` and `last` count from 1 in the file.

    `bare` runs outside any transaction.
    """

    first: int
    last: int
    statements: tuple[Statement, ...]
    bare: bool = False


def units(statements: Sequence[Statement]) -> tuple[Unit, ...]:
    """The statements as they can be run: alone, or as BEGIN … COMMIT holds them together."""
    found: list[Unit] = []
    opened: int | None = None
    for number, statement in enumerate(statements, 1):
        if begins(statement) and opened is None:
            opened = number
        elif opened is not None and commits(statement):
            found.append(Unit(opened, number, tuple(statements[opened : number - 1])))
            opened = None
        elif opened is None:
            found.append(Unit(number, number, (statement,), outside_transaction(statement)))
    return tuple(found)


def may_be_repeated(statement: Statement) -> bool:
    """Whether running it twice does no harm."""
    index = concurrent_index(statement)
    if index is not None and index.action == "reindex":
        return True
    return any(statement.words[: len(start)] == start for start in _REPEATABLE)
