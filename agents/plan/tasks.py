"""The order of work: what has to be done before what, how long it takes, and what decides that."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from agents.plan import timings
from agents.plan.features import BUILT
from agents.plan.timings import Timing
from contracts.model import AppModel, Plan, Task


class CriticalPath(Struct, frozen=True, kw_only=True):
    """The tasks that decide when everything is done, in order; `work` is the seconds of all."""

    tasks: tuple[Task, ...]
    seconds: float
    work: float


def tasks(model: AppModel, known: Sequence[Timing] = ()) -> tuple[Task, ...]:
    """The tasks of a model, each after those that it needs; `known` are earlier builds."""
    graph = (*_made(model), *_checked(model), *_delivered())
    count = len(model.entities)
    # One run of the generator makes all of these.
    shared = {task.id for task in graph if task.serves}
    generate = timings.estimate("generate", count, known) / len(shared)
    return tuple(
        msgspec.structs.replace(
            task,
            estimate=round(generate, 4)
            if task.id in shared
            else timings.estimate(_STEPS[task.id], count, known),
        )
        for task in graph
    )


def fit(plan: Plan) -> bool:
    """Whether a plan's tasks are those of what its model has now, whatever their order."""
    served = {name for task in plan.tasks for name in task.serves}
    return served == {name for task in _made(plan.model) for name in task.serves}


_STEPS = {
    "install": "install", "schema": "migrations", "typecheck": "typecheck", "lint": "lint",
    "bundle": "build", "test": "tests", "migrate": "migration", "deploy": "deployment",
    "watch": "monitoring",
}  # fmt: skip
"""The step whose time a task takes."""


def _made(model: AppModel) -> tuple[Task, ...]:
    """What is generated: the base, then for each entity its table, API and pages."""
    needs = {
        e.key: [
            r.target
            for r in model.relations
            if r.source == e.key and r.required and r.target != e.key
        ]
        for e in model.entities
    }
    data = [
        Task(
            id=f"data.{key}", title=f"Table and access rules of {key}", area="build",
            after=("base", *(f"data.{to}" for to in dict.fromkeys(needs[key]))),
            serves=(f"entity.{key}",),
        )
        for key in needs
    ]  # fmt: skip
    apis = [
        Task(
            id=f"api.{key}", title=f"API of {key}", area="build", after=(f"data.{key}",),
            serves=(f"entity.{key}",),
        )
        for key in needs
    ]  # fmt: skip
    pages = [
        Task(
            id=f"pages.{key}", title=f"List, form and detail of {key}", area="build",
            after=(f"api.{key}",), serves=(f"entity.{key}",),
        )
        for key in needs
    ]  # fmt: skip
    base = Task(
        id="base", title="Project, sign-up, login and roles", area="build",
        serves=(
            "app.name", "app.theme", *(f"role.{role.key}" for role in model.roles),
            *(f"feature.{each.key}" for each in model.features if each.key in BUILT),
        ),
    )  # fmt: skip
    return (base, *data, *apis, *pages, *_featured(model))


def _featured(model: AppModel) -> tuple[Task, ...]:
    """A task for each feature that not every app has."""
    keys = {entity.key for entity in model.entities}
    return tuple(
        Task(
            id=f"feature.{each.key}", title=f"Feature {each.key}", area="build",
            after=("base", *(f"api.{key}" for key in each.entities if key in keys)),
            serves=(f"feature.{each.key}",),
        )
        for each in model.features
        if each.key not in BUILT
    )  # fmt: skip


def _checked(model: AppModel) -> tuple[Task, ...]:
    """What is run on the generated app; the checks run beside each other."""
    made = (
        *(f"pages.{entity.key}" for entity in model.entities),
        *(task.id for task in _featured(model)),
    ) or ("base",)
    return (
        Task(id="install", title="Install the dependencies", area="build", after=made),
        Task(id="schema", title="Try the migrations", area="build", after=("install",)),
        Task(id="typecheck", title="Check the types", area="build", after=("install",)),
        Task(id="lint", title="Lint", area="build", after=("install",)),
        Task(id="bundle", title="Bundle", area="build", after=("install",)),
        Task(id="test", title="Run the app's own tests", area="build", after=("schema",)),
    )


def _delivered() -> tuple[Task, ...]:
    checks = ("typecheck", "lint", "bundle", "test")
    return (
        Task(id="migrate", title="Apply the migrations", area="migration", after=checks),
        Task(id="deploy", title="Put the release live", area="deployment", after=("migrate",)),
        Task(id="watch", title="Watch the app", area="monitoring", after=("deploy",)),
    )


def problems(graph: Sequence[Task]) -> list[str]:
    """What is wrong with a task graph: ids that are twice or nowhere, and circles."""
    ids = [task.id for task in graph]
    found = [
        f"task {name}: this id is there twice" for name in dict.fromkeys(ids) if ids.count(name) > 1
    ]
    known = set(ids)
    for task in graph:
        found += [
            f"task {task.id}: it comes after {a}, which is no task"
            for a in task.after
            if a not in known
        ]
    done = {task.id for task in _ordered(graph)}
    if left := sorted(known - done):
        found.append(f"tasks {', '.join(left)}: they wait for each other")
    return found


def _ordered(graph: Sequence[Task]) -> list[Task]:
    """The tasks, each after those that it needs; without those that wait for each other."""
    known = {task.id for task in graph}
    left = {task.id: (task, {*task.after} & known) for task in graph}
    order: list[Task] = []
    while ready := [name for name, (_, after) in left.items() if not after]:
        order += [left.pop(name)[0] for name in ready]
        for _, after in left.values():
            after.difference_update(ready)
    return order


def critical_path(graph: Sequence[Task]) -> CriticalPath:
    """The longest way through a graph by its estimates; a task without one takes no time."""
    ends: dict[str, tuple[float, tuple[Task, ...]]] = {}
    for task in _ordered(graph):
        before = max(
            (ends[name] for name in task.after if name in ends), key=_longest, default=_NONE
        )
        ends[task.id] = (before[0] + (task.estimate or 0.0), (*before[1], task))
    seconds, path = max(ends.values(), key=_longest, default=_NONE)
    return CriticalPath(
        tasks=path, seconds=round(seconds, 2),
        work=round(sum(task.estimate or 0.0 for task in graph), 2),
    )  # fmt: skip


_NONE: tuple[float, tuple[Task, ...]] = (0.0, ())


def _longest(end: tuple[float, tuple[Task, ...]]) -> tuple[float, int]:
    return end[0], len(end[1])
