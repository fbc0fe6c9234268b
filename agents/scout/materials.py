"""Things that stand for their colour: “a parchment page”, “moss, bark and stone are the colours”.

Most of the time “bark” is bark: it is a colour beside what it colours, or beside another colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agents.scout import lexicon

ARTICLES = frozenset({"the", "a", "an", "our", "old", "fresh", "ripe", "wet", "dry", "some"})
_COLOURED = frozenset(
    {"coloured", "colored", "toned", "tint", "tone", "hue", "shade", "tinted"}
)  # fmt: skip
_PALETTES = frozenset({"colours", "colors", "palette", "tones", "shades", "hues"})
_MANY = frozenset(
    {"many", "several", "different", "various", "all", "other", "its", "their", "available"}
)
_LOOKING = frozenset({"look", "looks", "looking", "coloured", "colored"})
_LINKS = frozenset(
    {":", "in", "are", "is", "should", "be", "=", "the", "a", "has", "have", "to", "must", "will"}
)
_JOINS = frozenset({"and", "with", "on", "&", "/", "+", ","})
_ENDS = frozenset({",", ";", ".", "!", "?", ")", "and", "with", "on", "&"})
_FAR = 8
_BETWEEN = 4
_HUES = frozenset({"colour", "color", "shade", "tone"})
_LIKE = frozenset({"like", "as"})
_OF_THINGS = frozenset({"tabs", "icons", "borders"})


def singulars(thing: str) -> tuple[str, ...]:
    """The forms under which a thing may be known: “leaves” as “leaf”."""
    forms = (thing, thing.removesuffix("s"), thing.removesuffix("es"))
    for end, one in (("ves", "f"), ("ies", "y")):
        if thing.endswith(end):
            return (*forms, f"{thing.removesuffix(end)}{one}")
    return forms


@lru_cache(maxsize=1)
def coloured_parts() -> frozenset[str]:
    """Parts of an app that are nothing else: “buttons”, not “page”."""
    context = lexicon.colours().context
    return frozenset(context.words & (context.background | context.primary) - _OF_THINGS)


def is_before_part(pieces: Sequence[str], after: int) -> bool:
    """Whether piece `after` is what a colour is given to: “parchment buttons”, but a “beer page”.

    Pages and icons are of things as often as they are coloured: there, the looks must be spoken of.
    """
    context = lexicon.colours().context
    if after >= len(pieces) or pieces[after] not in context.background | context.primary:
        return False
    sure = coloured_parts()
    return pieces[after] in sure or not sure.isdisjoint(pieces)


def is_colour(pieces: Sequence[str], i: int, after: int) -> bool:
    """Whether the thing that piece `i` names is a colour; its last piece is before `after`."""
    follows = pieces[after] if after < len(pieces) else "."
    if follows in _COLOURED or is_before_part(pieces, after):
        return True
    if follows not in _ENDS | {"for", "would", "like", "as", "please"}:
        return False
    return (
        _is_listed(pieces, i, after)
        or _is_for_part(pieces, after)
        or _is_beside(pieces, i, after)
        or (follows in _ENDS and (_is_of_part(pieces, i) or is_likeness(pieces, i)))
    )


def _is_listed(pieces: Sequence[str], i: int, after: int) -> bool:
    """In a list of at least two, in a sentence about “the colours”."""
    if not any(
        piece in _PALETTES and (k == 0 or pieces[k - 1] not in _MANY)
        for k, piece in enumerate(pieces)
    ):
        return False
    table = lexicon.colours()
    beside = [pieces[k] for k in (_before(pieces, i), _after(pieces, after)) if k is not None]
    return any(
        each in known for each in beside for known in (table.materials, table.css, table.spoken)
    )


def _is_beside(pieces: Sequence[str], i: int, after: int) -> bool:
    """“Cream and coffee”, “black with pumpkin”: the other one is a colour by its name."""
    table = lexicon.colours()
    k, first = _before(pieces, i), _after(pieces, after)
    if k is not None and (pieces[k] in table.css or pieces[k] in table.spoken):
        return pieces[k + 1] != ","
    return i == 0 and first is not None and pieces[after] != "," and pieces[first] in table.css


def _is_of_part(pieces: Sequence[str], i: int) -> bool:
    """“Buttons brass”, “links: brick”."""
    k = i - 1
    while k > 0 and (pieces[k] in _LINKS or _qualifies(pieces[k])):
        k -= 1
    context = lexicon.colours().context
    if k < 0:
        return False
    opens = k == 0 or pieces[k - 1] in {",", ";"}
    return pieces[k] in coloured_parts() or (opens and pieces[k] in context.background)


def _is_for_part(pieces: Sequence[str], after: int) -> bool:
    """“Cement for the background”."""
    sure = coloured_parts()
    return pieces[after : after + 1] == ["for"] and not sure.isdisjoint(pieces[after : after + 4])


def is_likeness(pieces: Sequence[str], i: int) -> bool:
    """“Pages that look like old paper”; in “white like milk” the colour is said."""
    k = i - 1
    while k > max(0, i - _BETWEEN) and pieces[k].isalpha() and pieces[k] not in _LIKE:
        k -= 1
    if k < 0 or pieces[k] not in _LIKE:
        return False
    table = lexicon.colours()
    before = pieces[max(0, k - _FAR) : k]
    named = any(each in table.css for each in before)
    parts = table.context.background | _LOOKING | _HUES | coloured_parts()
    return not named and not parts.isdisjoint(before)


def _qualifies(piece: str) -> bool:
    """“A”, “our”, “old”, “light”: what may stand before the thing."""
    return piece in ARTICLES or piece in lexicon.colours().modifiers


def _before(pieces: Sequence[str], i: int) -> int | None:
    """The place of what is joined to piece `i` from the left."""
    k = i - 1
    while k >= 0 and _qualifies(pieces[k]):
        k -= 1
    if k < 0 or pieces[k] not in _JOINS:
        return None
    k -= 2 if pieces[k - 1 : k] == [","] else 1
    return k if k >= 0 else None


def _after(pieces: Sequence[str], after: int) -> int | None:
    if after >= len(pieces) or pieces[after] not in _JOINS:
        return None
    k = after + 1
    while k < len(pieces) and (_qualifies(pieces[k]) or pieces[k] == "and"):
        k += 1
    return k if k < len(pieces) else None
