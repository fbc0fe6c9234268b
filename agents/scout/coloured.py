"""The sentences of an idea that have a colour, cut into words and marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from colorsys import hls_to_rgb

from msgspec import Struct

from agents.scout.colours import Colour, colour_at, colours_in
from agents.scout.darkness import is_dark
from agents.scout.parts import REACH, STOPS
from agents.scout.sentences import plain
from contracts.scouting import Sentence

_RGB = re.compile(r"\brgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})[^)]{0,12}\)")
_HSL = re.compile(r"\bhsla?\(\s*(\d{1,3})(?:deg)?[\s,]+(\d{1,3})%?[\s,]+(\d{1,3})%?[^)]{0,12}\)")
_BYTE = 255
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
        text = plain(sentence.text).lower()
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
    pieces = _PIECE.findall(low)
    if not colours_in(pieces, loose=True) and _DARK.isdisjoint(pieces):
        return []
    for phrase, word in _CIRCUMSCRIBED:
        low = phrase.sub(word, low)
    return _unquoted(_PIECE.findall(low))


def _unquoted(pieces: list[str]) -> list[str]:
    """Without the marks round a colour: “"old lace" and "dark slate grey"”."""
    marks = [i for i, piece in enumerate(pieces) if piece == '"']
    gone: set[int] = set()
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        colour = colour_at(pieces, start + 1)
        if colour and colour.end == end:
            gone |= {start, end}
    return [piece for i, piece in enumerate(pieces) if i not in gone]


def _hex(match: re.Match[str]) -> str:
    return "#" + "".join(f"{min(int(part), _BYTE):02x}" for part in match.groups())


def _hex_of_hsl(match: re.Match[str]) -> str:
    hue, saturation, lightness = (int(part) for part in match.groups())
    parts = hls_to_rgb(hue / 360, min(lightness, 100) / 100, min(saturation, 100) / 100)
    return "#" + "".join(f"{round(part * _BYTE):02x}" for part in parts)


def _exact(pieces: list[str], found: list[Colour]) -> list[Colour]:
    """“Light grey (#eeeeee)” is one colour, and the digits say which."""
    result: list[Colour] = []
    for colour in found:
        explains = pieces[colour.start - 1 : colour.start] == ["("] and result
        between = pieces[result[-1].end : colour.start - 1] if explains else []
        if explains and STOPS.isdisjoint(between) and len(between) <= REACH:
            old = result.pop()
            result.append(Colour(old.start, old.end, colour.value, sure=True))
        else:
            result.append(colour)
    return result
