"""Records that an idea speaks of by what people do: who enrols has an enrolment. Pure."""

from __future__ import annotations

import re

from agents.plan import periods
from agents.plan.sketch import Sketch
from contracts.model import Rule
from contracts.scouting import ScoutReport

_WORD = re.compile(r"[a-z]{4,}")
_ENDING = re.compile(r"(?:ing|ed|es|s|er|ers)$")
_TAKING = frozenset(
    {"registration", "enrolment", "enrollment", "signup", "up", "booking", "reservation", "rsvp",
     "ticket"}
)  # fmt: skip
"""The last words of records that take a place."""
_PLACES = re.compile(
    r"capacity|seats?$|places?$|spots?$|^max(imum)?_|_needed$|^needed_"
    r"|number_of_(volunteer|participant|helper|attendee|people|person|member|guest)s?$"
)
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


def places(sketch: Sketch) -> None:
    """Whoever signs up takes a place, where what it is for says how many there are."""
    for key in list(sketch.entities):
        entity = sketch.entities[key]
        once = [r.expr for r in entity.rules if r.kind == "once_per_user" and r.expr]
        taking = key.rsplit("_", maxsplit=1)[-1] in _TAKING
        if not once or not taking or periods.has(entity, "capacity"):
            continue
        for relation in periods.single(sketch, key):
            fields = sketch.entities[relation.target].fields
            named = [f.key for f in fields if f.type == "integer" and _PLACES.search(f.key)]
            if relation.key in once and named:
                expr = f"{relation.key}.{named[0]}{periods.called_off(entity)}"
                message = "There is no place left"
                periods.keep(sketch, key, Rule(kind="capacity", expr=expr, message=message))


def _makes(word: str, noun: str) -> bool:
    stem = _ENDING.sub("", word)
    stem = stem[:-1] if stem.endswith(("e", "y", "i")) else stem
    if len(stem) < _SHORTEST or len(noun) <= len(stem):
        return False
    common = next(
        (i for i, (a, b) in enumerate(zip(stem, noun, strict=False)) if a != b), len(stem)
    )
    return common == len(stem) or (common >= _ALIKE and len(stem) - common <= 1)
