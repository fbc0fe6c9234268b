"""What a language model did to an app, and what became of that, on the command line."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts import messages as m
from contracts.model import Plan, encode_plan
from tests.coordinator.cli.conftest import Genesis
from tests.support.plans import PLANNER
from tests.support.stories import BUILD, FILE, ID

DONE = "done done done"
BEFORE = m.Artifact(sha256="1" * 64, size=1, name="plan.json")
USE = m.LlmUse(
    model="large",
    summary="large: 1 operation(s) applied.",
    changes=("set_access task: list guest (open to anyone: list)",),
    tokens=1_200,
    cost=0.01,
    report=FILE,
    unrefined=BEFORE,
)


async def told(genesis: Genesis, *arguments: str, **changes: dict[str, Any]):
    await genesis.tell(BUILD, DONE, changes=changes)
    return await genesis("watch", ID, *arguments)


async def test_what_it_changed_is_told(genesis: Genesis) -> None:
    result = await told(genesis, plan={"llm": USE})
    assert "language model: large: 1 operation(s) applied.\n  set_access task" in result.out
    assert "open to anyone" in result.out


async def test_json_has_the_same(genesis: Genesis) -> None:
    result = await told(genesis, "--json", plan={"llm": USE})
    llm = result.events[-1]["llm"]
    assert (llm["summary"], llm["changes"]) == (USE.summary, list(USE.changes))
    assert (llm["tokens"], llm["cost"], llm["fell_back"]) == (1_200, 0.01, "")


async def test_without_one_it_says_how_many_sentences_one_could_be_asked_about(
    genesis: Genesis,
) -> None:
    result = await told(genesis, plan={"askable": 1})
    assert "a language model could be asked about 1 sentence: set GENESIS_LLM" in result.out


async def test_an_app_that_was_built_without_its_changes_is_told_with_its_own_plan(
    genesis: Genesis,
) -> None:
    """The plan in the folder and the sentences not in the app are those of what was built."""
    model = msgspec.structs.replace(PLANNER, unmapped=("It should sing.",))
    text = encode_plan(Plan(model=model))
    before = await genesis.bus.artifacts.put(text, "plan.json")
    why = "What the language model changed was left out, since with it: `tests` failed."
    result = await told(genesis, plan={"llm": USE}, build={"plan": before, "fell_back": why})
    assert why in result.out
    assert "set_access" not in result.out
    assert "not in the app yet: It should sing." in result.out
    assert "It should fly." not in result.out
    assert genesis.files()["shop/genesis.plan.json"] == text
