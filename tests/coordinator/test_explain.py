"""Nothing is ever silently stuck: every state says what it waits for and who may act."""

from __future__ import annotations

import pytest

from bus.port import Recorded
from contracts import messages as m
from coordinator import saga
from coordinator.explain import Explanation, explain, status_of
from tests.coordinator.test_saga_exhaustive import REQUESTS, explore
from tests.support.stories import BUILD, ID, PRODUCTION, STAGING, Story

DAY = 24 * 3600.0
FAILING = "fails fails fails fails"


def explained(request: m.BuildRequested | m.DeployRequested, words: str = "") -> Explanation:
    return explain(ID, Story(request).tell(words).log)


# --- Running ---------------------------------------------------------------------------------

NOTHING_YET = "it fails; nothing has to be taken back"
TAKEN_BACK = "it fails, and everything asked for is taken back"


@pytest.mark.parametrize(
    ("words", "area", "then"),
    [
        ("", "scout", NOTHING_YET),
        ("done", "plan", NOTHING_YET),
        ("done done", "build", TAKEN_BACK),
        ("done done done", "migration", TAKEN_BACK),
        ("done done done done", "deployment", TAKEN_BACK),
        ("done done done done done", "monitoring", TAKEN_BACK),
    ],
)
def test_a_running_step_names_its_agent_its_deadline_and_what_a_silence_means(
    words: str, area: m.Area, then: str
) -> None:
    story = Story(STAGING).tell(words)
    asked = story.log[-1]
    assert explain(ID, story.log) == Explanation(
        pipeline=ID,
        status="running",
        waits_for=f"the {area} agent to do its step",
        since=asked.time,
        until=asked.time + saga.TIMEOUTS[area],
        then=then,
        who=f"agent {area}",
        what_to_do=(f"genesis cancel {ID}",),
    )


def test_production_waits_for_a_person_until_the_approval_expires() -> None:
    story = Story(PRODUCTION).tell("done")
    asked = story.log[-1]
    assert explain(ID, story.log) == Explanation(
        pipeline=ID,
        status="awaiting_approval",
        waits_for="approval to touch production",
        since=asked.time,
        until=asked.time + DAY,
        then="it is refused, and what was built is put aside; production is untouched",
        who="anyone with an account",
        what_to_do=(f"genesis approve {ID}", f"genesis reject {ID}"),
    )


def test_what_is_said_about_an_approval_that_expires_comes_true() -> None:
    ended = explained(PRODUCTION, "done late done")
    assert ended.status == "rolled_back"
    assert "production is untouched" in ended.waits_for


# --- Taking back -----------------------------------------------------------------------------


@pytest.mark.parametrize("failed", [0, 1, 2, 3])
def test_an_undo_says_which_attempt_it_is_and_what_follows(failed: int) -> None:
    story = Story(BUILD).tell("done done fails " + "fails " * failed)
    asked = story.log[-1]
    assert isinstance(asked.message, m.BuildRollback)
    found = explain(ID, story.log)
    assert found.status == "rolling_back"
    assert found.waits_for == f"the build agent to take back its step, attempt {failed + 1} of 4"
    assert found.since == asked.time
    assert found.until == asked.time + asked.message.timeout
    assert found.who == "agent build"
    assert found.what_to_do == (f"genesis watch {ID}",)
    promised_stuck = "stuck" in found.then
    assert promised_stuck == (status_of(story.tell("late").state) == "stuck")


def test_a_stuck_pipeline_says_why_since_when_and_the_two_ways_out() -> None:
    story = Story(BUILD).tell(f"done done fails {FAILING}")
    stuck = story.log[-1]
    # What somebody says meanwhile does not make it stuck any later.
    story.tell("cancel")
    assert explain(ID, story.log) == Explanation(
        pipeline=ID,
        status="stuck",
        waits_for="a person: taking back build keeps failing: broken: it broke",
        since=stuck.time,
        then="nothing happens by itself",
        who="anyone with an account",
        what_to_do=(f"genesis retry {ID}", f'genesis retry {ID} --skip --reason "…"'),
    )


# --- A coordinator's turn --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status"), [("", "running"), ("done", "running"), ("done done fails", "rolling_back")]
)
def test_a_step_that_no_coordinator_appended_yet_waits_for_one(words: str, status: str) -> None:
    story = Story(BUILD).tell(words)
    without_its_word = story.log[:-1]
    found = explain(ID, without_its_word)
    assert found.status == status
    assert found.waits_for == "a coordinator, which has to append the next step"
    assert found.since == without_its_word[-1].time
    assert found.until is None
    assert found.who == "coordinator"
    assert found.what_to_do == ("genesis status",)


# --- The end ---------------------------------------------------------------------------------


def test_a_pipeline_that_is_not_there_is_unknown() -> None:
    found = explain("neverheard", [])
    assert (found.pipeline, found.status) == ("neverheard", "unknown")
    assert found.waits_for == "nothing: no such pipeline was started"
    assert found.what_to_do == ("genesis list",)


def test_what_people_said_before_the_start_does_not_start_it() -> None:
    approval = m.Approval(pipeline=ID, who="ci", granted=True, seen=0, automatic=True)
    found = explain(ID, [Recorded(1, 1_000.0, approval)])
    assert (found.status, found.since) == ("unknown", 1_000.0)


@pytest.mark.parametrize(
    ("request_", "words", "what_to_do"),
    [
        (BUILD, "done done done", ()),
        (STAGING, "done done done done done done", (f"genesis rollback {ID}",)),
    ],
)
def test_a_completed_pipeline_waits_for_nothing(
    request_: m.BuildRequested, words: str, what_to_do: tuple[str, ...]
) -> None:
    story = Story(request_).tell(words)
    assert explain(ID, story.log) == Explanation(
        pipeline=ID,
        status="completed",
        waits_for="nothing: it is done",
        since=story.log[-1].time,
        what_to_do=what_to_do,
    )


def test_a_failed_pipeline_says_where_why_and_how_to_go_on() -> None:
    story = Story(BUILD).tell("done late")
    assert explain(ID, story.log) == Explanation(
        pipeline=ID,
        status="failed",
        waits_for="nothing: it ended in plan with timeout: plan.run was not answered in time",
        since=story.log[-1].time,
        then="nothing had to be taken back",
        what_to_do=(
            "look at `genesis logs` for the agent, then run the same request again",
            f"genesis retry {ID}",
        ),
    )


@pytest.mark.parametrize(
    ("words", "became"),
    [
        ("done done done done fails done done done", "taken back: deployment, migration, build"),
        (
            f"done done done done fails {FAILING} skip done done",
            "taken back: migration, build; left as it is: deployment",
        ),
        (f"done done fails {FAILING} skip", "left as it is: build"),
        ("done done done done done done rollback done done done done",
         "taken back: monitoring, deployment, migration, build"),
    ],
)  # fmt: skip
def test_a_rolled_back_pipeline_tells_what_was_taken_back_and_what_was_not(
    words: str, became: str
) -> None:
    found = explained(STAGING, words)
    assert found.status == "rolled_back"
    assert found.then == became
    assert found.until is None
    assert f"genesis retry {ID}" in found.what_to_do


def test_an_end_that_had_no_step_under_way_names_none() -> None:
    found = explained(STAGING, "done done done done done done rollback done done done done")
    assert found.waits_for.startswith("nothing: it ended with rollback_requested")


# --- All there is ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["build", "build and deploy to production", "deploy to staging"])
def test_no_state_there_is_waits_for_nothing_in_silence(name: str) -> None:
    statuses = set()
    for run in explore(REQUESTS[name]).runs.values():
        found = explain(ID, run.log)
        statuses.add(found.status)
        assert found.status == status_of(run.state)
        assert found.waits_for
        if run.state.started is None or run.state.verdict is not None:
            assert found.waits_for.startswith("nothing")
            continue
        assert not found.waits_for.startswith("nothing")
        assert found.since is not None
        assert found.then
        assert found.who
        assert found.what_to_do
        assert (found.until is None) == (run.state.open is None)
        if found.until is not None:
            assert found.until > found.since
    expected = {"unknown", "running", "rolling_back", "stuck", "completed", "failed", "rolled_back"}
    gate = {"awaiting_approval"} if "production" in name else set()
    assert statuses == expected | gate
