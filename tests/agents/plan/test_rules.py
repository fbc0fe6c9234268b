"""Every rule about the model as a whole: what breaks it, and what is said then."""

from __future__ import annotations

import pytest

from agents.plan import rules
from agents.plan.features import BUILT, OFFERED
from agents.plan.page_rules import unreachable
from contracts.model import Acceptance, Access, Feature, Page, Relation, Role
from tests.support.plans import PLANNER, Gone, another, edited

ADMIN, MEMBER = PLANNER.roles
MEMBERS = Access(list=("member",), read=("member",), create=("member",))
LINK = Relation(key="extra", source="task", target="project")
ABOUT = Page(key="about", path="/about", title="About", kind="static", nav=True)
BROKEN = [
    # What is changed; the place that is named; what is said of it.
    ({"roles": [ADMIN, MEMBER, ADMIN]}, "role admin", "it is there twice; remove one"),
    *(
        (
            {"roles": [ADMIN, MEMBER, Role(key=key, title="X")]},
            f"role {key}", "this word has a meaning of its own; choose another key",
        )
        for key in ("guest", "owner", "system")
    ),
    (
        {"roles": [ADMIN, MEMBER, Role(key="x", title="X", is_default=True)]},
        "roles", "more than one is the default; keep one",
    ),
    (
        {"entities": [], "relations": [], "pages": PLANNER.pages[:1], "features": []},
        "entities", "there is none; an app needs something to keep",
    ),
    (
        another("project", "undertakings") | {"pages": PLANNER.pages},
        "entity project", "two entities have this key; rename one",
    ),
    (
        another("undertaking", "projects") | {
            "pages": [*PLANNER.pages, Page(
                key="more", path="/more", title="More", kind="list", entity="undertaking", nav=True,
            )],
        },
        "entity projects", "two entities have this plural; rename one",
    ),
    (
        another("select", "choices"), "entity select",
        "reserved word of SQL, TypeScript or the app; use select_record, the title may stay",
    ),
    (another("choice", "users"), "entity choice", "its plural 'users' is a reserved word"),
    (another("class", "lessons"), "entity class", "its key 'class' is a reserved word"),
    (another("choice", "task"), "entity choice", "its plural 'task' is another entity's key"),
    ({"relations.+": PLANNER.relations[0]}, "relation task.project", "there twice; rename one"),
    (
        {"relations.+": Relation(key="extra", source="nobody", target="task")},
        "relation nobody.extra", "its source 'nobody' is no entity",
    ),
    (
        {"relations.+": Relation(key="extra", source="task", target="nobody")},
        "relation task.extra", "its target 'nobody' is no entity",
    ),
    (
        {"relations.+": Relation(key="owner", source="task", target="project")},
        "relation task.owner", "'owner' is a reserved word; rename it",
    ),
    (
        {
            "entities.0.ownership": "org",
            "relations.+": Relation(key="org", source="project", target="task"),
        },
        "relation project.org", "has the column org_id; rename it",
    ),
    (
        {"entities.0.ownership": "org", "entities.0.fields.+": {"key": "org_id", "title": "X"}},
        "field project.org_id", "has the column org_id; rename it",
    ),
    (
        {"relations.0.on_delete": "set_null"}, "relation task.project",
        "it is required, so on_delete cannot be set_null; use restrict or cascade",
    ),
    *(
        (
            {"relations.+": LINK, "entities.1.fields.+": {"key": key, "title": "X"}},
            "relation task.extra", f"the entity has a field {key!r} as well; rename one",
        )
        for key in ("extra", "extra_id", "extra_ids")
    ),
    (
        {"relations.+": Relation(key="first", source="project", target="task", required=True)},
        "entities project, task",
        "they require each other in a circle; make one reference optional",
    ),
    (
        {"relations.+": Relation(key="before", source="task", target="task", required=True)},
        "entities task", "they require each other in a circle; make one reference optional",
    ),
    ({"features.+": PLANNER.features[0]}, "feature search", "it is there twice; remove one"),
    (
        {"features.+": Feature(key="telepathy")}, "feature telepathy",
        f"Genesis does not build it; remove it (built: {', '.join(sorted(BUILT | OFFERED))})",
    ),
    ({"features.0.entities": ["nobody"]}, "feature search", "'nobody' is no entity"),
    (
        {"acceptance.+": PLANNER.acceptance[0]}, "acceptance task.crud",
        "this id is there twice; rename one",
    ),
    (
        {"pages.+": Page(key="task_form", path="/about", title="About", kind="static", nav=True)},
        "page task_form", "two pages have this key; change one",
    ),
    (
        {"pages.+": Page(key="about", path="/tasks", title="About", kind="static", nav=True)},
        "page /tasks", "two pages have this path; change one",
    ),
    ({"pages.0.path": "/start"}, "pages", "there is one page of kind home, at the path /"),
    (
        {"pages.+": Page(key="start", path="/start", title="Start", kind="home")},
        "pages", "there is one page of kind home",
    ),
    *(
        (
            {"pages.+": Page(key="about", path="/about", title="A", kind=kind, nav=True)},
            "page about", f"a {kind} needs an entity",
        )
        for kind in ("list", "detail", "form")
    ),
    (
        {"pages.+": Page(key="x", path="/x", title="X", kind="board", entity="nobody", nav=True)},
        "page x", "its entity 'nobody' is no entity",
    ),
    ({"pages.1.audience": []}, "page project_list", "its audience is empty, so nobody could see"),
    (
        {"pages.1.audience": ["boss"]}, "page project_list",
        "its audience names 'boss', which is no role",
    ),
    ({"pages.1.audience": ["owner"]}, "page project_list", "its audience names 'owner'"),
    (
        {"pages.+": Page(key="about", path="/about", title="About", kind="static")},
        "page about", "no way leads to /about; set nav, or add what leads there",
    ),
    (
        {
            "roles": [
                Role(key="admin", title="Administrator"),
                Role(key="member", title="Member", signup="open", is_default=True),
                Role(key="boss", title="Boss"),
            ],
            "features.+": Feature(key="approvals", entities=("task",), params={"roles": ["boss"]}),
        },
        "feature approvals", "roles must name admin too",
    ),
]  # fmt: skip


def test_the_model_of_these_tests_breaks_no_rule():
    assert rules.problems(PLANNER) == []


@pytest.mark.parametrize(("changes", "place", "said"), BROKEN)
def test_what_breaks_a_rule_is_named_alone(changes, place, said):
    (problem,) = rules.problems(edited(dict(changes)))
    assert problem.startswith(f"{place}: ")
    assert said in problem


@pytest.mark.parametrize(
    "changes",
    [
        {
            "roles": [ADMIN, MEMBER, Role(key="helper", title="Helper")],
            "entities.0.access.update": ["helper"],
        },
        {"relations.+": Relation(key="first", source="project", target="task")},
        {"relations.+": Relation(key="before", source="task", target="task")},
        {
            "relations.+": Relation(
                key="others", source="project", target="task", kind="many_to_many", required=True
            )
        },
        {"relations.0.required": False, "relations.0.on_delete": "set_null"},
        {"pages.+": ABOUT},
        {"pages.4.nav": False},
        {"features.+": Feature(key="auth")},
        {"features": [], "acceptance": []},
        {"acceptance.+": Acceptance(id="x", kind="ui", given="", when="", then="")},
        another("select_record", "select_records"),
    ],
)
def test_what_breaks_none_is_left_alone(changes):
    assert rules.problems(edited(dict(changes))) == []


def test_what_leads_into_a_circle_is_not_part_of_it():
    changes = another("note", "notes")
    model = edited(
        changes
        | {
            "relations": [
                *PLANNER.relations,
                Relation(key="first", source="project", target="task", required=True),
                Relation(key="task", source="note", target="task", required=True),
            ]
        }
    )
    (problem,) = rules.problems(model)
    assert problem.startswith("entities project, task: ")


def test_several_problems_are_all_told():
    model = edited(
        {"roles": [ADMIN, ADMIN], "relations.0.target": "nobody", "pages.0.path": "/start"}
    )
    assert [problem.partition(":")[0] for problem in rules.problems(model)] == [
        "role admin", "relation task.project", "pages",
    ]  # fmt: skip


TASKS = ["/tasks", "/tasks/new", "/tasks/:id"]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({}, []),
        ({"pages.4.nav": False}, []),
        ({"pages.1.nav": False}, []),
        ({"pages.4.nav": False, "relations": []}, TASKS),
        ({"pages.4.nav": False, "pages.3": Gone}, TASKS),
        ({"pages.1.nav": False, "pages.4.nav": False}, [p.path for p in PLANNER.pages[1:]]),
    ],
)
def test_a_page_is_reached_by_navigation_list_or_record(changes, paths):
    assert [page.path for page in unreachable(edited(dict(changes)))] == paths
