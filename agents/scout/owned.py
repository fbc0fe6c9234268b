"""Whose the items of a list are: of one, of several that share it, of what stands behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from agents.scout import lexicon
from agents.scout.carriers import meant
from agents.scout.lists import BETWEEN, Attribute, field_type, items
from agents.scout.reading import JOINING, Chunk, Reading

_SEVERAL = 2
_DEFINING = 3
"""Items of the shortest list that says what a thing is made of: "a duty is a date, a line"."""
_OWN = frozenset({"profile"})
"""What has a list of its own where a pattern keeps it, else its owner's."""


def has(
    reading: Reading, said: Chunk, items: Iterator[Attribute], *, examples: bool = False
) -> Iterator[Attribute]:
    """The items as the owner's; those that only say what the owner may be are examples."""
    owner = meant(reading, said)
    instead = None
    if said.head in _OWN and len(said.words) == 1:
        owner, instead = said, owner
    groupings = lexicon.field_words().groupings.words
    general = owner.plural or owner.head in groupings | lexicon.words().nouns.stop
    found = list(items)
    sure = sum(field_type(item.phrase) is not None for item in found) >= _SEVERAL
    for item in found:
        one = examples and general and item.item.plural and field_type(item.phrase) is None
        how = "example" if one else "has"
        plain = sure and how == "has" and item.item.head not in lexicon.persons()
        yield msgspec.structs.replace(item, owner=owner, how=how, sure=plain, instead=instead)


def sharers(
    reading: Reading, owner: Chunk, found: Sequence[Attribute], *, sure: bool
) -> list[Chunk]:
    """All that have a list: of "besoms and whisks: name, price" both, else the owner alone.

    `sure` says that the list is for each of them, which else only several fields show.
    """
    together = list_ending(reading, owner.end)
    typed = sum(field_type(one.phrase) is not None for one in found)
    enough = typed >= _SEVERAL if sure else typed > _SEVERAL
    alike = all(c.plural for c in together) or all(
        reading.text(c.start - 1) in {"each", "every"} for c in together
    )
    if len(together) < _SEVERAL or not alike or not enough or owner.words not in _words(together):
        return [owner]
    stop = lexicon.words().nouns.stop | lexicon.persons()
    return [owner, *(c for c in together if c.words != owner.words and c.head not in stop)]


def _words(chunks: Sequence[Chunk]) -> set[tuple[str, ...]]:
    return {chunk.words for chunk in chunks}


def defined_as(reading: Reading, i: int) -> Iterator[Attribute]:
    """“A duty is a date, a line and a driver”: what a thing is made of, not what it may be."""
    owner = reading.ending_at(i)
    found = list(items(reading, i + 1)) if owner is not None and not owner.plural else []
    if owner is None or len(found) < _DEFINING or found[0].item.start > i + _SEVERAL:
        return
    ends = reading.text(found[-1].end) in {".", ";", ""}
    either = any(reading.text(k) == "or" for k in range(i, found[-1].end))
    first = field_type(found[0].phrase) is not None
    if ends and first and not either and owner.head not in lexicon.persons():
        yield from (
            msgspec.structs.replace(one, owner=owner, how="has", sure=True) for one in found
        )


def before_each(reading: Reading, i: int) -> Iterator[Attribute]:
    """“Name, price and photo of each product”: the list stands before its owner."""
    owner = reading.starting_at(i + 1) or reading.starting_at(i)
    for chunk in list_ending(reading, i - 1):
        if owner is not None and field_type(chunk.phrase):
            yield Attribute(owner, chunk, chunk.phrase, "has", end=chunk.end)


def before_whole(reading: Reading, i: int) -> Iterator[Attribute]:
    """“The length and width of a bed, the number of rows”: also what is listed behind it."""
    owner = reading.starting_at(i + 2)
    found = list_ending(reading, i)
    if owner is None or len(found) < _SEVERAL or not all(field_type(c.phrase) for c in found):
        return
    for chunk in found:
        yield Attribute(owner, chunk, chunk.phrase, "has", end=chunk.end)
    if reading.text(owner.end) == ",":
        yield from has(reading, owner, items(reading, owner.end + 1))


def list_ending(reading: Reading, end: int) -> list[Chunk]:
    """The noun phrases of the list that ends before a position, in order."""
    found: list[Chunk] = []
    while (chunk := reading.ending_at(end)) is not None:
        found.append(chunk)
        end = chunk.start
        while end > 0 and (
            reading.text(end - 1) in JOINING or reading.tokens[end - 1].kind in BETWEEN
        ):
            end -= 1
    return found[::-1]
