"""Every pattern, with all that it may bring, is a model that Plan accepts and Build makes."""

from __future__ import annotations

import pytest

from agents.build.design import design
from agents.build.generator import generate_app
from agents.build.render.seeds import rows
from agents.plan import rules
from agents.scout.patterns import catalogue
from tests.support.whole_patterns import whole

PATTERNS = catalogue()


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_a_whole_pattern_breaks_no_rule_of_plan(pattern):
    assert rules.problems(whole(pattern)) == []


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_build_makes_every_page_and_step_of_a_whole_pattern(pattern):
    notes = generate_app(whole(pattern)).notes
    assert [note for note in notes if note.startswith("The page “")] == []
    assert [note for note in notes if "notifies nobody" in note] == []


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_the_rows_of_a_pattern_obey_its_rules(pattern):
    model = whole(pattern)
    made = rows(design(model))
    assert {e.key: len(made[e.key]) for e in model.entities} == {
        e.key: len(e.seed) for e in model.entities
    }
