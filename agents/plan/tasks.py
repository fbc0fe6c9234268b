"""The order of work: what has to be done before what."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.model import AppModel, Task


def tasks(model: AppModel) -> tuple[Task, ...]:
    """The tasks of a model, each after those that it needs."""
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
    pages = [
        Task(
            id=f"pages.{key}", title=f"List, form and detail of {key}", area="build",
            after=(f"api.{key}",), serves=(f"entity.{key}",),
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
    base = Task(id="base", title="Project, sign-up, login and roles", area="build")
    done = tuple(task.id for task in pages)
    last = (
        Task(id="verify", title="Type check, lint, tests, bundle", area="build", after=done),
        Task(id="migrate", title="Apply the migrations", area="migration", after=("verify",)),
        Task(id="deploy", title="Put the release live", area="deployment", after=("migrate",)),
        Task(id="watch", title="Watch the app", area="monitoring", after=("deploy",)),
    )
    return (base, *data, *apis, *pages, *last)


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
    left = {task.id: {a for a in task.after if a in known} for task in graph}
    while ready := [name for name, after in left.items() if not after]:
        for name in ready:
            del left[name]
        for after in left.values():
            after.difference_update(ready)
    if left:
        found.append(f"tasks {', '.join(sorted(left))}: they wait for each other")
    return found
