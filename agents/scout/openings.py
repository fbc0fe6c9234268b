"""What the lines of a list begin with, and an idea: “- programme of the camp with times”. Pure."""

from __future__ import annotations

from agents.scout import lexicon
from agents.scout.reading import Chunk, Reading

_BEFORE = frozenset({"determiner", "adjective", "number"})
_ENDS = frozenset({",", ":", ";", ".", "(", "-", "–"})
_PLACES = frozenset({"exchange", "market", "marketplace", "place", "platform", "spot"})
"""What an app is where people meet for something."""
_CLAUSE = frozenset({"modal", "pronoun"})
_FINITE = frozenset({"VVZ", "VVB", "VVD", "VBZ", "VBB", "VBD", "VHZ", "VHB"})


def begins_line(reading: Reading, chunk: Chunk) -> bool:
    """Whether a line names a record or a thing first, and does not say what it does.

    In the first sentence that is what the app is or who asks for it.
    """
    first = chunk.start == 0 or (chunk.start == 1 and reading.tokens[0].kind in _BEFORE)
    if not first or reading.number == 1:
        return False
    classes = lexicon.noun_classes()
    if chunk.head not in classes.records and chunk.head not in classes.things:
        return False
    for token in reading.tokens[chunk.end :]:
        if token.text in _ENDS or token.kind == "relative":
            return True
        if token.kind in _CLAUSE or token.tag in _FINITE:
            return False
    return True


def is_met_for(reading: Reading, chunk: Chunk, position: int) -> bool:
    """“A swapping place for old roses”: what an idea begins with that people meet for.

    `position` is that of the word before the phrase, over its articles.
    """
    if reading.number > 1 or reading.text(position) != "for" or chunk.head in lexicon.persons():
        return False
    place = reading.ending_at(position)
    one = chunk.plural or position + 1 == chunk.start
    organisations = lexicon.words().nouns.organisations
    return place is not None and place.head in _PLACES and one and chunk.head not in organisations
