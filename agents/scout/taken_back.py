"""Colours that a text takes back: “blue, no, rather teal”, “white, hm, let's say ivory”. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CORRECTING = re.compile(
    r" (?:scratch|sorry|wait|nope|correction|hm+|oops|make that|i mean|i meant|let (?:' )?s say"
    r"|or rather|or better|better|changed my mind|on second thoughts?"
    r"|no (?:, |\. |- )*(?:rather|wait|make|make it|better|actually|let|not|sorry)|no ,|actually) "
)
"""Between a colour and the one that takes its place."""
_BEGUN = re.compile(
    r" (?:first|originally|initially|nearly|almost|used to|going to|would have)"
    r"(?: \w+){0,3} (?:want|wanted|think|thought|had|have|go|gone|be|chosen|planned|everything)"
    r"|(?: wanted| thought| planned)(?: \w+){0,4} (?:first|originally|initially)"
)
_SOON = 8
"""Pieces at the beginning of a sentence in which it takes the sentence before back."""
_FAR = 12


def corrects(between: Sequence[str]) -> bool:
    """Whether what stands between two colours says that the second is meant instead."""
    return len(between) <= _FAR and bool(_CORRECTING.search(_spaced(between)))


def corrects_before(pieces: Sequence[str]) -> bool:
    """Whether a sentence's words before its first colour take the sentence before back."""
    return bool(_CORRECTING.search(_spaced(pieces[:_SOON])))


def is_of_before(pieces: Sequence[str]) -> bool:
    """Whether the words before a colour say that it was wanted once: “I first wanted it pink”."""
    return bool(_BEGUN.search(_spaced(pieces)))


def _spaced(pieces: Sequence[str]) -> str:
    return " ".join(("", *pieces, ""))
