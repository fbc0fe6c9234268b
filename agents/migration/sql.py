"""SQL text into statements, without a server. Pure.

Knows what hides a semicolon: strings, quoted names, dollar quotes, nested comments,
parentheses and `BEGIN ATOMIC … END` bodies.

Errors:
    SqlError(message, line)   a quote or comment that never ends
"""

from __future__ import annotations

import re

from msgspec import Struct

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*")
    | (?P<dollar>\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$)
    | (?P<word>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class SqlError(Exception):
    """The text cannot be split; `line` is where the open quote or comment begins."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Statement(Struct, frozen=True):
    """One statement without its semicolon; `line` counts from 1, `words` are its first five."""

    sql: str
    line: int
    words: tuple[str, ...] = ()

    def line_at(self, position: int) -> int:
        """The line of a character of the statement, counted from 1 as PostgreSQL does."""
        return self.line + self.sql.count("\n", 0, max(position - 1, 0))


def split(text: str, *, first_line: int = 1) -> tuple[Statement, ...]:
    """The statements of a text that begins on `first_line`; comments alone are none."""
    return _Splitter(text, first_line).statements()


class _Splitter:
    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.first_line = first_line
        self.found: list[Statement] = []
        self._begin()

    def _begin(self) -> None:
        self.start: int | None = None
        self.end = 0
        self.words: list[str] = []
        self.parentheses = 0
        self.atomic = 0
        self.previous = ""

    def statements(self) -> tuple[Statement, ...]:
        position = 0
        while position < len(self.text):
            token = _TOKEN.match(self.text, position)
            assert token is not None
            kind, position = str(token.lastgroup), token.end()
            if kind == "block":
                position = self._after_comment(token.start())
            elif kind == "dollar":
                position = self._after_dollar(token.group(), token.start())
            if kind not in ("comment", "block", "space"):
                self._token(kind, token.group(), token.start(), position)
        self._finish()
        return tuple(self.found)

    def _token(self, kind: str, text: str, start: int, end: int) -> None:
        if kind == "other" and text in "'\"":
            raise SqlError(f"this {text} is never closed", self._line(start))
        if text == ";" and self.parentheses == 0 and self.atomic == 0:
            self._finish()
            return
        if self.start is None:
            self.start = start
        self.end = end
        if kind == "word":
            self._word(text.lower())
        elif text in "()":
            self.parentheses = max(0, self.parentheses + (1 if text == "(" else -1))

    def _word(self, word: str) -> None:
        if len(self.words) < 5:  # noqa: PLR2004  as Statement.words says
            self.words.append(word)
        if word == "atomic" and self.previous == "begin":
            self.atomic = 1
        elif self.atomic:
            self.atomic += {"case": 1, "end": -1}.get(word, 0)
        self.previous = word

    def _finish(self) -> None:
        if self.start is not None:
            sql = self.text[self.start : self.end]
            self.found.append(Statement(sql, self._line(self.start), tuple(self.words)))
        self._begin()

    def _after_comment(self, start: int) -> int:
        depth, position = 1, start + 2
        while depth:
            edge = _COMMENT_EDGE.search(self.text, position)
            if edge is None:
                raise SqlError("this /* is never closed", self._line(start))
            depth += 1 if edge.group() == "/*" else -1
            position = edge.end()
        return position

    def _after_dollar(self, tag: str, start: int) -> int:
        close = self.text.find(tag, start + len(tag))
        if close < 0:
            raise SqlError(f"this {tag} is never closed", self._line(start))
        return close + len(tag)

    def _line(self, position: int) -> int:
        return self.first_line + self.text.count("\n", 0, position)
