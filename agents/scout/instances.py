"""Which nouns only say what another may be: “pets such as cats”, “goods (shoes, bags)”. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agents.scout import lexicon
from agents.scout.lists import field_type
from agents.scout.reading import JOINING, Chunk, Reading

_LIKE = frozenset({"like", "including"})
_GIVING = frozenset({"example", "instance"})
_SORTS = frozenset({"kind", "sort", "type", "variety", "class"})
_SORTING = frozenset({"brand", "category", "cuisine", "genre", "group", "section", "topic"})
_THINGS = frozenset({"item", "stuff", "thing"})
PARTS = frozenset({
    "area", "aspect", "column", "content", "data", "detail", "element", "entity", "everything",
    "feature", "field", "function", "functionality", "information", "list", "menu", "module",
    "object", "option", "page", "part", "point", "record", "tab", "table", "tool",
})  # fmt: skip
"""What an app is made of: "pages such as news" are news."""
_FEWEST = 2
"""Things of the shortest list in parentheses."""


def instances(reading: Reading, *, things: bool) -> Iterator[list[Chunk]]:
    """Each list of nouns that stands for what one before it may be.

    `things`: there is something for which “things such as drills” stand.
    """
    for i in range(1, len(reading.tokens)):
        match reading.text(i):
            case "(":
                found = _aside(reading, i)
            case ":":
                found = _sorted(reading, i)
            case "under" | "include" | "are":
                found = _told(reading, i)
            case _:
                found = _said(reading, i, things=things)
        if found:
            yield found


def listed(reading: Reading, first: Chunk, *, doing: bool = False) -> list[Chunk]:
    """The noun phrases of the list that begins with one; with `doing`, also of what is done."""
    found = [first]
    i = first.end
    while i < len(reading.tokens):
        chunk = reading.starting_at(i)
        passed = reading.text(i) in JOINING or (doing and reading.tokens[i].tag == "VVG")
        if chunk is None and not passed:
            break
        if chunk is not None:
            found.append(chunk)
        i = chunk.end if chunk else i + 1
    return found


def _said(reading: Reading, i: int, *, things: bool) -> list[Chunk]:
    """“Pets such as cats and dogs”, “goods, for example shoes”."""
    word, start = reading.text(i), i + 1
    if (word == "such" and reading.text(start) == "as") or (
        word == "for" and reading.text(start) in _GIVING
    ):
        start += 1
    elif word == "e" and reading.text(i + 2) == "g":
        start += 2
    elif word != "eg" and not (word in _LIKE and reading.tokens[i].kind == "preposition"):
        return []
    general = _is_general(reading, i) or (things and reading.tokens[i - 1].lemma in _THINGS)
    return _list(reading, start) if general else []


def _aside(reading: Reading, i: int) -> list[Chunk]:
    """“Actions (clean-ups, tests)”, “what they need (food, pumps)”: none of them a property."""
    said = reading.tokens[i - 1].kind == "verb" or reading.tokens[i - 1].text == "else"
    if not (said or _is_general(reading, i)):
        return []
    found = _list(reading, i + 1)
    whole = len(found) >= _FEWEST and reading.text(found[-1].end) in {")", ","}
    return found if whole and all(each.plural or is_one(each) for each in found) else []


def _sorted(reading: Reading, i: int) -> list[Chunk]:
    """“Three kinds of rooms: cabins and huts”, “donations of goods: shoes”."""
    owner = reading.ending_at(i)
    if owner is None or owner.head in PARTS:
        return []
    of = reading.ending_at(owner.start - 1) if reading.text(owner.start - 1) == "of" else None
    stuff = lexicon.noun_classes().stuff
    general = owner.head in stuff | _SORTING or (of is not None and of.head in _SORTS)
    found = _list(reading, i + 1) if general else []
    return found if len(found) >= _FEWEST else []


def _told(reading: Reading, i: int) -> list[Chunk]:
    """“Products include soaps”, “filed under houses, sea and forest”."""
    before = reading.tokens[i - 1].lemma
    under = reading.text(i) == "under" and before in {"file", "group", "list", "put", "sort"}
    includes = reading.text(i) != "under" and _is_general(reading, i)
    found = _list(reading, i + 1) if under or includes else []
    return found if len(found) >= _FEWEST else []


def _is_general(reading: Reading, i: int) -> bool:
    """Whether a noun that may have instances ends before a position."""
    while i > 0 and reading.text(i - 1) in {",", "("}:
        i -= 1
    owner = reading.ending_at(i)
    kinds = lexicon.field_words().groupings.words | lexicon.noun_classes().stuff
    if owner is None or owner.head in PARTS:
        return False
    return owner.head in kinds or (owner.plural and owner.head not in lexicon.words().nouns.stop)


def _list(reading: Reading, i: int) -> list[Chunk]:
    """The nouns from a position on, unless one of them is a property."""
    while reading.text(i) in {",", ".", ":"} or (
        i < len(reading.tokens)
        and (reading.tokens[i].kind == "determiner" or reading.tokens[i].tag == "VVG")
        and reading.starting_at(i) is None
    ):
        i += 1
    first = reading.starting_at(i)
    found = listed(reading, first, doing=True) if first else []
    return found if not any(field_type(each.phrase) for each in found) else []


def is_one(chunk: Chunk) -> bool:
    """“Tree planting” and “food” are one of several as they stand."""
    return chunk.head.endswith("ing") or chunk.head in lexicon.noun_classes().stuff
