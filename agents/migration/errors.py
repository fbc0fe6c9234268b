"""What can go wrong with migrations, each with what to do next and an exit code of its class.

MigrationError                      code, message, hint, place
├── InvalidInput        exit 2      a file, option or seed that cannot be used as it is
├── Unreachable         exit 3      no connection, or the server went away
├── Busy                exit 4      another runner, or a lock that did not come in time
├── StatementFailed     exit 5      a statement failed; the database is as the message says
├── HistoryConflict     exit 6      edited, missing, out-of-order or foreign migrations
├── CheckFailed         exit 7      a check found something: lint, verify, drift, a stale plan
└── Refused             exit 8      what needs a permission, a backup or a declaration first
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Place(Struct, frozen=True, kw_only=True):
    """Where in the files: `line` and `column` count from 1, `statement` from 1 in its section."""

    file: str
    line: int | None = None
    column: int | None = None
    statement: int | None = None
    sqlstate: str | None = None

    def __str__(self) -> str:
        parts = [self.file, *(str(each) for each in (self.line, self.column) if each is not None)]
        return ":".join(parts)


class MigrationError(Exception):
    """`code` is a stable snake_case word; `message` says what happened and what was left as it
    was; `hint` says what to do next.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, code: str, message: str, *, hint: str = "", place: Place | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place


class InvalidInput(MigrationError):
    """A file, option or seed that cannot be used as it is; nothing was touched."""

    exit_code = 2


class Unreachable(MigrationError):
    """No connection could be made, or it was lost."""

    exit_code = 3


class Busy(MigrationError):
    """Another runner works on the database, or a lock did not come in time."""

    exit_code = 4


class StatementFailed(MigrationError):
    """A statement failed; `place.sqlstate` says why, the message what is left behind."""

    exit_code = 5


class HistoryConflict(MigrationError):
    """The files and the database's history contradict each other; nothing was touched."""

    exit_code = 6


class CheckFailed(MigrationError):
    """A check ran and found what it looks for."""

    exit_code = 7


class Refused(MigrationError):
    """What was asked for needs a permission, a backup or a declaration first."""

    exit_code = 8
