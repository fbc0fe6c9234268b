"""Plural nouns that look like what one does: “offers: price”, “and deals with a value”. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agents.scout import lexicon
from agents.scout.tokens import Token

_OPENING = frozenset({",", ";", ":", ".", "-", "(", "and", "or", "&", "+"})
_DESCRIBED = frozenset({"with", "by", "per", "w", "incl", "including"})
_CLAUSE = frozenset({".", ";", ":", "(", "!", "?"})
_OF_ONE = frozenset({"VVZ", "VBZ", "VHZ", "VDZ", "VVD", "VBD", "VHD"})
_STATES = frozenset({"VVN", "VVD", "AJ0"})


def names_things(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """Whether a verb of one who does something is a noun of several in truth.

    Nobody is there to do it, and behind it stands what describes a noun.
    """
    token = tokens[i]
    if token.tag != "VVZ" or token.lemma not in _nouns() or i + 1 >= len(tokens):
        return False
    if earlier and earlier[-1].text.lower() not in _OPENING:
        return False
    after = tokens[i + 1]
    word = after.text.lower()
    if word in {":", "("}:
        return True
    state = after.tag in _STATES and word.endswith("ed") and earlier[-1:] != []
    return (word in _DESCRIBED or state) and not _done_by_one(earlier)


def _done_by_one(earlier: Sequence[Token]) -> bool:
    """Whether the clause has a verb already that such a verb could go on from."""
    for token in reversed(earlier):
        if token.text in _CLAUSE:
            return False
        if token.tag in _OF_ONE or token.kind == "modal":
            return True
    return False


@lru_cache(maxsize=1)
def _nouns() -> frozenset[str]:
    classes = lexicon.noun_classes()
    return classes.records | classes.things
