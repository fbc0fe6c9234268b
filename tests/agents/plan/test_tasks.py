"""The order of work: complete, without circles, and each task after those that it needs."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.plan.tasks import critical_path, fit, problems, tasks
from agents.plan.timings import Timing
from agents.scout.scout import scout
from contracts.model import AppModel, Plan, Relation, Task
from tests.support.ideas import TEN
from tests.support.plans import PLANNER, edited

MODELS = {key or "a page": model_of(scout(idea)) for key, idea in TEN.items()}
CHECKS = ["install", "schema", "typecheck", "lint", "bundle", "test"]
LAST = [*CHECKS, "migrate", "deploy", "watch"]


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
    served = {name for task in graph for name in task.serves}
    assert {name for name in served if name.startswith("entity.")} == {f"entity.{k}" for k in keys}
    assert {f"feature.{feature.key}" for feature in model.features} <= served
    assert [task.id for task in graph[-9:]] == LAST


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
    delivery = ["migration", "deployment", "monitoring"]
    assert [areas[name] for name in LAST] == ["build"] * len(CHECKS) + delivery


def step(name: str, *after: str, estimate: float | None = None) -> Task:
    return Task(id=name, title=name, area="build", after=after, estimate=estimate)


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


def test_every_task_has_an_estimate_and_the_tests_decide_the_end():
    graph = tasks(PLANNER)
    assert all(task.estimate is not None and task.estimate > 0 for task in graph)
    path = critical_path(graph)
    ids = [task.id for task in path.tasks]
    assert ids[0] == "base"
    assert ids[-5:] == ["schema", "test", "migrate", "deploy", "watch"]
    assert path.seconds == pytest.approx(sum(task.estimate or 0 for task in path.tasks), abs=0.01)
    assert path.work > path.seconds


def test_an_app_that_bundles_slowly_here_waits_for_its_bundle():
    known = [Timing(pipeline="p", entities=2, seconds={"build": 60.0})]
    path = critical_path(tasks(PLANNER, known))
    assert [task.id for task in path.tasks][-4:] == ["bundle", "migrate", "deploy", "watch"]
    assert path.seconds > 60


@pytest.mark.parametrize(
    ("graph", "path", "seconds"),
    [
        ([], [], 0),
        ([step("a")], ["a"], 0),
        ([step("a", estimate=1), step("b", estimate=2)], ["b"], 2),
        ([step("b", "a", estimate=2), step("a", estimate=1)], ["a", "b"], 3),
        (
            [
                step("a", estimate=1), step("b", "a", estimate=1), step("c", "a", estimate=5),
                step("d", "b", "c", estimate=1),
            ],
            ["a", "c", "d"], 7,
        ),
        ([step("a", "b", estimate=1), step("b", "a", estimate=1)], [], 0),
        ([step("a", "nowhere", estimate=1)], ["a"], 1),
    ],
)  # fmt: skip
def test_the_critical_path_is_the_longest_way_through(graph, path, seconds):
    found = critical_path(graph)
    assert [task.id for task in found.tasks] == path
    assert found.seconds == seconds


def test_a_feature_comes_after_what_it_serves_and_before_the_checks():
    model = edited({"features.+": {"key": "comments", "entities": ["task"]}})
    graph = tasks(model)
    assert "api.task" in before(graph, "feature.comments")
    assert "feature.comments" in before(graph, "install")


def test_tasks_fit_until_what_they_serve_is_changed():
    plan = Plan(model=PLANNER, tasks=tasks(PLANNER))
    assert fit(plan)
    assert not fit(Plan(model=PLANNER))
    model = edited({"features.+": {"key": "comments", "entities": ["task"]}})
    assert not fit(Plan(model=model, tasks=plan.tasks))
    assert fit(Plan(model=model, tasks=tasks(model)))
    # A task for what is no longer there is as wrong as a missing one.
    assert not fit(Plan(model=PLANNER, tasks=tasks(model)))
