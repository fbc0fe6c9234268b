"""Whether a sentence says that the app is dark."""

from __future__ import annotations

from itertools import pairwise

from agents.scout import lexicon
from agents.scout.colours import colours_in
from agents.scout.denials import is_denied
from agents.scout.parts import STOPS, WHOLE

_WISHED = frozenset(
    {"want", "like", "make", "keep", "should", "have", "app", "site", "website", "everything",
     "page", "pages", "screen", "must", "paint", "please", "whole"}
)  # fmt: skip
_MUST = frozenset({"has", "have", "needs", "need", "must", "should", "ought", "can", "could"})
_ARTICLES = frozenset({"a", "an", "some", "one"})
_NIGHTLY = frozenset({"theme", "look", "design", "style", "scheme", "colours", "colors"})


def is_dark(pieces: list[str]) -> bool:
    """“A dark theme”, “it should be dark”, “night mode”; not “no dark mode”."""
    if any(piece in {"dark", "night"} and is_denied(pieces, i) for i, piece in enumerate(pieces)):
        return False
    mode = "mode" in pieces and not {"dark", "night"}.isdisjoint(pieces)
    if mode or any(a == "night" and b in _NIGHTLY for a, b in pairwise(pieces)):
        return True
    return any(piece == "dark" and _is_wished_dark(pieces, i) for i, piece in enumerate(pieces))


def _is_wished_dark(pieces: list[str], i: int) -> bool:
    """“Dark, with amber buttons”, “I want the app dark”; “it dark green” is green."""
    found = colours_in(pieces)
    if any(colour.start <= i < colour.end for colour in found):
        return False
    after, before = pieces[i + 1 : i + 2], pieces[max(0, i - 4) : i]
    before = ["everything" if each in {"thing", "lot"} else each for each in before]
    if after and after[0] in lexicon.colours().context.looks:
        return True
    if i == 0 and after and after[0] in {",", "and", "with"}:
        return any((STOPS | _ARTICLES).issuperset(pieces[1 : c.start]) for c in found)
    ends = not after or after[0] in STOPS or after[0] == "!"
    must = before[-1:] == ["be"] and not _MUST.isdisjoint(before)
    wished = (must or not _WISHED.isdisjoint(before)) and not WHOLE.isdisjoint(before)
    wished |= before[-1:] == ["on"] and not lexicon.colours().context.text.isdisjoint(before)
    return (ends and wished) or before[-1:] == ["it"] or (i == 0 and after == ["please"])
