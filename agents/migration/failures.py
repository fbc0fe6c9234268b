"""What the server says of a statement, as an error with its place in the file. Pure."""

from __future__ import annotations

import asyncpg

from agents.migration.errors import Busy, Place, StatementFailed
from agents.migration.files import Section
from agents.migration.sql import Statement

TRANSIENT = frozenset({"55P03", "40P01"})
"""A lock that did not come in time, and a deadlock: the whole transaction is tried again."""
_SHOWN = 80


def place_of(
    section: Section, statement: Statement | None, number: int | None, error: asyncpg.PostgresError
) -> Place:
    """The place that an error of the server means; its position counts within the statement."""
    if statement is None:
        return Place(file=section.file, sqlstate=error.sqlstate)
    text = getattr(error, "position", None)
    position = int(text) if text else 1
    return Place(
        file=section.file, line=statement.line_at(position), column=statement.column_at(position),
        statement=number, sqlstate=error.sqlstate,
    )  # fmt: skip


def statement_failed(
    section: Section,
    statement: Statement | None,
    number: int | None,
    error: asyncpg.PostgresError,
    left: str,
) -> StatementFailed:
    """The error of a statement, or of the commit when `statement` is None."""
    place = place_of(section, statement, number, error)
    where = f"statement {number}, `{shown(statement)}`" if statement else "at its end"
    said = [str(error.args[0]) if error.args else "unknown error"]
    more = (getattr(error, "detail", None), getattr(error, "context", None))
    said.extend(str(each) for each in more if each)
    return StatementFailed(
        "statement_failed",
        f"{place}: {'; '.join(said)} [SQLSTATE {error.sqlstate}] in {where}. {left}",
        hint=getattr(error, "hint", None) or _HINTS.get(error.sqlstate or "", _HINT),
        place=place,
    )


def lock_failed(
    section: Section, statement: Statement | None, number: int | None,
    error: asyncpg.PostgresError, attempts: int, blockers: str, left: str,
) -> Busy:  # fmt: skip
    """The error of a lock that never came."""
    place = place_of(section, statement, number, error)
    what = "was in deadlocks" if error.sqlstate == "40P01" else "did not get its lock in time"
    who = f" ({blockers})" if blockers else ""
    doing = f": `{shown(statement)}`" if statement else ""
    return Busy(
        "lock_timeout",
        f"{place}: this {what} in {attempts} attempts{who}{doing} [SQLSTATE {error.sqlstate}]. "
        f"{left}",
        hint="ask again when that has ended, or give it longer with --lock-timeout and --retries",
        place=place,
    )  # fmt: skip


def shown(statement: Statement | None) -> str:
    """The beginning of a statement on one line."""
    text = " ".join(statement.sql.split()) if statement else ""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


_HINT = "correct the file and ask again"
_HINTS = {
    "57014": "it ran longer than --statement-timeout allows, or somebody cancelled it",
    "55P04": "use a new enum value in the migration after the one that adds it",
    "25001": "put it into a file of its own, with `transaction:false` behind the marker",
    "42501": "run it with an account that may do this",
    "53100": "free space on the server's disk and ask again",
    "42P07": "it exists already: `genesis migrate baseline` adopts what was made by hand",
}
