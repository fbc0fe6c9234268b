"""The agent: a report or an edited plan in, a checked plan out, or an error with its place."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.plan import agent
from agents.plan.model import model_of
from agents.plan.tasks import tasks
from agents.scout.scout import scout
from agents.scout.sentences import UnreadableIdea
from agents.work import AgentError
from bus.memory import MemoryArtifacts
from bus.settings import Settings
from contracts.messages import Artifact, PlanCompleted, PlanRun, encode
from contracts.model import MODEL_VERSION, AppModel, Plan, decode_plan, encode_plan
from contracts.scouting import encode_report
from tests.support.context import context
from tests.support.ideas import HUGE, ODD, TEN, ideas
from tests.support.plans import PLANNER, Gone, another, edit, edited

NOWHERE = Artifact(sha256="0" * 64, size=1)
PLAN = encode_plan(Plan(model=PLANNER, tasks=tasks(PLANNER)))


class Planner:
    """The agent's surroundings, without a bus."""

    def __init__(self, folder) -> None:
        self.settings = Settings(genesis_home=folder)
        self.artifacts = MemoryArtifacts()

    async def _run(self, report: Artifact, plan: Artifact | None, name: str | None):
        command = PlanRun(pipeline="pipeline", timeout=60, report=report, plan=plan, name=name)
        surroundings = context("plan", "pipeline", self.settings, artifacts=self.artifacts)
        return await agent.run(command, surroundings)

    async def make(self, report: bytes, name: str | None = None) -> PlanCompleted:
        """A plan of a report."""
        return await self._run(await self.artifacts.put(report), None, name)

    async def read(self, plan: bytes, name: str | None = None) -> PlanCompleted:
        """A plan of a file that somebody edited."""
        return await self._run(NOWHERE, await self.artifacts.put(plan), name)

    async def refused(self, plan: bytes) -> AgentError:
        with pytest.raises(AgentError) as refused:
            await self.read(plan)
        return refused.value

    async def plan(self, done: PlanCompleted) -> Plan:
        return decode_plan(await self.artifacts.get(done.plan))


@pytest.fixture
def planner(tmp_path) -> Planner:
    return Planner(tmp_path)


def changed(changes: dict[str, Any]) -> bytes:
    """The plan file with values set at places."""
    return json.dumps(edit(json.loads(PLAN), changes)).encode()


def planned(model: AppModel) -> bytes:
    return encode_plan(Plan(model=model, tasks=tasks(model)))


@pytest.mark.parametrize("idea", TEN.values(), ids=[key or "a page" for key in TEN])
async def test_a_report_becomes_a_stored_plan(planner, idea):
    report = scout(idea)
    done = await planner.make(encode_report(report))
    plan = await planner.plan(done)
    assert plan.model == model_of(report)
    assert plan.tasks == tasks(plan.model)
    assert done.plan.name == "plan.json"
    assert done.app == plan.model.app.slug
    assert done.title == plan.model.app.name
    assert done.entities == tuple(entity.key for entity in plan.model.entities)
    assert done.unmapped == plan.model.unmapped


@pytest.mark.parametrize("idea", [*ODD.values(), HUGE["- recipe"]], ids=[*ODD, "huge"])
async def test_what_is_answered_fits_into_a_message(planner, idea):
    done = await planner.make(encode_report(scout(idea)))
    assert encode(done)


async def test_unmapped_sentences_that_do_not_fit_are_counted(planner):
    report = scout("Keep recipes. " + "It should be lovely. " * 1_400)
    done = await planner.make(encode_report(report))
    assert done.unmapped[-1].startswith("… and ")
    left_out = int(done.unmapped[-1].split()[2])
    whole = (await planner.plan(done)).model.unmapped
    assert len(done.unmapped) - 1 + left_out == len(whole) == 1_400


def test_a_long_sentence_is_shortened():
    (text,) = agent.shortened(("x" * 5_000,))
    assert len(text) == agent.MAX_TEXT
    assert text.endswith("…")


async def test_a_name_that_was_asked_for_is_the_address(planner):
    made = await planner.make(encode_report(scout("Keep recipes.")), name="family-table")
    read = await planner.read(PLAN, name="family-table")
    assert (made.app, read.app) == ("family-table", "family-table")
    assert (await planner.plan(read)).model.app.slug == "family-table"


@settings(max_examples=60, deadline=None)
@given(idea=ideas())
async def test_any_text_gives_a_plan(tmp_path_factory, idea):
    try:
        report = encode_report(scout(idea))
    except UnreadableIdea:
        return
    planner = Planner(tmp_path_factory.getbasetemp())
    assert (await planner.plan(await planner.make(report))).model.entities


async def test_a_plan_that_nobody_edited_stays_as_it_is(planner):
    done = await planner.read(PLAN)
    assert await planner.plan(done) == decode_plan(PLAN)


@pytest.mark.parametrize("idea", [*TEN.values(), *ODD.values()], ids=[*TEN, *ODD])
async def test_what_the_agent_made_it_reads_again(planner, idea):
    made = await planner.make(encode_report(scout(idea)))
    assert await planner.read(await planner.artifacts.get(made.plan)) == made


async def test_what_was_edited_is_built(planner):
    field = {"key": "color", "title": "Colour", "type": "color"}
    done = await planner.read(
        changed({"model.app.name": "Gardener", "model.entities.0.fields.+": field})
    )
    model = (await planner.plan(done)).model
    assert done.title == "Gardener"
    assert model.entities[0].fields[-1].type == "color"
    assert model == edited({"app.name": "Gardener", "entities.0.fields.+": field})


async def test_an_entity_that_was_added_or_taken_out_changes_the_order_of_work(planner):
    more = edited(another("note", "notes"))
    fewer = edited({"entities.1": Gone, "relations": [], "pages": PLANNER.pages[:4]})
    for model in (more, fewer):
        file = encode_plan(Plan(model=model, tasks=tasks(PLANNER)))
        assert (await planner.plan(await planner.read(file))).tasks == tasks(model)


async def test_a_plan_without_order_gets_one(planner):
    done = await planner.read(changed({"tasks": []}))
    assert (await planner.plan(done)).tasks == tasks(PLANNER)


async def test_an_order_of_work_that_was_edited_is_checked(planner):
    error = await planner.refused(changed({"tasks.0.after": ["watch"]}))
    assert error.code == "plan_invalid"
    assert "they wait for each other" in error.message
    assert "base" in error.message


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (PLAN[:-3], "truncated"),
        (PLAN.replace(b":", b"=", 1), "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"null", "Expected `object`, got `null`"),
        (b"[" * 100_000, "Expected `object`"),
        (changed({"model.entities": 3}), "Expected `array`, got `int` - at `$.model.entities`"),
        (changed({"model.entities.0.fields.0.required": "yes"}), "$.model.entities[0].fields[0]"),
        (changed({"model.entities.0.ownership": "mine"}), "$.model.entities[0].ownership"),
        (changed({"model.entities.0.key": "A b"}), "$.model.entities[0].key"),
        (changed({"model.entities.0.lable": "x"}), "unknown field `lable` - at `$.model.entities"),
        (changed({"model.entities.0.access": Gone}), "required field `access` - at `$.model.ent"),
        (changed({"model.app.slug": "../x"}), "$.model.app.slug"),
        (changed({"model.pages.1.path": "no"}), "$.model.pages[1].path"),
        (changed({"tasks.1.area": "garden"}), "$.tasks[1].area"),
        (changed({"model": Gone}), "required field `model`"),
        (changed({"model.version": MODEL_VERSION + 1}), "has version 2; this Genesis reads up to"),
        (changed({"model.version": MODEL_VERSION + 1, "model.x": 1}), "version 2; this Genesis"),
        (changed({"model.version": "1"}), "$.model.version"),
    ],
)  # fmt: skip
async def test_a_file_that_is_no_plan_is_refused_with_its_place(planner, file, said):
    error = await planner.refused(file)
    assert error.code == "plan_unreadable"
    assert said in error.message
    assert error.message.startswith("The plan ")
    assert error.message.endswith("Nothing was built.")
    assert error.hint == "Mend the file at the place that is named, then build with it again."


async def test_a_plan_that_breaks_rules_is_refused_with_all_of_them(planner):
    error = await planner.refused(
        changed({"model.entities.0.label_field": "nam", "model.relations.0.target": "nobody"})
    )
    assert error.code == "plan_invalid"
    assert error.message == (
        "The plan breaks 2 rule(s): entity project: label_field 'nam' is none of its fields;"
        " relation task.project: its target 'nobody' is no entity. Nothing was built."
    )
    assert "plan file" in error.hint
    assert not error.retryable


async def test_of_very_many_broken_rules_the_first_are_told(planner):
    pages = [{"key": f"p{i}", "path": f"/p{i}", "title": "P", "kind": "tool"} for i in range(60)]
    error = await planner.refused(
        changed({"model.pages": [*json.loads(PLAN)["model"]["pages"], *pages]})
    )
    assert error.message.startswith("The plan breaks 60 rule(s): page p0: no way leads to /p0")
    assert error.message.endswith("and 40 more. Nothing was built.")
    assert len(error.message) <= agent.MAX_TEXT


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (b"", "truncated"),
        (b"{}", "required field `idea`"),
        (b'{"version": 99, "x": 1}', "has version 99; this Genesis reads up to 1: upgrade it"),
        (PLAN, "unknown field `model`"),
    ],
)
async def test_what_is_no_report_is_refused(planner, report, said):
    with pytest.raises(AgentError) as refused:
        await planner.make(report)
    assert refused.value.code == "report_unreadable"
    assert said in refused.value.message
    assert "same version" in refused.value.hint


@pytest.mark.parametrize(("plan", "what"), [(NOWHERE, "The plan"), (None, "The scout report")])
async def test_what_is_not_stored_any_more_is_named(planner, plan, what):
    with pytest.raises(AgentError) as refused:
        await planner._run(NOWHERE, plan, None)
    assert refused.value.code == "artifact_missing"
    assert refused.value.message.startswith(f"{what} cannot be fetched: ")
    assert refused.value.hint


def places(content: Any, before: str = "") -> list[str]:
    """Every place in JSON content."""
    steps = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for step, value in steps:
        found.append(f"{before}{step}")
        if isinstance(value, dict | list):
            found += places(value, f"{before}{step}.")
    return found


VALUES = [
    Gone, None, True, -1, 2.5, 10**400, "", "x", "admin", "owner", "project", "select", "status",
    "parent", "system", "many_to_many", "set_null", "/", "enum", [], {}, ["a", "a"], [[]], "\0",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    place=st.sampled_from(places(json.loads(PLAN))),
    value=st.one_of(st.sampled_from(VALUES), st.text(max_size=9), st.integers(), st.floats(-9, 9)),
)
async def test_whatever_is_edited_gives_a_plan_or_says_where_it_is_wrong(
    tmp_path_factory, place, value
):
    planner = Planner(tmp_path_factory.getbasetemp())
    file = changed({place: value})
    try:
        done = await planner.read(file)
    except AgentError as caught:
        error = caught
    else:
        assert (await planner.plan(done)).model == msgspec.json.decode(file, type=Plan).model
        return
    assert error.code in {"plan_unreadable", "plan_invalid"}
    assert error.message.endswith("Nothing was built.")
    assert error.hint
    assert len(error.message) <= agent.MAX_TEXT
