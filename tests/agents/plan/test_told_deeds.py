"""What people do to a thing has a record of its own, though the idea has no word for it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agents.plan.model import model_of
from agents.scout import constructions
from agents.scout.deeds import SOURCE
from agents.scout.reading import read
from agents.scout.scout import scout
from contracts.scouting import Sentence

TOLD: dict[str, str] = tomllib.loads(Path(__file__).with_name("told_deeds.toml").read_text("utf-8"))


def keys(idea: str) -> set[str]:
    """What the app keeps: its records, and the comments of the feature where it has that."""
    model = model_of(scout(idea))
    commented = any(feature.key == "comments" for feature in model.features)
    return {entity.key for entity in model.entities} | ({"comment"} if commented else set())


def parts(reading: str, phrase: str) -> list[tuple[str, ...]] | None:
    """The things of the first place where a construction stands in a sentence."""
    table = constructions.table([("it", phrase)])
    found = next(constructions.find(read(Sentence(number=1, text=reading)), table), None)
    return [thing.words for thing in found.things] if found else None


@pytest.mark.parametrize(("idea", "names"), TOLD.items())
def test_a_deed_that_is_only_told_of_has_a_record(idea, names):
    assert keys(idea) & set(names.split())


@pytest.mark.parametrize(
    ("idea", "record"),
    [
        ("Members can sign up, save several CVs and edit them later.", "registration"),
        ("Pupils ask for holidays and the head says yes or no.", "rsvp"),
        ("Every product has a name, a price and a picture.", "proposal"),
        (
            "A feed shows posts, such as a photo from the roof. Friends follow one another.",
            "submission",
        ),
        ("Seals are listed in the order of their age.", "order"),
        ("A plan of the house with tasks and who does what until when.", "assignment"),
        ("I am sick of the shoebox with my receipts.", "absence"),
        ("We sell soap. No online payment, we pay in cash.", "payment"),
        ("The council puts together a survey with a title and questions.", "assignment"),
        ("Do not let people put their name down. Walks have a date.", "registration"),
        ("The clock in the hall is old. Clocks have a maker and a year.", "work_session"),
        ("People bring cakes and we wash the dishes. Cakes have a name.", "order"),
        ("A list of drives in the country, each with a length and a map.", "trip"),
    ],
)
def test_what_only_sounds_like_it_has_none(idea, record):
    assert record not in keys(idea)


def test_who_is_assigned_and_what_to_are_both_known():
    idea = "A hospice with beds. The nurse assigns each patient to a bed for the night."
    made = next(c for c in scout(idea).entities if c.key == "assignment")
    assert made.source == SOURCE
    assert {reference.to for reference in made.references} == {"patient", "bed"}


def test_what_a_told_deed_is_done_to_is_the_happening_beside_it():
    idea = "We plan walks: each has a date and a leader. Whoever wants to come along says so."
    report = scout(idea)
    made = next(c for c in report.entities if c.key == "registration")
    model = model_of(report)
    assert made.score >= 4
    assert ("registration", "walk") in {(r.source, r.target) for r in model.relations}


@pytest.mark.parametrize(
    ("sentence", "phrase", "things"),
    [
        (
            "Nurses put the old patient in a bed.",
            "put <thing> in <thing>",
            [("patient",), ("bed",)],
        ),
        ("They tell us early which lamp is dark.", "+tell … which", []),
        ("They tell. Which lamp is dark?", "+tell … which", None),
        ("He keeps the price of it.", "+price of", None),
        ("Whoever wants to come", "want to come so", None),
        ("Wants to come so", "want/wish to come so", []),
    ],
)
def test_a_construction_stands_where_its_elements_do(sentence, phrase, things):
    assert parts(sentence, phrase) == things
