"""Colours that are said by what has them: “the green of moss”, “the blue of the NHS”."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.materials import singulars
from agents.scout.shades import blend, parts_of

PLAIN = frozenset(
    {"red", "blue", "green", "white", "black", "yellow", "purple", "pink", "gray", "grey",
     "brown", "navy", "teal", "turquoise", "cyan", "magenta", "beige", "ivory", "maroon",
     "crimson", "scarlet", "mauve", "taupe", "ecru", "azure", "aquamarine", "ultramarine",
     "vermilion", "vermillion", "indigo"}
)  # fmt: skip
"""Words that mean nothing but a colour."""
LIKENED = PLAIN | {"orange", "violet", "colour", "color", "shade", "tone", "hue"}
BOUNDS = frozenset({"on", "with", "and", "for", "in", "to", "or", "but", "as", "at", "is"})
_QUALITIES = 4
"""Words before the thing that has the colour: “of an old London bus”."""
_WET = frozenset({"wet", "damp", "soaked", "rainy"})
"""What makes most things darker: “the colour of wet moss”."""
ALIKE = 200.0
"""Distance of red, green and blue up to which “apricot yellow” is one colour and not two."""


class Colour(Struct, frozen=True):
    """A colour at pieces `start` to before `end`; `sure` when the word means nothing else.

    A `loose` one is a thing that has a colour and may be just the thing.
    """

    start: int
    end: int
    value: str
    sure: bool
    loose: bool = False


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    table = lexicon.colours()
    return table.css | table.spoken


def own_colour(thing: str) -> str | None:
    return names().get(thing) or lexicon.colours().materials.get(thing)


def of_brand(pieces: list[str], i: int) -> Colour | None:
    """“The green of Spotify”, “the same green as Spotify”, “NHS blue”."""
    brands = lexicon.colours().brands
    if pieces[i] in brands:
        after = i + 3 if pieces[i + 1 : i + 3] == ["'", "s"] else i + 1
        if after < len(pieces) and pieces[after] in LIKENED:
            return Colour(i, after + 1, brands[pieces[i]], sure=True)
    if pieces[i] in LIKENED and pieces[i + 1 : i + 2] and pieces[i + 1] in {"of", "as", "like"}:
        for at in range(i + 2, min(i + 5, len(pieces))):
            if pieces[at] in brands:
                return Colour(i, at + 1, brands[pieces[at]], sure=True)
    return None


def likened(pieces: list[str], i: int) -> Colour | None:
    """“The green of moss”, “the colour of wet sand”, “the blue of a gas flame”."""
    hue = names().get(pieces[i])
    for thing in _things(pieces, i + 2, pieces[i]):
        if hue is None or math.dist(parts_of(thing.value), parts_of(hue)) <= ALIKE:
            wet = not _WET.isdisjoint(pieces[i + 2 : thing.start])
            value = blend(thing.value, "#000000", 0.3) if wet else thing.value
            return Colour(i, thing.end, value, sure=True)
    known = pieces[i - 1 : i] == ["the"]
    return Colour(i, i + 1, hue, sure=True) if hue and known else None


def _things(pieces: list[str], start: int, hue: str) -> Iterator[Colour]:
    """The things from piece `start` on that have a colour of their own, longer names first."""
    known = names()
    for at in range(start, min(start + _QUALITIES + 1, len(pieces))):
        if not pieces[at].isalpha() or pieces[at] in BOUNDS:
            return
        for last in (at + 1, at):
            thing = "".join(pieces[at : last + 1])
            for one in singulars(thing):
                value = known.get(one + hue) or own_colour(one)
                if value and thing not in PLAIN:
                    yield Colour(at, min(last + 1, len(pieces)), value, sure=True)
