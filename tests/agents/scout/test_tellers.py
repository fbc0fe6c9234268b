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
