"""Who acts where words stand between them and their verb, and what nobody does or needs."""

from __future__ import annotations

import pytest

from agents.scout.scout import scout

OWN = 3.0
"""From here a noun is an entity of its own."""


@pytest.mark.parametrize(
    ("idea", "roles"),
    [
        ("Two reviewers each give a verdict, and the office approves it.", {"office", "reviewer"}),
        ("Vets who need a replacement advertise weeks; trainers with a degree apply.",
         {"trainer", "vet"}),
        ("As a sexton\nI want to see the graves\nso that none is dug twice.", {"sexton"}),
        ("As caretaker I see the graves. As mason, I enter stones.", {"caretaker", "mason"}),
    ],
)  # fmt: skip
def test_who_acts_is_heard_behind_what_describes_them(idea, roles):
    assert {role.key for role in scout(idea).roles} == roles


def test_what_things_are_sorted_into_only_names_what_they_may_be():
    found = scout("Add channels about songs, hens and gossip.").entities
    assert [each.key for each in found if each.score >= OWN] == ["channel"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody pays online.",
        "The system shall not process payments.",
        "Online paying we don't need.",
        "Not needed: payment, certificates.",
    ],
)
def test_what_nobody_does_or_needs_is_excluded(sentence):
    report = scout(f"A shop for hats with a cart. {sentence}")
    assert "payment" in {each.key for each in report.exclusions}


def test_what_is_not_needed_denies_nothing_behind_it():
    report = scout("Keep quotes. Paying we don't need, also customers get a letter.")
    assert {each.key for each in report.exclusions} == {"payment"}


@pytest.mark.parametrize(
    ("sentence", "role"),
    [
        ("The list is visible only to bursars.", "bursar"),
        ("Wages are for the bursar only.", "bursar"),
        ("For weavers: log in and keep their page.", "weaver"),
        ("As a hymn planner I want a list.", "hymn_planner"),
        ("As a couple we see it.", "couple"),
        ("As the head of music I see it all.", "head"),
        ("As the abbey's office I print it.", "office"),
        ("It needs the producer's okay.", "producer"),
        ("The vicar has the final say.", "vicar"),
        ("Nothing is printed before our lawyer has released it.", "lawyer"),
        ("Verses are typed in by a scribe, checked over by the bursar.", "bursar"),
        ("A fault goes on to a plumber.", "plumber"),
        ("It notifies the foreman of it.", "foreman"),
        ("Let sextons enter graves.", "sexton"),
        ("The head of music wants totals.", "head"),
        ("Stewards are seeing the list.", "steward"),
        ("Choirs upload verses.", "choir"),
        ("A parish may put up a date.", "parish"),
        ("Setters send in verses.", "setter"),
        ("It's the registrar who decides.", "registrar"),
        ("Roles: bursar and sexton.", "sexton"),
    ],
)
def test_who_has_a_part_is_a_role(sentence, role):
    assert role in {each.key for each in scout(f"Keep hymns. {sentence}").roles}


@pytest.mark.parametrize(
    "sentence",
    [
        "The choir has ten hymns.", "Our choir meets on Mondays.", "The committee has asked me.",
        "As a rule we meet at ten.", "As a choir we meet.", "Sensors send values.",
        "For hymns: name, place.", "Name of the poet who made it.", "I buy it from a farmer.",
    ],
)  # fmt: skip
def test_who_is_only_spoken_of_is_no_role(sentence):
    assert scout(f"Keep hymns. {sentence}").roles == ()
