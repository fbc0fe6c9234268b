"""Colours that a text names: by hex digits, by CSS name, or as people say them.

“Moss green”, “the green of moss”, “a honey-coloured background”, “dark red”, “#0af”.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from agents.scout import lexicon

PLAIN = frozenset(
    {"red", "blue", "green", "white", "black", "yellow", "purple", "pink", "gray", "grey",
     "brown", "navy", "teal", "turquoise", "cyan", "magenta", "beige", "ivory", "maroon",
     "crimson", "scarlet", "mauve", "taupe", "ecru", "azure", "aquamarine", "ultramarine",
     "vermilion", "vermillion"}
)  # fmt: skip
"""Words that mean nothing but a colour."""
SHORT_HEX = 3
"""Digits of a colour such as #0af."""
_LIKENED = PLAIN | {"orange", "violet", "colour", "color", "shade", "tone", "hue"}
ARTICLES = frozenset({"the", "a", "an", "our", "old", "fresh", "ripe", "wet", "dry"})
_COLOURED = frozenset({"coloured", "colored", "toned"})


class Colour(Struct, frozen=True):
    """A colour at pieces `start` to before `end`; `sure` when the word means nothing else."""

    start: int
    end: int
    value: str
    sure: bool


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    table = lexicon.colours()
    return table.css | table.spoken


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    """Every first word of a colour: all words that its name, written as one, can begin with."""
    table, names = lexicon.colours(), _names()
    starts = {name[:end] for name in names for end in range(1, len(name) + 1)}
    return frozenset(starts | _LIKENED | table.modifiers.keys() | table.materials.keys())


def colours_in(pieces: list[str]) -> list[Colour]:
    """All that may be meant as a colour, in order."""
    found: list[Colour] = []
    begins = _beginnings()
    i = 0
    while i < len(pieces):
        piece = pieces[i]
        colour = colour_at(pieces, i) if piece in begins or piece[0] == "#" else None
        if colour:
            found.append(colour)
        i = colour.end if colour else i + 1
    return found


def colour_at(pieces: list[str], i: int) -> Colour | None:
    """The colour that begins at piece `i`."""
    piece = pieces[i]
    if piece.startswith("#") and len(piece) > 1:
        digits = piece[1:]
        value = "".join(d * 2 for d in digits) if len(digits) == SHORT_HEX else digits
        return Colour(i, i + 1, f"#{value}", sure=True)
    if not piece.isalpha():
        return None
    likened = piece in _LIKENED and pieces[i + 1 : i + 2] == ["of"]
    return (_likened(pieces, i) if likened else None) or _named(pieces, i)


def _named(pieces: list[str], i: int) -> Colour | None:
    table, names = lexicon.colours(), _names()
    piece = pieces[i]
    for length in (4, 3, 2):
        joined = "".join(p for p in pieces[i : i + length] if p != "-")
        if joined in names and i + length <= len(pieces):
            return Colour(i, i + length, names[joined], sure=True)
    after = i + 2 if pieces[i + 1 : i + 2] == ["-"] else i + 1
    if piece in table.modifiers:
        modified = _modified(pieces, i, after)
        if modified:
            return modified
    if piece in names:
        return Colour(i, i + 1, names[piece], sure=piece in PLAIN)
    return _material(pieces, i, after)


def _modified(pieces: list[str], i: int, after: int) -> Colour | None:
    """“Dark forest green”; “light and dark blue” is two colours, of which this is the first."""
    table = lexicon.colours()
    towards, share = table.modifiers[pieces[i]]
    other = after + 1
    shared = pieces[after : after + 1] in (["and"], ["&"], ["/"]) and other < len(pieces)
    if shared and pieces[other] in table.modifiers:
        second = _named(pieces, other)
        plain = _named(pieces, other + 1) if other + 1 < len(pieces) else None
        if not second or not plain or plain.end != second.end:
            return None
        together = _names().get(pieces[i] + "".join(pieces[plain.start : plain.end]))
        return Colour(i, i + 1, together or _blend(plain.value, towards, share), sure=second.sure)
    colour = _named(pieces, after) if after < len(pieces) else None
    if colour is None or (pieces[after] in table.materials and pieces[after] not in _names()):
        return None
    return Colour(i, colour.end, _blend(colour.value, towards, share), sure=colour.sure)


def _material(pieces: list[str], i: int, after: int) -> Colour | None:
    """“Honey-coloured”, “a parchment background”: what the thing is the colour of comes next."""
    table = lexicon.colours()
    follows = pieces[after] if after < len(pieces) else ""
    if pieces[i] not in table.materials:
        return None
    if follows in _COLOURED or follows in table.context.background | table.context.primary:
        return Colour(i, i + 1, table.materials[pieces[i]], sure=True)
    return None


def _likened(pieces: list[str], i: int) -> Colour | None:
    """“The green of moss”, “the colour of wet sand”."""
    end = i + 2
    while end < len(pieces) and pieces[end] in ARTICLES:
        end += 1
    if end >= len(pieces):
        return None
    table, names = lexicon.colours(), _names()
    thing = pieces[end]
    for one in (thing, thing.removesuffix("s"), thing.removesuffix("es")):
        value = names.get(one + pieces[i]) or names.get(one) or table.materials.get(one)
        if value and thing not in PLAIN:
            return Colour(i, end + 1, value, sure=True)
    return None


def _blend(colour: str, towards: str, share: float) -> str:
    parts = [
        round(int(colour[k : k + 2], 16) * (1 - share) + int(towards[k : k + 2], 16) * share)
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)
