"""What a colour of the app is said to be for: its background, its buttons, its letters."""

from __future__ import annotations

from agents.scout import lexicon
from agents.scout.likened import Colour

STOPS = frozenset({",", ";", ".", ":", "and", "but", "with", "(", ")", "except", "while", "&"})
_BREAKS = (STOPS - {":"}) | {"/"}
ON = frozenset({"on", "upon", "over", "against"})
REACH = 4
_SETTLED = frozenset({"insist", "insists", "insisted", "settled", "decided", "agreed", "keen"})
"""“She insists on lilac.”"""
_CHOSE = frozenset({"leaves", "prefers", "picked", "chose", "chooses"})
"""“That leaves sienna.”"""
_TITLES = frozenset({"mr", "mrs", "ms", "dr"})
_WENT = frozenset({"went", "voted", "opted", "plumped"})
"""“The board went for teal.”"""
_IS = frozenset({"is", "are", "was", "were"})
"""“The sign over our door is red.”"""
_OWNERS = frozenset({"our", "club", "school", "team", "county", "my"})
"""“Our badge is white and red.”"""
WHOLE = frozenset({"app", "site", "website", "everything", "it", "page", "pages", "screen", "all"})
ONLY_APPS = frozenset(
    {"background", "backgrounds", "backdrop", "bg", "buttons", "btn", "btns", "links", "accent",
     "accents", "navbar", "header", "headers", "sidebar", "toolbar", "theme", "highlights"}
)  # fmt: skip
"""Parts that nothing but an app or a site has."""
_PASSED = frozenset(
    {"-", "coloured", "colored", "for", "as", "on", "the", "all", "an", "our", "in", "of"}
)
_TOLD = frozenset(
    {"is", "are", "be", "should", "in", "a", "an", "the", ":", "=", "of", "colour", "color", "to",
     "as", "nice", "very", "was", "could", "can", "must", "shall", "and", "s", "'", "rather"}
)  # fmt: skip
_UNDER = frozenset({"behind", "underneath"})
"""“Cream behind.”"""
_QUALITIES = 1
"""Words between a colour and what it is given to: “navy round buttons”."""
PHYSICAL = frozenset({"paper", "badge", "badges", "ink"})
"""Parts of an app that are things as well: “a white paper” alone says no look."""


def part_of(pieces: list[str], colour: Colour, found: list[Colour]) -> str:
    """What the colour is said to be for: "background", "primary", "text", "rest" or ""."""
    taken = {i for c in found for i in range(c.start, c.end)}
    if pieces[colour.end : colour.end + 1] == ["("] and colour.end + 1 < len(pieces):
        first = colour.end + 2 if pieces[colour.end + 1] in {"the", "for"} else colour.end + 1
        aside = _named(pieces[first], 1) if first < len(pieces) else ""
        if aside:
            return aside
    if pieces[colour.start - 1 : colour.start] == ["("] and _is_dark_theme(pieces, colour.start):
        return "background"
    likened = "like" in pieces[max(0, colour.start - 2) : colour.start]
    reach = REACH + 2 if likened else REACH
    for step, first in ((1, colour.end), (-1, colour.start - 1)):
        # “Dark page (#101018)”.
        i = first - 1 if step == -1 and first > 0 and pieces[first] == "(" else first
        while abs(i - first) < reach and 0 <= i < len(pieces):
            if i in taken or pieces[i] in _BREAKS:
                break
            part = "" if _is_of_thing(pieces, i, colour) else _named(pieces[i], step)
            if step == 1 and part == "text" and i + 1 < len(pieces):
                part = "primary" if _named(pieces[i + 1], 1) == "primary" else part
            if part and not (pieces[i] in PHYSICAL and ":" in pieces[i + 2 : first + 1]):
                return part
            if step == 1 and (pieces[i] == ":" or pieces[i] in ON):
                return _worn_by(pieces[i + 1 : i + REACH])
            relative = step == -1 and pieces[i] in {"which", "that"} and pieces[i - 1] == ","
            i += 2 * step if relative else step
    return ""


def _is_dark_theme(pieces: list[str], end: int) -> bool:
    """“Dark theme (#0b0f19)”."""
    said = pieces[max(0, end - 3) : end - 1]
    return said[:1] in (["dark"], ["light"]) and said[-1] in lexicon.colours().context.looks


def is_settled(pieces: list[str], start: int) -> bool:
    """“The head insisted on lilac”, “the board went for teal”."""
    k = start - 2 if pieces[start - 1 : start] in (["a"], ["the"]) else start - 1
    verb = pieces[k - 1 : k]
    if k > 0 and pieces[k] in _CHOSE:
        return True
    if k > 1 and pieces[k] == "says" and pieces[k - 2] in _TITLES:
        return True
    return (
        k > 0
        and verb != []
        and (
            (pieces[k] == "on" and verb[0] in _SETTLED) or (pieces[k] == "for" and verb[0] in _WENT)
        )
    )


def is_beside_ui(pieces: list[str], colour: Colour) -> bool:
    """Whether it is given to what only an app has: “navy for the buttons”, “links: navy”."""
    after = pieces[colour.end : colour.end + REACH]
    if not {"one", "ones"}.isdisjoint(pieces[max(0, colour.start - REACH) : colour.start]):
        return False
    for i, piece in enumerate(after):
        ends = i + 1 == len(after) or after[i + 1] in _BREAKS
        if piece in ONLY_APPS or (piece in _UNDER and ends):
            return True
        quality = i < _QUALITIES and piece.isalpha() and piece not in _BREAKS
        if piece not in _PASSED and not quality:
            break
    for piece in reversed(pieces[max(0, colour.start - REACH) : colour.start]):
        if piece in ONLY_APPS:
            return True
        if piece not in _TOLD:
            return False
    return False


def _worn_by(pieces: list[str]) -> str:
    """“Dark green on the buttons” is for them, whatever “yellow on black” is for."""
    after = next((each for each in pieces if each not in {"the", "all", "our", "its", "most"}), "")
    return "primary" if _named(after, 1) == "primary" else ""


def _is_of_thing(pieces: list[str], i: int, colour: Colour) -> bool:
    """“Insists on lilac”, “our badge is white”, “the deck's back”, “over the door is red”."""
    piece, before = pieces[i], pieces[max(0, i - 3) : i]
    if piece in {"screen", "screens", "page", "pages"} and pieces[i + 1 : i + 2] == ["of"]:
        return True
    if piece in ON:
        is_told = i < colour.start and not _IS.isdisjoint(pieces[i : colour.start])
        return is_told or (piece == "on" and before[-1:] != [] and before[-1] in _SETTLED)
    if piece in {"badge", "badges"}:
        return before[-1:] != [] and before[-1] in _OWNERS
    return before[1:] == ["'", "s"] and before[0] not in WHOLE


def _named(piece: str, step: int) -> str:
    """The part that a word beside a colour names; what a colour is on, it is the background of."""
    context = lexicon.colours().context
    for part in ("background", "primary", "text", "rest"):
        if piece in getattr(context, part):
            return part
    return "background" if step < 0 and piece in ON else ""
