"""Colours in an idea: which is the background, which the one of buttons and links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.sentences import plain
from contracts.scouting import FoundTheme, Sentence

_RGB = re.compile(r"\brgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})[^)]{0,12}\)")
_BYTE = 255
_PIECE = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|[a-z]+|[^\sa-z]")
_PLAIN = frozenset(
    [
        "red",
        "blue",
        "green",
        "white",
        "black",
        "yellow",
        "purple",
        "pink",
        "gray",
        "grey",
        "brown",
        "navy",
        "teal",
        "turquoise",
        "cyan",
        "magenta",
        "beige",
        "ivory",
        "maroon",
    ]
)
_STOPS = frozenset({",", ";", ".", ":", "and", "but", "with", "(", ")"})
_SPOKEN = _STOPS | {
    "!", "?", "please", "of", "course", "obviously", "naturally", "maybe", "perhaps", "ideally",
    "preferably", "thanks", "thank", "you", "if", "possible", "everything", "all", "mostly",
}  # fmt: skip
"""What may stand beside colours in a sentence that says nothing but them: "Yellow, of course!"."""
_INTRODUCING = frozenset({"in", "use", "using", "with", "be", "it", ":"})
_ON = frozenset({"on", "upon", "over", "against"})
_NIGHT = "#111827"
"""The background of what is only said to be dark."""
_REACH = 4
_NEAR = 6
SHORT_HEX = 3
"""Digits of a colour such as #0af."""


class _Colour(Struct, frozen=True):
    """A colour at pieces `start` to before `end`; `sure` when the word means nothing else."""

    start: int
    end: int
    value: str
    sure: bool


def find(sentences: Sequence[Sentence]) -> FoundTheme:
    """The colours of all sentences: by what they are said to colour, else in the order said."""
    background: str | None = None
    primary: str | None = None
    loose: list[str] = []
    numbers: list[int] = []
    for sentence in sentences:
        pieces = _PIECE.findall(_RGB.sub(_hex, plain(sentence.text).lower()))
        found = _exact(pieces, _colours(pieces))
        if found:
            numbers.append(sentence.number)
        for colour in found:
            part = _part(pieces, colour, found)
            if part == "background" and background is None:
                background = colour.value
            elif part == "primary" and primary is None:
                primary = colour.value
            elif not part and colour.value not in (*loose, background, primary):
                loose.append(colour.value)
    if background is None and primary is None and len(loose) == 1:
        primary = loose.pop()
    if background is None and loose:
        background = loose.pop(0)
    if primary is None and loose:
        primary = loose.pop(0)
    return FoundTheme(background=background, primary=primary, sentences=tuple(numbers))


def _hex(match: re.Match[str]) -> str:
    return "#" + "".join(f"{min(int(part), _BYTE):02x}" for part in match.groups())


def _exact(pieces: list[str], found: list[_Colour]) -> list[_Colour]:
    """“Light grey (#eeeeee)” is one colour, and the digits say which."""
    result: list[_Colour] = []
    for colour in found:
        explains = pieces[colour.start - 1 : colour.start] == ["("] and result
        between = pieces[result[-1].end : colour.start - 1] if explains else []
        if explains and _STOPS.isdisjoint(between) and len(between) <= _REACH:
            old = result.pop()
            result.append(_Colour(old.start, old.end, colour.value, sure=True))
        else:
            result.append(colour)
    return result


def _colours(pieces: list[str]) -> list[_Colour]:
    context = lexicon.colours().context.words
    found: list[_Colour] = []
    i = 0
    while i < len(pieces):
        colour = _colour_at(pieces, i)
        if colour:
            found.append(colour)
        i = colour.end if colour else i + 1
    found += _dark(pieces, found)
    spoken_of = any(piece in context for piece in pieces) or _bare_pair(pieces, found)
    if not spoken_of:
        return [c for c in found if pieces[c.start].startswith("#")]
    return [c for c in found if c.sure or _near_context(pieces, c, found)]


def _dark(pieces: list[str], found: list[_Colour]) -> list[_Colour]:
    """“A dark theme” without a colour beside the word."""
    taken = {i for colour in found for i in range(colour.start, colour.end)}
    looks = lexicon.colours().context.looks
    return [
        _Colour(i, i + 1, _NIGHT, sure=True)
        for i, piece in enumerate(pieces)
        if piece == "dark"
        and i not in taken
        and (not looks.isdisjoint(pieces[i + 1 : i + 2]) or pieces[max(0, i - 1) : i] == ["it"])
    ]


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    table = lexicon.colours()
    return table.css | table.spoken


def _colour_at(pieces: list[str], i: int) -> _Colour | None:
    table, names = lexicon.colours(), _names()
    if pieces[i].startswith("#") and len(pieces[i]) > 1:
        digits = pieces[i][1:]
        value = "".join(d * 2 for d in digits) if len(digits) == SHORT_HEX else digits
        return _Colour(i, i + 1, f"#{value}", sure=True)
    for length in (4, 3, 2):
        joined = "".join(p for p in pieces[i : i + length] if p != "-")
        if joined in names and pieces[i].isalpha() and i + length <= len(pieces):
            return _Colour(i, i + length, names[joined], sure=True)
    after = i + 2 if pieces[i + 1 : i + 2] == ["-"] else i + 1
    if pieces[i] in table.modifiers and after < len(pieces) and pieces[after] in names:
        towards, share = table.modifiers[pieces[i]]
        value = _blend(names[pieces[after]], towards, share)
        return _Colour(i, after + 1, value, sure=pieces[after] in _PLAIN)
    if pieces[i] in names:
        return _Colour(i, i + 1, names[pieces[i]], sure=pieces[i] in _PLAIN)
    return None


def _blend(colour: str, towards: str, share: float) -> str:
    parts = [
        round(int(colour[k : k + 2], 16) * (1 - share) + int(towards[k : k + 2], 16) * share)
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


_LOOKING = frozenset(
    {"airy", "bright", "calm", "clean", "clear", "elegant", "fresh", "friendly", "minimal",
     "modern", "plain", "quiet", "simple", "tidy", "warm"}
)  # fmt: skip
"""How an app looks beside its colour."""


def _bare_pair(pieces: list[str], found: list[_Colour]) -> bool:
    """“in blue and white”, “use navy and white”: two colours joined, and a word before.

    Or a sentence of nothing but colours.
    """
    taken = {i for colour in found for i in range(colour.start, colour.end)}
    if found and all(p in _SPOKEN or i in taken for i, p in enumerate(pieces)):
        return any(colour.sure for colour in found)
    if any(colour.sure and _is_look(pieces, colour) for colour in found):
        return True
    return any(
        b.start - a.end == 1 and (
            (pieces[a.end] == "on" and (a.sure or b.sure))
            or (
                pieces[a.end] == "and" and a.sure and b.sure
                and a.start > 0 and pieces[a.start - 1] in _INTRODUCING
            )
        )
        for a, b in pairwise(found)
    )  # fmt: skip


def _is_look(pieces: list[str], colour: _Colour) -> bool:
    """“Recipe book, moss green and simple”: how an app looks, between commas."""
    before, after = pieces[max(0, colour.start - 1) : colour.start], pieces[colour.end :]
    plain = after[:1] == ["and"] and after[1:2] != [] and after[1] in _LOOKING
    return plain and before in ([], [","]) and (after[2:3] == [] or not after[2].isalnum())


def _near_context(pieces: list[str], colour: _Colour, found: list[_Colour]) -> bool:
    table = lexicon.colours().context
    wide = pieces[max(0, colour.start - _NEAR) : colour.end + _NEAR]
    if not (table.background | table.primary).isdisjoint(wide):
        return True
    context = table.words
    near = pieces[max(0, colour.start - 3) : colour.end + 3]
    beside = any(other.sure and 0 < abs(other.start - colour.start) <= _REACH for other in found)
    return beside or any(piece in context for piece in near)


def _part(pieces: list[str], colour: _Colour, found: list[_Colour]) -> str:
    """What the colour is said to be for: "background", "primary", "text" or ""."""
    if colour.value == _NIGHT and pieces[colour.start] == "dark":
        return "background"
    taken = {i for c in found for i in range(c.start, c.end)}
    for step, first in ((1, colour.end), (-1, colour.start - 1)):
        for i in range(first, first + _REACH * step, step):
            if not 0 <= i < len(pieces) or i in taken or pieces[i] in _STOPS - {":"}:
                break
            part = _named(pieces[i], step)
            if part:
                return part
            if step == 1 and (pieces[i] == ":" or pieces[i] in _ON):
                break
    return ""


def _named(piece: str, step: int) -> str:
    """The part that a word beside a colour names; what a colour is on, it is the background of."""
    context = lexicon.colours().context
    for part in ("background", "primary", "text"):
        if piece in getattr(context, part):
            return part
    return "background" if step < 0 and piece in _ON else ""
