"""Colours that nothing is said of: “white with the blue of our flag”, “in friendly orange”."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agents.scout import lexicon
from agents.scout.colours import ARTICLES, Colour

_STARTS = frozenset({",", ";", ".", "(", "-"})
_ENDS = frozenset({",", ";", ".", "!", "?", ")", "-", ":"})
_TAILS = frozenset({"like", "as"})
_GOES_ON = frozenset({"for", "of", "please", "throughout", "everywhere", "in", "would", "it"})
_PAIRING = frozenset({"and", "with", "on", "over", "&", "/", "+"})
_SET_OFF = frozenset({"with", "on", "over"})
"""“Two teams, red and blue” is no palette, “…, red with blue” is one."""
_BEFORE_MOOD = frozenset({"in", "with", "make", "want", "all"})


def is_palette(pieces: Sequence[str], found: Sequence[Colour]) -> bool:
    """Whether a clause has two colours and no more, or one that is in a mood."""
    pairs = any(_is_pair(pieces, a, b) for a, b in pairwise(found))
    return pairs or any(_in_mood(pieces, colour) or _set_off(pieces, colour) for colour in found)


def _is_pair(pieces: Sequence[str], a: Colour, b: Colour) -> bool:
    between = [piece for piece in pieces[a.end : b.start] if piece not in ARTICLES | {"some"}]
    if len(between) != 1 or between[0] not in _PAIRING:
        return False
    first = a.start - 1
    while first >= 0 and pieces[first] in ARTICLES | {"in"}:
        first -= 1
    if first >= 0 and (pieces[first] not in _STARTS or between[0] not in _SET_OFF):
        return False
    after = [piece for piece in pieces[b.end : b.end + 2] if piece != ","]
    if not after or after[0] in _TAILS | {".", "!"}:
        return first < 0 or a.sure or b.sure
    return (a.sure or b.sure) and pieces[b.end] in _ENDS | _GOES_ON


def _in_mood(pieces: Sequence[str], colour: Colour) -> bool:
    """“In friendly orange”, “in a calm blue”."""
    moods = lexicon.colours().context.moods
    i = colour.start - 1
    while i >= 0 and pieces[i] in moods | {",", "and"}:
        i -= 1
    told = i < colour.start - 1 and pieces[i + 1] in moods
    while i >= 0 and pieces[i] in ARTICLES | {"very", "really", "quite"}:
        i -= 1
    return told and _closes(pieces, colour) and i >= 0 and pieces[i] in _BEFORE_MOOD


def _set_off(pieces: Sequence[str], colour: Colour) -> bool:
    """“…, in blue.”, at the end of a sentence."""
    before = list(pieces[max(0, colour.start - 2) : colour.start])
    after = pieces[colour.end : colour.end + 1]
    return colour.sure and before == [",", "in"] and (not after or after[0] in {".", "!"})


def _closes(pieces: Sequence[str], colour: Colour) -> bool:
    return colour.end >= len(pieces) or pieces[colour.end] in _ENDS | _TAILS | _GOES_ON
