"""Ideas become apps that pass their own checks, and every sentence of them is accounted for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from agents.build import agent
from agents.build.generator import generate
from agents.plan import rules
from agents.plan.model import model_of
from agents.scout.scout import scout
from contracts.model import AppModel
from tests.support import expected_ideas
from tests.support.builder import Builder
from tests.support.expected_ideas import read
from tests.support.sampling import sample

FOLDER = Path(__file__).parents[2] / "ideas"
OPEN = {name: idea.text for name, idea in read(FOLDER / "open").items()}
IDEAS = {
    name: idea.text
    for part in ("open", "held_out")
    for name, idea in read(FOLDER / part).items()
}  # fmt: skip


PARTS = frozenset({"entity", "field", "relation", "role", "feature", "page"})


def elements(model: AppModel) -> set[str]:
    """The ids of all that a model has and a sentence may lead to."""
    found = {f"entity.{entity.key}" for entity in model.entities}
    found |= {f"field.{e.key}.{field.key}" for e in model.entities for field in e.fields}
    found |= {f"relation.{each.source}.{each.key}" for each in model.relations}
    found |= {f"role.{role.key}" for role in model.roles}
    found |= {f"feature.{feature.key}" for feature in model.features}
    found |= {f"page.{page.key}" for page in model.pages}
    return found


def where_from(model: AppModel) -> set[str]:
    """The ids of what sentences led to."""
    return {name for trace in model.trace for name in trace.maps_to}


def lost(named: Iterable[str], there: set[str]) -> set[str]:
    """The ids of parts of a model that it does not have."""
    return {name for name in named if name.partition(".")[0] in PARTS} - there


async def becomes_an_app(builder: Builder, name: str) -> dict[str, Any]:
    """The report of the build, after what is true of every one."""
    model = model_of(scout(IDEAS[name]))
    made = await agent.run(await builder.command(model, name.replace("-", "")[:20]),
                           builder.context())  # fmt: skip
    assert [check.name for check in made.checks if not check.ok] == []
    report: dict[str, Any] = json.loads(await builder.artifacts.get(made.report))
    files = await builder.files(made.source)
    accounted_for(model, report, set(files))
    return report


def accounted_for(model: AppModel, report: dict[str, Any], files: set[str]) -> None:
    """Sentences lead to what is there, and what is there comes from sentences or patterns."""
    there = elements(model)
    assert [each["text"] for each in report["trace"]] == [each.text for each in model.trace]
    for sentence in report["trace"]:
        assert not lost(sentence.get("elements", ()), there), sentence["text"]
        assert set(sentence.get("files", ())) <= files
        if sentence["verdict"] == "unmapped":
            assert any(entry.startswith(sentence["text"]) for entry in report["unmapped"])
    led_to = where_from(model)
    patterns = [each.key for each in model.patterns if f"pattern.{each.key}" in led_to]
    for entity in model.entities:
        assert f"entity.{entity.key}" in led_to or patterns, entity.key


# In the worker that has made these models for their marks.
@pytest.mark.xdist_group("expected-ideas")
@pytest.mark.parametrize("name", OPEN)
def test_every_idea_gives_a_model_that_breaks_no_rule_and_has_all_that_sentences_led_to(name):
    model = expected_ideas.model(OPEN[name])
    assert rules.problems(model) == []
    assert not lost(where_from(model), elements(model))


@pytest.mark.xdist_group("expected-ideas")
@pytest.mark.parametrize("name", sample(150, OPEN))
def test_ideas_give_the_files_of_an_app(name):
    model = expected_ideas.model(OPEN[name])
    tables = b"".join(text for path, text in generate(model).items() if path.endswith(".sql"))
    assert [e.key for e in model.entities if e.plural.encode() not in tables] == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["camp-kitchen", "city-magazine"])
async def test_an_idea_becomes_an_app_that_accounts_for_it(builder, name):
    await becomes_an_app(builder, name)


@pytest.mark.soak
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", IDEAS)
async def test_every_idea_becomes_an_app_that_accounts_for_it(builder, name):
    await becomes_an_app(builder, name)
