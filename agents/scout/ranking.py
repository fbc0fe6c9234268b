"""Which patterns an idea resembles: BM25 over what each pattern says about itself, and how like its
words are to those of ideas of that kind.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import pairwise
from statistics import fmean, pstdev

from msgspec import Struct

from agents.scout import lexicon, names
from agents.scout.likeness import Likeness, likeness
from agents.scout.patterns import Pattern, catalogue
from contracts.scouting import RankedPattern

K1 = 1.4
B = 0.6
FLOOR = 7.0
"""Scores below this are chance: the idea is of no known kind."""
CLOSE = 0.35
"""Within so many standard deviations of the first, another pattern may be meant as well."""
OWN = 30.0
NEAR = 0.66
"""Score that a second pattern needs from words which do not speak for the first, and the share

of the first one's score, to be blended in."""
WEIGHTS = {
    "title": 2.0, "keywords": 3.0, "entities": 3.0, "synonyms": 1.0, "description": 1.0,
    "fields": 0.3,
}  # fmt: skip
LEAD = 1.3
"""What a word counts for in the sentence that says what the app is; further ones count 1."""
AGAIN = 0.6
"""How fast a word gains that is said in several sentences."""
WHO = 0.7
"""What a word for people counts for, beside a word for things."""
LIKE = 3.0
"""What likeness counts for beside BM25."""
SPEAKS = 4.0
"""From so much on a word is evidence."""
HEADING = 6
"""Words of a first sentence that is only a heading, so that the next one says what the app is."""
SHOWN = 12
EMPTY = frozenset({"a", "an", "and", "or", "the"})
"""Words that say nothing even beside another one."""
UNSAID = "+"
"""Before a word of a query that the idea does not say: the record of a deed."""


def ngrams(lemmas: Sequence[str]) -> list[str]:
    """Single words and pairs: keywords may be two words, and "who has" says what an app is for."""
    pairs = (pair for pair in pairwise(lemmas) if EMPTY.isdisjoint(pair))
    return [*lemmas, *map(" ".join, pairs)]


@lru_cache(maxsize=4096)
def lemmas_of(text: str) -> tuple[str, ...]:
    """A pattern's own text in the shape of a query; needs no tagger."""
    parts = text.lower().replace("-", " ").replace("_", " ")
    found = "".join(c if c.isalnum() or c == " " else " " for c in parts).split()
    return tuple(names.singular_of(word) for word in found)


def document(pattern: Pattern) -> dict[str, float]:
    """The weighted words of a pattern."""
    drafts = pattern.entities.values()
    parts: dict[str, Iterable[str]] = {
        "title": [pattern.title],
        "description": [pattern.description],
        "keywords": pattern.keywords,
        "entities": pattern.entities,
        "synonyms": [s for draft in drafts for s in draft.synonyms],
        "fields": [name for draft in drafts for name in draft.fields],
    }
    skip = lexicon.words().boilerplate.words
    words: dict[str, float] = {}
    for part, texts in parts.items():
        for text in texts:
            found = ngrams(lemmas_of(text))
            if part in {"keywords", "synonyms"} and len(found) > 1:
                # A phrase counts as one: "open rate" is no word about what is open.
                found = [word for word in found if " " in word]
            elif part not in {"keywords", "synonyms"}:
                found = [word for word in found if skip.isdisjoint(word.split())]
            for word in found:
                if word not in skip:
                    words[word] = words.get(word, 0.0) + WEIGHTS[part]
    return words


class Ranking(Struct, frozen=True):
    """All patterns, best first, and what each word of the idea counts for each of them."""

    ranked: tuple[RankedPattern, ...]
    parts: dict[str, dict[str, float]]

    def own(self, second: str, first: str) -> float:
        """What a pattern's score has from words that speak for another one much less."""
        theirs = self.parts[first]
        return sum(
            value for word, value in self.parts[second].items() if theirs.get(word, 0.0) < value / 2
        )

    @property
    def unsure(self) -> bool:
        """Whether the second might be meant as well as the first."""
        first, *others = self.ranked[:2] or (None,)
        return bool(
            first and others and first.margin <= CLOSE and first.score >= FLOOR <= others[0].score
        )

    def chosen(self) -> list[RankedPattern]:
        """The first, and the second where it has words of its own; none when all is chance."""
        first, *others = self.ranked[:2] or (None,)
        if first is None or first.score < FLOOR or not first.evidence:
            return []
        named = next((r for r in self.ranked[1:] if _is_named(r)), None)
        if named is not None:
            return [first, named]
        for second in others:
            own = self.own(second.key, first.key)
            near = second.score >= NEAR * first.score and own >= OWN
            if near or (first.margin <= CLOSE and own >= FLOOR):
                return [first, second]
        return [first]


_NAMED = {
    "forum": frozenset({"forum", "message board", "discussion board"}),
    "publishing": frozenset({"blog"}),
    "store": frozenset({"webshop", "web shop", "online shop"}),
    "jobs": frozenset({"job board"}),
}
"""What names a second pattern outright: "plus a forum"."""


def _is_named(rank: RankedPattern) -> bool:
    words = _NAMED.get(rank.key, frozenset[str]())
    return not words.isdisjoint(rank.evidence)


class Index:
    """The catalogue, ready to be asked."""

    def __init__(self, patterns: Mapping[str, Pattern], like: Likeness) -> None:
        self._patterns = patterns
        self._like = like
        self._documents = {key: document(pattern) for key, pattern in patterns.items()}
        length = {key: sum(words.values()) for key, words in self._documents.items()}
        mean = fmean(length.values()) if length else 1.0
        self._norm = {key: 1 - B + B * value / mean for key, value in length.items()}
        found = Counter(w for words in self._documents.values() for w in words)
        self._weights = {word: self._weights_of(word, seen) for word, seen in found.items()}

    def _weights_of(self, word: str, seen: int) -> dict[str, float]:
        """BM25 of a word in each of the patterns that have it, which are `seen`."""
        rarity = math.log(1 + (len(self._documents) - seen + 0.5) / (seen + 0.5))
        return {
            key: rarity * frequency * (K1 + 1) / (frequency + K1 * self._norm[key])
            for key, words in self._documents.items()
            if (frequency := words.get(word))
        }

    def weight(self, word: str, key: str) -> float:
        """BM25 of one word in one pattern."""
        return self._weights.get(word, {}).get(key, 0.0)

    def starts_of(self, word: str) -> list[str]:
        """Known words that a compound begins with: "rezeptbuch" begins with "rezept"."""
        return [word[:n] for n in range(5, len(word)) if word[:n] in self._weights]

    def rank(self, sentences: Mapping[int, Sequence[str]]) -> Ranking:
        """The ranking for the lemmas of each sentence, by its number."""
        skip = lexicon.words().boilerplate.words
        lead = _lead(sentences)
        where: dict[str, list[int]] = {}
        said: set[str] = set()
        for number, lemmas in sentences.items():
            said.update(ngrams(lemmas))
            words = set(ngrams([word.removeprefix(UNSAID) for word in lemmas]))
            for word in words - skip:
                if word in self._weights or word in self._like:
                    where.setdefault(word, []).append(number)
        parts: dict[str, dict[str, float]] = {key: {} for key in self._patterns}
        for word, numbers in where.items():
            weights, like = self._weights.get(word, {}), self._like.of(word)
            said_here = self._said(word, numbers, lead)
            for key in weights.keys() | like.keys():
                if key in parts:
                    value = weights.get(key, 0.0) * said_here + LIKE * like.get(key, 0.0)
                    parts[key][word] = value
        return Ranking(self._ranked(parts, where, said), parts)

    def _said(self, word: str, numbers: Sequence[int], lead: set[int]) -> float:
        """What a word counts for by where it is said; who acts tells less than what is there."""
        who = WHO if word in _people() else 1.0
        return who * ((LEAD if lead & set(numbers) else 1.0) + AGAIN * math.log(len(numbers)))

    def _tells(self, word: str, key: str) -> bool:
        """Whether people are shown the word as evidence."""
        return word in self._documents[key] or self._like.tells(word, key)

    def _ranked(
        self,
        parts: Mapping[str, Mapping[str, float]],
        where: Mapping[str, Sequence[int]],
        said: AbstractSet[str],
    ) -> tuple[RankedPattern, ...]:
        scores = {key: sum(words.values()) for key, words in parts.items()}
        order = sorted(scores, key=lambda key: (-scores[key], key))
        values = [scores[key] for key in order]
        spread = pstdev(values) if len(values) > 1 else 0.0
        found = []
        for i, key in enumerate(order):
            speaks = {w: v for w, v in parts[key].items() if v >= SPEAKS and self._tells(w, key)}
            evidence = sorted(speaks, key=lambda w, of=speaks: (-of[w], w))  # type: ignore[misc]
            gap = values[i] - (values[i + 1] if i + 1 < len(values) else 0.0)
            found.append(
                RankedPattern(
                    key=key,
                    title=self._patterns[key].title,
                    score=round(values[i], 3),
                    margin=round(gap / spread, 3) if spread else 0.0,
                    evidence=tuple([word for word in evidence if word in said][:SHOWN]),
                    sentences=tuple(sorted({n for word in evidence for n in where[word]})),
                )
            )
        return tuple(found)


@lru_cache(maxsize=1)
def _people() -> frozenset[str]:
    people = lexicon.words().people
    return people.roles | people.member | people.guest


def _lead(sentences: Mapping[int, Sequence[str]]) -> set[int]:
    """The sentences that say what the app is: the first, and the one after a mere heading."""
    first = sorted(sentences)[:2]
    heading = bool(first) and len(sentences[first[0]]) <= HEADING
    return set(first if heading else first[:1])


@lru_cache(maxsize=1)
def index() -> Index:
    """The index of the shipped catalogue."""
    return Index(catalogue(), likeness())
