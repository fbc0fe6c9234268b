"""Migration files, read and checked. Pure.

A file is `NNN_name.sql`: a line `-- migrate:up`, its statements, a line `-- migrate:down`, and
the statements that take them back. Both parts are needed: what cannot be taken back cannot
be part of a pipeline that promises to.

Errors:
    AgentError `invalid_migration`   names the file, the line and what to write instead
    AgentError `migration_changed`   an applied file is edited or missing
    AgentError `out_of_order`        a new file is numbered below an applied one
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from agents.migration.sql import SqlError, Statement, split
from agents.work import AgentError

FOLDER = "migrations"
_NAME = re.compile(r"(?P<version>[0-9]{1,18})_[A-Za-z0-9_-]+\.sql")
_MARKER = re.compile(r"[ \t]*--[ \t]*migrate:(?P<part>\w+)[ \t]*(?P<options>.*?)[ \t]*")
_BEGINS = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "savepoint"})


class Section(Struct, frozen=True):
    """One half of a file: its text, the line it begins on, counted from 1."""

    text: str
    line: int

    def statements(self) -> tuple[Statement, ...]:
        """What to run, in order. Raises SqlError."""
        return split(self.text, first_line=self.line)


class Migration(Struct, frozen=True):
    """A checked file. `name` is the file's without `.sql`, `checksum` is SHA-256 in hex."""

    version: int
    name: str
    checksum: str
    up: Section
    down: Section


class Applied(Struct, frozen=True):
    """As much of a history row as tells whether it still matches its file."""

    version: int
    name: str
    checksum: str


def read(files: Mapping[str, bytes]) -> tuple[Migration, ...]:
    """The migrations among a bundle's files (by relative path), in order of their numbers."""
    found: dict[int, Migration] = {}
    for path in sorted(files):
        place = PurePosixPath(path)
        if place.parent.as_posix() != FOLDER or place.suffix != ".sql":
            continue
        migration = parse(place.name, files[path])
        other = found.setdefault(migration.version, migration)
        if other is not migration:
            raise _invalid(
                place.name, None, f"has the same number as {other.name}.sql", "renumber one of them"
            )
    return tuple(found[version] for version in sorted(found))


def parse(filename: str, content: bytes) -> Migration:
    """One file, checked as far as that is possible without a server."""
    named = _NAME.fullmatch(filename)
    if named is None:
        raise _invalid(filename, None, "is not named like 001_create_users.sql", "rename it")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _invalid(filename, None, f"is not UTF-8 ({error.reason})", "save as UTF-8") from None
    up, down = _sections(filename, text)
    for section, part in ((up, "up"), (down, "down")):
        _check(filename, section, part)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    return Migration(int(named["version"]), filename.removesuffix(".sql"), checksum, up, down)


def pending(files: Sequence[Migration], applied: Sequence[Applied]) -> tuple[Migration, ...]:
    """The files that are not applied yet; refuses a folder that contradicts the history."""
    by_version = {migration.version: migration for migration in files}
    missing = [row.name for row in applied if row.version not in by_version]
    edited = [
        row.name
        for row in applied
        if row.version in by_version and by_version[row.version].checksum != row.checksum
    ]
    if missing or edited:
        raise _changed(edited, missing)
    newest = max((row.version for row in applied), default=-1)
    done = {row.version for row in applied}
    todo = tuple(migration for migration in files if migration.version not in done)
    early = [migration.name for migration in todo if migration.version < newest]
    if early:
        raise AgentError(
            "out_of_order",
            f"{', '.join(early)}: numbered below a migration that is applied already "
            f"({newest}); nothing was applied",
            hint="give new migrations the highest numbers",
        )
    return todo


def _sections(filename: str, text: str) -> tuple[Section, Section]:
    lines = text.split("\n")
    marks: list[tuple[str, int]] = []
    for index, line in enumerate(lines):
        mark = _MARKER.fullmatch(line)
        if mark is None:
            continue
        if mark["options"]:
            what = f"asks for {mark['options']!r}, which is not supported"
            raise _invalid(filename, index + 1, what, "every migration runs in one transaction")
        marks.append((mark["part"], index))
    if [part for part, _ in marks] != ["up", "down"]:
        raise _invalid(
            filename, None, "has no line `-- migrate:up` followed by one `-- migrate:down`",
            "write one of each, in this order",
        )  # fmt: skip
    (_, up), (_, down) = marks
    if any(line.strip() and not line.lstrip().startswith("--") for line in lines[:up]):
        raise _invalid(filename, 1, "has SQL above `-- migrate:up`", "move it below that line")
    return (
        Section("\n".join(lines[up + 1 : down]), up + 2),
        Section("\n".join(lines[down + 1 :]), down + 2),
    )


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
    for statement in statements:
        _allowed(filename, statement)


def _allowed(filename: str, statement: Statement) -> None:
    words = statement.words
    first = words[0] if words else ""
    if first in _BEGINS or words[:2] == ("prepare", "transaction"):
        what, hint = f"controls the transaction ({first.upper()})", "it runs in one: remove it"
    elif _changes_role(words):
        what, hint = "changes the role", "it runs as the database's owner: remove it"
    elif first == "copy" and "stdin" in statement.sql.lower():
        what, hint = "copies from STDIN, which a file cannot feed", "use INSERT"
    else:
        return
    raise _invalid(filename, statement.line, what, hint)


def _changes_role(words: tuple[str, ...]) -> bool:
    if not words or words[0] not in ("set", "reset"):
        return False
    rest = words[2:] if words[1:2] in (("local",), ("session",)) else words[1:]
    return rest[:1] in (("role",), ("authorization",)) or "authorization" in words[1:4]


def _changed(edited: Sequence[str], missing: Sequence[str]) -> AgentError:
    parts = []
    if edited:
        parts.append(f"edited since they were applied: {', '.join(edited)}")
    if missing:
        parts.append(f"applied, but no longer in the app: {', '.join(missing)}")
    return AgentError(
        "migration_changed",
        f"migrations {'; '.join(parts)}. Nothing was applied.",
        hint="restore the files as they were and put the change into a new migration",
    )


def _invalid(filename: str, line: int | None, what: str, hint: str) -> AgentError:
    place = f"{FOLDER}/{filename}" + (f", line {line}" if line else "")
    return AgentError(
        "invalid_migration", f"{place}: {what}. Nothing was applied.", hint=f"{place}: {hint}"
    )
