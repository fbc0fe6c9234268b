"""From sentences to tests: an element's files and tests are found, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.build import agent
from agents.build.cli import trace_in
from agents.build.generator import generate_app
from agents.build.results import Outcome, results
from agents.build.tracing import Traced, traced
from agents.plan import cli as plans
from agents.plan.tasks import tasks
from agents.scout.scout import scout
from contracts.messages import BuildRun
from contracts.model import Plan, Trace, encode_plan
from tests.support.builder import Builder
from tests.support.plans import PLANNER, edited

MODEL = edited({"features.+": {"key": "comments", "entities": ["task"]}})


def outcome(file: str, *names: str, passed: bool | None = True) -> Outcome:
    return Outcome(file=file, names=names, passed=passed)


RAN = [
    outcome("tests/records.test.ts", "'Tasks'", "are created"),
    outcome("tests/records.test.ts", "'Projects'", "are created"),
    outcome("tests/access.test.ts", "'task': who may do what", "reading"),
    outcome("tests/access.test.ts", "'project': who may do what", "reading"),
    outcome("tests/features/workflow.test.ts", "the workflow of 'task'", "finish"),
    outcome("tests/features/comments.test.ts", "comments on task", "are kept"),
    outcome("tests/web.test.tsx", "the pages", "start with the name of the app"),
    outcome("tests/web.test.tsx", "the pages", "have a form for 'Task' with labels"),
    outcome("tests/accounts.test.ts", "accounts", "sign up"),
    outcome("tests/records.test.ts", "'Tasks'", "are skipped", passed=None),
]


def follow(*maps_to: str, ran: list[Outcome] = RAN, model: Any = MODEL) -> Traced:
    """What becomes of a sentence that led to these elements."""
    trace = (Trace(sentence=1, text="Said.", maps_to=maps_to),)
    model = edited({"trace": trace}, model)
    made = generate_app(model)
    plan = Plan(model=model, tasks=tasks(model))
    (found,) = traced(plan, made.files, made.parts, ran)
    return found


def shown_by(found: Traced) -> dict[str, tuple[str, ...]]:
    return {ran.file: ran.tests for ran in found.tests}


def test_an_entity_has_its_table_and_the_tests_that_name_it() -> None:
    found = follow("pattern.tasks", "entity.task")
    assert found.verdict == "passed"
    assert found.elements == ("entity.task",)
    assert found.tasks == ("data.task", "api.task", "pages.task")
    migration, entity = found.files
    assert migration.endswith("_tasks.sql")
    assert entity == "shared/entities/task.ts"
    assert shown_by(found) == {
        "tests/records.test.ts": ("'Tasks' > are created",),
        "tests/access.test.ts": ("'task': who may do what > reading",),
        "tests/features/workflow.test.ts": ("the workflow of 'task' > finish",),
        "tests/features/comments.test.ts": ("comments on task > are kept",),
        "tests/web.test.tsx": ("the pages > have a form for 'Task' with labels",),
    }


@pytest.mark.parametrize("element", ["field.task.due", "relation.task.project"])
def test_a_part_of_an_entity_is_made_and_shown_with_it(element: str) -> None:
    assert follow(element).files == follow("entity.task").files
    assert shown_by(follow(element)) == shown_by(follow("entity.task"))
    assert follow(element).tasks == follow("entity.task").tasks


@pytest.mark.parametrize(
    ("element", "files"),
    [
        ("workflow.task", {"tests/features/workflow.test.ts"}),
        ("access.task.read", {"tests/access.test.ts"}),
        ("rule.task.1", set()),
        ("feature.comments", {"tests/features/comments.test.ts"}),
        ("feature.auth", {"tests/accounts.test.ts"}),
        ("app.name", {"tests/web.test.tsx"}),
        ("access.guest", {"tests/access.test.ts"}),
        ("role.admin", {"tests/access.test.ts"}),
    ],
)
def test_other_elements_are_shown_by_their_own_tests(element: str, files: set[str]) -> None:
    assert set(shown_by(follow(element))) == files


def test_every_file_that_is_named_is_in_the_app() -> None:
    made = generate_app(MODEL)
    elements = [
        "app.name", "app.theme", "role.admin", "access.guest", "page.home", "entity.project",
        "field.task.due", "workflow.task", "feature.comments",
        *(f"feature.{key}" for key in ("auth", "search", "sort", "paging", "crud", "export")),
    ]  # fmt: skip
    for element in elements:
        found = follow(element)
        assert set(found.files) <= set(made.files), element
        assert found.files or element == "access.guest", element


def test_a_feature_has_its_own_files_and_its_migration() -> None:
    found = follow("feature.comments")
    assert "server/features/comments.ts" in found.files
    assert any(path.endswith("_comments.sql") for path in found.files)
    assert found.tasks == ("feature.comments",)


@pytest.mark.parametrize(
    ("maps_to", "verdict"),
    [
        ((), "unmapped"),
        (("unbuilt.games",), "unmapped"),
        (("excluded.messages",), "left_out"),
        (("app.theme",), "untested"),
        (("app.context",), "context"),
        (("pattern.tasks",), "untested"),
        (("entity.task", "unbuilt.games"), "passed"),
    ],
)
def test_what_no_test_is_about_is_said(maps_to: tuple[str, ...], verdict: str) -> None:
    assert follow(*maps_to).verdict == verdict


def test_what_is_lacking_of_a_sentence_is_kept() -> None:
    assert follow("entity.task", "unbuilt.games").missing == ("unbuilt.games",)


def test_a_test_that_failed_fails_the_sentences_that_it_is_about_alone() -> None:
    ran = [*RAN, outcome("tests/records.test.ts", "'Tasks'", "are changed", passed=False)]
    assert follow("entity.task", ran=ran).verdict == "failed"
    assert follow("entity.project", ran=ran).verdict == "passed"
    (records,) = [each for each in follow("field.task.due", ran=ran).tests if each.failed]
    assert (records.file, records.failed, len(records.tests)) == ("tests/records.test.ts", 1, 2)


def test_a_long_name_that_vitest_shortened_is_recognised() -> None:
    model = edited({"entities.0.title_plural": "Kitchen garden plots with raised beds and paths"})
    ran = [outcome("tests/records.test.ts", "'Kitchen garden plots with raised…'", "are created")]
    assert follow("entity.project", ran=ran, model=model).verdict == "passed"
    assert follow("entity.task", ran=ran, model=model).verdict == "untested"


def test_results_are_read_as_vitest_writes_them(tmp_path: Path) -> None:
    content = {
        "numPassedTests": 1, "numFailedTests": 1,
        "testResults": [
            {
                "name": f"{tmp_path}/tests/a.test.ts",
                "assertionResults": [
                    {"ancestorTitles": ["'Tasks'"], "title": "are kept", "status": "passed"},
                    {
                        "ancestorTitles": [], "title": "adds up", "fullName": "adds up",
                        "status": "failed", "failureMessages": ["2 is not 3\n  at x"],
                    },
                    {"ancestorTitles": [], "title": "later", "status": "skipped"},
                ],
            }
        ],
    }  # fmt: skip
    found = results(content, tmp_path)
    assert [(test.file, test.names, test.passed) for test in found.tests] == [
        ("tests/a.test.ts", ("'Tasks'", "are kept"), True),
        ("tests/a.test.ts", ("adds up",), False),
        ("tests/a.test.ts", ("later",), None),
    ]
    assert found.failures == ("FAILED adds up: 2 is not 3",)
    assert (found.passed, found.failed) == (1, 1)


def test_a_plan_without_an_idea_has_nothing_to_follow() -> None:
    made = generate_app(PLANNER)
    assert traced(Plan(model=PLANNER), made.files, made.parts, RAN) == ()


@pytest.mark.timeout(240)
async def test_a_real_build_reports_for_every_sentence_the_tests_that_ran(builder: Builder) -> None:
    idea = (
        "A recipe box where I keep my recipes with ingredients and a photo, sorted by category."
        " Use a cream background. It should smell of cinnamon."
    )
    plan = plans.made(scout(idea))
    stored = await builder.artifacts.put(encode_plan(plan))
    command = BuildRun(pipeline="pipeline", timeout=300, app=plan.model.app.slug, plan=stored)
    made = await agent.run(command, builder.context())
    report = await builder.artifacts.get(made.report)
    trace = trace_in(report)
    assert [each.text for each in trace] == [each.text for each in plan.model.trace]
    unmapped = json.loads(report)["unmapped"]
    for each in trace:
        assert (each.verdict == "unmapped") == (each.text in unmapped)
        assert each.verdict != "failed"
    files = await builder.files(made.source)
    first = trace[0]
    assert first.verdict == "passed"
    assert set(first.files) | {ran.file for ran in first.tests} <= files.keys()
    tests = made.checks[-1]
    assert 10 < sum(len(ran.tests) for ran in first.tests) < (tests.passed or 0)
