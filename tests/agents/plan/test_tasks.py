"""The order of work: complete, without circles, and each task after those that it needs."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.plan.tasks import problems, tasks
from agents.scout.scout import scout
from contracts.model import AppModel, Relation, Task
from tests.support.ideas import TEN
from tests.support.plans import PLANNER, edited

MODELS = {key or "a page": model_of(scout(idea)) for key, idea in TEN.items()}
LAST = ["verify", "migrate", "deploy", "watch"]


def before(graph: tuple[Task, ...], name: str) -> set[str]:
    """Everything that must be done before a task."""
    after = {task.id: task.after for task in graph}
    found: set[str] = set()
    waiting = list(after[name])
    while waiting:
        found.add(step := waiting.pop())
        waiting += [each for each in after[step] if each not in found]
    return found


@pytest.mark.parametrize("model", [PLANNER, *MODELS.values()], ids=["planner", *MODELS])
def test_the_order_of_work_is_complete_and_has_no_circle(model: AppModel):
    graph = tasks(model)
    assert problems(graph) == []
    keys = [entity.key for entity in model.entities]
    for what in ("data", "api", "pages"):
        assert [t.id for t in graph if t.id.startswith(f"{what}.")] == [f"{what}.{k}" for k in keys]
    assert {name for task in graph for name in task.serves} == {f"entity.{key}" for key in keys}
    assert [task.id for task in graph[-4:]] == LAST


@pytest.mark.parametrize("model", [PLANNER, *MODELS.values()], ids=["planner", *MODELS])
def test_everything_is_done_before_the_end(model: AppModel):
    graph = tasks(model)
    assert before(graph, "watch") == {task.id for task in graph} - {"watch"}
    for entity in model.entities:
        assert {"base", f"data.{entity.key}"} <= before(graph, f"api.{entity.key}")
        assert f"api.{entity.key}" in before(graph, f"pages.{entity.key}")


@pytest.mark.parametrize("model", [PLANNER, *MODELS.values()], ids=["planner", *MODELS])
def test_what_is_required_comes_first(model: AppModel):
    graph = tasks(model)
    for relation in model.relations:
        if relation.required and relation.source != relation.target:
            assert f"data.{relation.target}" in before(graph, f"data.{relation.source}")


def test_an_optional_reference_waits_for_nothing():
    model = edited({"relations.+": Relation(key="first", source="project", target="task")})
    assert before(tasks(model), "data.project") == {"base"}


def test_each_task_has_the_area_that_does_it():
    areas = {task.id: task.area for task in tasks(PLANNER)}
    assert {areas[name] for name in areas if name not in LAST} == {"build"}
    assert [areas[name] for name in LAST] == ["build", "migration", "deployment", "monitoring"]


def step(name: str, *after: str) -> Task:
    return Task(id=name, title=name, area="build", after=after)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ([], []),
        ([step("b", "a"), step("a")], []),
        ([step("a"), step("a")], ["task a: this id is there twice"]),
        ([step("a", "b")], ["task a: it comes after b, which is no task"]),
        ([step("a", "a")], ["tasks a: they wait for each other"]),
        (
            [step("a"), step("c", "b", "a"), step("b", "c")],
            ["tasks b, c: they wait for each other"],
        ),
    ],
)
def test_what_is_wrong_with_an_order_is_named(graph, expected):
    assert problems(graph) == expected
