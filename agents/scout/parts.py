"""What a colour of the app is said to be for: its background, its buttons, its letters."""

from __future__ import annotations

from agents.scout import lexicon
from agents.scout.colours import Colour

STOPS = frozenset({",", ";", ".", ":", "and", "but", "with", "(", ")", "except", "while", "&"})
_BREAKS = (STOPS - {":"}) | {"/"}
ON = frozenset({"on", "upon", "over", "against"})
REACH = 4
_SETTLED = frozenset({"insist", "insists", "insisted", "settled", "decided", "agreed", "keen"})
"""“She insists on lilac.”"""
_IS = frozenset({"is", "are", "was", "were"})
"""“The sign over our door is red.”"""
_OWNERS = frozenset({"our", "club", "school", "team", "county", "my"})
"""“Our badge is white and red.”"""
WHOLE = frozenset({"app", "site", "website", "everything", "it", "page", "pages", "screen", "all"})
PHYSICAL = frozenset({"paper", "badge", "badges", "ink"})
"""Parts of an app that are things as well: “a white paper” alone says no look."""


def part_of(pieces: list[str], colour: Colour, found: list[Colour]) -> str:
    """What the colour is said to be for: "background", "primary", "text", "rest" or ""."""
    taken = {i for c in found for i in range(c.start, c.end)}
    if pieces[colour.end : colour.end + 1] == ["("] and colour.end + 1 < len(pieces):
        aside = _named(pieces[colour.end + 1], 1)
        if aside:
            return aside
    likened = "like" in pieces[max(0, colour.start - 2) : colour.start]
    reach = REACH + 2 if likened else REACH
    for step, first in ((1, colour.end), (-1, colour.start - 1)):
        i = first
        while abs(i - first) < reach and 0 <= i < len(pieces):
            if i in taken or pieces[i] in _BREAKS:
                break
            part = "" if _is_of_thing(pieces, i, colour) else _named(pieces[i], step)
            if part and not (pieces[i] in PHYSICAL and ":" in pieces[i + 2 : first + 1]):
                return part
            if step == 1 and (pieces[i] == ":" or pieces[i] in ON):
                break
            relative = step == -1 and pieces[i] in {"which", "that"} and pieces[i - 1] == ","
            i += 2 * step if relative else step
    return ""


def _is_of_thing(pieces: list[str], i: int, colour: Colour) -> bool:
    """“Insists on lilac”, “our badge is white”, “the deck's back”, “over the door is red”."""
    piece, before = pieces[i], pieces[max(0, i - 3) : i]
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
