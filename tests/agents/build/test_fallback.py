"""When the plan as a language model left it does not pass, the one from before is built."""

from __future__ import annotations

import json

import msgspec
import pytest

from agents.build import agent, fallback
from agents.build.generator import Generated, generate_app
from agents.work import AgentError
from bus.errors import BusUnavailable, Retry
from contracts.messages import Artifact, BuildCompleted, BuildRun
from contracts.model import AppModel, Plan, encode_plan
from tests.support.builder import Builder, model

RECIPES = model("recipes")
REFINED = msgspec.structs.replace(
    RECIPES, app=msgspec.structs.replace(RECIPES.app, description="as the language model left it")
)
PLAN, BEFORE = (Artifact(sha256=digit * 64, size=1, name="plan.json") for digit in "ab")
COMMAND = BuildRun(pipeline="pipeline", timeout=300, app="recipes", plan=PLAN, unrefined=BEFORE)
DONE = BuildCompleted(
    pipeline="pipeline", app="recipes", source=PLAN, bundle=PLAN, report=PLAN, build_id="b"
)
FAILED = AgentError("tests_failed", "The app does not pass its own check `tests`.", report=PLAN)


class Attempts:
    """In place of building: what each attempt comes to."""

    def __init__(self, *outcomes: BuildCompleted | Exception) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[tuple[BuildRun, str]] = []

    async def __call__(self, command: BuildRun, _context, fell_back: str = "") -> BuildCompleted:
        self.asked.append((command, fell_back))
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def attempts(monkeypatch):
    def give(*outcomes: BuildCompleted | Exception) -> Attempts:
        made = Attempts(*outcomes)
        monkeypatch.setattr(agent, "_built", made)
        return made

    return give


@pytest.mark.timeout(240)
async def test_the_plan_from_before_is_built_and_it_is_told(builder: Builder, monkeypatch):
    def careless(app: AppModel) -> Generated:
        made = generate_app(app)
        if app.app.description != REFINED.app.description:
            return made
        wrong = {"shared/mine.ts": b"export const five: number = 'five';\n"}
        return msgspec.structs.replace(made, files=made.files | wrong)

    monkeypatch.setattr(agent, "generate_app", careless)
    plan, before = [
        await builder.artifacts.put(encode_plan(Plan(model=each)), "plan.json")
        for each in (REFINED, RECIPES)
    ]
    command = msgspec.structs.replace(COMMAND, plan=plan, unrefined=before)
    done = await agent.run(command, builder.context())
    assert done.plan == before
    assert all(check.ok for check in done.checks)
    assert "does not pass its own check `typecheck`" in done.fell_back
    assert "mine.ts" in done.fell_back
    assert json.loads(await builder.artifacts.get(done.report))["fell_back"] == done.fell_back
    assert "shared/mine.ts" not in await builder.files(done.source)
    assert "again, without the language model" in builder.steps


async def test_a_plan_that_passes_is_what_was_built(builder, attempts):
    made = attempts(DONE)
    assert await agent.run(COMMAND, builder.context()) == DONE
    assert made.asked == [(COMMAND, "")]


@pytest.mark.parametrize(
    "error",
    [FAILED, AgentError("invalid_plan", "No app can be made."), KeyError("field")],
    ids=["a check", "no app", "a defect"],
)
async def test_what_the_plan_is_to_blame_for_is_tried_without_the_language_model(
    builder, attempts, error
):
    made = attempts(error, DONE)
    assert await agent.run(COMMAND, builder.context()) == DONE
    again, why = made.asked[1]
    assert (again.plan, again.unrefined) == (BEFORE, None)
    assert why.startswith("What the language model changed was left out, since with it: ")


@pytest.mark.parametrize(
    "error",
    [
        AgentError("node_missing", "x"), AgentError("disk_full", "x"),
        AgentError("install_failed", "x"), BusUnavailable("x"), Retry("x"), OSError("x"),
    ],
)  # fmt: skip
async def test_what_another_plan_would_meet_as_well_is_a_failure(builder, attempts, error):
    made = attempts(error)
    with pytest.raises(type(error)):
        await agent.run(COMMAND, builder.context())
    assert len(made.asked) == 1


async def test_without_a_plan_from_before_a_failure_is_one(builder, attempts):
    attempts(FAILED)
    command = msgspec.structs.replace(COMMAND, unrefined=None)
    with pytest.raises(AgentError) as caught:
        await agent.run(command, builder.context())
    assert caught.value is FAILED


async def test_when_neither_passes_the_failure_says_so(builder, attempts):
    attempts(FAILED, FAILED)
    with pytest.raises(AgentError) as caught:
        await agent.run(COMMAND, builder.context())
    assert caught.value.message == f"{fallback.neither(FAILED).message}"
    assert caught.value.message.startswith("Neither the plan as the language model left it")
    assert (caught.value.code, caught.value.report) == ("tests_failed", PLAN)


def test_a_long_reason_is_shortened():
    why = fallback.told(AgentError("tests_failed", "x" * 9_000))
    assert len(why) == fallback.MAX_TOLD
    assert why.endswith("…")
