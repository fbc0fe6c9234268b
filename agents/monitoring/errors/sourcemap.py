"""A source map: where a place in a served file is in the original. Pure.

Format: ECMA-426, "Source map format". The mappings are read as whole arrays, so that a map of
some megabytes takes a fraction of a second.

Errors:
    Unreadable   it is no source map
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

AROUND = 5
"""Lines of source that are shown before and after one."""
MOST_TEXT = 300
_CONTINUES, _COMMA, _LINE, _NONE = 32, 64, 65, 255
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_CODES = np.full(256, _NONE, np.uint8)
_CODES[np.frombuffer(_ALPHABET, np.uint8)] = np.arange(64)
_CODES[ord(",")], _CODES[ord(";")] = _COMMA, _LINE
_MOST_DIGITS = 7
_UP = re.compile(r"^(?:\.{1,2}/)+|^[a-z+-]+://[^/]*/(?:\./)?", re.IGNORECASE)

Ints = np.ndarray[Any, np.dtype[np.int64]]


class Unreadable(Exception):
    """It is no source map; the text says why."""


class Original(Struct, frozen=True, kw_only=True):
    """A place in an original file; `line` and `column` begin at 1.

    `name` is what stands exactly there in the original, "" when that is not known.
    """

    file: str
    line: int
    column: int
    name: str
    before: tuple[str, ...]
    source: str
    after: tuple[str, ...]


class _Offset(Struct):
    line: int
    column: int


class _Section(Struct):
    offset: _Offset
    map: msgspec.Raw


class _Json(Struct):
    version: int
    mappings: str = ""
    sources: list[str | None] = []
    names: list[str] = []
    sources_content: list[str | None] | None = msgspec.field(name="sourcesContent", default=None)
    source_root: str | None = msgspec.field(name="sourceRoot", default=None)
    sections: list[_Section] | None = None


class _Places:
    """The mappings as arrays, one entry for each segment."""

    def __init__(self, mappings: str) -> None:
        codes = _CODES[np.frombuffer(mappings.encode("ascii", "replace"), np.uint8)]
        if (codes == _NONE).any():
            raise Unreadable("its mappings have a character that is not base64")
        at = np.flatnonzero(codes < _COMMA)
        digits = codes[at].astype(np.int64)
        lines = np.cumsum(codes == _LINE, dtype=np.int64)[at]
        segments = np.cumsum(codes >= _COMMA, dtype=np.int64)[at]
        values, starts = _numbers(digits, segments)
        lines, segments = lines[starts], segments[starts]
        first = np.flatnonzero(np.diff(segments, prepend=-1))
        counts = np.diff(first, append=len(values))
        if not np.isin(counts, (1, 4, 5)).all():
            raise Unreadable("a segment has not one, four or five fields")
        self.line: Ints = lines[first]
        self.column = _columns(values[first], self.line)
        self.source = _sums(values, first, counts, 1)
        self.source_line = _sums(values, first, counts, 2)
        self.source_column = _sums(values, first, counts, 3)
        self.name = _sums(values, first, counts, 4)

    @property
    def size(self) -> int:
        """Bytes that the arrays hold."""
        return 6 * self.line.nbytes

    def find(self, line: int, column: int) -> int | None:
        """The segment that a place (from 0) is in."""
        low, high = np.searchsorted(self.line, (line, line + 1))
        place = int(low + np.searchsorted(self.column[low:high], column, "right")) - 1
        return place if place >= low and self.source[place] >= 0 else None


def _numbers(digits: Ints, segments: Ints) -> tuple[Ints, Ints]:
    """The variable-length numbers that the digits are, and at which digit each begins."""
    if not len(digits):
        return digits, digits
    ends = digits < _CONTINUES
    starts = np.flatnonzero(np.concatenate(([True], ends[:-1])))
    whole = ends[-1] and (segments[np.flatnonzero(ends)] == segments[starts]).all()
    lengths = np.diff(starts, append=len(digits))
    if not whole or lengths.max() > _MOST_DIGITS:
        raise Unreadable("a number in its mappings does not end")
    place = np.arange(len(digits)) - np.repeat(starts, lengths)
    raw = np.add.reduceat((digits & 31) << (5 * place), starts)
    return np.where(raw & 1, -(raw >> 1), raw >> 1), starts


def _columns(changes: Ints, lines: Ints) -> Ints:
    """Columns count from the line's beginning, everything else goes on over lines."""
    sums = np.cumsum(changes)
    begins = np.flatnonzero(np.diff(lines, prepend=-1))
    base = (sums - changes)[begins]
    return sums - np.repeat(base, np.diff(begins, append=len(lines)))


def _sums(values: Ints, first: Ints, counts: Ints, field: int) -> Ints:
    """A field of every segment as it adds up; -1 where a segment does not have it."""
    there = counts > field
    found = np.full(len(first), -1, np.int64)
    found[there] = np.cumsum(values[first[there] + field])
    return found


class SourceMap:
    """A source map that was read. `size` is about the bytes that it holds."""

    def __init__(self, data: bytes) -> None:
        try:
            read = msgspec.json.decode(data.removeprefix(b")]}'"), type=_Json)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unreadable(f"it is no source map: {error}"[:200]) from None
        self._sections: list[tuple[int, int, SourceMap]] = [
            (section.offset.line, section.offset.column, SourceMap(bytes(section.map)))
            for section in read.sections or ()
        ]
        self._places = _Places(read.mappings)
        self._names = read.names
        root = f"{read.source_root.rstrip('/')}/" if read.source_root else ""
        self._sources = [f"{root}{name or '(unknown)'}" for name in read.sources]
        self._contents = read.sources_content or []
        self._lines: dict[int, list[str]] = {}
        inner: int = sum(one.size for _, _, one in self._sections)
        self.size: int = inner or self._places.size + len(data)

    def original(self, line: int, column: int) -> Original | None:
        """The original of a place in the served file, both from 1; None where it has none."""
        return self.at(line - 1, column - 1)

    def at(self, line: int, column: int) -> Original | None:
        """The same for a place that is counted from 0."""
        for from_line, from_column, section in reversed(self._sections):
            if (line, column) >= (from_line, from_column):
                same = line == from_line
                return section.at(line - from_line, column - from_column * same)
        place = self._places.find(line, column)
        if place is None:
            return None
        places = self._places
        source, at = int(places.source[place]), int(places.source_line[place])
        name = int(places.name[place])
        exact = int(places.column[place]) == column
        if not 0 <= source < len(self._sources) or at < 0:
            return None
        lines = self._text(source)
        return Original(
            file=_plain(self._sources[source]),
            line=at + 1,
            column=int(places.source_column[place]) + 1,
            name=self._names[name] if exact and 0 <= name < len(self._names) else "",
            before=tuple(text[:MOST_TEXT] for text in lines[max(0, at - AROUND) : at]),
            source=lines[at][:MOST_TEXT] if at < len(lines) else "",
            after=tuple(text[:MOST_TEXT] for text in lines[at + 1 : at + 1 + AROUND]),
        )

    def _text(self, source: int) -> list[str]:
        if source not in self._lines:
            content = self._contents[source] if source < len(self._contents) else None
            self._lines[source] = (content or "").replace("\0", "\ufffd").split("\n")
        return self._lines[source]


def _plain(source: str) -> str:
    """A source's name without how its bundler got there."""
    return _UP.sub("", source)[:500].replace("\0", "\ufffd")
