"""How like the words of an idea are to those of ideas of each kind.

`likeness.json` says in how many of the ideas in `patterns/*/ideas.txt` each word stands; counting
them (`agents.scout.learning`) takes seconds, so it is done when an idea is added and not at start.

Errors:
    LexiconError   the file is not there or cannot be read
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from agents.scout import lexicon
from agents.scout.lexicon import LexiconError

FILE = Path(__file__).with_name("likeness.json")
PRIOR = 4.0
"""Ideas of each kind that are taken to have a word as often as all have it."""

FEW = 2.0
"""Ideas with a word that make it half as sure as if it were common."""

TOLD = 3
"""Ideas of a kind that make a word evidence of it."""


class Counts(Struct, frozen=True):
    """Ideas of each pattern, and of how many of them each word stands in."""

    ideas: dict[str, int]
    words: dict[str, dict[str, int]]


class Likeness:
    """What words say about the kind of an idea, by what was counted."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._all = sum(counts.ideas.values())
        self._ideas = {key: number + PRIOR for key, number in counts.ideas.items()}

    def __contains__(self, word: str) -> bool:
        return word in self._counts.words

    def tells(self, word: str, key: str) -> bool:
        """Whether so many ideas of the kind have the word that it is how one speaks there."""
        return self._counts.words.get(word, {}).get(key, 0) >= TOLD

    def of(self, word: str) -> Mapping[str, float]:
        """The logarithm of how much more often a pattern's ideas have the word than all have it.

        Patterns that have it less often are left out: what an idea does not say tells nothing.
        """
        found = self._counts.words.get(word)
        if found is None or word in lexicon.words().boilerplate.words:
            return {}
        total = sum(found.values())
        usual, sure = total / self._all, total / (total + FEW)
        prior = PRIOR * usual
        return {
            key: sure * math.log(often / usual)
            for key, number in found.items()
            if (often := (number + prior) / self._ideas[key]) > usual
        }


@lru_cache(maxsize=1)
def likeness() -> Likeness:
    """What was counted of the shipped ideas."""
    try:
        return Likeness(msgspec.json.decode(FILE.read_bytes(), type=Counts))
    except (OSError, msgspec.DecodeError) as error:
        raise LexiconError(
            f"{FILE}: {error}; make it anew: `python -m agents.scout.learning`"
        ) from None
