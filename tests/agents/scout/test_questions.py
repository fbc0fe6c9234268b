"""What an idea leaves open, how an answer settles it, and what the reader is told."""

from __future__ import annotations

import pytest

from agents.scout.questions import AnswerError
from agents.scout.scout import scout

OPEN = "A blog with articles and a shop with products."
CLEAR = "A recipe box where I keep my recipes with ingredients and cooking time."


def test_an_idea_between_two_kinds_leaves_a_question():
    report = scout(OPEN)
    (question,) = report.questions
    keys = [option.key for option in question.options]
    assert question.id == "kind"
    assert {"store", "publishing", "both"} <= set(keys)
    assert keys[-1] == "both"
    assert question.default in keys
    assert all(option.title for option in question.options)
    brings = next(option.brings for option in question.options if option.key == "store")
    assert "products" in brings


def test_what_is_taken_without_an_answer_is_said():
    report = scout(OPEN)
    assert {p.rank.key for p in report.patterns} == {"store", "publishing"}
    assert "more than one kind" in report.notes[0]
    assert "Both: " in report.notes[0]


def test_a_clear_idea_leaves_none():
    report = scout(CLEAR)
    assert report.questions == ()
    assert report.notes == ()


@pytest.mark.parametrize(
    ("answer", "patterns"),
    [
        ("publishing", {"publishing"}),
        ("store", {"store"}),
        ("both", {"store", "publishing"}),
    ],
)
def test_an_answer_is_taken(answer, patterns):
    report = scout(OPEN, answers={"kind": answer})
    assert {p.rank.key for p in report.patterns} == patterns
    assert report.questions == ()
    assert not [note for note in report.notes if "more than one kind" in note]


@pytest.mark.parametrize(
    ("idea", "answers", "said"),
    [
        (OPEN, {"kind": "clinic"}, "no option `clinic`; choose one of "),
        (OPEN, {"colour": "blue"}, "no question `colour` open (its questions: `kind`)"),
        (CLEAR, {"kind": "store"}, "no question `kind` open (its questions: none)"),
    ],
)
def test_an_answer_that_fits_nothing_is_refused(idea, answers, said):
    with pytest.raises(AnswerError) as refused:
        scout(idea, answers=answers)
    assert said in str(refused.value)
    assert "Nothing was changed" in str(refused.value)


@pytest.mark.parametrize(
    ("idea", "said"),
    [
        ("Keep recipes and pay with PayPal.", "no money moves"),
        ("Keep recipes. A machine learning model recommends some.", "canned answers"),
        ("A chess game for two players against each other, multiplayer.", "the play itself"),
        ("Keep recipes and send an SMS.", "Text messages work in a test mode"),
    ],
)
def test_what_is_only_simulated_is_said(idea, said):
    assert said in " ".join(scout(idea).notes)


def test_two_sentences_that_contradict_each_other_are_named():
    report = scout("Keep recipes. Readers comment on recipes. There are no comments.")
    said = "Sentence 2 asks for comments and sentence 3 does not want it"
    assert any(said in note for note in report.notes)
    assert "comments" not in {feature.key for feature in report.features}


def test_what_stands_under_out_of_scope_is_not_wanted():
    report = scout(
        "# Recipes\nMembers keep recipes.\n\n## Out of scope\nOnline payment, a map.\n\n"
        "## Users\nReaders comment on recipes."
    )
    assert {e.key for e in report.exclusions if e.kind == "feature"} == {"payment", "map"}
    assert [feature.key for feature in report.features] == ["comments"]
