"""The sentences of an idea that have a colour, cut into words and marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from colorsys import hls_to_rgb
from difflib import get_close_matches
from math import dist

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.colours import colour_at, colours_in
from agents.scout.darkness import is_dark
from agents.scout.likened import Colour
from agents.scout.parts import REACH, STOPS
from agents.scout.sentences import plain
from agents.scout.shades import parts_of
from contracts.scouting import Sentence

_RGB = re.compile(r"\brgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})[^)]{0,12}\)")
_HSL = re.compile(r"\bhsla?\(\s*(\d{1,3})(?:deg)?[\s,]+(\d{1,3})%?[\s,]+(\d{1,3})%?[^)]{0,12}\)")
_BYTE = 255
_CODED = re.compile(
    r"\b(?:colou?rs?|hex|rgb|shades?|buttons?|background|bg|accent|brand|logo|primary|theme)\b"
)
_DIGITS = re.compile(r"(?<![#\w])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{6}\b")
"""Six hex digits without a mark; with a digit and a letter at least, so that no number is one."""
_SPELT = ("background", "backgrounds", "button", "buttons")
_SHORTEST = 5
"""Letters of a word that may be one of these misspelt."""
_TAILWIND = re.compile(r"\b([a-z]{3,7})-([1-9]?[05]0)\b")
_NAMES = re.compile(r"\b[A-Z][a-z]+(?:[ -][A-Z][a-z]+)+\b")
"""Words with capitals, one after the other."""
_SMALL = frozenset(
    {"please", "and", "with", "for", "on", "the", "or", "as", "in", "of", "app", "site"}
)
_PIECE = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|[a-z]+|[^\sa-z]")
_CIRCUMSCRIBED = (
    (
        re.compile(
            r"\b(?:everything|anything|whatever|what|all|things|parts)(?: \w+){0,4}?"
            r" (?:press|click|tap|touch|push)(?:e[ds]|s|ped)?\b(?: on\b)?"
            r"|\b(?:everything|anything|whatever is|all that is) clickable\b"
            r"|\b(?:in|at the|in the) front\b"
            r"|\bwhere(?:ver)? (?:you|one|people|users|they|we) (?:press|click|tap|touch|push)"
            r"(?:es)?\b"
        ),
        "buttons",
    ),
    (re.compile(r"\bwashed(?: |-)out\b|\bsun(?: |-)bleached\b"), "bleached"),
    (re.compile(r"\bcall(?: |-)to(?: |-)actions?\b"), "buttons"),
    (re.compile(r"\bbehind (?:it all|everything|all|it|them|that)\b"), "background"),
    (re.compile(r"\b(?:everything|all|anything|the) (?:else|others?|remaining)\b"), "rest"),
)
"""What has no name of its own: “everything one can press”, “behind everything”."""

_ASKED = re.compile(r"\W*(?:and |the |what |which |our |its )*(?:colou?rs?|looks?|design)\W*$")
"""“The colour? Olive, what a question.”"""
_DARK = frozenset({"dark", "night"})
_NAMELY = frozenset(
    {",", "(", ":", "-", "=", "~", "say", "about", "approx", "roughly", "namely", "code", "hex",
     "like", "ie", "eg"}
)  # fmt: skip
"""Between a colour's name and its digits."""
_CALLED = frozenset({"called", "call", "calls"})
"""“Honeydew I think it's called.”"""
_SOON = 6
_SHADES = 160.0
"""Distance of red, green and blue up to which digits can be those of a named colour."""


class Coloured(Struct, frozen=True):
    """A sentence with a colour or with “dark”; `text` is all of it in small letters."""

    number: int
    pieces: list[str]
    text: str
    found: list[Colour]
    dark: bool


def coloured(sentences: Sequence[Sentence]) -> list[Coloured]:
    """Those of the sentences that have a colour or say that the app is dark."""
    result: list[Coloured] = []
    asked = False
    for sentence in sentences:
        text = _NAMES.sub(_unless_name, plain(sentence.text)).lower()
        pieces = _pieces(text)
        if pieces:
            pieces = ["the", "colour", ":", *pieces] if asked else pieces
            found = _exact(pieces, colours_in(pieces, loose=True))
            result.append(Coloured(sentence.number, pieces, text, found, is_dark(pieces)))
        asked = bool(_ASKED.match(text))
    return result


def _pieces(low: str) -> list[str]:
    """The words and marks of a sentence in small letters; nothing of one that names no colour."""
    if "rgb" in low:
        low = _RGB.sub(_hex, low)
    if "hsl" in low:
        low = _HSL.sub(_hex_of_hsl, low)
    pieces, coded = _PIECE.findall(low), low
    if not lexicon.colours().context.words.isdisjoint(pieces) or "tailwind" in pieces:
        coded = _TAILWIND.sub(_hex_of_tailwind, coded)
    if _CODED.search(coded):
        coded = _DIGITS.sub(r"#\g<0>", coded)
    if coded != low:
        low, pieces = coded, _PIECE.findall(coded)
    if not colours_in(pieces, loose=True) and _DARK.isdisjoint(pieces):
        return []
    for phrase, word in _CIRCUMSCRIBED:
        low = phrase.sub(word, low)
    return _unquoted([_spelt(piece) for piece in _PIECE.findall(low)])


def _spelt(piece: str) -> str:
    """“Backgroud” and “butons” are meant as what they are nearly."""
    if piece[0] != "b" or piece in _SPELT or len(piece) < _SHORTEST:
        return piece
    return next(iter(get_close_matches(piece, _SPELT, 1, 0.85)), piece)


def _unquoted(pieces: list[str]) -> list[str]:
    """Without the marks round a colour: “"old lace" and "dark slate grey"”."""
    marks = [i for i, piece in enumerate(pieces) if piece == '"']
    gone: set[int] = set()
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        colour = colour_at(pieces, start + 1)
        if colour and colour.end == end:
            gone |= {start, end}
    return [piece for i, piece in enumerate(pieces) if i not in gone]


def _unless_name(match: re.Match[str]) -> str:
    """“Blue Suede Shoes” and “the Red Lion” are no colours; “Royal Blue Buttons” are."""
    words = match[0].lower().split()
    colours = colours_in(words)
    context = lexicon.colours().context
    said = context.words | context.background | context.primary | context.looks | _SMALL
    own = {i for colour in colours for i in range(colour.start, colour.end)}
    others = {i for i, word in enumerate(words) if i not in own and word not in said}
    named = bool(colours) and max(others, default=-1) > max(own)
    return "it" if named else match[0]


def _hex_of_tailwind(match: re.Match[str]) -> str:
    """“Slate-900”; what Tailwind does not have stays as it is."""
    shades = lexicon.colours().tailwind.get(match[1].replace("grey", "gray"), ())
    number = int(match[2])
    at = {50: 0, 950: 10}.get(number, number // 100)
    return shades[at] if shades and at < len(shades) and _is_step(number) else match[0]


def _is_step(number: int) -> bool:
    return number in {50, 950} or number % 100 == 0


def _hex(match: re.Match[str]) -> str:
    return "#" + "".join(f"{min(int(part), _BYTE):02x}" for part in match.groups())


def _hex_of_hsl(match: re.Match[str]) -> str:
    hue, saturation, lightness = (int(part) for part in match.groups())
    parts = hls_to_rgb(hue / 360, min(lightness, 100) / 100, min(saturation, 100) / 100)
    return "#" + "".join(f"{round(part * _BYTE):02x}" for part in parts)


def _exact(pieces: list[str], found: list[Colour]) -> list[Colour]:
    """One colour where digits say which: “light grey (#eeeeee)”, “blue buttons, say #0047ab”."""
    result: list[Colour] = []
    for colour in found:
        if result and _explains(pieces, result[-1], colour):
            old = result.pop()
            result.append(Colour(old.start, old.end, colour.value, sure=True))
        else:
            result.append(colour)
    return result


def _explains(pieces: list[str], named: Colour, finer: Colour) -> bool:
    """Whether digits or a finer name say which shade is meant by the colour before them."""
    before = pieces[finer.start - 1]
    if pieces[finer.start - 2 : finer.start] == [",", "the"]:
        return pieces[finer.start] == pieces[named.end - 1]
    if pieces[finer.start][0] != "#":
        called = not _CALLED.isdisjoint(pieces[finer.end : finer.end + _SOON])
        return called or (before == "(" and _are_close(pieces[named.end : finer.start - 1]))
    between = pieces[named.end : finer.start]
    said = [piece for piece in between if piece not in _NAMELY]
    far = before != "(" and dist(parts_of(named.value), parts_of(finer.value)) > _SHADES
    return len(said) < len(between) and not far and _are_close(said)


def _are_close(between: list[str]) -> bool:
    return STOPS.isdisjoint(between) and len(between) <= REACH
