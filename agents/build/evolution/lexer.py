"""SQL as tokens: enough to know where statements, clauses and names begin and end. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<text>\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$"
    r"|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')"
    r'|(?P<quoted>"(?:[^"]|"")*")'
    r"|(?P<word>[^\W\d][\w$]*)"
    r"|(?P<other>\d[\w.]*|::|[<>=!~|@#&^*/%+-]+|.)",
    re.DOTALL,
)


class Token(Struct, frozen=True):
    """A piece of SQL; `kind` is word, quoted (a name), text (a literal) or other."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword in lower case; "" for what is none."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The name as the catalog holds it; "" for what is none."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.word


def tokens(sql: str) -> list[Token]:
    """The tokens without space and comments."""
    return [
        Token(str(found.lastgroup if found.lastgroup != "tag" else "text"), found[0], *found.span())
        for found in _TOKEN.finditer(sql)
        if not found["space"]
    ]


def split(found: Sequence[Token], separator: str) -> Iterator[list[Token]]:
    """The runs of tokens between separators outside brackets; empty ones are left out."""
    depth, run = 0, list[Token]()
    for token in found:
        depth += (token.text in "([") - (token.text in ")]") if token.kind == "other" else 0
        if token.text == separator and depth == 0 and token.kind == "other":
            if run:
                yield run
            run = []
        else:
            run.append(token)
    if run:
        yield run


def group(found: Sequence[Token], start: int) -> int:
    """The index after the bracket that closes the one at `start`."""
    depth = 0
    for index in range(start, len(found)):
        if found[index].kind == "other":
            depth += (found[index].text == "(") - (found[index].text == ")")
        if depth == 0:
            return index + 1
    return len(found)


def flat(found: Sequence[Token]) -> str:
    """The tokens on one line, with a space wherever there was space or a comment."""
    parts: list[str] = []
    for before, token in zip([None, *found], found, strict=False):
        if before is not None and before.end < token.start:
            parts.append(" ")
        parts.append(token.text)
    return "".join(parts)


def mentions(sql: str) -> set[str]:
    """Every name and keyword in a statement, those in literals too: bodies of functions are."""
    return {word.lower() for word in re.findall(r"\w+", sql)}
