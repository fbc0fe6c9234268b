"""A model with sentences that nothing covers, and what a language model may ask of it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from contracts.model import AppModel, Trace
from tests.support.plans import PLANNER

SENTENCES = (
    "A planner for my projects and their tasks.",
    "Every task can have notes.",
    "Tasks take at least one hour.",
    "People comment on projects.",
    "It should feel calm.",
)
ASKED: AppModel = replace(
    PLANNER,
    app=replace(PLANNER.app, idea=" ".join(SENTENCES)),
    trace=(
        Trace(
            sentence=1, text=SENTENCES[0],
            maps_to=("app.name", "entity.project", "entity.task", "relation.task.project"),
        ),
        Trace(sentence=2, text=SENTENCES[1]),
        Trace(sentence=3, text=SENTENCES[2], maps_to=()),
        Trace(sentence=4, text=SENTENCES[3], maps_to=("entity.project", "unbuilt.comments")),
        Trace(sentence=5, text=SENTENCES[4]),
    ),
    unmapped=(
        SENTENCES[1], SENTENCES[2], f"{SENTENCES[3]} [not built: comments]", SENTENCES[4],
        "[note] The idea says little.",
    ),
)  # fmt: skip

OWN = {
    "list": ["owner", "admin"], "read": ["owner", "admin"], "create": ["member"],
    "update": ["owner"], "delete": ["owner"],
}  # fmt: skip


def field(key: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"key": key, "title": key.replace("_", " ").title(), "type": kind} | more


def entity(key: str = "note", *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An operation that adds an entity."""
    return {
        "op": "add_entity", "sentence": 0, "key": key, "plural": f"{key}s", "title": key.title(),
        "title_plural": f"{key}s".title(), "ownership": "user", "access": OWN,
        "label_field": "text",
        "fields": [field("text", required=True, examples=["Buy seeds", "Call Ana"]), *fields],
    } | more  # fmt: skip


NOTES = entity("note", sentence=2)
OF_TASK = {"op": "add_relation", "sentence": 2, "source": "note", "key": "task", "target": "task"}
HOURS = {"op": "add_rule", "sentence": 3, "entity": "task", "kind": "check", "expr": "hours >= 1"}
COMMENTS = {"op": "set_feature", "sentence": 4, "feature": "comments", "entities": ["project"]}
ALL = (NOTES, OF_TASK, HOURS, COMMENTS)
