"""The migrations of an app's bundle: our own form, with a way back, each in one transaction.

What cannot be taken back cannot be part of a pipeline that promises to.

Errors:
    AgentError `invalid_migration`   names the file, the line and what to write instead
    AgentError `migration_changed`   an applied file is edited or missing
    AgentError `out_of_order`        a new file is numbered below an applied one
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from agents.migration import planning
from agents.migration.errors import HistoryConflict, InvalidInput, MigrationError
from agents.migration.files import Folder, Migration, Section
from agents.migration.files.read import ordered
from agents.migration.files.single import read_marked
from agents.migration.history import Row
from agents.migration.sql import SqlError, Statement
from agents.migration.statements import controls_transaction
from agents.work import AgentError

FOLDER = "migrations"


def read(files: Mapping[str, bytes]) -> tuple[Migration, ...]:
    """The migrations among a bundle's files (by relative path), in order of their numbers."""
    places = [PurePosixPath(path) for path in sorted(files)]
    found = [
        parse(place.name, files[str(place)])
        for place in places
        if place.parent.as_posix() == FOLDER and place.suffix == ".sql"
    ]
    try:
        return ordered(found)
    except InvalidInput as error:
        raise AgentError("invalid_migration", error.message, hint=error.hint) from error


def parse(filename: str, content: bytes) -> Migration:
    """One file, checked as far as that is possible without a server."""
    shown = f"{FOLDER}/{filename}"
    try:
        migration = read_marked(Path(shown), shown, content)
    except InvalidInput as error:
        raise _told(error) from error
    for section, part in ((migration.up, "up"), (migration.down, "down")):
        _check(filename, section or _empty(content), part)
    return migration


def _empty(content: bytes) -> Section:
    """Where the statements of the way back are missing."""
    lines = content.split(b"\n")
    markers = [number for number, line in enumerate(lines, 1) if b"migrate:down" in line]
    return Section("", markers[-1] + 1 if markers else len(lines))


def pending(migrations: Sequence[Migration], rows: Iterable[Row]) -> tuple[Migration, ...]:
    """The files that are not applied yet; refuses a folder that contradicts the history."""
    folder = Folder(path=Path(FOLDER), format="native", migrations=tuple(migrations))
    comparison = planning.compare(folder, rows)
    try:
        return planning.up(comparison).migrations
    except HistoryConflict as error:
        if error.code == "out_of_order":
            raise AgentError(
                "out_of_order", f"{_said(error)}; nothing was applied",
                hint="give new migrations the highest numbers",
            ) from error  # fmt: skip
        raise AgentError(
            "migration_changed", f"migrations {_changes(comparison)}. Nothing was applied.",
            hint="restore the files as they were and put the change into a new migration",
        ) from error  # fmt: skip


def _changes(comparison: planning.Comparison) -> str:
    said = []
    for state, what in (
        ("edited", "edited since they were applied"),
        ("missing", "applied, but no longer in the app"),
    ):
        names = [entry.name for entry in comparison.entries if entry.state == state]
        if names:
            said.append(f"{what}: {', '.join(names)}")
    return "; ".join(said)


def _said(error: MigrationError) -> str:
    return error.message.partition("; nothing")[0]


def _told(error: InvalidInput) -> AgentError:
    place = error.place
    assert place is not None
    rest = error.message.removeprefix(f"{place}: ").removesuffix(" Nothing was run.")
    return _error(place.file, place.line, rest.rstrip("."), error.hint)


def _check(filename: str, section: Section, part: str) -> None:
    try:
        statements = section.statements()
    except SqlError as error:
        raise _invalid(filename, error.line, str(error), "close it") from None
    if not statements:
        raise _invalid(
            filename, section.line, f"has no statement after `-- migrate:{part}`",
            "write one; a pipeline must be able to take back what it applied",
        )  # fmt: skip
    if not section.transaction:
        raise _invalid(
            filename, section.line - 1, "asks for 'transaction:false', which is not supported",
            "every migration of an app runs in one transaction",
        )  # fmt: skip
    for statement in statements:
        _allowed(filename, statement)


def _allowed(filename: str, statement: Statement) -> None:
    words = statement.words
    first = words[0] if words else ""
    if controls_transaction(statement) or first in {"rollback", "savepoint", "release"}:
        what, hint = f"controls the transaction ({first.upper()})", "it runs in one: remove it"
    elif _changes_role(words):
        what, hint = "changes the role", "it runs as the database's owner: remove it"
    elif first == "copy" and "stdin" in statement.sql.lower():
        what, hint = "copies from STDIN, which a file cannot feed", "use INSERT"
    else:
        return
    raise _invalid(filename, statement.line, what, hint)


def _changes_role(words: tuple[str, ...]) -> bool:
    if not words or words[0] not in {"set", "reset"}:
        return False
    rest = words[2:] if words[1:2] in {("local",), ("session",)} else words[1:]
    return rest[:1] in {("role",), ("authorization",)} or "authorization" in words[1:4]


def _invalid(filename: str, line: int | None, what: str, hint: str) -> AgentError:
    return _error(f"{FOLDER}/{filename}", line, what, hint)


def _error(file: str, line: int | None, what: str, hint: str) -> AgentError:
    place = file + (f", line {line}" if line else "")
    return AgentError(
        "invalid_migration", f"{place}: {what}. Nothing was applied.", hint=f"{place}: {hint}"
    )
