"""Colours of a thing that the app takes over: “our scarf is red and white; use these colours”."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.scout.colours import colours_in
from agents.scout.denials import is_denied, is_refused, is_state

_APPS = (
    r"(?:app|site|website|pages?|screens?|everything|program|programme|software|tool|system"
    r"|platform|interface|portal|homepage|(?:whole )?thing|lot|ours|dashboard)"
)
_TASTED = frozenset(
    {"lime", "cream", "orange", "salmon", "chocolate", "wine", "mint", "vanilla", "honey", "lemon",
     "mustard", "saffron", "olive", "tomato", "wheat", "champagne", "sage", "raspberry", "plum"}
)  # fmt: skip
"""Colours that are eaten or drunk as well."""
_SLIGHT = frozenset({"thin", "narrow", "small", "little", "tiny", "fine"})
"""“Maroon with a thin white stripe”."""
_SAME = r"(?:these|those|the same|both|that same|its|their)"
_COPYING = re.compile(
    rf"\b{_SAME} (?:two |very |three )?colou?rs?\b[^.;]*\b(?:{_APPS}|it)\b"
    rf"|\b(?:{_APPS}|it)\b[^.;]*\b{_SAME} (?:two |very |three )?colou?rs?\b"
    rf"|\b(?:use|take|keep|borrow|copy|give it|stick to) {_SAME} (?:two |very |three )?colou?rs?\b"
    rf"|\b{_SAME} (?:two |very |three )?colou?rs?,? please\b"
    rf"|\b(?:the|this|our|your) {_APPS} (?:\w+ ){{1,3}}(?:match|look like) (?:it|them|that|this)\b"
    rf"|\b(?:the|this|our|your) {_APPS} (?:\w+ ){{1,2}}(?:the same|alike)(?: please)?[.!]?$"
    r"|\b(?:use|take|keep|borrow|copy|match)(?: \w+)? (?:the same|that|this|them|these)"
    r"(?: colou?rs?)? (?:for (?:the )?(?:buttons|links|app|site)|on|if|please|here|too)\b"
    rf"|\b(?:use|take|keep|borrow|copy) it (?:for|on|in) (?:the|this|our|your) {_APPS}\b"
    rf"|\bso should (?:the|our|your) (?:{_APPS}|buttons)\b"
    r"|\b(?:go|going|run|stick|stay|work) with (?:that|those|these|them|the same)\b"
    rf"|\bsame (?:for|goes for|with|on|in) (?:the|this|our|your) {_APPS}\b"
)


def copies(text: str) -> bool:
    """Whether a sentence, in small letters, gives the app the colours of something just named."""
    return bool(_COPYING.search(text))


def worn(pieces: Sequence[str]) -> list[str]:
    """The colours, #rrggbb, that a sentence says something has: two at most."""
    found = colours_in(list(pieces))
    sure = any(colour.sure for colour in found)
    return [
        colour.value
        for colour in found
        if (sure or pieces[colour.start] not in _TASTED)
        and pieces[colour.start - 1] not in _SLIGHT
        and not is_denied(pieces, colour.start)
        and not is_refused(pieces, colour)
        and not is_state(pieces, colour)
    ][:2]
