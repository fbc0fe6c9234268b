"""A noun that may be no more than a word becomes a kind of record only where there is room."""

from __future__ import annotations

import msgspec
import pytest

from agents.plan.merge import LITTLE, OWN, WEAK, merge
from agents.scout.scout import scout
from contracts.scouting import CandidateEntity, ScoutReport

WEAKER = ("kettle", "lantern", "pebble", "thimble", "trowel", "walnut", "whistle", "wigwam")
STRONG = ("anchor", "bellow", "candle", "dagger", "ember", "feather", "goblet", "hammer")


def candidate(key: str, score: float) -> CandidateEntity:
    [first] = scout("I keep a list of anvils, each with a name.").entities
    return msgspec.structs.replace(
        first, key=key, plural=f"{key}s", title=key.title(), title_plural=f"{key.title()}s",
        words=(key,), score=score, fields=(), references=(), matches="",
    )  # fmt: skip


def report(*candidates: CandidateEntity) -> ScoutReport:
    """A report of no pattern that names nothing but these."""
    empty = scout("I keep a list of anvils, each with a name.")
    ordered = sorted(candidates, key=lambda each: -each.score)
    return msgspec.structs.replace(empty, entities=tuple(ordered), patterns=())


def kinds(*candidates: CandidateEntity) -> set[str]:
    return {kind.key for kind in merge(report(*candidates)).kinds}


@pytest.mark.parametrize("strong", range(3, LITTLE + 2))
def test_the_strongest_fill_the_room_that_is_left(strong):
    sure = [candidate(key, OWN + 2) for key in STRONG[:strong]]
    weaker = [candidate(key, WEAK + 0.1 * n) for n, key in enumerate(WEAKER)]
    room = max(0, LITTLE - strong)
    assert kinds(*sure, *weaker) == {*STRONG[:strong], *WEAKER[len(WEAKER) - room :]}


def test_what_scores_less_is_no_kind_even_where_there_is_room():
    sure = [candidate(key, OWN + 2) for key in STRONG[:3]]
    assert kinds(*sure, candidate("kettle", WEAK - 0.1)) == set(STRONG[:3])
