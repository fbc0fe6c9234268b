"""Which patterns an idea resembles: BM25 over what each pattern says about itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import fmean, pstdev

from agents.scout import lexicon, names
from agents.scout.patterns import Pattern, catalogue
from contracts.scouting import RankedPattern

K1 = 1.4
B = 0.6
FLOOR = 2.5
"""Scores below this are chance: the idea is of no known kind."""
CLOSE = 0.5
"""Within so many standard deviations of the first, a pattern is blended in as second."""
WEIGHTS = {"title": 2, "keywords": 3, "entities": 3, "synonyms": 1, "description": 1}


def ngrams(lemmas: Sequence[str]) -> list[str]:
    """Single words and pairs, since keywords may be two words."""
    skip = lexicon.words().boilerplate.words
    pairs = (pair for pair in pairwise(lemmas) if not skip.intersection(pair))
    return [*lemmas, *(" ".join(pair) for pair in pairs)]


def lemmas_of(text: str) -> list[str]:
    """A pattern's own text in the shape of a query; needs no tagger."""
    parts = text.lower().replace("-", " ").replace("_", " ")
    found = "".join(c if c.isalnum() or c == " " else " " for c in parts).split()
    return [names.singular_of(word) for word in found]


def document(pattern: Pattern) -> Counter[str]:
    """The weighted words of a pattern."""
    parts: dict[str, Iterable[str]] = {
        "title": [pattern.title],
        "description": [pattern.description],
        "keywords": pattern.keywords,
        "entities": pattern.entities,
        "synonyms": [s for draft in pattern.entities.values() for s in draft.synonyms],
    }
    skip = lexicon.words().boilerplate.words
    words: Counter[str] = Counter()
    for part, texts in parts.items():
        for text in texts:
            words.update({w: WEIGHTS[part] for w in ngrams(lemmas_of(text)) if w not in skip})
    return words


class Index:
    """The catalogue, ready to be asked."""

    def __init__(self, patterns: Mapping[str, Pattern]) -> None:
        self._patterns = patterns
        self._documents = {key: document(pattern) for key, pattern in patterns.items()}
        self._length = {key: sum(words.values()) for key, words in self._documents.items()}
        self._mean = fmean(self._length.values()) if self._length else 1.0
        self._found = Counter(w for words in self._documents.values() for w in words)

    def weight(self, word: str, key: str) -> float:
        """BM25 of one word in one pattern."""
        frequency = self._documents[key][word]
        if not frequency:
            return 0.0
        seen = self._found[word]
        rarity = math.log(1 + (len(self._documents) - seen + 0.5) / (seen + 0.5))
        length = 1 - B + B * self._length[key] / self._mean
        return rarity * frequency * (K1 + 1) / (frequency + K1 * length)

    def starts_of(self, word: str) -> list[str]:
        """Known words that a compound begins with: "rezeptbuch" begins with "rezept"."""
        return [word[:n] for n in range(5, len(word)) if word[:n] in self._found]

    def rank(self, sentences: Mapping[int, Sequence[str]]) -> tuple[RankedPattern, ...]:
        """All patterns, best first; `sentences` are lemmas by sentence number."""
        skip = lexicon.words().boilerplate.words
        where: dict[str, list[int]] = {}
        for number, lemmas in sentences.items():
            for word in set(ngrams(lemmas)) - skip:
                where.setdefault(word, []).append(number)
        scores = {key: self._score(key, where) for key in self._patterns}
        order = sorted(scores, key=lambda key: (-scores[key][0], key))
        values = [scores[key][0] for key in order]
        spread = pstdev(values) if len(values) > 1 else 0.0
        return tuple(
            self._ranked(key, scores[key], values[i + 1 : i + 2], spread, where)
            for i, key in enumerate(order)
        )

    def _score(self, key: str, where: Mapping[str, list[int]]) -> tuple[float, list[str]]:
        parts = {
            word: weight * (1 + 0.3 * math.log(len(numbers)))
            for word, numbers in where.items()
            if (weight := self.weight(word, key))
        }
        return sum(parts.values()), sorted(parts, key=lambda w: (-parts[w], w))

    def _ranked(
        self,
        key: str,
        score: tuple[float, list[str]],
        following: Sequence[float],
        spread: float,
        where: Mapping[str, list[int]],
    ) -> RankedPattern:
        value, evidence = score
        gap = value - (following[0] if following else 0.0)
        numbers = sorted({n for word in evidence for n in where[word]})
        return RankedPattern(
            key=key,
            title=self._patterns[key].title,
            score=round(value, 3),
            margin=round(gap / spread, 3) if spread else 0.0,
            evidence=tuple(evidence[:12]),
            sentences=tuple(numbers),
        )


@lru_cache(maxsize=1)
def index() -> Index:
    """The index of the shipped catalogue."""
    return Index(catalogue())


def chosen(ranked: Sequence[RankedPattern]) -> list[RankedPattern]:
    """The first pattern and at most one that is close to it; none when all is chance."""
    if not ranked or ranked[0].score < FLOOR:
        return []
    first = ranked[0]
    close = first.margin <= CLOSE and len(ranked) > 1 and ranked[1].score >= FLOOR
    return [first, ranked[1]] if close else [first]
