"""Records that an idea speaks of by what people do: who enrols has an enrolment. Pure."""

from __future__ import annotations

import re

from contracts.scouting import ScoutReport

_WORD = re.compile(r"[a-z]{4,}")
_ENDING = re.compile(r"(?:ing|ed|es|s|er|ers)$")
_SHORTEST, _ALIKE = 4, 5
"""Letters of a stem at least, and of what a verb and its noun have in common."""


def sentences(report: ScoutReport, key: str) -> set[int]:
    """The sentences with a verb of which the entity's key is the noun."""
    noun = key.rsplit("_", maxsplit=1)[-1]
    return {
        sentence.number
        for sentence in report.sentences
        if any(_makes(word, noun) for word in _WORD.findall(sentence.text.lower()))
    }


def _makes(word: str, noun: str) -> bool:
    stem = _ENDING.sub("", word)
    stem = stem[:-1] if stem.endswith(("e", "y", "i")) else stem
    if len(stem) < _SHORTEST or len(noun) <= len(stem):
        return False
    common = next(
        (i for i, (a, b) in enumerate(zip(stem, noun, strict=False)) if a != b), len(stem)
    )
    return common == len(stem) or (common >= _ALIKE and len(stem) - common <= 1)
