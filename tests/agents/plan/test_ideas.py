"""From an idea over Scout to a model: it breaks no rule, and hides nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from agents.plan import rules, tasks
from agents.plan.features import BUILT
from agents.plan.model import model_of
from agents.scout.scout import scout
from agents.scout.sentences import UnreadableIdea
from contracts.model import AppModel, Plan, decode_plan, encode_plan
from contracts.scouting import ScoutReport
from tests.support.ideas import ODD, TEN, ideas

ALL = {**{key or "a page": idea for key, idea in TEN.items()}, **ODD}
OPEN = {"guest", "member", "owner", "admin"}


def check(report: ScoutReport) -> AppModel:
    """The model of a report, after everything that is true of every model."""
    model = model_of(report)
    assert rules.problems(model) == []
    assert model_of(report) == model
    plan = Plan(model=model, tasks=tasks.tasks(model))
    assert tasks.problems(plan.tasks) == []
    assert decode_plan(encode_plan(plan)) == plan
    for entity in model.entities:
        assert entity.ownership in {"user", "shared", "parent", "org"}
        assert "admin" in entity.access.delete
        assert set(entity.access.create) - {"guest"}
    words = OPEN | {role.key for role in model.roles}
    named = {w for e in model.entities for a in e.access.__struct_fields__
             for w in getattr(e.access, a)}  # fmt: skip
    assert named <= words
    nothing_lost(report, model)
    return model


def nothing_lost(report: ScoutReport, model: AppModel) -> None:
    """Each sentence led to something that is in the model, or is listed as unmapped."""
    assert [(t.sentence, t.text) for t in model.trace] == [
        (s.number, s.text) for s in report.sentences
    ]
    there = {f"entity.{e.key}" for e in model.entities}
    there |= {f"field.{e.key}.{f.key}" for e in model.entities for f in e.fields}
    there |= {f"relation.{r.source}.{r.key}" for r in model.relations}
    there |= {f"role.{r.key}" for r in model.roles}
    there |= {f"pattern.{p.key}" for p in model.patterns}
    there |= {f"feature.{f.key}" for f in model.features} | {f"feature.{key}" for key in BUILT}
    there |= {f"rule.{e.key}.{r.kind}" for e in model.entities for r in e.rules}
    there |= {f"workflow.{e.key}" for e in model.entities if e.workflow}
    there |= {f"access.{e.key}" for e in model.entities}
    if all(e.access and e.access.read == ("owner", "admin") for e in model.entities):
        there.add("access.owner")
    checked = {"entity", "field", "relation", "role", "pattern", "rule", "workflow", "access"}
    for trace in model.trace:
        for name in trace.maps_to:
            if name.split(".")[0] in checked | {"feature"} and name != "access.guest":
                assert name in there
        if all(name.startswith("unbuilt.") for name in trace.maps_to):
            assert any(entry.startswith(trace.text) for entry in model.unmapped)


@pytest.mark.parametrize("idea", ALL.values(), ids=ALL)
def test_an_idea_gives_a_model_that_breaks_no_rule(idea):
    check(scout(idea))


@pytest.mark.parametrize(
    ("key", "entities"),
    [
        ("recipes", ["recipe", "category"]),
        ("booking", ["booking", "service"]),
        ("helpdesk", ["ticket", "reply"]),
        ("inventory", ["part", "supplier"]),
        ("crm", ["contact", "company", "deal"]),
        ("events", ["event", "venue", "registration"]),
        ("lms", ["course", "lesson", "assignment", "enrolment"]),
        ("forum", ["thread", "topic", "reply"]),
        ("jobs", ["job", "employer", "candidate"]),
        ("", ["item"]),
    ],
)
def test_an_idea_gives_what_it_speaks_of(key, entities):
    model = model_of(scout(TEN[key]))
    assert [e for e in entities if e not in {entity.key for entity in model.entities}] == []


@settings(max_examples=250, deadline=None)
@given(idea=ideas())
@example(idea="A0000000000000000000000000A0 appointments.")
def test_any_text_that_can_be_read_gives_a_model_that_breaks_no_rule(idea):
    try:
        report = scout(idea)
    except UnreadableIdea:
        return
    check(report)
