"""Colours that a text names: by hex digits, by CSS name, or as people say them.

“Moss green”, “the green of moss”, “a honey-coloured background”, “dark red”, “#0af”.
"""

from __future__ import annotations

import math
from functools import lru_cache

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.materials import ARTICLES, is_colour

PLAIN = frozenset(
    {"red", "blue", "green", "white", "black", "yellow", "purple", "pink", "gray", "grey",
     "brown", "navy", "teal", "turquoise", "cyan", "magenta", "beige", "ivory", "maroon",
     "crimson", "scarlet", "mauve", "taupe", "ecru", "azure", "aquamarine", "ultramarine",
     "vermilion", "vermillion", "indigo"}
)  # fmt: skip
"""Words that mean nothing but a colour."""
SHORT_HEX = 3
"""Digits of a colour such as #0af."""
_HUES = PLAIN | {"orange", "violet", "lilac"}
_LIKENED = PLAIN | {"orange", "violet", "colour", "color", "shade", "tone", "hue"}
_STEM = 3
"""Letters that “icy” and “rosy” have in common with their things, at least."""
_ALIKE = 200.0
"""Distance of red, green and blue up to which “apricot yellow” is one colour and not two."""


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
    things = {each for each in table.materials.keys() | names.keys() if len(each) >= _STEM}
    likened = {ending for each in things for ending in (f"{each}y", f"{each.removesuffix('e')}y")}
    modifiers = table.modifiers.keys() | {"very"}
    return frozenset(starts | _LIKENED | modifiers | table.materials.keys() | likened)


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
    for length in (5, 4, 3, 2):
        joined = "".join(p for p in pieces[i : i + length] if p != "-")
        whole = i + length <= len(pieces) and pieces[i + length - 1] != "-"
        if whole and joined in names:
            return Colour(i, i + length, names[joined], sure=True)
    after = i + 2 if pieces[i + 1 : i + 2] == ["-"] else i + 1
    if piece == "very" and pieces[i + 1 : i + 2] and pieces[i + 1] in table.modifiers:
        return _very(pieces, i)
    colour = _modified(pieces, i, after) if piece in table.modifiers else None
    return colour or _compound(pieces, i, after) or _single(pieces, i, after)


def _single(pieces: list[str], i: int, after: int) -> Colour | None:
    table, names = lexicon.colours(), _names()
    piece = pieces[i]
    if piece in names:
        return Colour(i, i + 1, names[piece], sure=piece in PLAIN)
    if piece in table.materials and is_colour(pieces, i, after):
        aged = table.materials.get("".join(pieces[max(0, i - 1) : i + 1]))
        return Colour(i, i + 1, aged or table.materials[piece], sure=True)
    return None


def _compound(pieces: list[str], i: int, after: int) -> Colour | None:
    """“Icy blue”, “apricot yellow”, “tea brown”: a thing, and the colour that it has."""
    table, names = lexicon.colours(), _names()
    if after >= len(pieces) or pieces[after] not in _HUES or pieces[i] in PLAIN:
        return None
    piece, hue = pieces[i], pieces[after]
    short = piece.removesuffix("y")
    for stem in (piece, short, f"{short}e") if short != piece else (piece,):
        if stem + hue in names:
            return Colour(i, after + 1, names[stem + hue], sure=True)
        value = names.get(stem) or table.materials.get(stem)
        if value and math.dist(_parts(value), _parts(names[hue])) <= _ALIKE:
            return Colour(i, after + 1, _blend(value, names[hue], 0.3), sure=True)
    return None


def _very(pieces: list[str], i: int) -> Colour | None:
    """“Very pale green” is paler than pale green."""
    colour = _named(pieces, i + 1)
    if colour is None:
        return None
    towards, share = lexicon.colours().modifiers[pieces[i + 1]]
    return Colour(i, colour.end, _blend(colour.value, towards, share / 2), sure=colour.sure)


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


def _likened(pieces: list[str], i: int) -> Colour | None:
    """“The green of moss”, “the colour of wet sand”."""
    end = i + 2
    while end < len(pieces) and pieces[end] in ARTICLES:
        end += 1
    if end >= len(pieces):
        return None
    table, names = lexicon.colours(), _names()
    for last in (end + 1, end):
        thing = "".join(pieces[end : last + 1])
        for one in (thing, thing.removesuffix("s"), thing.removesuffix("es")):
            value = names.get(one + pieces[i]) or names.get(one) or table.materials.get(one)
            if value and thing not in PLAIN:
                return Colour(i, min(last + 1, len(pieces)), value, sure=True)
    known = pieces[i] in names and pieces[i - 1 : i] == ["the"]
    return Colour(i, i + 1, names[pieces[i]], sure=True) if known else None


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))


def _blend(colour: str, towards: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(towards), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in pairs)
