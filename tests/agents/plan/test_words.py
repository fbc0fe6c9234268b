"""A model in words that people recognise."""

from __future__ import annotations

import pytest

from agents.plan import words
from contracts.model import Access, Field, Relation, Role, Rule
from tests.support.plans import OWN, PLANNER, TASK

ROLES = (Role(key="admin", title="Administrator"), Role(key="boss", title="Shop boss"))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ((), "nobody"),
        (("guest", "member"), "anyone"),
        (("member", "admin"), "anyone signed in"),
        (("owner",), "the owner"),
        (("owner", "admin"), "the owner and administrators"),
        (("owner", "admin", "boss"), "the owner, administrators and shop bosses"),
        (("walrus",), "walrus"),
    ],
)
def test_people_are_called_by_who_they_are(who: tuple[str, ...], expected: str) -> None:
    assert words.people(who, ROLES) == expected


def test_access_is_told_by_who_may_what() -> None:
    assert words.access(OWN, ROLES) == (
        "the owner and administrators may find, open and delete; anyone signed in may add;"
        " the owner may change"
    )
    assert words.access(Access(), ROLES) == "nobody may find, open, add, change and delete"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field(key="name", title="Name"), "name"),
        (Field(key="age", title="Age", type="integer", min=0, default=1), "1 unless said"),
        (Field(key="done", title="Done", type="boolean", default=False), "no unless said"),
        (Field(key="kind", title="Kind", type="enum", options=("a", "b")), "kind (a | b)"),
        (Field(key="total", title="Total", type="money", computed="a * b"), "(money, = a * b)"),
        (Field(key="code", title="Code", required=True, unique=True), "code (required, unique)"),
        (Field(key="share", title="Share", type="decimal", max=0.5), "share (decimal, max 0.5)"),
    ],
)
def test_a_field_is_told_with_what_limits_it(field: Field, expected: str) -> None:
    assert expected in words.field(field)


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ({"key": "project", "required": True}, "exactly one project"),
        ({"key": "project"}, "one or no project"),
        ({"key": "parent"}, "one or no project as parent"),
        ({"key": "projects", "kind": "many_to_many"}, "any number of projects"),
    ],
)
def test_a_relation_is_told_by_how_many(relation: dict[str, object], expected: str) -> None:
    made = Relation(source="task", target="project", **relation)
    assert words.relation(made, PLANNER) == expected


def test_rules_and_workflows_are_told() -> None:
    once = Rule(kind="once_per_user", expr="", message="Only once")
    assert words.rule(once) == "once per person (“Only once”)"
    assert words.rule(Rule(kind="check", expr="a < b")) == "always a < b"
    told = words.workflow(TASK, ROLES)
    assert told == "status begins as open; finish: open → done, by anyone signed in"
