"""`genesis plan`: a file that a build takes, checked and compared without a running system."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agents.plan import timings
from agents.plan.agent import run as plan_run
from agents.plan.model import model_of
from agents.plan.timings import Timing
from agents.scout.agent import run as scout_run
from agents.scout.scout import scout
from bus.settings import Settings
from contracts import messages as m
from contracts.model import decode_plan
from tests.coordinator.cli.conftest import Genesis
from tests.support.context import context

IDEA = (
    "A recipe box where I keep my recipes with ingredients, cooking time and a photo, sorted by"
    " category. Use a cream background and dark green buttons. It should smell of cinnamon."
)


async def made(genesis: Genesis, *arguments: str) -> dict[str, Any]:
    """The plan file of the idea, changed by nobody yet."""
    result = await genesis("plan", IDEA, *arguments)
    assert result.code == 0
    return dict(json.loads((genesis.work / "recipe-box.plan.json").read_bytes()))


def changed(genesis: Genesis, name: str, content: Any) -> str:
    (genesis.work / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
    return name


async def test_the_plan_of_an_idea_is_a_file_and_a_summary(genesis: Genesis) -> None:
    result = await genesis("plan", IDEA)
    assert result.code == 0
    (name,) = genesis.files()
    plan = decode_plan(genesis.files()[name])
    assert plan.model == model_of(scout(IDEA))
    assert name == f"{plan.model.app.slug}.plan.json"
    said = " ".join(result.out.split())
    for entity in plan.model.entities:
        assert entity.key in said
        assert all(field.title.lower() in said for field in entity.fields)
    for trace in plan.model.trace:
        assert f"[{trace.sentence}] {trace.text} → {'; '.join(trace.maps_to) or 'nothing'}" in said
    assert "#006400" in said
    assert "Not in the app" in said
    assert "simulated" in said
    assert f"genesis build --plan {name}" in said


async def test_what_is_there_is_never_overwritten_unless_it_may_be(genesis: Genesis) -> None:
    (genesis.work / "mine.json").write_bytes(b"mine")
    result = await genesis("plan", IDEA, "--output", "mine.json")
    assert result.code == 2
    assert "mine.json is there; it was not touched" in result.err
    assert genesis.files() == {"mine.json": b"mine"}
    assert (await genesis("plan", IDEA, "--output", "mine.json", "--force")).code == 0
    assert decode_plan(genesis.files()["mine.json"]).model.app.name == "Recipe Box"


async def test_a_plan_carries_the_name_that_was_asked_for(genesis: Genesis) -> None:
    result = await genesis("plan", IDEA, "--name", "kitchen", "--json")
    assert decode_plan(genesis.files()["kitchen.plan.json"]).model.app.slug == "kitchen"
    (facts,) = result.events
    assert facts["file"] == "kitchen.plan.json"
    assert facts["problems"] == []
    assert facts["plan"] == json.loads(genesis.files()["kitchen.plan.json"])


async def test_a_build_takes_the_file_and_its_plan_agent_passes_it_on(genesis: Genesis) -> None:
    await made(genesis)
    text = genesis.files()["recipe-box.plan.json"]
    result = await genesis("build", "--plan", "recipe-box.plan.json", "--detach")
    assert result.code == 0
    (request,) = [entry.message async for entry in genesis.bus.history()]
    assert isinstance(request, m.BuildRequested)
    settings = Settings(genesis_home=Path("/nowhere"))

    def around(area: m.Area) -> Any:
        return context(area, "pipeline", settings, artifacts=genesis.bus.artifacts)

    read = m.ScoutRun(pipeline="pipeline", timeout=60, idea=request.idea)
    report = (await scout_run(read, around("scout"))).report
    order = m.PlanRun(pipeline="pipeline", timeout=60, report=report, plan=request.plan)
    done = await plan_run(order, around("plan"))
    assert await genesis.bus.artifacts.get(done.plan) == text
    assert done.app == "recipe-box"


@pytest.mark.parametrize("command", [("check",), ("diff", "sound.json"), ("diff-to",)])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.json", "No such file"),
        ("folder", "Is a directory"),
        ("garbage.json", "cannot be read"),
        ("truncated.json", "truncated"),
        ("newer.json", "version 99; this Genesis reads up to 1: upgrade it"),
        ("mistyped.json", "unknown field `colour`"),
        ("huge.json", "cannot be read"),
        ("nul\0.json", "null byte"),
    ],
)
async def test_a_file_that_is_no_plan_is_refused_with_the_reason(
    genesis: Genesis, command: tuple[str, ...], name: str, said: str
) -> None:
    plan = await made(genesis)
    changed(genesis, "sound.json", plan)
    changed(genesis, "newer.json", {"model": {"version": 99, "colour": "red"}})
    changed(genesis, "mistyped.json", plan | {"model": plan["model"] | {"colour": "red"}})
    (genesis.work / "folder").mkdir()
    (genesis.work / "garbage.json").write_bytes(os.urandom(4_000))
    (genesis.work / "huge.json").write_bytes(b"[" * 2_000_000)
    (genesis.work / "truncated.json").write_bytes(b'{"model": {')
    before = genesis.files()
    arguments = ("diff", name, "sound.json") if command == ("diff-to",) else (*command, name)
    result = await genesis("plan", *arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert genesis.files() == before
    assert (await genesis("plan", *arguments, "--json")).code == 2


async def test_a_sound_plan_can_be_built_and_says_what_it_holds(genesis: Genesis) -> None:
    plan = await made(genesis)
    result = await genesis("plan", "check", "recipe-box.plan.json")
    assert result.code == 0
    entities = len(plan["model"]["entities"])
    assert f"Recipe Box can be built: {entities} kinds of records" in result.out


async def test_each_broken_rule_is_told_with_its_line(genesis: Genesis) -> None:
    plan = await made(genesis)
    plan["model"]["entities"][0]["label_field"] = "nope"
    plan["model"]["relations"].append({"key": "x", "source": "recipe", "target": "ghost"})
    changed(genesis, "broken.json", plan)
    result = await genesis("plan", "check", "broken.json")
    assert (result.code, result.out) == (1, "")
    rows = (genesis.work / "broken.json").read_text().splitlines()
    for what in ('"label_field": "nope"', '"target": "ghost"'):
        (number,) = [i for i, row in enumerate(rows, start=1) if what in row]
        assert f"broken.json:{number}: " in result.err
    (facts,) = (await genesis("plan", "check", "broken.json", "--json")).events
    assert len(facts["problems"]) == len(result.err.splitlines()) - 1


async def test_what_no_app_can_be_made_of_is_told_by_the_check(genesis: Genesis) -> None:
    plan = await made(genesis)
    plan["model"]["entities"][0]["rules"] = [{"kind": "check", "expr": "nope <"}]
    changed(genesis, "broken.json", plan)
    result = await genesis("plan", "check", "broken.json")
    assert result.code == 1
    assert "rule" in result.err


async def test_a_difference_is_told_and_is_the_exit_code(genesis: Genesis) -> None:
    plan = await made(genesis)
    same = await genesis("plan", "diff", "recipe-box.plan.json", "recipe-box.plan.json")
    assert (same.code, same.out) == (0, "")
    plan["model"]["app"]["theme"]["primary"] = "#123456"
    del plan["model"]["entities"][0]["fields"][2]
    changed(genesis, "other.json", plan)
    result = await genesis("plan", "diff", "recipe-box.plan.json", "other.json")
    assert result.code == 1
    theme, field = result.out.splitlines()
    assert theme == "~ app.theme.primary: #006400 → #123456"
    assert field.startswith("- field.recipe.")
    told = await genesis("plan", "diff", "recipe-box.plan.json", "other.json", "--json")
    assert [change["kind"] for change in told.events[0]] == ["changed", "removed"]


async def test_the_schema_takes_every_plan_and_names_mistakes(genesis: Genesis) -> None:
    plan = await made(genesis)
    validator = jsonschema.Draft202012Validator(json.loads((await genesis("plan", "schema")).out))
    validator.validate(plan)
    plan["model"]["entities"][0]["colour"] = "red"
    assert not validator.is_valid(plan)


async def test_a_place_that_cannot_be_written_is_told(genesis: Genesis) -> None:
    result = await genesis("plan", IDEA, "--output", "nowhere/plan.json")
    assert result.code == 1
    assert "the plan could not be written" in result.err
    assert genesis.files() == {}


async def test_a_plan_for_an_editor_names_the_schema_beside_it(genesis: Genesis) -> None:
    (genesis.work / "plans").mkdir()
    (genesis.work / "plans" / "plan.schema.json").write_bytes(b"older")
    assert (await genesis("plan", IDEA, "--schema", "-o", "plans/box.json")).code == 0
    plan = json.loads(genesis.files()["plans/box.json"])
    schema = genesis.files()[f"plans/{plan['$schema'].removeprefix('./')}"]
    jsonschema.Draft202012Validator(json.loads(schema)).validate(plan)
    assert (await genesis("plan", "check", "plans/box.json")).code == 0


async def test_the_order_of_work_is_estimated_from_earlier_builds_here(
    genesis: Genesis, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    usual = (await genesis("plan", IDEA, "--json")).events[0]
    assert usual["critical_path"][0] == "base"
    assert usual["critical_path"][-2:] == ["deploy", "watch"]
    seconds = {"tests": 100.0, "typecheck": 2.0, "deployment": 50.0}
    timings.remember(tmp_path / "home", Timing(pipeline="p", entities=2, seconds=seconds))
    here = (await genesis("plan", IDEA, "--force", "--json")).events[0]
    assert usual["seconds"] + 140 < here["seconds"] < here["work_seconds"]
    said = await genesis("plan", IDEA, "--force")
    assert "known from       1 earlier build on" in said.out
