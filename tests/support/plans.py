"""A small model that breaks no rule, and what becomes of it when somebody edits its file."""

from __future__ import annotations

from typing import Any

import msgspec

from agents.plan.pages import pages
from contracts.model import (
    Acceptance,
    Access,
    App,
    AppModel,
    Entity,
    Feature,
    Field,
    Relation,
    Transition,
    Workflow,
)

OWN = Access(
    list=("owner", "admin"), read=("owner", "admin"), create=("member",), update=("owner",),
    delete=("owner", "admin"),
)  # fmt: skip
PROJECT = Entity(
    key="project", plural="projects", title="Project", title_plural="Projects", ownership="user",
    access=OWN, label_field="name", default_sort="name", search=("name",),
    fields=(
        Field(key="name", title="Name", required=True, max_length=20),
        Field(key="budget", title="Budget", type="money", min=0),
        Field(key="labels", title="Labels", type="tags"),
    ),
    seed=({"name": "Garden", "labels": ["home"]},),
)  # fmt: skip
TASK = Entity(
    key="task", plural="tasks", title="Task", title_plural="Tasks", ownership="user", access=OWN,
    label_field="title",
    fields=(
        Field(key="title", title="Title", required=True),
        Field(
            key="status", title="Status", type="enum", required=True, default="open",
            options=("open", "done"),
        ),
        Field(key="hours", title="Hours", type="integer", default=1, min=0, max=100),
        Field(key="due", title="Due", type="date"),
        Field(key="urgent", title="Urgent", type="boolean"),
    ),
    unique_together=(("project", "title"),),
    workflow=Workflow(
        field="status", initial="open",
        transitions=(
            Transition(name="finish", sources=("open",), target="done", roles=("member",)),
        ),
    ),
    seed=({"title": "Dig", "due": "2026-05-01", "project": "Garden"},),
)  # fmt: skip
PLANNER = AppModel(
    app=App(name="Planner", slug="planner"),
    entities=(PROJECT, TASK),
    relations=(
        Relation(
            key="project", source="task", target="project", required=True, on_delete="cascade"
        ),
    ),
    pages=pages("Planner", (PROJECT, TASK), (True, True)),
    features=(Feature(key="search", entities=("project",)),),
    acceptance=(Acceptance(id="task.crud", kind="api", given="a", when="b", then="c"),),
)


class Gone:
    """In place of a value: what stands there is taken out."""


def edited(changes: dict[str, Any], model: AppModel = PLANNER) -> AppModel:
    """The model with values set at places such as `entities.0.fields.1.key`.

    `entities.+` adds to a list; `Gone` takes out what is there.
    """
    content = edit(msgspec.json.decode(msgspec.json.encode(model)), changes)
    return msgspec.convert(content, AppModel)


def edit(content: Any, changes: dict[str, Any]) -> Any:
    """The same on plain JSON content, which is changed."""
    for place, value in changes.items():
        *steps, last = place.split(".")
        part = content
        for step in steps:
            part = part[int(step) if isinstance(part, list) else step]
        if last == "+":
            part.append(msgspec.to_builtins(value))
        elif value is Gone:
            del part[int(last) if isinstance(part, list) else last]
        else:
            part[int(last) if isinstance(part, list) else last] = msgspec.to_builtins(value)
    return content


def another(key: str, plural: str) -> dict[str, Any]:
    """Changes that add an entity like the project, with its pages."""
    entity = msgspec.structs.replace(PROJECT, key=key, plural=plural)
    found = msgspec.to_builtins(pages("Planner", (entity,), (True,)))[1:]
    return {"entities.+": entity} | {
        "pages": [*msgspec.to_builtins(PLANNER.pages), *found],
    }
