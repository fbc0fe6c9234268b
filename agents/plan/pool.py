"""The kinds of records while they are merged, and the weights that decide between them."""

from __future__ import annotations

from agents.plan.kinds import Kind

RENAMING = 2.5
"""Score from which the idea's word replaces the pattern's."""
DEED = "deed"
"""The source of the record of what people do: it is of what the idea says, not the pattern."""


class Pool:
    """The kinds so far, and under which of them each word is to be found."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.names: dict[str, str] = {}

    def add(self, kind: Kind, *words: str) -> None:
        taken = {k.plural for k in self.kinds.values()} | self.kinds.keys()
        if kind.key in self.kinds or kind.plural in taken:
            return
        self.kinds[kind.key] = kind
        for word in (kind.key, *words):
            self.names.setdefault(word, kind.key)
