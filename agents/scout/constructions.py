"""Ways of saying a deed that no list of words in a row covers: “whoever wants to come says so”.

A construction is a few elements of one clause. `a/b` is either word, as it is written or as its
lemma, `+a/b` where it is a verb, `+` any verb; `…` is up to six other words; `<thing>` is a noun
phrase, what the deed is done to. Articles and adverbs may stand between any two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from agents.scout.reading import Chunk, Reading
from agents.scout.tokens import Token

GAP = 6
"""Words at most that `…` stands for."""
_ANY, _THING, _VERB = "…", "<thing>", "+"
_OPEN = frozenset({_ANY, _THING})
_PASSED = frozenset({"determiner", "other"})
_STOPS = frozenset({".", ";", ":", "(", ")", "!", "?"})
Element = frozenset[str]
_End = tuple[int, tuple[Chunk, ...]]


class Construction(Struct, frozen=True):
    """What it stands for, and its elements."""

    name: str
    elements: tuple[Element, ...]
    said: tuple[Element, ...] = ()
    """Those of the elements that are words, of each of which the sentence has one."""


class Found(Struct, frozen=True):
    """A construction where it stands: what it stands for, its first token, its `<thing>`s."""

    name: str
    start: int
    things: tuple[Chunk, ...] = ()


Table = Mapping[str, tuple[Construction, ...]]


def table(phrases: Iterable[tuple[str, str]]) -> Table:
    """Constructions by each of their first words; `phrases` are names with constructions."""
    found: dict[str, list[Construction]] = {}
    for name, phrase in phrases:
        elements = tuple(_element(part) for part in phrase.split())
        said = tuple(each for each in elements[1:] if each != {_VERB} and each.isdisjoint(_OPEN))
        for word in elements[0] - {_VERB}:
            found.setdefault(word, []).append(Construction(name, elements, said))
    return {word: tuple(each) for word, each in found.items()}


@lru_cache(maxsize=1024)
def _element(part: str) -> Element:
    if part in {_ANY, _THING}:
        return frozenset({part})
    words = part.removeprefix(_VERB).split("/") if part != _VERB else []
    return frozenset({*words, _VERB} if part.startswith(_VERB) else words)


def find(reading: Reading, constructions: Table) -> Iterator[Found]:
    """The constructions of a sentence, each where it begins."""
    there = reading.words
    for i, token in enumerate(reading.tokens):
        word = reading.lower[i]
        first = constructions.get(token.lemma, ())
        if word != token.lemma:
            first = (*first, *constructions.get(word, ()))
        for construction in first:
            if _VERB in construction.elements[0] and token.kind != "verb":
                continue
            if not _are_there(construction.said, there):
                continue
            end = _match(reading, construction.elements, 1, i + 1)
            if end is not None:
                yield Found(construction.name, i, end[1])


def _are_there(elements: Iterable[Element], words: Element) -> bool:
    """Whether a sentence with these words can have the elements at all."""
    for element in elements:  # noqa: SIM110  twice as fast as all(), and asked most of all
        if element.isdisjoint(words):
            return False
    return True


def _match(reading: Reading, elements: Sequence[Element], at: int, i: int) -> _End | None:
    """Where the elements from `at` on end when the next word is at `i`, and their things."""
    if at == len(elements):
        return i, ()
    element = elements[at]
    if _ANY in element:
        return _behind_gap(reading, elements, at, i)
    while i < len(reading.tokens):
        token = reading.tokens[i]
        chunk = reading.starting_at(i) if _THING in element else None
        if chunk is not None:
            end = _match(reading, elements, at + 1, chunk.end)
            return (end[0], (chunk, *end[1])) if end is not None else None
        if _is(token, element):
            return _match(reading, elements, at + 1, i + 1)
        if token.kind not in _PASSED:
            break
        i += 1
    return None


def _behind_gap(reading: Reading, elements: Sequence[Element], at: int, i: int) -> _End | None:
    for k in range(i, min(i + GAP + 1, len(reading.tokens))):
        found = _match(reading, elements, at + 1, k)
        if found is not None or reading.tokens[k].text in _STOPS:
            return found
    return None


def _is(token: Token, element: Element) -> bool:
    said = len(element & {_VERB}) == len(element)
    said = said or token.lemma in element or token.text.lower() in element
    return said and (_VERB not in element or token.kind == "verb")
