"""A JSON seed, row by row: memory holds one window of the file, however long it is.

`entries(file)` reads the whole once and says what is in it; `rows(entry)` reads one entry's rows.

Errors:
    SeedInvalid    no JSON, another shape than `[{"table", "data", …}]`, no UTF-8
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from agents.migration.seeds.folder import unreadable
from agents.migration.seeds.model import Entry, SeedFile, SeedInvalid, invalid

CHUNK = 1 << 18
LONGEST = 1 << 25
"""Bytes that are read at a time, and characters of the longest row."""
_EDGE = 16
"""How close to the window's end an error may come from the end itself."""
_SPACE = re.compile(r"[ \t\r\n]*")
_SHAPE = '[{"table": "…", "data": [{…}, …]}]'


class _Duplicate(ValueError):
    """An object names a key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Duplicate(f"the key {twice!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise _Duplicate(f"{name} is no JSON; write it as a string")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant
)


class _Window:
    """The text of a file, a part at a time. `line` is where `at` stands, from 1."""

    def __init__(self, path: Path, stream: BinaryIO, offset: int = 0, line: int = 1) -> None:
        self.path = path
        self.stream = stream
        self.text = ""
        self.at = 0
        self.ended = False
        self.line = line
        self._counted = 0
        self._start = offset
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        stream.seek(offset)
        if offset == 0 and stream.read(3) == codecs.BOM_UTF8:
            self._start = 3
        stream.seek(self._start)

    def fail(self, message: str, position: int | None = None) -> SeedInvalid:
        """An error at a position of the window."""
        self.count(self.at)
        position = self.at if position is None else position
        line = self.line + self.text.count("\n", self.at, position)
        column = position - (self.text.rfind("\n", 0, position) + 1) + 1
        return invalid(self.path, f"{message} (column {column})", line)

    def count(self, position: int) -> None:
        """Bring `line` to a position."""
        self.line += self.text.count("\n", self._counted, position)
        self._counted = position

    def offset(self) -> int:
        """The byte of the file where `at` stands."""
        return self._start + len(self.text[: self.at].encode())

    def more(self) -> None:
        """Read on, and forget what is done with."""
        self.count(self.at)
        self._start = self.offset()
        self.text = self.text[self.at :]
        self.at = self._counted = 0
        chunk = self.stream.read(max(CHUNK, len(self.text)))
        self.ended = not chunk
        try:
            self.text += self._decoder.decode(chunk, final=self.ended)
        except UnicodeDecodeError as error:
            line = self.line + self.text.count("\n") + chunk.count(b"\n", 0, error.start)
            raise invalid(
                self.path, f"is not UTF-8 text ({error.reason}); save it as UTF-8", line
            ) from error

    def peek(self) -> str:
        """The next character that is no space, or "" at the end."""
        if self.at < len(self.text) and self.text[self.at] > " ":
            return self.text[self.at]
        while True:
            found = _SPACE.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self.more()

    def expect(self, characters: str) -> str:
        """Take the next character, one of those given."""
        found = self.peek()
        if not found or found not in characters:
            wanted = " or ".join(repr(each) for each in characters)
            raise self.fail(
                f"{wanted} is missing here" if found else f"ends where {wanted} must be"
            )
        self.at += 1
        return found

    def value(self) -> Any:
        """The next JSON value."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise self.fail(f"is no JSON: {error.msg}", error.pos) from error
            except _Duplicate as error:
                raise self.fail(str(error)) from error
            except (RecursionError, ValueError) as error:
                raise self.fail(f"cannot be read: {error}") from error
            else:
                if end < len(self.text) or self.ended:
                    self.at = end
                    return found
            self.more()

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        if self.ended or len(self.text) - self.at > LONGEST:
            return False
        return "Unterminated" in error.msg or error.pos >= len(self.text) - _EDGE


def entries(file: SeedFile) -> list[Entry]:
    """What the file holds. Raises SeedInvalid."""
    try:
        with file.path.open("rb") as stream:
            return _entries(file, _Window(file.path, stream))
    except OSError as error:
        raise unreadable(file.path, error) from error


def rows(entry: Entry) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entry's rows with the line on which each begins. Raises SeedInvalid."""
    try:
        with entry.file.path.open("rb") as stream:
            yield from _rows(_Window(entry.file.path, stream, entry.offset, entry.line))
    except OSError as error:
        raise unreadable(entry.file.path, error) from error


def _entries(file: SeedFile, window: _Window) -> list[Entry]:
    found: list[Entry] = []
    if window.peek() != "[":
        raise window.fail(f"must be a list: {_SHAPE}")
    window.at += 1
    if window.peek() == "]":
        window.at += 1
    else:
        while True:
            found.append(_entry(file, window, len(found) + 1))
            if window.expect(",]") == "]":
                break
    if window.peek():
        raise window.fail("goes on behind its end")
    return found


def _entry(file: SeedFile, window: _Window, number: int) -> Entry:
    if window.peek() != "{":
        raise window.fail(f"entry {number} must be an object: {_SHAPE}")
    window.at += 1
    window.count(window.at)
    line = window.line
    values: dict[str, Any] = {}
    while window.peek() != "}":
        if window.peek() != '"':
            raise window.fail(f"entry {number}: a key in double quotes must stand here")
        name = window.value()
        if name in values:
            raise window.fail(f"entry {number}: {name!r} stands twice")
        window.expect(":")
        values[name] = _scan(window) if name == "data" else window.value()
        if window.peek() == "}":
            break
        window.expect(",")
        if window.peek() == "}":
            raise window.fail("a comma must not stand before }")
    window.at += 1
    return _checked(file, number, line, values)


def _scan(window: _Window) -> dict[str, Any]:
    if window.peek() != "[":
        raise window.fail('"data" must be a list of rows')
    window.count(window.at)
    where = {"offset": window.offset(), "line": window.line}
    shapes: dict[tuple[str, ...], None] = {}
    count = 0
    for _, row in _rows(window):
        count += 1
        shapes[tuple(row)] = None
    columns = tuple(dict.fromkeys(name for shape in shapes for name in shape))
    return {**where, "rows": count, "columns": columns}


def _rows(window: _Window) -> Iterator[tuple[int, dict[str, Any]]]:
    window.expect("[")
    if window.peek() == "]":
        window.at += 1
        return
    while True:
        if window.peek() != "{":
            raise window.fail('a row must be an object: {"column": value}')
        window.count(window.at)
        line = window.line
        yield line, window.value()
        if window.expect(",]") == "]":
            return


def _checked(file: SeedFile, number: int, line: int, values: dict[str, Any]) -> Entry:
    def wrong(message: str) -> SeedInvalid:
        return invalid(file.path, f"entry {number}: {message}", line, entry=number)

    unknown = sorted(set(values) - {"table", "schema", "data", "truncateFirst", "key"})
    if unknown:
        raise wrong(
            f"unknown {', '.join(map(repr, unknown))}; there are table, schema, data, key and "
            "truncateFirst"
        )
    for name in ("table", "data"):
        if name not in values:
            raise wrong(f'"{name}" is missing')
    table, schema = values["table"], values.get("schema")
    if not isinstance(table, str) or not table:
        raise wrong('"table" must be a table\'s name')
    if schema is not None and (not isinstance(schema, str) or not schema):
        raise wrong('"schema" must be a schema\'s name')
    truncate = values.get("truncateFirst", False)
    if not isinstance(truncate, bool):
        raise wrong('"truncateFirst" must be true or false')
    key = values.get("key", [])
    key = [key] if isinstance(key, str) else key
    if not isinstance(key, list) or not all(isinstance(each, str) for each in key):
        raise wrong('"key" must be a column\'s name or a list of them')
    return Entry(
        file=file, number=number, table=table, schema=schema, truncate=truncate,
        key=tuple(key), **values["data"],
    )  # fmt: skip
