"""Colours that a text names: by hex digits, by CSS name, or as people say them.

“Moss green”, “the green of moss”, “a honey-coloured background”, “dark red”, “#0af”.
"""

from __future__ import annotations

import math
from functools import lru_cache

from agents.scout import lexicon
from agents.scout.likened import (
    ALIKE,
    BOUNDS,
    LIKENED,
    PLAIN,
    Colour,
    likened,
    of_brand,
    own_colour,
)
from agents.scout.likened import names as colour_names
from agents.scout.materials import is_before_part, is_colour, is_likeness, singulars
from agents.scout.shades import blend, parts_of, shaded

SHORT_HEX = 3
"""Digits of a colour such as #0af."""
_HUES = PLAIN | {"orange", "violet", "lilac"}
_STEM = 3
"""Letters that “icy” and “rosy” have in common with their things, at least."""
_COLOURLESS = 40
"""Difference of a colour's red, green and blue up to which it is a grey of some kind."""
_LIGHT = 180
_LONG = 8
"""Letters of a CSS name above which it means nothing else: “burlywood”."""
_GROWN = frozenset({"chocolate", "goldenrod"})
_OF_THINGS = frozenset({"page", "pages", "screen", "screens"})
_SORTS = frozenset({"sort", "kind", "shade", "tone", "type", "touch"})
_TONED = 5
_TONES = {"light": "#ffffff", "pale": "#ffffff", "dark": "#000000"}
_GLARING = frozenset({"strong", "bright", "dark", "loud", "intense", "heavy", "saturated"})


@lru_cache(maxsize=1)
def _starts() -> frozenset[str]:
    """All that a colour's name, written as one word, can begin with."""
    known = [*colour_names(), *lexicon.colours().materials]
    return frozenset(name[:end] for name in known for end in range(1, len(name) + 1))


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """Every word that may be a colour, or the first one of it, by itself."""
    table, names = lexicon.colours(), colour_names()
    things = {each for each in table.materials.keys() | names.keys() if len(each) >= _STEM}
    like = {
        f"{stem}y" for each in things for stem in (each, each.removesuffix("e"), each + each[-1])
    }
    several = {f"{each}s" for each in things}
    modifiers = table.modifiers.keys() | {"very"}
    return frozenset(things | several | LIKENED | modifiers | like | table.brands.keys())


def colours_in(pieces: list[str], *, loose: bool = False) -> list[Colour]:
    """All that may be meant as a colour, in order; with the `loose` ones if wanted."""
    found: list[Colour] = []
    words, starts = _words(), _starts()
    i = 0
    while i < len(pieces):
        piece = pieces[i]
        begins = piece in words or piece[0] == "#"
        if not begins and piece in starts:
            after = i + 2 if pieces[i + 1 : i + 2] == ["-"] else i + 1
            begins = after < len(pieces) and piece + pieces[after] in starts
        colour = colour_at(pieces, i) if begins else None
        if begins and loose and colour is None:
            colour = _loose(pieces, i)
        colour = _toned(pieces, colour) if colour else None
        if colour and not (found and found[-1].end == i and piece in lexicon.colours().materials):
            found.append(colour)
        i = colour.end if colour else i + 1
    return found


def _toned(pieces: list[str], colour: Colour) -> Colour:
    """“Grey, very light”, “a cyan that is not too strong”: what is said after the colour."""
    rest = pieces[colour.end : colour.end + _TONED]
    rest = rest[1:] if rest[:1] == [","] and rest[1:2] in (["very"], ["not"]) else rest
    towards, share, said = None, 0.0, 0
    if rest[:2] == ["not", "too"] and rest[2:3] and rest[2] in _GLARING:
        towards, share, said = "#ffffff", 0.5, 3
    elif rest[:1] == ["very"] and rest[1:2] and rest[1] in _TONES:
        towards, share, said = _TONES[rest[1]], 0.75, 2
    elif rest[:1] and rest[0] in _TONES:
        towards, share, said = _TONES[rest[0]], 0.5, 1
    ends = rest[said : said + 1]
    if towards is None or (ends and ends[0] not in BOUNDS | {",", ".", ";", ")", "!"}):
        return colour
    return Colour(colour.start, colour.end, blend(colour.value, towards, share), sure=colour.sure)


def _loose(pieces: list[str], i: int) -> Colour | None:
    """A thing that has a colour, by itself: “honey”, “chestnuts”; a “beer page” is of beer."""
    materials = lexicon.colours().materials
    if pieces[i + 1 : i + 2] and pieces[i + 1] in _OF_THINGS and not is_before_part(pieces, i + 1):
        return None
    for end in (i + 2, i + 1):
        for thing in singulars("".join(pieces[i:end])):
            if thing in materials and end <= len(pieces):
                return Colour(i, end, materials[thing], sure=False, loose=True)
    return None


def colour_at(pieces: list[str], i: int) -> Colour | None:
    """The colour that begins at piece `i`."""
    piece = pieces[i]
    if piece.startswith("#") and len(piece) > 1:
        digits = piece[1:]
        value = "".join(d * 2 for d in digits) if len(digits) == SHORT_HEX else digits
        return Colour(i, i + 1, f"#{value}", sure=True)
    if not piece.isalpha():
        return None
    of = piece in LIKENED and pieces[i + 1 : i + 2] == ["of"]
    branded = of_brand(pieces, i)
    return branded or (likened(pieces, i) if of else None) or _named(pieces, i)


def _named(pieces: list[str], i: int) -> Colour | None:
    table, names = lexicon.colours(), colour_names()
    piece = pieces[i]
    for length in (5, 4, 3, 2):
        joined = "".join(p for p in pieces[i : i + length] if p != "-")
        whole = i + length <= len(pieces) and pieces[i + length - 1] != "-"
        if whole and joined in names:
            return Colour(i, i + length, names[joined], sure=True)
    after = i + 2 if pieces[i + 1 : i + 2] == ["-"] or _is_row(pieces, i) else i + 1
    if piece == "very" and pieces[i + 1 : i + 2] and pieces[i + 1] in table.modifiers:
        return _very(pieces, i)
    follows = "".join(pieces[after : after + 1])
    exact = any(stem + follows in names for stem in _stems(piece)[1:])
    colour = _modified(pieces, i, after) if piece in table.modifiers and not exact else None
    return colour or _compound(pieces, i, after) or _single(pieces, i, after)


def _is_row(pieces: list[str], i: int) -> bool:
    """“A faint, warm grey”."""
    row = pieces[i : i + 3]
    modifiers = lexicon.colours().modifiers
    return len(row) == 3 and row[1] == "," and row[0] in modifiers and row[2] in modifiers  # noqa: PLR2004


def _single(pieces: list[str], i: int, after: int) -> Colour | None:
    table, names = lexicon.colours(), colour_names()
    piece = pieces[i]
    pair = after + 1
    if after < len(pieces) and pieces[after].isalpha():
        value = table.materials.get(piece + pieces[after])
        if value and is_colour(pieces, i, pair):
            return Colour(i, pair, value, sure=True)
    if piece in names:
        sure = piece in PLAIN or (len(piece) > _LONG and piece in table.css.keys() - _GROWN)
        return Colour(i, i + 1, names[piece], sure=sure)
    if piece in table.materials and is_colour(pieces, i, after):
        aged = table.materials.get("".join(pieces[max(0, i - 1) : i + 1]))
        return Colour(i, i + 1, aged or table.materials[piece], sure=True)
    several = piece.endswith("s") and is_likeness(pieces, i)
    value = next(filter(None, map(own_colour, singulars(piece))), None) if several else None
    if value:
        return Colour(i, i + 1, value, sure=True)
    if piece.endswith("y") and is_before_part(pieces, after):
        value = next(filter(None, map(own_colour, _stems(piece)[1:])), None)
        return Colour(i, i + 1, value, sure=True) if value else None
    return None


def _compound(pieces: list[str], i: int, after: int) -> Colour | None:
    """“Icy blue”, “apricot yellow”, “milk chocolate brown”: a thing, and the colour it has."""
    names = colour_names()
    if pieces[i] in PLAIN:
        mixed = pieces[i + 1 : i + 2] == ["-"] and pieces[after : after + 1]
        hue = mixed[0] if mixed else ""
        if hue not in _HUES or hue == pieces[i]:
            return None
        return Colour(i, after + 1, blend(names[pieces[i]], names[hue], 0.5), sure=True)
    two = after + 1 < len(pieces) and pieces[after].isalpha() and pieces[after] not in PLAIN
    things = [(pieces[i], after)]
    if two:
        thing, end = pieces[i] + pieces[after], after + 1
        things.append((thing, end + 1 if pieces[end] == "-" else end))
    for thing, end in things:
        hue = pieces[end] if end < len(pieces) else ""
        if hue not in _HUES:
            continue
        for stem in _stems(thing):
            if stem + hue in names:
                return Colour(i, end + 1, names[stem + hue], sure=True)
            value = own_colour(stem)
            if value and _agree(value, names[hue]):
                return Colour(i, end + 1, _tinted(value, hue), sure=True)
    return None


def _agree(thing: str, hue: str) -> bool:
    """Whether a thing can have the hue: apricots are yellow, and what is grey takes any."""
    return math.dist(parts_of(thing), parts_of(hue)) <= ALIKE or _is_grey(thing)


def _is_grey(value: str) -> bool:
    return max(parts_of(value)) - min(parts_of(value)) <= _COLOURLESS


def _tinted(thing: str, hue: str) -> str:
    """“Frosty blue” is a light blue, “misty grey” the colour of mist."""
    names = colour_names()
    if _is_grey(thing) and _is_grey(names[hue]):
        return thing
    if _is_grey(thing) and min(parts_of(thing)) >= _LIGHT:
        return blend(thing, names.get(f"light{hue}", names[hue]), 0.5)
    return blend(thing, names[hue], 0.3)


def _stems(word: str) -> tuple[str, ...]:
    """“Rosy” is of roses, “sandy” of sand, “foggy” of fog."""
    short = word.removesuffix("y")
    return (word, short, f"{short}e", short[:-1]) if short != word else (word,)


def _very(pieces: list[str], i: int) -> Colour | None:
    """“Very pale green” is paler than pale green."""
    colour = _named(pieces, i + 1)
    if colour is None:
        return None
    towards, share = lexicon.colours().modifiers[pieces[i + 1]]
    return Colour(i, colour.end, blend(colour.value, towards, share / 2), sure=colour.sure)


def _modified(pieces: list[str], i: int, after: int) -> Colour | None:
    """“Dark forest green”; “light and dark blue” is two colours, of which this is the first."""
    table = lexicon.colours()
    other = after + 1
    shared = pieces[after : after + 1] in (["and"], ["&"], ["/"]) and other < len(pieces)
    if shared and pieces[other] in table.modifiers:
        second = _named(pieces, other)
        plain = _named(pieces, other + 1) if other + 1 < len(pieces) else None
        if not second or not plain or plain.end != second.end:
            return None
        name = "".join(pieces[plain.start : plain.end])
        value = colour_names().get(pieces[i] + name) or shaded(pieces[i], name, plain.value)
        return Colour(i, i + 1, value, sure=second.sure)
    if pieces[after + 1 : after + 2] == ["of"] and pieces[after] in _SORTS:
        after += 2
    colour = _named(pieces, after) if after < len(pieces) else None
    if colour is None:
        return None
    name = "".join(piece for piece in pieces[colour.start : colour.end] if piece != "-")
    return Colour(i, colour.end, shaded(pieces[i], name, colour.value), sure=colour.sure)
