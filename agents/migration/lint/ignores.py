"""What a file allows itself, with a reason: `-- genesis:ignore rule, rule: reason`. Pure.

It stands on a line of its own above the statement that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_IGNORE = re.compile(
    r"^[ \t]*--[ \t]*genesis:ignore[ \t]+(?P<rules>[\w\-, \t]+?)[ \t]*(?::[ \t]*(?P<why>.*))?$"
)


class Ignore(Struct, frozen=True):
    """The rules, the reason ("" for none) and the line from 1."""

    rules: frozenset[str]
    why: str
    line: int


def find(text: str, first_line: int) -> Iterator[Ignore]:
    """Every ignore of a section whose text begins on `first_line`."""
    lines = text.split("\n") if "genesis:ignore" in text else []
    for number, line in enumerate(lines, start=first_line):
        found = _IGNORE.match(line)
        if found is not None:
            rules = frozenset(each.strip() for each in found["rules"].split(",") if each.strip())
            yield Ignore(rules, (found["why"] or "").strip(), number)
