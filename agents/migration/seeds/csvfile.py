"""A CSV seed, row by row: the first line names the columns, the file's name the table.

As in PostgreSQL, a value that is empty and not quoted is NULL, and `""` is an empty text.

Errors:
    SeedInvalid    no UTF-8, a row of another width, a quote that is never closed
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TextIO

from agents.migration.seeds.folder import table_of, unreadable
from agents.migration.seeds.model import Entry, SeedFile, SeedInvalid, invalid

LONGEST = 1 << 25
"""Characters of the longest row."""
_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)')


def entries(file: SeedFile) -> list[Entry]:
    """The one entry that a CSV file is. Raises SeedInvalid."""
    table = table_of(file)
    if not table:
        raise invalid(file.path, "the name says no table; call it like `development_users.csv`")
    count = 0
    columns: tuple[str, ...] = ()
    for _, values in _records(file):
        if not columns:
            columns = _header(file, values)
        else:
            count += 1
    if not columns:
        raise invalid(file.path, "is empty; its first line must name the columns", 1)
    return [Entry(file=file, number=1, table=table, rows=count, columns=columns, line=1)]


def rows(entry: Entry) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows with the line on which each begins. Raises SeedInvalid."""
    columns: tuple[str, ...] | None = None
    for line, values in _records(entry.file):
        if columns is None:
            columns = _header(entry.file, values)
            continue
        if len(values) != len(columns):
            raise invalid(
                entry.file.path,
                f"has {len(values)} values, and the first line names {len(columns)} columns",
                line, table=entry.table,
            )  # fmt: skip
        yield line, dict(zip(columns, values, strict=True))


def _header(file: SeedFile, values: list[str | None]) -> tuple[str, ...]:
    names = tuple((value or "").strip() for value in values)
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        raise invalid(file.path, "values must be separated by commas", 1)
    if "" in names:
        raise invalid(file.path, f"column {names.index('') + 1} has no name", 1)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise invalid(file.path, f"the column {twice!r} stands twice in the first line", 1)
    return names


def _records(file: SeedFile) -> Iterator[tuple[int, list[str | None]]]:
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _read(file, stream)
    except UnicodeDecodeError as error:
        raise invalid(file.path, f"is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except OSError as error:
        raise unreadable(file.path, error) from error


def _read(file: SeedFile, stream: TextIO) -> Iterator[tuple[int, list[str | None]]]:
    line = 0
    while text := stream.readline(LONGEST):
        line += 1
        first, record = line, text
        while record.count('"') % 2:
            following = stream.readline(LONGEST)
            line += 1
            if not following or len(record) > LONGEST:
                raise invalid(file.path, 'a " is never closed', first)
            record += following
        if len(record) >= LONGEST:
            raise invalid(file.path, f"is longer than {LONGEST} characters", first)
        record = record.removesuffix("\n").removesuffix("\r")
        if record or first == 1:
            yield first, _fields(file, record, first)


def _fields(file: SeedFile, record: str, line: int) -> list[str | None]:
    if '"' not in record:
        return [value or None for value in record.split(",")]
    found: list[str | None] = []
    position = 0
    while True:
        match = _FIELD.match(record, position)
        if match is None:
            raise _stray(file, line)
        inside = match[1]
        found.append(match[2] or None if inside is None else inside.replace('""', '"'))
        position = match.end() + 1
        if match.end() == len(record):
            return found


def _stray(file: SeedFile, line: int) -> SeedInvalid:
    return invalid(
        file.path, 'a " stands inside a value; quote the whole value and write "" for it', line
    )
