"""The names that PostgreSQL gives to constraints without one (makeObjectName). Pure."""

from __future__ import annotations

from collections.abc import Container

_LONGEST = 63


def automatic(table: str, columns: str, label: str, taken: Container[str]) -> str:
    """`<table>_<columns>_<label>`, shortened, and numbered where it is taken."""
    number = 0
    while True:
        found = _joined(table, columns, f"{label}{number or ''}")
        if found not in taken:
            return found
        number += 1


def _joined(table: str, columns: str, label: str) -> str:
    first, second = table.encode(), columns.encode()
    room = _LONGEST - len(label.encode()) - 1 - (1 if second else 0)
    long, short = len(first), len(second)
    while long + short > room:
        if long > short:
            long -= 1
        else:
            short -= 1
    parts = [_cut(first, long), *([_cut(second, short)] if second else []), label]
    return "_".join(parts)


def _cut(text: bytes, length: int) -> str:
    return text[:length].decode(errors="ignore")
