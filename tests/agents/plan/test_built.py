"""What Plan puts into a model, Build really serves: no feature is missing, no page stood in for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.build import modules
from agents.build.design import design
from agents.build.generator import ALWAYS, generate_app
from agents.plan import rules
from agents.plan.features import BUILT, OFFERED
from agents.plan.model import model_of
from agents.scout import patterns
from agents.scout.scout import scout
from agents.scout.sentences import UnreadableIdea
from contracts.model import AppModel
from contracts.scouting import (
    FoundFeature,
    FoundRole,
    MatchedPattern,
    RankedPattern,
    ScoutReport,
    Sentence,
)
from tests.support.ideas import ODD, TEN, ideas

WISHES = (
    "Members rate recipes, comment on them and mark favourites. Show recipes on a map, in a"
    " calendar and on a kanban board. Members upload photos, follow each other, send private"
    " messages and get notifications by SMS. Administrators see a dashboard and monthly reports"
    " and an audit log. A chatbot with AI answers. Recipes must be approved. A quiz with"
    " multiple choice. Visitors pay with a credit card and put things into a shopping cart."
)
MORE = {
    "everything": f"Keep recipes with a title and a price. {WISHES}",
    "a shop": f"An online shop for candles with a price and a stock. {WISHES}",
    "a helpdesk": f"{TEN['helpdesk']} {WISHES}",
    "without": f"{TEN['recipes']} No comments, no login, no payment and no map. {WISHES}",
    "organisations": "Each organisation has its own tickets and contacts. Multi-tenant helpdesk.",
    "nights": "Guests book hotel rooms. A booking has a check-in date and a check-out date.",
    "two words": "A salon. Each appointment has a date and a time and belongs to a stylist.",
}


def served(model: AppModel) -> None:
    """Every feature and every page of a model is what it is called in the app made of it."""
    decided = design(modules.prepared(model))
    found = modules.active(decided)
    there = ALWAYS | {each.module.key for each in found}
    assert [f.key for f in model.features if f.key not in there] == []
    assert [key for each in found for key in each.serving.unfit] == []
    assert not [note for note in generate_app(model).notes if "is shown as" in note]
    shown = modules.shown(decided, found)
    own = {"home", "list", "form", "detail", "admin", "profile"}
    assert [p.key for p in model.pages if p.kind not in own and p.key not in shown] == []


@pytest.mark.parametrize("idea", [*TEN.values(), *ODD.values(), *MORE.values()])
def test_every_feature_and_page_of_a_model_is_served(idea):
    served(model_of(scout(idea)))


@settings(max_examples=100, deadline=None)
@given(idea=ideas())
def test_whatever_is_read_gives_a_model_that_is_served(idea):
    try:
        report = scout(idea)
    except UnreadableIdea:
        return
    served(model_of(report))


def test_plan_knows_what_build_has():
    own = {module.key for module in modules.modules()} - {"rules", "thread", "workflow"}
    assert BUILT <= ALWAYS
    assert own | ALWAYS >= OFFERED
    assert own <= OFFERED


def everything_of(*keys: str) -> ScoutReport:
    """A report that asks for all that these patterns can bring."""
    found = [patterns.catalogue()[key] for key in keys]
    wishes = dict.fromkeys(key for pattern in found for key in pattern.features)
    return ScoutReport(
        idea="All of it.",
        name="All",
        brief=True,
        sentences=(Sentence(number=1, text="All of it."),),
        patterns=tuple(
            MatchedPattern(
                rank=RankedPattern(key=pattern.key, title=pattern.title, score=9 - number),
                role="secondary" if number else "primary",
                entities=pattern.entities, roles=pattern.roles, features=pattern.features,
                pages=pattern.pages,
            )
            for number, pattern in enumerate(found)
        ),
        roles=tuple(
            FoundRole(key=key, title=role.title, sentences=(1,))
            for pattern in found
            for key, role in pattern.roles.items()
        ),
        features=tuple(
            FoundFeature(key=key, title=key, words=(key,), sentences=(1,)) for key in wishes
        ),
    )  # fmt: skip


@pytest.mark.parametrize("key", patterns.catalogue())
def test_all_that_a_pattern_can_bring_is_served(key):
    model = model_of(everything_of(key))
    assert rules.problems(model) == []
    served(model)


@settings(max_examples=60, deadline=None)
@given(
    keys=st.lists(
        st.sampled_from(sorted(patterns.catalogue())), min_size=2, max_size=3, unique=True
    )
)
def test_all_that_patterns_bring_together_is_served(keys):
    model = model_of(everything_of(*keys))
    assert rules.problems(model) == []
    served(model)
