"""Bytes of a file into text that is the same on every system. Pure."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

from agents.migration.errors import InvalidInput, Place

_IRREVERSIBLE = re.compile(
    r"^[ \t]*--[ \t]*irreversible\b:?[ \t]*(.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_ALLOWED = re.compile(r"^[ \t]*--[ \t]*migrate:allow[ \t]+([a-z-]+)", re.MULTILINE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def invalid(
    file: str, what: str, hint: str, *, line: int | None = None, column: int | None = None
) -> InvalidInput:
    """The error of a file that cannot be used."""
    place = Place(file=file, line=line, column=column)
    return InvalidInput(
        "invalid_migration", f"{place}: {what}. Nothing was run.", hint=hint, place=place
    )


def decode(file: str, content: bytes) -> str:
    """The text with LF ends and without a byte order mark. Raises InvalidInput."""
    try:
        text = content.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        kind = "it looks like UTF-16" if content[:2] in _UTF16 else error.reason
        what = f"is not UTF-8 ({kind})"
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise invalid(file, what, "save it as UTF-8", line=line, column=column) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise invalid(file, "has a zero byte", "PostgreSQL takes none: remove it", line=line)
    if not text.strip():
        raise invalid(file, "is empty", "write the migration, or delete the file")
    return text


def irreversible(file: str, text: str) -> str | None:
    """The reason of a line `-- irreversible: reason`. Raises InvalidInput without one."""
    found = _IRREVERSIBLE.search(text) if "irreversible" in text.lower() else None
    if found is None:
        return None
    if not found[1]:
        line = text.count("\n", 0, found.start()) + 1
        raise invalid(
            file, "says irreversible and not why", "write `-- irreversible: the reason`", line=line
        )
    return found[1]


def allowed(text: str) -> frozenset[str]:
    """The checks that lines `-- migrate:allow NAME` declare unneeded."""
    return frozenset(_ALLOWED.findall(text)) if "migrate:allow" in text else frozenset()
