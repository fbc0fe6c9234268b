"""Lists of fields that name no owner: “I keep old maps. Columns: year, scale, photo”. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.scout import lexicon, mentions
from agents.scout.carriers import FIELDS
from agents.scout.definitions import definition
from agents.scout.lists import Attribute
from agents.scout.reading import Chunk, Reading

_FEWEST = 3
"""Fields of the shortest list that is taken for the topic's."""
_OUTSIDE = -1
"""The place of a noun that stands in another sentence."""


def topic(readings: Sequence[Reading]) -> Chunk | None:
    """What the idea is about: its first noun that there are several of or that the app is for."""
    for reading in readings:
        for chunk in reading.chunks:
            if _is_topic(reading, chunk):
                return Chunk(_OUTSIDE, _OUTSIDE, chunk.words, chunk.phrase, plural=chunk.plural)
    return None


def _is_topic(reading: Reading, chunk: Chunk) -> bool:
    carries = mentions.carries_app(reading, chunk)
    if chunk.head in lexicon.app_nouns():
        return carries and len(chunk.words) > 1
    kept = chunk.start == 0 and chunk.plural and reading.text(chunk.end) in {"of", "with"}
    if chunk.head in lexicon.words().nouns.stop or mentions.is_audience(reading, chunk):
        return False
    if chunk.head in lexicon.persons() and not kept:
        return False
    return chunk.plural or carries


def of_topic(reading: Reading, about: Chunk | None) -> Iterator[Attribute]:
    """The fields that a sentence lists without saying of what."""
    if about is None:
        return
    marks = [i for i, t in enumerate(reading.tokens) if t.text == ":"]
    start = marks[0] + 1 if marks else 0
    before = reading.ending_at(marks[0]) if marks else None
    if before is not None and before.head not in FIELDS:
        return
    verbs = any(t.kind in {"verb", "modal"} and t.tag[-1:] not in "ND" for t in reading.tokens)
    if not marks and verbs:
        return
    sure = any(t.lemma in FIELDS for t in reading.tokens[:start])
    found = definition(reading, start, sure=sure)
    if len(found) >= _FEWEST:
        for each in found:
            if each.item.head != about.head:
                yield Attribute(about, each.item, each.phrase, "has", each.options, each.end)
