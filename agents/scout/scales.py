"""Scales that something is told on: “how it felt 1-10”, “a taste (1 to 5)”. Pure."""

from __future__ import annotations

import re

from agents.scout.reading import Reading

_SCALE = re.compile(r"(?P<least>[01]) ?(?:-|–|to|\.\.) ?(?P<most>10|[3-9]|100)")
_OUT_OF = re.compile(r"out of (?P<most>5|10|100|five|ten)")
_ENDS = re.compile(r"(?:\d|five|ten)$")
_WORDS = {"five": 5, "ten": 10}
_LENGTHS = (1, 3, 2)
"""Tokens that a scale may have: "1-10" is one, "1 to 10" three."""
Scale = tuple[int, ...]
"""The least and the greatest number; () where there is no scale."""


def scaled(reading: Reading, end: int) -> tuple[int, Scale]:
    """Where a scale begins that ends before a position, and the scale: "how it felt 1-10"."""
    if 0 < end <= len(reading.lower) and not _ENDS.search(reading.lower[end - 1]):
        return end, ()
    for size in _LENGTHS:
        text = " ".join(reading.lower[max(0, end - size) : end])
        found = _SCALE.fullmatch(text) or _OUT_OF.fullmatch(text)
        if found is not None:
            begins = end - size
            begins -= reading.text(begins - 1) in {"from", "of"}
            least, most = found.groupdict().get("least", "1"), found["most"]
            return begins, (int(least), _WORDS.get(most) or int(most))
    return end, ()


def scale_behind(reading: Reading, start: int) -> tuple[int, Scale]:
    """Where a scale ends that begins at a position, and the scale."""
    opens = reading.text(start) == "("
    first = start + opens + (reading.text(start + opens) == "from")
    for size in _LENGTHS:
        end = first + size
        scale = scaled(reading, end)[1] if end <= len(reading.tokens) else ()
        if scale and (not opens or reading.text(end) == ")"):
            return end + opens, scale
    return start, ()
