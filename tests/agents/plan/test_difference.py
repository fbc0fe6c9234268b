"""What makes two plans different, told element by element."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from agents.plan.difference import Change, difference
from contracts.model import AppModel, Feature, Relation, Role, Rule
from tests.support.plans import PLANNER, PROJECT, Gone, edited
from tests.support.random_models import models

MARKS = {"added": "+", "removed": "-", "changed": "~"}


def told(before: AppModel, after: AppModel) -> list[str]:
    return [f"{MARKS[c.kind]} {c.element}: {c.text}" for c in difference(before, after)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"app.name": "Garden"}, "~ app.name: Planner → Garden"),
        ({"app.theme": {"primary": "#006400"}}, "~ app.theme.primary: #2563eb → #006400"),
        (
            {"roles": [*PLANNER.roles, Role(key="boss", title="Boss")]},
            "+ role.boss: Boss, sign-up none",
        ),
        (
            {"entities.+": msgspec.structs.replace(PROJECT, key="plot", title_plural="Plots")},
            "+ entity.plot: Plots with name (required, max length 20), budget (money, min 0), lab",
        ),
        ({"entities.0.title": "Plot"}, "~ entity.project.title: Project → Plot"),
        ({"entities.0.ownership": "shared"}, "~ entity.project.ownership: user → shared"),
        ({"entities.0.search": ["name", "budget"]}, "~ entity.project.search: name → name, budget"),
        ({"entities.0.fields.1": Gone}, "- field.project.budget: budget (money, min 0)"),
        (
            {"entities.0.fields.+": {"key": "photo", "title": "Photo", "type": "image"}},
            "+ field.project.photo: photo (image)",
        ),
        ({"entities.0.fields.0.max_length": 80}, "~ field.project.name.max_length: 20 → 80"),
        ({"entities.1.fields.4.required": True}, "~ field.task.urgent.required: no → yes"),
        (
            {"entities.1.fields.1.options": ["open", "done", "stuck"]},
            "~ field.task.status.options: open, done → open, done, stuck",
        ),
        (
            {"entities.0.access.update": ["member"]},
            "~ access.project.update: may change: the owner → anyone signed in",
        ),
        (
            {"entities.0.access.read": ["guest"]},
            "~ access.project.read: may open: the owner and administrators → anyone",
        ),
        (
            {"entities.0.rules": [Rule(kind="check", expr="budget < 9", message="Too dear")]},
            "+ rule.project: always budget < 9 (“Too dear”)",
        ),
        ({"entities.1.unique_together": []}, "- unique.task: project and title"),
        ({"entities.1.workflow": Gone}, "- workflow.task: status begins as open; finish: open → d"),
        ({"entities.1.workflow.transitions": []}, "- workflow.task: finish: open → done, by anyon"),
        ({"entities.0.seed": []}, "~ seed.project: 1 example rows → 0"),
        ({"entities.0.seed.0.name": "Field"}, "~ seed.project: other values in the example rows"),
        (
            {"relations.+": Relation(key="next", source="task", target="task")},
            "+ relation.task.next: each task has one or no task as next",
        ),
        ({"relations.0.required": False}, "~ relation.task.project.required: yes → no"),
        ({"pages.1.path": "/plots"}, "~ page.project_list.path: /projects → /plots"),
        ({"pages.1": Gone}, "- page.project_list: Projects (list) at /projects"),
        (
            {"features.+": Feature(key="comments", entities=("task",))},
            "+ feature.comments: for task",
        ),
        ({"features.0.params": {"x": 1}}, "~ feature.search.params: {} → {'x': 1}"),
    ],
)
def test_each_change_is_told_with_its_element_and_in_words(
    changes: dict[str, Any], expected: str
) -> None:
    (line,) = told(PLANNER, edited(changes))
    assert line.startswith(expected)
    # The other way round, what came goes, and nothing else is told.
    (back,) = told(edited(changes), PLANNER)
    assert back[0] == {"+": "-", "-": "+", "~": "~"}[line[0]]
    assert back.partition(":")[0][1:] == line.partition(":")[0][1:]


def test_where_an_app_came_from_makes_no_other_app() -> None:
    same = edited({"unmapped": ["It should fly."], "acceptance": [], "patterns": []})
    assert difference(PLANNER, same) == ()


def test_the_order_of_who_may_makes_no_other_app() -> None:
    assert difference(PLANNER, edited({"entities.0.access.read": ["admin", "owner"]})) == ()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(models(), models())
def test_only_what_differs_is_told_of_any_two_models(first: AppModel, second: AppModel) -> None:
    assert difference(first, first) == ()
    forth, back = difference(first, second), difference(second, first)
    assert elements(forth, "added") == elements(back, "removed")
    assert elements(forth, "removed") == elements(back, "added")
    assert elements(forth, "changed") == elements(back, "changed")


def elements(changes: tuple[Change, ...], kind: str) -> list[str]:
    return sorted(change.element for change in changes if change.kind == kind)
