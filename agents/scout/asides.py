"""Colours of the app said in passing: “not red, every club has that: navy, please”.

The sentence is about something else; what stands around the colour shows that it is the app's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.scout import lexicon
from agents.scout.colours import Colour
from agents.scout.denials import is_denied
from agents.scout.opinions import is_opinion
from agents.scout.palettes import TASTED
from agents.scout.turn_words import ALONE, OPEN, POLITE
from agents.scout.turns import OF_APP
from agents.scout.wished_turns import OF_WISH

_MOST = 8
"""Colours of a sentence from which on it is a list of them."""
_LISTED = 3
"""Commas of a list, at least."""
_OPENING = 6
_OPENED = ([","], ["!"], ["("], ["with"], ["please"], ["throughout"], ["everywhere"], ["again"])
_REASONED = frozenset(
    {"if", "please", "because", "like", "as", "since", "naturally", "obviously", "though", "what",
     "why"}
)  # fmt: skip
"""What follows where “coral” is no name: “Coral, if it isn't too much trouble.”"""
_PARTING = frozenset({".", "!", "thanks", "thx", "please", "pls"})
_DENYING = frozenset({"no", "not", "never", "t", "without", "nothing"})
_REACH = 40
_FAR = "…"
"""What stands for all that is farther off."""
_WARES = (TASTED - {"orange"}) | {"rose", "silver", "gold", "copper", "bronze", "steel", "sand"}
"""Colours that are things too: an order of “salmon, please”."""
_ALONE = (
    re.compile(ALONE),
    re.compile(
        rf"^ ?(?:$|[.!;,()-]|(?:{POLITE}|instead|rather|it|would|will|should|maybe|perhaps"
        r"|for (?:us|instance|example)|why not"
        r"|then|on|with|and|all over|everywhere|throughout|suits)\b)"
    ),
)
_DENIED = re.compile(
    rf"{OPEN}(?:(?:please|but|and|just|only|definitely|it|the|app|must|should|be|so|well|we|i|want"
    r"|like|would|have|do) )*(?:not?|never|anything but|instead of|rather than|enough|tired of"
    r"|sick of|don ' t|without|nothing|neither|t) "
)
_GARISH = re.compile(
    r"\b(?:pastels?|colou?rs?|bright|loud|usual|boring|dark|neon|garish|colourful)\b"
)
_VAGUELY = frozenset(
    {
        "so",
        "something",
        "similar",
        "thereabouts",
        "such",
        "like",
        "close",
        "nothing",
        "we",
        "else",
        "nobody",
    }
)
"""“Navy or so.”"""
_CONDITION = re.compile(
    r"^(?:when|whenever|once|until|unless|if (?!possible|you|i|we|it|there|allowed|at|that))"
    r"(?!.* (?:app|site|website|page)\b)"
)
"""“If nobody answers, I want to see it in red.”"""


def in_passing(
    pieces: Sequence[str], found: Sequence[Colour], own: Sequence[Colour], *, first: bool
) -> list[Colour]:
    """Those of `own`, colours that are nobody's attribute, that the app is said to have.

    `found` are all colours of the sentence, the denied ones as well. The `first` sentence may begin
    with a name.
    """
    if len(own) > _MOST or _CONDITION.search(" ".join(pieces)):
        return []
    if own and not first and _opens(pieces, own[0], found):
        return [own[0]]
    return [c for c in own if not _is_choice(pieces, c) and _is_aside(pieces, c, found)]


def _is_choice(pieces: Sequence[str], colour: Colour) -> bool:
    """“Red or white”: none of them is said."""
    after = list(pieces[colour.end : colour.end + 2])
    vague = not _VAGUELY.isdisjoint(after[1:])
    return "or" in pieces[max(0, colour.start - 1) : colour.start] or (
        after[:1] == ["or"] and not vague
    )


def _is_aside(pieces: Sequence[str], colour: Colour, found: Sequence[Colour]) -> bool:
    first = colour.start
    moods = lexicon.colours().context.moods
    while first > 0 and pieces[first - 1] in moods:
        first -= 1
    far = [_FAR] if first > _REACH else []
    left = "".join(f"{piece} " for piece in (*far, *pieces[max(0, first - _REACH) : first]))
    right = "".join(f" {piece}" for piece in pieces[colour.end : colour.end + _REACH])
    wares = not colour.sure and pieces[colour.start] in _WARES
    turns = OF_APP if wares else OF_APP + OF_WISH
    if any(before.search(left) and after.search(right) for before, after in turns):
        return True
    if _ends_list(pieces, colour, found):
        return True
    if is_opinion(pieces, colour, found, wares=wares):
        return True
    before, after = _ALONE
    if not before.search(left) or not after.search(right) or not _DENIED.search(left):
        return False
    denied = any(c.start < colour.start and is_denied(pieces, c.start) for c in found)
    return denied or bool(_GARISH.search(left))


def _ends_list(pieces: Sequence[str], colour: Colour, found: Sequence[Colour]) -> bool:
    """“Dogs, owners, walks with time and pay, teal”: the last of a list, but no thing."""
    end = [piece for piece in pieces[colour.end :] if piece not in _PARTING]
    before = list(pieces[: colour.start])
    least = _LISTED
    if before[-1:] == ["and"]:
        before.pop()
        least -= 1
    marks = before.count(",") + before.count(":")
    alone = before[-1:] == [","] and marks >= least and not end
    plain = _DENYING.isdisjoint(before[:_OPENING]) and "or" not in before[-_OPENING:]
    return alone and plain and colour.sure and len(found) == 1


def _opens(pieces: Sequence[str], colour: Colour, found: Sequence[Colour]) -> bool:
    """“Crimson, with big numbers.”: nothing is before it, and no other colour follows."""
    alone = colour.start == 0 and len({c.value for c in found}) == 1
    after = list(pieces[colour.end : colour.end + 2])
    if colour.sure:
        return alone and after[:1] in _OPENED
    named = after[:1] == [","] and not _REASONED.isdisjoint(after[1:])
    return alone and named and pieces[0] not in _WARES
