"""Every rule about one entity: what breaks it, and what is said then."""

from __future__ import annotations

import pytest

from agents.plan import rules
from agents.plan.entity_rules import fits
from contracts.model import Access, Field, Workflow
from contracts.scouting import RESERVED_FIELDS
from tests.support.plans import PLANNER, TASK, Gone, edited

PROJECT, TASKS = "entities.0", "entities.1"
FIELD = {"key": "x", "title": "X"}
STEP = f"{TASKS}.workflow.transitions.0"
BROKEN = [
    # What is changed; the place that is named; what is said of it.
    (
        {f"{PROJECT}.ownership": "parent"}, "entity project",
        "its rows belong to a parent, but it has no required reference to one",
    ),
    (
        {f"{TASKS}.ownership": "parent", "relations.0.required": False}, "entity task",
        "its rows belong to a parent, but it has no required reference to one",
    ),
    (
        {f"{TASKS}.ownership": "parent", "relations.0.kind": "many_to_many"}, "entity task",
        "its rows belong to a parent, but it has no required reference to one",
    ),
    (
        {f"{PROJECT}.ownership": "system"}, "entity project",
        "its rows have no owner (ownership is system), yet access names the owner",
    ),
    *(
        (
            {f"{PROJECT}.access.{action}": ["boss"]}, "entity project",
            f"access.{action} names 'boss', which is no role",
        )
        for action in ("list", "read", "create", "update", "delete")
    ),
    *(
        (
            {f"{PROJECT}.access.{action}": []}, "entity project",
            f"access.{action} is empty, so nobody could use it; name who may",
        )
        for action in ("list", "read", "create")
    ),
    (
        {f"{PROJECT}.access.create": ["owner"]}, "entity project",
        "access.create names the owner, but a new row has none yet; use member",
    ),
    (
        {f"{PROJECT}.fields.+": {"key": "name", "title": "Again"}}, "entity project",
        "two fields are called 'name'; rename one",
    ),
    (
        {f"{PROJECT}.fields.+": {"key": "select", "title": "X"}}, "field project.select",
        "this is a reserved word; use select_value, the title may stay",
    ),
    (
        {f"{PROJECT}.fields.+": FIELD | {"type": "enum"}}, "field project.x",
        "an enum needs options",
    ),
    (
        {f"{PROJECT}.fields.+": FIELD | {"options": ["a"]}}, "field project.x",
        "options belong to an enum, this is text",
    ),
    *(
        (
            {f"{PROJECT}.fields.+": FIELD | {"type": "enum", "options": options}},
            "field project.x", "an option is empty or there twice",
        )
        for options in (["a", "a"], ["a", ""])
    ),
    (
        {f"{PROJECT}.fields.+": FIELD | {"type": "integer", "min": 3, "max": 2}},
        "field project.x", "min 3 is above max 2",
    ),
    *(
        (
            {f"{PROJECT}.fields.+": FIELD | {"type": kind, "default": default}},
            "field project.x", f"the default {default!r} is no {kind} that it takes",
        )
        for kind, default in [
            ("integer", "3"), ("integer", 2.5), ("money", True), ("boolean", "yes"), ("text", 3),
            ("date", "tomorrow"), ("rating", 10**400), ("tags", "a"),
        ]
    ),
    *(
        (
            {f"{PROJECT}.fields.0.{what}": ["boss"]}, "field project.name", "'boss' is no role",
        )
        for what in ("read_roles", "write_roles")
    ),
    (
        {f"{PROJECT}.label_field": "nam"}, "entity project",
        "label_field 'nam' is none of its fields",
    ),
    (
        {f"{PROJECT}.label_field": "labels"}, "entity project",
        "label_field 'labels' is tags, which is no name for a row",
    ),
    (
        {f"{PROJECT}.search": ["nam"]}, "entity project",
        "search names 'nam', which is none of its fields",
    ),
    (
        {f"{PROJECT}.default_sort": "-nam"}, "entity project",
        "default_sort '-nam' is none of its fields",
    ),
    (
        {f"{PROJECT}.default_sort": "-labels"}, "entity project",
        "default_sort 'labels' is tags, which has no order",
    ),
    (
        {f"{TASKS}.unique_together": [["title", "day"]]}, "entity task",
        "unique_together names 'day', which is none of its fields",
    ),
    (
        {f"{TASKS}.workflow": Workflow(field="stage", initial="open")}, "entity task",
        "its workflow needs 'stage' as an enum field",
    ),
    (
        {f"{TASKS}.workflow": Workflow(field="title", initial="open")}, "entity task",
        "its workflow needs 'title' as an enum field",
    ),
    (
        {f"{TASKS}.workflow.initial": "new"}, "entity task",
        "the workflow starts in 'new', which is no option of status",
    ),
    (
        {f"{STEP}.sources": ["open", "new"]}, "entity task",
        "transition 'finish' names the state 'new', no option",
    ),
    (
        {f"{STEP}.target": "closed"}, "entity task",
        "transition 'finish' names the state 'closed', no option",
    ),
    (
        {f"{STEP}.roles": ["boss"]}, "entity task",
        "transition 'finish' names 'boss', which is no role",
    ),
    (
        {f"{PROJECT}.seed": [{"name": "A"}, {"name": "B", "color": "red"}]}, "entity project",
        "seed row 2 has 'color', which is none of its fields",
    ),
    (
        {f"{PROJECT}.seed.0.budget": "much"}, "entity project",
        "seed row 1 has 'much' as budget, no money",
    ),
    (
        {f"{PROJECT}.seed.0.name": Gone}, "entity project",
        "seed row 1 lacks name, which is required",
    ),
    (
        {f"{PROJECT}.seed.0.name": None}, "entity project",
        "seed row 1 lacks name, which is required",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "place", "said"), BROKEN)
def test_what_breaks_a_rule_is_named_alone(changes, place, said):
    assert rules.problems(edited(dict(changes))) == [f"{place}: {said}"]


def test_an_entity_without_fields_has_nothing_to_show():
    model = edited({f"{PROJECT}.fields": [], f"{PROJECT}.seed": [], f"{PROJECT}.search": []})
    assert rules.problems(model)[0] == "entity project: it has no fields; add one"


def test_no_reserved_word_is_a_field():
    for word in RESERVED_FIELDS:
        model = edited({f"{PROJECT}.fields.+": {"key": word, "title": "X"}})
        (problem,) = rules.problems(model)
        assert problem.startswith(f"field project.{word}: this is a reserved word")


@pytest.mark.parametrize(
    "changes",
    [
        {f"{TASKS}.ownership": "parent"},
        {
            f"{PROJECT}.ownership": "system",
            f"{PROJECT}.access": Access(list=("guest",), read=("guest", "admin")),
        },
        {f"{PROJECT}.access.update": [], f"{PROJECT}.access.delete": []},
        {f"{PROJECT}.default_sort": "-updated_at"},
        {f"{PROJECT}.label_field": "budget"},
        {f"{TASKS}.unique_together": [["project", "due"]]},
        {f"{TASKS}.seed.0.due": None},
        {f"{TASKS}.seed": []},
        {f"{TASKS}.workflow": Gone},
        {f"{TASKS}.fields.2.default": 100},
        {f"{PROJECT}.fields.+": FIELD | {"type": "date", "default": "today"}},
        {f"{PROJECT}.fields.+": FIELD | {"type": "json", "default": "{}"}},
        {f"{PROJECT}.fields.0.write_roles": ["owner", "admin"]},
    ],
)
def test_what_breaks_none_is_left_alone(changes):
    assert rules.problems(edited(dict(changes))) == []


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ({"type": "boolean"}, [True, False], [1, 0, "true", None]),
        ({"type": "integer"}, [0, -3, 2.0, 2**53], ["1", True, 1.5, 2**53 + 1, 10**400, []]),
        ({"type": "integer", "min": 1, "max": 5}, [1, 5], [0, 6]),
        ({"type": "rating", "min": 1, "max": 5}, [1, 5], [2.5, 6]),
        ({"type": "duration"}, [30], [0.5, "30"]),
        ({"type": "decimal"}, [0.5, 1], ["0.5", False, 1e300, {}]),
        ({"type": "money", "min": 0}, [0, 9.99], [-0.01]),
        ({"type": "enum", "options": ("a", "b")}, ["a"], ["c", "", 1, None, ["a"]]),
        ({"type": "tags"}, [[], ["a"]], ["a", [1], {"a": 1}]),
        ({"type": "json"}, [{}, [], 1, "x", None], []),
        ({"type": "text"}, ["", "a"], [1, None, ["a"]]),
        ({"type": "text", "max_length": 2}, ["ab"], ["abc"]),
        ({"type": "date"}, ["2026-02-28", "today"], ["2026-02-30", "28.2.2026", "", 20260228]),
        ({"type": "datetime"}, ["2026-02-28T10:00", "now"], ["2026-02-28T25:00", "soon"]),
        ({"type": "time"}, ["10:30", "now"], ["25:00", "ten"]),
        ({"type": "email"}, ["a@b.example"], [3]),
    ],
)
def test_a_value_fits_its_field_or_not(field, good, bad):
    made = Field(key="x", title="X", **field)
    assert [value for value in good if not fits(made, value)] == []
    assert [value for value in bad if fits(made, value)] == []


def test_every_entity_of_these_tests_has_an_owner_and_access():
    assert {entity.ownership for entity in PLANNER.entities} == {"user"}
    assert TASK.access.read
