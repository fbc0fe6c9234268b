"""Things that stand for their colour: “a parchment page”, “moss, bark and stone are the colours”.

Most of the time “bark” is bark: it is a colour beside what it colours, or beside another colour.
"""

from __future__ import annotations

from collections.abc import Sequence

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
_LINKS = frozenset({":", "in", "are", "is", "should", "be", "=", "the", "a"})
_JOINS = frozenset({"and", "with", "on", "&", "/", "+", ","})
_ENDS = frozenset({",", ";", ".", "!", "?", ")", "and", "with", "on", "&"})
_FAR = 8


def is_colour(pieces: Sequence[str], i: int, after: int) -> bool:
    """Whether the thing that piece `i` names is a colour; its last piece is before `after`."""
    context = lexicon.colours().context
    follows = pieces[after] if after < len(pieces) else "."
    if follows in _COLOURED or follows in context.background | context.primary:
        return True
    if follows not in _ENDS | {"for", "would", "like", "as", "please"}:
        return False
    return (
        _is_listed(pieces, i, after)
        or _is_for_part(pieces, after)
        or _is_beside(pieces, i, after)
        or (follows in _ENDS and (_is_of_part(pieces, i) or _is_likeness(pieces, i)))
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
    while k > 0 and pieces[k] in _LINKS:
        k -= 1
    context = lexicon.colours().context
    if k < 0:
        return False
    opens = k == 0 or pieces[k - 1] in {",", ";"}
    sure = context.words & (context.primary | context.background)
    return pieces[k] in sure or (opens and pieces[k] in context.background)


def _is_for_part(pieces: Sequence[str], after: int) -> bool:
    """“Cement for the background”."""
    context = lexicon.colours().context
    sure = context.words & (context.primary | context.background)
    return pieces[after : after + 1] == ["for"] and not sure.isdisjoint(pieces[after : after + 4])


def _is_likeness(pieces: Sequence[str], i: int) -> bool:
    """“Pages that look like old paper”; in “white like milk” the colour is said."""
    k = i - 1
    while k > 0 and pieces[k] in ARTICLES:
        k -= 1
    if k < 0 or pieces[k] not in {"like", "as"}:
        return False
    table = lexicon.colours()
    before = pieces[max(0, k - _FAR) : k]
    named = any(each in table.css for each in before)
    return not named and not (table.context.background | _LOOKING).isdisjoint(before)


def _before(pieces: Sequence[str], i: int) -> int | None:
    """The place of what is joined to piece `i` from the left."""
    k = i - 1
    while k >= 0 and pieces[k] in ARTICLES:
        k -= 1
    if k < 0 or pieces[k] not in _JOINS:
        return None
    k -= 2 if pieces[k - 1 : k] == [","] else 1
    return k if k >= 0 else None


def _after(pieces: Sequence[str], after: int) -> int | None:
    if after >= len(pieces) or pieces[after] not in _JOINS:
        return None
    k = after + 1
    while k < len(pieces) and pieces[k] in ARTICLES | {"and"}:
        k += 1
    return k if k < len(pieces) else None
