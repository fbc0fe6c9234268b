"""Which nouns of an idea are kinds of record, and which only tell of something else."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.plan.rules import problems
from agents.scout import sentences
from agents.scout.scout import scout


def entities(idea: str) -> set[str]:
    model = model_of(scout(idea))
    assert problems(model) == []
    return {entity.key for entity in model.entities}


@pytest.mark.parametrize(
    ("idea", "kept", "passing"),
    [
        (
            "We log every dive with date and depth. The page orange, like our buoys.",
            {"dive"},
            {"buoy"},
        ),
        (
            "Members reserve a sauna with date and time. Purple buttons, our lockers are too.",
            {"sauna"},
            {"locker"},
        ),
        (
            "Members add boats with a name. I know the colours such programs have, and want none.",
            {"boat"},
            {"program"},
        ),
        (
            "We offer tools: shovels, rakes, ladders, whatever. Tools have a title and a price.",
            {"tool"},
            {"shovel", "rake", "ladder"},
        ),
        (
            "Members add boats with a name. Today we use paper slips and a paper diary.",
            {"boat"},
            {"paper_slip", "paper_diary"},
        ),
        (
            "Shop for hikers. Tents, stoves, ropes, water bags and lamps. Products have a price.",
            {"product"},
            {"stove", "rope", "water_bag", "lamp"},
        ),
        (
            "A page about my boats. Boats have a name, a year and a few sentences on each.",
            {"boat"},
            {"sentence"},
        ),
        (
            "Q: What is it?\nA: A list of boats with name and year of purchase.",
            {"boat"},
            {"q", "purchase"},
        ),
    ],
)
def test_a_noun_that_only_tells_of_a_colour_or_an_example_is_no_kind(
    idea: str, kept: set[str], passing: set[str]
) -> None:
    found = entities(idea)
    assert kept <= found
    assert not passing & found


def test_what_is_handled_beside_a_colour_stays_a_kind() -> None:
    assert "boat" in entities(
        "We run a harbour. Skippers register boats with name and length, on a navy background."
    )


@pytest.mark.parametrize(
    ("idea", "kind"),
    [
        ("A page for our scouts: we note who picks up which cub.", "pickup"),
        ("For the camp there is a list of what to pack, with the day.", "packing_item"),
        ("A gallery of posters.\n- programme of the evening with times\n- prices", "programme"),
        ("Friends of mine want a swapping place for sourdough. You offer and ask.", "sourdough"),
        ("Tenants report damage. There is a noticeboard per house for what is new.", "notice"),
        ("Page of a potter. It has a gallery of works where each has a title and a year.", "work"),
        ("Find a baker near you: name, town, opening hours and phone.", "baker"),
        ("We need a web page with timetable, opening hours and pictures.", "timetable"),
    ],
)
def test_what_is_told_by_a_verb_or_shown_by_a_site_is_a_kind(idea: str, kind: str) -> None:
    assert kind in entities(idea)


@pytest.mark.parametrize(
    ("idea", "kind"),
    [
        ("We note which cows turn up at the gate. Cows have a name and a number.", "turning"),
        ("I see how many days were lost to rain. Jobs have a title and a date.", "loss"),
        ("Show on the hunting ground who has a flask. Flasks have a number and a size.", "hunt"),
    ],
)
def test_a_verb_that_means_something_else_leaves_no_record(idea: str, kind: str) -> None:
    assert kind not in entities(idea)


@pytest.mark.parametrize(
    ("idea", "kind"),
    [
        ("Boats\n- name, length, year built, berth\nBerths\n- number, depth, price", "berth"),
        ("1. Trips\n 1.1 date, destination, distance in km.\n2. Looks\n 2.1 plain", "trip"),
        (
            "| Topic | Wanted |\n|---|---|\n| Sites | address, area in acres |\n| Jobs | date |",
            "site",
        ),
    ],
)
def test_a_heading_or_a_row_with_properties_is_a_kind(idea: str, kind: str) -> None:
    assert kind in entities(idea)


def test_a_row_without_properties_is_no_kind() -> None:
    idea = "| Topic | Wanted |\n|---|---|\n| Jobs | date, price |\n| Languages | Welsh, English |"
    assert "language" not in entities(idea)


def test_a_pattern_calls_its_person_as_the_idea_does() -> None:
    found = entities(
        "Clinic for hands: patients with a phone. At each visit the therapist notes findings."
    )
    assert "therapist" in found
    assert "practitioner" not in found


def test_a_line_that_begins_with_not_now_leaves_out_what_it_lists() -> None:
    idea = "Boats with name and length, trips with date.\nNot now: invoices, a calendar."
    model = model_of(scout(idea))
    assert "invoice" not in {entity.key for entity in model.entities}
    assert {"entity", "feature"} & {each.kind for each in scout(idea).exclusions}


@pytest.mark.parametrize("idea", ["An app app store: app stores have name.", "constructors: name"])
def test_no_kind_is_called_like_what_the_app_itself_is_made_of(idea: str) -> None:
    assert not [key for key in entities(idea) if key.startswith("app_") or key == "constructor"]


def test_a_second_strong_word_for_a_patterns_kind_is_a_kind_beside_it() -> None:
    found = entities(
        "Owners of parrots ask for an appointment; my assistant confirms it. For each parrot I "
        "keep ring, species and age. At each visit I write findings and the drugs with dose."
    )
    assert {"appointment", "visit"} <= found


def test_lines_that_begin_with_a_name_and_a_colon_are_read_one_by_one() -> None:
    found = sentences.split("cheese: name, milk, age\nwheel: which cheese, weight\n  in grams")
    assert [each.text for each in found] == [
        "cheese: name, milk, age",
        "wheel: which cheese, weight in grams",
    ]
