"""Numbers in running text, in digits and in words: "5", "1,000", "twenty-five", "a dozen"."""

from __future__ import annotations

import re

_VALUES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_OTHERS = {"a": 1, "dozen": 12, "twice": 2}
_FACTORS = {"dozen": 12, "hundred": 100, "thousand": 1_000}
_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))
PATTERN = (
    r"(?:\d+(?:[, ]\d{3})*(?:\.\d+)?"
    rf"|(?:(?:a|{_WORD})[ -](?:hundred|thousand|dozen)|(?:{_WORD})(?:[ -](?:{_WORD}))?|a single)"
    r"(?:\s+and\s+(?:" + _WORD + r")(?:[ -](?:" + _WORD + r"))?)?)(?!\w)(?!-[a-z])"
)
"""A regular expression without groups for a number in lower-case text."""


def value_of(text: str) -> float:
    """The number that a text matching `PATTERN` says."""
    if text[0].isdigit():
        return float(re.sub(r"[, ]", "", text))
    if text == "a single":
        return 1.0
    total = 0.0
    for word in re.split(r"[\s-]+", text):
        if word in _FACTORS and total:
            total *= _FACTORS[word]
        else:
            total += _VALUES.get(word, _OTHERS.get(word, 0))
    return total
