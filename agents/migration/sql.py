"""SQL text into statements, without a server. Pure.

Knows what hides a semicolon: strings, quoted names, dollar quotes, nested comments,
parentheses, `BEGIN ATOMIC … END` bodies and the data of `COPY … FROM stdin`.

    split(text)    the statements, each with its place
    tokens(text)   words, literals and signs, without comments and space
    code(text)     the text without comments and superfluous space: equal for equal code

Errors:
    SqlError(message, line, column)   a quote or comment that never ends; a command of psql
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from msgspec import Struct

from agents.migration import quick_sql as quick

_GRAMMAR = r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$)
    | (?P<word>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)
    | (?P<space>[ \t\n\r\f\v]+)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<other>.)
    """
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_COPY_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_META = re.compile(r"\\[^\s;]*")
_WORDS = 5
"""So many first words tell what a statement is."""


class SqlError(Exception):
    """The text cannot be split; `line` and `column`, from 1, are where the trouble begins."""

    def __init__(self, message: str, line: int, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Token(NamedTuple):
    """`kind` is string, quoted, dollar, word, number or other; `start` and `end` are offsets."""

    kind: str
    text: str
    start: int
    end: int


class Statement(Struct, frozen=True):
    """One statement without its semicolon.

    `line` and `column` count from 1 in the file, `offset` from 0 in the text that was split;
    `words` are its first five in lower case; `data` are the lines that feed a COPY.
    """

    sql: str
    line: int
    words: tuple[str, ...] = ()
    column: int = 1
    offset: int = 0
    data: str | None = None

    def line_at(self, position: int) -> int:
        """The line of a character of the statement, counted from 1 as PostgreSQL does."""
        return self.line + self.sql.count("\n", 0, max(position - 1, 0))

    def column_at(self, position: int) -> int:
        """The column of a character of the statement, counted from 1 as PostgreSQL does."""
        index = max(position - 1, 0)
        newline = self.sql.rfind("\n", 0, index)
        return self.column + index if newline < 0 else index - newline


def split(text: str, *, first_line: int = 1) -> tuple[Statement, ...]:
    """The statements of a text that begins on `first_line`; comments alone are none."""
    places = quick.places(text)
    if places is None:
        return _Splitter(text, first_line).statements()
    found = []
    line, counted = first_line, 0
    for start, end in places:
        line += text.count("\n", counted, start)
        counted = start
        sql = text[start:end]
        column = start - text.rfind("\n", 0, start)
        found.append(Statement(sql, line, quick.words(sql, _WORDS), column, start))
    return tuple(found)


def tokens(text: str) -> Iterator[Token]:
    """Everything that is neither comment nor space. Raises SqlError."""
    return _scan(text, 1)


def code(text: str) -> str:
    """The text without comments, its parts one space apart. Raises SqlError."""
    parts = quick.parts(text)
    if parts is not None:
        return " ".join(parts)
    return " ".join(token.text for token in _scan(text, 1))


@cache
def _pattern() -> re.Pattern[str]:
    """Compiled when it is used: comparing files with a history needs no tokens."""
    return re.compile(_GRAMMAR, re.VERBOSE | re.DOTALL)


def _scan(text: str, first_line: int, position: int = 0) -> Iterator[Token]:
    match = _pattern().match
    while position < len(text):
        found = match(text, position)
        assert found is not None
        start, position, kind = position, found.end(), str(found.lastgroup)
        if kind in {"space", "comment"}:
            continue
        if kind == "block":
            position = _after_comment(text, start, first_line)
            continue
        if kind == "dollar":
            position = _after_dollar(text, found.group(), start, first_line)
        elif kind == "other" and text[start] in "'\"\\":
            raise _trouble(text, start, first_line)
        yield Token(kind, text[start:position], start, position)


def _trouble(text: str, start: int, first_line: int) -> SqlError:
    if text[start] != "\\":
        return _error(f"this {text[start]} is never closed", text, start, first_line)
    meta = _META.match(text, start)
    assert meta is not None
    return _error(
        f"{meta.group()} is a command of psql, which no server understands", text, start, first_line
    )


def _after_comment(text: str, start: int, first_line: int) -> int:
    depth, position = 1, start + 2
    while depth:
        edge = _COMMENT_EDGE.search(text, position)
        if edge is None:
            raise _error("this /* is never closed", text, start, first_line)
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position


def _after_dollar(text: str, tag: str, start: int, first_line: int) -> int:
    close = text.find(tag, start + len(tag))
    if close < 0:
        raise _error(f"this {tag} is never closed", text, start, first_line)
    return close + len(tag)


def _error(message: str, text: str, start: int, first_line: int) -> SqlError:
    line = first_line + text.count("\n", 0, start)
    return SqlError(message, line, start - text.rfind("\n", 0, start))


class _Splitter:
    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.first_line = first_line
        self.found: list[Statement] = []
        self.counted, self.line = 0, first_line
        self._begin()

    def _begin(self) -> None:
        self.start: int | None = None
        self.end = 0
        self.words: list[str] = []
        self.parentheses = 0
        self.atomic = 0
        self.previous = ""
        self.copies = False

    def statements(self) -> tuple[Statement, ...]:
        position: int | None = 0
        while position is not None:
            position = self._until_copy(position)
        self._finish()
        return tuple(self.found)

    def _until_copy(self, position: int) -> int | None:
        """Read on; where to go on after a COPY's data, None at the end of the text."""
        for token in _scan(self.text, self.first_line, position):
            if token.text == ";" and self.parentheses == 0 and self.atomic == 0:
                if self.copies and self.start is not None:
                    return self._copy_data(token.end)
                self._finish()
            else:
                self._token(token)
        return None

    def _token(self, token: Token) -> None:
        if self.start is None:
            self.start = token.start
        self.end = token.end
        if token.kind == "word":
            self._word(token.text.lower())
        elif token.text == "(":
            self.parentheses += 1
        elif token.text == ")":
            self.parentheses = max(0, self.parentheses - 1)

    def _word(self, word: str) -> None:
        if len(self.words) < _WORDS:
            self.words.append(word)
        if word == "atomic" and self.previous == "begin":
            self.atomic = 1
        elif self.atomic:
            self.atomic += {"case": 1, "end": -1}.get(word, 0)
        elif word == "stdin" and self.previous == "from" and self.words[0] == "copy":
            self.copies = True
        self.previous = word

    def _copy_data(self, after: int) -> int:
        newline = self.text.find("\n", after)
        start = len(self.text) if newline < 0 else newline + 1
        end = _COPY_END.search(self.text, start)
        if end is None:
            assert self.start is not None
            what = r"the data of this COPY FROM STDIN never end: the line \. is missing"
            raise _error(what, self.text, self.start, self.first_line)
        self._finish(self.text[start : end.start()])
        return end.end()

    def _finish(self, data: str | None = None) -> None:
        if self.start is not None:
            sql = self.text[self.start : self.end]
            self.line += self.text.count("\n", self.counted, self.start)
            self.counted = self.start
            column = self.start - self.text.rfind("\n", 0, self.start)
            self.found.append(
                Statement(sql, self.line, tuple(self.words), column, self.start, data)
            )
        self._begin()
