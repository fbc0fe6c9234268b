"""The saga as stories: what is said, and what the log holds in the end."""

from __future__ import annotations

import msgspec
import pytest

from bus.port import Recorded
from contracts import messages as m
from coordinator import saga, state
from coordinator.explain import status_of
from tests.support.stories import BUILD, COMPLETED, FAILED, ID, PRODUCTION, STAGING, UNDONE, Story

BUILT = "scout.run plan.run build.run"
UNDO = "build.rollback"
FOUR = " ".join([UNDO] * 4)
GATED = "build.run awaiting_approval deployment.run"
STAYS = msgspec.structs.replace(PRODUCTION, skip_migrations=True, skip_monitoring=True)
SHOWN = m.DeployRequested(app="shop", source=STAYS.source, branch="feature-x")
STORIES = [
    (BUILD, "done done done", f"{BUILT} completed"),
    (BUILD, "fails", "scout.run failed"),
    (BUILD, "done late", "scout.run plan.run failed"),
    (BUILD, "done done fails done", f"{BUILT} {UNDO} rolled_back"),
    (BUILD, "cancel", "scout.run failed"),
    (
        STAGING,
        "done done done done done done",
        f"{BUILT} migration.run deployment.run monitoring.run completed",
    ),
    (
        STAGING,
        "done done done done late done done done",
        f"{BUILT} migration.run deployment.run deployment.rollback migration.rollback"  # noqa: ISC004
        f" {UNDO} rolled_back",
    ),
    (
        PRODUCTION,
        "done agreed done done done",
        "build.run awaiting_approval migration.run deployment.run monitoring.run completed",
    ),
    (STAYS, "done agreed done", "build.run awaiting_approval deployment.run completed"),
    (STAYS, "done agreed fails done done", f"{GATED} deployment.rollback {UNDO} rolled_back"),
    (SHOWN, "done done", "build.run deployment.run completed"),
    (
        SHOWN,
        "done fails done done",
        f"build.run deployment.run deployment.rollback {UNDO} rolled_back",
    ),
    (PRODUCTION, "done refused done", f"build.run awaiting_approval {UNDO} rolled_back"),
    (PRODUCTION, "done late done", f"build.run awaiting_approval {UNDO} rolled_back"),
    (PRODUCTION, "done cancel done", f"build.run awaiting_approval {UNDO} rolled_back"),
    (PRODUCTION, "done outdated", "build.run awaiting_approval"),
    (PRODUCTION, "done outdated agreed", "build.run awaiting_approval migration.run"),
    (PRODUCTION, "--yes done", "build.run build.run migration.run"),
    (PRODUCTION, "done --yes", "build.run awaiting_approval migration.run"),
    # What people say overtakes the command, whose answer the broker would refuse.
    (BUILD, "agreed done", "scout.run scout.run plan.run"),
    (BUILD, "done done fails cancel done", f"{BUILT} {UNDO} {UNDO} rolled_back"),
    # An undo that fails.
    (BUILD, "done done cancel fails late fails late", f"{BUILT} {FOUR} stuck"),
    (
        BUILD,
        "done done cancel fails fails fails fails retry done",
        f"{BUILT} {FOUR} stuck {UNDO} rolled_back",
    ),
    (
        BUILD,
        "done done cancel fails fails fails fails skip",
        f"{BUILT} {FOUR} stuck rolled_back",
    ),
    (BUILD, "done done done rollback done", f"{BUILT} completed {UNDO} rolled_back"),
    (BUILD, "done done done cancel", f"{BUILT} completed"),
    (BUILD, "fails rollback", "scout.run failed"),
]


@pytest.mark.parametrize(
    ("request_", "words", "log"), STORIES, ids=[f"{type(s[0]).__name__}: {s[1]}" for s in STORIES]
)
def test_a_story_ends_as_told(
    request_: m.BuildRequested | m.DeployRequested, words: str, log: str
) -> None:
    assert Story(request_).tell(words).commands() == log


def test_each_attempt_of_an_undo_waits_longer() -> None:
    story = Story(BUILD).tell("done done cancel fails fails fails")
    undo = [e.message for e in story.log if isinstance(e.message, m.BuildRollback)]
    assert [each.delay for each in undo] == [0.0, 1.0, 5.0, 30.0]
    assert [each.timeout - each.delay for each in undo] == [600.0] * 4


def test_a_command_that_was_overtaken_is_asked_again_unchanged_with_a_new_deadline() -> None:
    story = Story(BUILD).tell("agreed")
    first, second = (e for e in story.log if isinstance(e.message, m.ScoutRun))
    assert first.message == second.message
    assert story.state.open == saga.Question(
        first.message, second.sequence, second.time + first.message.timeout
    )


def test_production_is_deployed_only_over_what_the_approver_saw() -> None:
    story = Story(PRODUCTION).tell("done agreed --yes done")
    migration = next(e.message for e in story.log if isinstance(e.message, m.MigrationRun))
    deployment = next(e.message for e in story.log if isinstance(e.message, m.DeploymentRun))
    assert migration.approved_by == "anna"
    assert deployment.expected_live == "r0"


def test_an_approval_in_advance_is_recorded_as_such() -> None:
    story = Story(PRODUCTION).tell("--yes done")
    migration = next(e.message for e in story.log if isinstance(e.message, m.MigrationRun))
    assert migration.approved_by == "ci (in advance, --yes)"


def test_a_stuck_pipeline_says_why() -> None:
    story = Story(BUILD).tell("done done cancel late late late fails")
    assert story.state.stuck == m.PipelineStuck(pipeline=ID, area="build", why="broken: it broke")


def test_the_end_names_what_was_undone_and_what_was_skipped() -> None:
    story = Story(STAGING).tell("done done done done fails fails fails fails fails skip done done")
    assert story.log[-1].message == m.PipelineRolledBack(
        pipeline=ID, area="deployment", code="broken", message="it broke",
        undone=("migration", "build"), skipped=("deployment",),
    )  # fmt: skip


def test_an_answer_to_anything_but_the_open_question_changes_nothing() -> None:
    story = Story(STAGING).tell("done")
    before = story.state
    for message in (*COMPLETED.values(), *FAILED.values(), *UNDONE.values()):
        if m.area_of(message) != "plan":
            after = saga.fold(before, Recorded(before.last + 1, 0.0, message))
            assert state._with(after, last=before.last) == before


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("", "running"),
        ("done", "awaiting_approval"),
        ("done agreed", "running"),
        ("done refused", "rolling_back"),
        ("done refused fails fails fails fails", "stuck"),
        ("done refused done", "rolled_back"),
        ("done agreed done done done", "completed"),
        ("cancel done", "rolled_back"),
    ],
)
def test_a_pipeline_is_always_in_one_word(words: str, status: str) -> None:
    assert status_of(Story(PRODUCTION).tell(words).state) == status


@pytest.mark.parametrize("with_source", [False, True])
def test_a_build_gets_the_plan_from_before_a_language_model(with_source: bool) -> None:
    """Unless the app is there already, with the plan worked into it."""
    before = m.Artifact(sha256="1" * 64, size=1)
    use = m.LlmUse(model="large", summary="x", report=before, unrefined=before)
    planned = msgspec.structs.replace(COMPLETED["plan"], llm=use)
    request = msgspec.structs.replace(BUILD, source=before if with_source else None)
    story = Story(request, {**COMPLETED, "plan": planned}).tell("done done")
    asked = story.log[-1].message
    assert isinstance(asked, m.BuildRun)
    assert asked.unrefined == (None if with_source else before)


def test_what_a_person_said_of_rolling_back_reaches_the_deployment() -> None:
    for auto_rollback in (True, False):
        asked = msgspec.structs.replace(STAYS, auto_rollback=auto_rollback)
        story = Story(asked).tell("done agreed")
        (run,) = [e.message for e in story.log if isinstance(e.message, m.DeploymentRun)]
        assert run.auto_rollback is auto_rollback


def test_a_preview_is_deployed_as_what_it_is():
    (run,) = [each.message for each in Story(SHOWN).tell("done").log[-1:]]
    assert isinstance(run, m.DeploymentRun)
    assert run.branch == "feature-x"


def test_what_is_live_again_and_not_healthy_is_remembered():
    told = Story(STAYS).tell("done agreed fails unwell done")
    assert (told.state.verdict, told.state.unwell) == ("rolled_back", "it answers 500")
