"""Names as SQL writes them. Pure.

Errors:
    ValueError    a text that is no qualified name
"""

from __future__ import annotations

import re

_PART = re.compile(r'"((?:[^"]|"")+)"|([^".\s]+)')


def quoted(name: str) -> str:
    """A name as an SQL identifier: `a"b` is `"a""b"`."""
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """`"schema"."name"`."""
    return f"{quoted(schema)}.{quoted(name)}"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Names as SQL separates them."""
    return ", ".join(quoted(name) for name in names)


def literal(text: str) -> str:
    """A text as an SQL string that means the same under any setting."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"E'{escaped}'" if "\\" in escaped else f"'{escaped}'"


def parse(text: str) -> tuple[str, ...]:
    """`a."b.c"` as its parts; what is not quoted is taken as it stands. Raises ValueError."""
    parts: list[str] = []
    position = 0
    while True:
        found = _PART.match(text, position)
        if found is None:
            raise ValueError(text)
        parts.append(found[2] or found[1].replace('""', '"'))
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise ValueError(text)
        position += 1
