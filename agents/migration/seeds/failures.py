"""What PostgreSQL says, as one of the tool's errors.

Errors:
    Busy             a lock or a turn that did not come
    Unreachable      the connection is gone, or the server goes down
    Refused          rights that are missing, a disk that is full
    StatementFailed  anything else
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from agents.migration.errors import (
    Busy,
    MigrationError,
    Place,
    Refused,
    StatementFailed,
    Unreachable,
)

_BUSY = frozenset({"55P03", "40P01", "40001", "53300", "55006"})
_GONE = ("08", "57P")
_RIGHTS = "42501"
_FULL = "53100"
_CANCELED = "57014"


@contextmanager
def explained(doing: str, *, place: Place | None = None) -> Iterator[None]:
    """Turn the server's errors into the tool's; `doing` is what was being done."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise describe(error, doing, place) from error
    except (OSError, asyncpg.InterfaceError) as error:
        if isinstance(error, asyncpg.InterfaceError) and "closed" not in str(error):
            raise
        raise Unreachable(
            "connection_lost", f"{doing}: the connection to PostgreSQL was lost ({error}); "
            "the server takes back what was not finished",
            hint="see whether the server runs, then start again",
        ) from error  # fmt: skip


def describe(
    error: asyncpg.PostgresError, doing: str, place: Place | None = None
) -> MigrationError:
    """One error of the server."""
    state = error.sqlstate or ""
    detail = getattr(error, "detail", None)
    said = f"{doing}: {error.args[0]}" + (f": {detail}" if detail else "")
    left = f"{said} [SQLSTATE {state}]; nothing was changed"
    where = Place(
        file=place.file if place else "", line=place.line if place else None, sqlstate=state
    )
    if state in _BUSY:
        return Busy("busy", left, hint="start again when the other work is done", place=where)
    if state.startswith(_GONE) and state != _CANCELED:
        return Unreachable("server_gone", left, hint="see whether the server runs", place=where)
    if state == _RIGHTS:
        return Refused("not_allowed", left, hint="use an account with that right", place=where)
    if state == _FULL:
        return Refused("server_disk_full", left, hint="make room on the server", place=where)
    hint = getattr(error, "hint", None) or "correct what it names and start again"
    return StatementFailed("statement_failed", left, hint=str(hint), place=where)
