"""What an idea asks for besides records, what it does not want, and whether it is public."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from msgspec import Struct

from agents.scout import lexicon, names
from agents.scout.reading import JOINING, Reading, deed_to
from contracts.scouting import Exclusion, FoundFeature

_RECORDING = frozenset(
    [
        "record",
        "track",
        "log",
        "enter",
        "register",
        "add",
        "collect",
        "manage",
        "keep",
        "note",
        "plan",
    ]
)
_NEGATION = re.compile(
    r"\b(?:without(?: any)?|no need (?:for|of|to)|no|not (?:need|want|require|include)(?: any)?"
    r"|\w+n't (?:need|want|require|include)(?: any)?|nor|excluding|except(?: for)?|instead of|skip"
    r"|leave out)\b"
)
_NOT_NEGATION = re.compile(r"\bno (?:longer|one|matter|more than)\b")
_PUBLIC = re.compile(
    r"\b(?:public(?:ly)?|(?:anyone|anybody|everyone|everybody|visitors|guests|strangers|the public)"
    r" (?:can|may|should be able to|is able to) (?:also )?(?:see|view|read|browse|look|search|find"
    r"|explore|visit|access)|without (?:an account|signing in|logging in|login|log-in|sign-up"
    r"|registration|registering|signing up)|open to (?:everyone|anyone|the public))\b",
    re.IGNORECASE,
)
_NOT_PUBLIC = re.compile(
    r"\b(?:not|never|nothing|isn't) (?:\w+ )?public|public (?:transport|holiday|api|school|sector)",
    re.IGNORECASE,
)


class Hit(Struct, frozen=True):
    """A feature's phrase at tokens `start` to before `end` of a sentence."""

    feature: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _phrases() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Phrases by the start of their first word, the longest first."""
    table: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for key, feature in lexicon.features().items():
        for phrase in feature.phrases:
            words = tuple(phrase.split())
            first = words[0].rstrip("*").split("/")[0]
            table.setdefault(first[:2], []).append((key, words))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[1]))
    return table


def hits(reading: Reading) -> Iterator[Hit]:
    """Every place of the sentence where a feature is named; the longest phrase wins."""
    i = 0
    while i < len(reading.tokens):
        for key, words in _phrases().get(reading.text(i)[:2], []):
            if _matches(reading, i, words) and not _is_record(reading, i, key):
                yield Hit(key, i, i + len(words))
                i += len(words) - 1
                break
        i += 1


def _matches(reading: Reading, start: int, words: Sequence[str]) -> bool:
    if start + len(words) > len(reading.tokens):
        return False
    for token, word in zip(reading.tokens[start:], words, strict=False):
        text = token.text.lower()
        bare, _, kind = word.partition("/")
        same = text.startswith(bare[:-1]) if bare.endswith("*") else bare in {text, token.lemma}
        if not same or (kind and token.kind != kind):
            return False
    return True


def _is_record(reading: Reading, position: int, feature: str) -> bool:
    """“Track payments” is about records of payments, not about paying."""
    token = reading.tokens[position]
    if token.lemma not in lexicon.features()[feature].records:
        return False
    chunk = next((c for c in reading.chunks if c.start <= position < c.end), None)
    deed = deed_to(reading, chunk) if chunk else None
    return deed is not None and bool(_RECORDING.intersection(deed.verbs))


def denied(reading: Reading) -> set[int]:
    """Positions of the tokens that a "no" or "without" is about, up to the end of its list."""
    text = ""
    starts: list[int] = []
    for token in reading.tokens:
        starts.append(len(text))
        text += token.text.lower().replace("’", "'") + " "
    denied_positions: set[int] = set()
    for match in _NEGATION.finditer(text):
        if _NOT_NEGATION.match(text, match.start()):
            continue
        first = next((i for i, at in enumerate(starts) if at >= match.end()), None)
        if first is not None:
            denied_positions.update(_list_from(reading, first))
    return denied_positions


def _list_from(reading: Reading, first: int) -> Iterator[int]:
    for i in range(first, len(reading.tokens)):
        token = reading.tokens[i]
        word = token.text.lower()
        going_on = token.kind in {"noun", "adjective", "determiner", "other", "number", "to"}
        gerund = token.kind == "verb" and (i == first or reading.text(i - 1) in JOINING | {"to"})
        if word in {"but", "just", "only"} or not (going_on or gerund or word in JOINING):
            return
        yield i


def exclusions(reading: Reading) -> Iterator[Exclusion]:
    """Features and entities that the sentence does not want."""
    positions = denied(reading)
    if not positions:
        return
    covered: set[int] = set()
    for hit in hits(reading):
        if hit.start in positions:
            covered.update(range(hit.start, hit.end))
            yield Exclusion(kind="feature", key=hit.feature, sentence=reading.number)
    for chunk in reading.chunks:
        inside = set(range(chunk.start, chunk.end))
        key = names.key_of(*chunk.words)
        stop = chunk.head in lexicon.words().nouns.stop
        if inside & positions and not inside & covered and key and not stop:
            yield Exclusion(kind="entity", key=key, sentence=reading.number)


def features(
    readings: Sequence[Reading], ruled: AbstractSet[int] = frozenset()
) -> tuple[FoundFeature, ...]:
    """The features asked for, in the order of the lexicon; `ruled` sentences are known rules."""
    words: dict[str, list[str]] = {}
    numbers: dict[str, list[int]] = {}
    for reading in readings:
        positions = denied(reading)
        for hit in hits(reading):
            if hit.start in positions:
                continue
            text = " ".join(t.text.lower() for t in reading.tokens[hit.start : hit.end])
            if reading.number in ruled and text in lexicon.features()[hit.feature].rules:
                continue
            if text not in words.setdefault(hit.feature, []):
                words[hit.feature].append(text)
            if reading.number not in numbers.setdefault(hit.feature, []):
                numbers[hit.feature].append(reading.number)
    return tuple(
        FoundFeature(
            key=key, title=feature.title, words=tuple(words[key]), sentences=tuple(numbers[key])
        )
        for key, feature in lexicon.features().items()
        if key in words
    )


def is_public(text: str) -> bool:
    """Whether the sentence says that anyone at all may look."""
    return bool(_PUBLIC.search(text)) and not _NOT_PUBLIC.search(text)
