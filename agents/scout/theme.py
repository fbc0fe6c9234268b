"""Colours in an idea: which is the background, which the one of buttons and links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from colorsys import hls_to_rgb

from agents.scout.colours import Colour, colour_at, colours_in
from agents.scout.copied import copies, worn
from agents.scout.looks import is_dark, looks_in
from agents.scout.parts import REACH, STOPS, part_of
from agents.scout.sentences import plain
from agents.scout.shades import parts_of
from contracts.scouting import FoundTheme, Sentence

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
_NIGHT = "#111827"
"""The background of what is only said to be dark."""
_WHITE = "#ffffff"
_COLOURLESS = 60
"""Difference of red, green and blue up to which letters are black, white or grey."""


def find(sentences: Sequence[Sentence]) -> FoundTheme:
    """The colours of all sentences: by what they are said to colour, else in the order said."""
    said: dict[str, str] = {}
    loose: list[str] = []
    numbers: list[int] = []
    worn_here: list[str] = []
    asked = False
    for sentence in sentences:
        pieces = _pieces(sentence.text)
        if pieces and asked:
            pieces = ["the", "colour", ":", *pieces]
        asked = bool(_ASKED.match(plain(sentence.text).lower()))
        before, worn_here = worn_here, worn(pieces)
        seen = worn_here or before
        found = _exact(pieces, looks_in(pieces, first=sentence.number == 1))
        dark = is_dark(pieces)
        if found or dark:
            numbers.append(sentence.number)
        if dark:
            said.setdefault("dark", _NIGHT)
        for colour in found:
            part = part_of(pieces, colour, found)
            if part:
                said.setdefault(part, colour.value)
            elif colour.value not in loose:
                loose.append(colour.value)
        if len(found) < len(seen) and copies(plain(sentence.text).lower()):
            numbers.append(sentence.number)
            loose = list(seen)
    background, primary = _placed(said, loose)
    return FoundTheme(background=background, primary=primary, sentences=tuple(numbers))


def _pieces(text: str) -> list[str]:
    """The words and marks of a sentence; nothing of one that names no colour."""
    low = plain(text).lower()
    if "rgb" in low:
        low = _RGB.sub(_hex, low)
    if "hsl" in low:
        low = _HSL.sub(_hex_of_hsl, low)
    pieces = _PIECE.findall(low)
    if not colours_in(pieces) and _DARK.isdisjoint(pieces):
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


def _placed(said: dict[str, str], loose: list[str]) -> tuple[str | None, str | None]:
    """Background and primary colour; what has no part yet takes those that are left, in order."""
    background, primary = said.get("background"), said.get("primary")
    if background is None and primary is not None:
        background = said.get("rest")
    elif primary is None and "rest" in said:
        primary = said["rest"]
    left = [value for value in loose if value not in (background, primary)]
    night = said.get("dark") if len(left) < 2 else None  # noqa: PLR2004  one for each part
    background = background or night
    if background is None and primary is None and len(left) == 1:
        primary = left.pop()
    if background is None and left:
        background = left.pop(0)
    if primary is None and left:
        primary = left.pop(0)
    return background, primary or _of_writing(said)


def _of_writing(said: dict[str, str]) -> str | None:
    """The colour of the letters, when it is one: “a dark background and letters in amber”."""
    parts = parts_of(said.get("text", _WHITE))
    return said["text"] if max(parts) - min(parts) > _COLOURLESS else None


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
