"""Formats with both directions in one file: dbmate's, which is ours, node-pg-migrate's, goose's."""

from __future__ import annotations

import re
from pathlib import Path

from agents.migration.files import text as texts
from agents.migration.files.model import Migration, Section, text_hash
from agents.migration.files.text import invalid
from agents.migration.files.versions import Version, numbered
from agents.migration.sql import SqlError, split

_NAME = re.compile(r"(?P<version>[0-9]{1,18})(?:[_-].*)?\.sql", re.DOTALL)
_MARKER = re.compile(
    r"^[ \t]*--[ \t]*(?:migrate:(?P<part>up|down)\b(?P<options>.*)"
    r"|(?P<node>up|down)[ \t]+migration[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN = re.compile(r"^[ \t]*[A-Za-z]", re.MULTILINE)
"""A line that begins with a word, which a comment of several lines may hold as well."""
_GOOSE = re.compile(
    r"^[ \t]*--[ \t]*\+goose[ \t]+(?P<word>up|down|no[ \t]+transaction|envsub[ \t]+on)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)


def read_marked(file: Path, shown: str, content: bytes) -> Migration:
    """`-- migrate:up [transaction:false]` and `-- migrate:down`, or `-- Up Migration`."""
    version = _version(file.name, shown)
    text = texts.decode(shown, content)
    marks: list[tuple[str, bool, re.Match[str]]] = []
    for mark in _MARKER.finditer(text):
        part = (mark["part"] or mark["node"]).lower()
        marks.append((part, _transaction(shown, text, mark), mark))
    if [part for part, _, _ in marks] not in (["up"], ["up", "down"]):
        raise invalid(
            shown, "has no line `-- migrate:up` followed by one `-- migrate:down`",
            "write one of each, in this order; for no way back say `-- irreversible: reason`",
        )  # fmt: skip
    _nothing_above(shown, text[: marks[0][2].start()])
    return _assembled(
        file, shown, text, version,
        [(mark.end(), mark.start(), transaction) for _, transaction, mark in marks],
    )  # fmt: skip


def read_goose(file: Path, shown: str, content: bytes) -> Migration:
    """`-- +goose Up`, `-- +goose Down`, `-- +goose NO TRANSACTION` in any case."""
    version = _version(file.name, shown)
    text = texts.decode(shown, content)
    transaction = True
    marks: dict[str, re.Match[str]] = {}
    for mark in _GOOSE.finditer(text):
        word = mark["word"].lower().split()[0]
        if word == "envsub":
            line = text.count("\n", 0, mark.start()) + 1
            what = "lets goose replace environment variables, which is not supported"
            raise invalid(shown, what, "write the values into the file", line=line)
        if word == "no":
            transaction = False
        elif word in marks:
            line = text.count("\n", 0, mark.start()) + 1
            raise invalid(shown, f"has `-- +goose {word}` twice", "merge them", line=line)
        else:
            marks[word] = mark
    up, down = marks.get("up"), marks.get("down")
    if up is None or (down is not None and down.start() < up.start()):
        raise invalid(
            shown, "has no line `-- +goose Up` before `-- +goose Down`", "write them in this order"
        )
    _nothing_above(shown, text[: up.start()])
    edges = [(up.end(), up.start(), transaction)]
    if down is not None:
        edges.append((down.end(), down.start(), transaction))
    return _assembled(file, shown, text, version, edges)


def _version(name: str, shown: str) -> Version:
    named = _NAME.fullmatch(name)
    if named is None:
        raise invalid(shown, "is not named like 001_create_users.sql", "rename it or move it away")
    return numbered(named["version"])


def _transaction(shown: str, text: str, mark: re.Match[str]) -> bool:
    transaction = True
    if not mark["options"]:
        return transaction
    for option in mark["options"].split():
        if option.lower() not in {"transaction:false", "transaction:true"}:
            raise invalid(
                shown, f"asks for {option!r}, which is not supported",
                "the one option is transaction:false",
                line=text.count("\n", 0, mark.start()) + 1,
            )  # fmt: skip
        transaction = option.lower().endswith("true")
    return transaction


def _nothing_above(shown: str, head: str) -> None:
    if not head:
        return
    try:
        above = split(head)
    except SqlError as error:
        raise invalid(shown, str(error), "close it", line=error.line, column=error.column) from None
    if above:
        raise invalid(
            shown, "has SQL above the line that begins the way up", "move it below that line",
            line=above[0].line, column=above[0].column,
        )  # fmt: skip


def _assembled(
    file: Path, shown: str, text: str, version: Version, edges: list[tuple[int, int, bool]]
) -> Migration:
    """`edges`: for up, then down, where its text begins, where its marker does, transaction."""
    ends = [start for _, start, _ in edges[1:]] + [len(text)]
    sections = []
    for (begin, _, transaction), end in zip(edges, ends, strict=True):
        # Without the newline that ends the marker's line.
        line = text.count("\n", 0, begin) + 2
        sections.append(Section(text[begin + 1 : end], line, transaction, shown))
    reason = texts.irreversible(shown, text)
    down = sections[1] if len(sections) > 1 and has_statement(sections[1]) else None
    if down is not None and reason is not None:
        raise invalid(shown, "says irreversible and has a way back", "keep one of the two")
    return Migration(
        version=version.key, order=version.order, name=file.name.removesuffix(".sql"), path=file,
        checksum=text_hash(text), up=sections[0], down=down, irreversible=reason,
        allowed=texts.allowed(text),
    )  # fmt: skip


def has_statement(section: Section) -> bool:
    """Whether anything would be run; true for what cannot be split, so that it is reported."""
    # Splitting a thousand files takes longer than reading them.
    if "/*" not in section.text and _PLAIN.search(section.text):
        return True
    try:
        return bool(section.statements())
    except SqlError:
        return True
