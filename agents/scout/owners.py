"""Which general words have properties of their own in an idea: “each item has a price”. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from agents.scout import lexicon
from agents.scout.lists import SEVERAL, Attribute, field_type
from agents.scout.reading import Chunk, Reading

_KEPT_PEOPLE = frozenset(
    {"buyer", "child", "client", "customer", "family", "guest", "kid", "member", "owner",
     "participant", "people", "person", "reader", "resident", "visitor"}
)  # fmt: skip
"""Those who use the app, and of whom it may keep records as well."""
_EACH = frozenset({"each", "every", "a", "an", "per"})
IN_ORDER = frozenset({"step", "stage", "phase"})
"""What something is done in, one after the other: each has words of its own."""


def general_words(named: Iterable[tuple[Reading, Attribute]]) -> frozenset[str]:
    """General words that have properties of their own here: "each item has a price and a date"."""
    typed: Counter[str] = Counter()
    sure, many = set[str](), set[str]()
    for reading, attribute in named:
        # A member with a profile has what the profile says, whichever of the two is kept.
        owner = attribute.instead or attribute.owner
        if owner is not None and attribute.how == "has" and _may_be_kept(reading, owner):
            word = "_".join(owner.words).replace("people", "person")
            typed[word] += field_type(attribute.phrase) is not None
            if _each(reading, owner) or _of_several(reading, owner):
                sure.add(word)
            elif owner.plural and not _all(reading, owner) and owner.head not in _KEPT_PEOPLE:
                many.add(word)
        few = reading.text(attribute.item.start - 1) == "few"
        if attribute.how == "has" and owner is not None and not few and _is_part(attribute, owner):
            sure.add(attribute.item.head)
            typed[attribute.item.head] = 1
    many -= sure
    found = {w for w, count in typed.items() if count > 1 - (w in sure) + (w in many)}
    return frozenset(found | {word.rpartition("_")[2] for word in found})


def _is_part(found: Attribute, owner: Chunk) -> bool:
    """“An invoice with a number and lines”: a general word for what something is made of."""
    nouns = lexicon.words().nouns
    weak = len(found.item.words) == 1 and found.item.head in nouns.weak and found.item.plural
    if weak and found.item.head in IN_ORDER:
        return owner.head not in nouns.stop
    return weak and not field_type(found.phrase) and owner.head not in nouns.stop | nouns.apps


def _may_be_kept(reading: Reading, owner: Chunk) -> bool:
    nouns = lexicon.words().nouns
    people = owner.words[0] in _KEPT_PEOPLE or owner.head in _KEPT_PEOPLE
    kept = people or owner.words[0] in nouns.weak
    kept = kept or owner.head in lexicon.persons()
    defined = kept and owner.start == 0 and reading.text(owner.end) == ":"
    general = people or owner.words[0] in lexicon.general_nouns()
    # A course night has a date, though the night has none.
    general = general or (len(owner.words) > 1 and owner.head in nouns.stop)
    one = reading.text(owner.start - 1) in _EACH
    several = owner.plural or owner.head == "people"
    return defined or (general and (one or several or _of_several(reading, owner)))


def _each(reading: Reading, owner: Chunk) -> bool:
    return reading.text(owner.start - 1) in {"each", "every"}


def _all(reading: Reading, owner: Chunk) -> bool:
    """“Cards have a title and a date”: said of all of them, at the start of a clause."""
    opens = owner.start == 0 or reading.tokens[owner.start - 1].kind in {"mark", "conjunction"}
    return owner.plural and opens and reading.text(owner.end) == "have"


def _of_several(reading: Reading, owner: Chunk) -> bool:
    """“A list of pieces with ...”."""
    several = reading.text(owner.start - 1) == "of" and reading.text(owner.start - 2) in SEVERAL
    return owner.plural and several
