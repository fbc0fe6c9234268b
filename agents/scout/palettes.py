"""Colours that nothing is said of: “white with the blue of our flag”, “in friendly orange”."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agents.scout import lexicon
from agents.scout.colours import Colour
from agents.scout.materials import ARTICLES

_STARTS = frozenset({",", ";", ".", "(", "-"})
_ENDS = frozenset({",", ";", ".", "!", "?", ")", "-", ":"})
_TAILS = frozenset({"like", "as"})
_GOES_ON = frozenset(
    {
        "for",
        "of",
        "please",
        "throughout",
        "everywhere",
        "in",
        "would",
        "it",
        "before",
        "suit",
        "suits",
    }
)
_PAIRING = frozenset({"and", "with", "on", "over", "&", "/", "+"})
_SET_OFF = frozenset({"with", "on", "over"})
"""“Two teams, red and blue” is no palette, “…, red with blue” is one."""
_APPS = frozenset({"app", "page", "pages", "site", "website", "homepage", "blog"})
_PERHAPS = frozenset({"preferably", "ideally", "perhaps", "maybe"})
_SEEING = frozenset(
    {"it", "imagine", "picture", "see", "envisage", "like", "love", "want", "thinking", "propose",
     "suggest", "do"}
)  # fmt: skip
_TOUCHES = frozenset({"touch", "touches", "splash", "pop", "hint", "hints", "dash"})
TASTED = frozenset(
    {"lime", "cream", "orange", "salmon", "chocolate", "wine", "mint", "vanilla", "honey", "lemon",
     "mustard", "saffron", "olive", "tomato", "wheat", "champagne", "sage", "raspberry", "plum"}
)  # fmt: skip
_CHOOSING = (["go", "for"], ["go", "with"], ["we", "like"], ["we", "love"], ["i", "love"],
             ["i", "like"])  # fmt: skip
_BEFORE_MOOD = frozenset({"in", "with", "make", "want", "all"})


def is_palette(pieces: Sequence[str], found: Sequence[Colour]) -> bool:
    """Whether a clause has two colours and no more, or one that is in a mood."""
    pairs = any(_is_pair(pieces, a, b) for a, b in pairwise(found))
    alone = (_in_mood, _set_off, _is_preferred, _is_all_over, _is_touch)
    return pairs or any(is_so(pieces, colour) for colour in found for is_so in alone)


def _is_pair(pieces: Sequence[str], a: Colour, b: Colour) -> bool:
    between = [piece for piece in pieces[a.end : b.start] if piece not in ARTICLES]
    if between == ["-", "and", "-"]:
        between = ["and"]
    if len(between) == 2 and a.start == 0 and b.sure and pieces[b.start - 1].isalpha():  # noqa: PLR2004
        del between[1]
    if len(between) != 1 or between[0] not in _PAIRING:
        return False
    first = a.start - 1
    while first >= 0 and pieces[first] in ARTICLES | {"in"}:
        first -= 1
    if first >= 0 and not _opens(pieces, first, between[0]):
        return False
    after = [piece for piece in pieces[b.end : b.end + 2] if piece != ","]
    if not after or after[0] in _TAILS | {".", "!"}:
        return first < 0 or a.sure or b.sure
    return (a.sure or b.sure) and pieces[b.end] in _ENDS | _GOES_ON


def _opens(pieces: Sequence[str], i: int, joint: str) -> bool:
    """Whether what follows piece `i` is how the app looks if it is two colours."""
    if pieces[i] in _STARTS:
        return joint in _SET_OFF or not _APPS.isdisjoint(pieces[:i])
    if pieces[i] == ":":
        moods = lexicon.colours().context.moods
        told = not (moods | {"like"}).isdisjoint(pieces[: min(i, 3)])
        return pieces[-1] == "!" or told or not moods.isdisjoint(pieces[max(0, i - 3) : i])
    return pieces[i] in _SEEING or list(pieces[max(0, i - 2) : i + 1 : 2]) == ["it", "be"]


def _in_mood(pieces: Sequence[str], colour: Colour) -> bool:
    """“In friendly orange”, “in a calm blue”."""
    moods = lexicon.colours().context.moods
    i = colour.start - 1
    while i >= 0 and pieces[i] in moods | {",", "and"}:
        i -= 1
    told = pieces[i + 1] in moods
    while i >= 0 and pieces[i] in ARTICLES | {"very", "really", "quite"}:
        i -= 1
    return told and _closes(pieces, colour) and i >= 0 and pieces[i] in _BEFORE_MOOD


def _set_off(pieces: Sequence[str], colour: Colour) -> bool:
    """“…, in blue.”, at the end of a sentence."""
    before = list(pieces[max(0, colour.start - 2) : colour.start])
    after = pieces[colour.end : colour.end + 1]
    return colour.sure and before == [",", "in"] and (not after or after[0] in {".", "!"})


def _is_preferred(pieces: Sequence[str], colour: Colour) -> bool:
    """“We would prefer navy”, “go for maroon”, “preferably in indigo”."""
    before = list(pieces[max(0, colour.start - 2) : colour.start])
    told = before[-1:] == ["prefer"] or before in _CHOOSING
    last = before[-1:] != ["in"] or len(before) == 1
    weighed = not _PERHAPS.isdisjoint(before[-1:] if last else before[:1])
    named = colour.sure or pieces[colour.start] not in TASTED
    return ((colour.sure and told) or (named and weighed)) and _closes(pieces, colour)


def _is_all_over(pieces: Sequence[str], colour: Colour) -> bool:
    """“Teal everywhere”, “purple is a must”."""
    after = list(pieces[colour.end : colour.end + 4])
    must = list(pieces[max(0, colour.start - 4) : colour.start]) == ["it", "has", "to", "be"]
    over = must or after[:1] in (["throughout"], ["everywhere"]) or after[:3] == ["is", "a", "must"]
    return over and (colour.sure or pieces[colour.start] not in TASTED)


def _is_touch(pieces: Sequence[str], colour: Colour) -> bool:
    """“A splash of coral”; one of lime is in a recipe."""
    before = pieces[max(0, colour.start - 2) : colour.start]
    told = len(before) > 1 and before[0] in _TOUCHES and before[1] == "of"
    return told and pieces[colour.start] not in TASTED and _closes(pieces, colour)


def _closes(pieces: Sequence[str], colour: Colour) -> bool:
    return colour.end >= len(pieces) or pieces[colour.end] in _ENDS | _TAILS | _GOES_ON
