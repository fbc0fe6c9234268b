"""What something goes through: “an invoice is draft, sent or paid”, “from new to done”. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agents.scout import lexicon, options
from agents.scout.lists import Attribute
from agents.scout.reading import JOINING, Chunk, Reading

_FEWEST = 2
_STATES = frozenset({"status", "state", "stage"})
_NAMED = frozenset({"statu", "state", "stage", "statuse"})
"""The same and the plural, which the tagger takes for names at times, without their "s"."""
_LONGEST = 3
"""Words of the longest state."""


def states(reading: Reading, about: Chunk | None) -> Iterator[Attribute]:
    """The states that a sentence lists, as a field of what has them; else of what it is about."""
    for i, token in enumerate(reading.tokens):
        if token.lemma == "be":
            yield from _is(reading, i)
        elif token.lemma == "go" and reading.text(i + 1) == "from":
            yield from _from(reading, reading.ending_at(i), i + 1)
        elif token.lemma in _STATES and reading.text(i + 1) == "from":
            owner = next((c for c in reading.last_before(i) if _is_owner(c)), None)
            while owner is not None and (whole := _part_of(reading, owner)) is not None:
                owner = whole
            yield from _from(reading, owner, i + 1)
        elif reading.text(i + 1) == ":" and token.text.lower().rstrip("s") in _NAMED:
            yield from _listed(reading, i, about)


def _listed(reading: Reading, i: int, about: Chunk | None) -> Iterator[Attribute]:
    """“Set the state of an order: baked, packed”, “States: new, done”."""
    chunk = reading.ending_at(i + 1)
    if chunk is None or len(chunk.words) > 1:
        return
    parts: list[list[str]] = [[]]
    end = i + 2
    while end < len(reading.tokens) and reading.text(end) not in {".", ";", "("}:
        if reading.text(end) in JOINING:
            parts.append([])
        else:
            parts[-1].append(reading.text(end))
        end += 1
    found = tuple(" ".join(part) for part in parts if part)
    if len(found) >= _FEWEST and all(len(p.split()) <= _LONGEST for p in found) and about:
        yield _status(about, found, chunk.start, end)


def _is(reading: Reading, i: int) -> Iterator[Attribute]:
    """“A ticket is open, waiting or closed”."""
    owner = reading.ending_at(i)
    if owner is None or not _is_owner(owner):
        return
    found, end = options.spoken(reading, i + 1)
    if len(found) >= _FEWEST and reading.text(end) in {".", ";", ",", ""}:
        yield _status(owner, found, i, end)


def _from(reading: Reading, owner: Chunk | None, i: int) -> Iterator[Attribute]:
    """“From new to in progress to done”, “from idea to planned, cut, shown”."""
    parts: list[list[str]] = [[]]
    end, several = i + 1, False
    while end < len(reading.tokens):
        word, token = reading.text(end), reading.tokens[end]
        if word == "to" or (several and word in {",", "and", "or"}):
            several = True
            parts.append([])
        elif token.kind in {"mark", "determiner", "pronoun", "conjunction"} or word == ",":
            break
        else:
            parts[-1].append(word)
        end += 1
    found = tuple(" ".join(part) for part in parts if part)
    if owner is None or not several or any(len(p.split()) > _LONGEST for p in found):
        return
    if len(found) > _FEWEST:
        yield _status(owner, found, i, end)


def _part_of(reading: Reading, chunk: Chunk) -> Chunk | None:
    """What a noun only says whose it is: "the faults of my buildings"."""
    i = chunk.start - 1
    while i > 0 and reading.tokens[i].kind == "determiner":
        i -= 1
    return reading.ending_at(i) if reading.text(i) == "of" else None


def _is_owner(chunk: Chunk) -> bool:
    head = chunk.head
    return not (head in lexicon.general_nouns() or head in lexicon.persons() or head in _STATES)


def _status(owner: Chunk, told: tuple[str, ...], start: int, end: int) -> Attribute:
    item = Chunk(start, end, ("status",), ("status",))
    return Attribute(owner, item, ("status",), "has", told, end)
