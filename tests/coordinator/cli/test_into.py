"""`genesis build --into`: what is sent, what is written, and what is left as it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.build.generator import generate
from agents.build.tracing import Traced
from bus.archive import read_folder, unpack
from contracts import messages as m
from contracts.model import AppModel, Plan, encode_plan
from contracts.naming import pipeline_id
from coordinator.cli.traced import document
from tests.coordinator.cli.conftest import Genesis, Result
from tests.support.builder import model
from tests.support.stories import COMPLETED, append


def plan(**app: Any) -> bytes:
    data = msgspec.to_builtins(model("recipes"))
    data["app"].update(app)
    return encode_plan(Plan(model=msgspec.convert(data, AppModel)))


@pytest.fixture
def box(genesis: Genesis) -> Path:
    """The recipes app, with a sentence of its owner's in the README."""
    folder = genesis.work / "recipe-box"
    files = {**generate(model("recipes")), "genesis.plan.json": plan()}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    readme = (folder / "README.md").read_text()
    (folder / "README.md").write_text(f"{readme}\nAsk Ann.\n")
    (genesis.work / "next.json").write_bytes(plan(name="Cook Book"))
    return folder


async def run(
    genesis: Genesis, *arguments: str, words: str = "done done done", report: bytes = b"{}"
) -> Result:
    """The command, with a pipeline that answers each request with these words."""
    command = asyncio.create_task(genesis("build", *arguments))
    answered: set[str] = set()
    while not command.done():
        for request in [entry.message async for entry in genesis.bus.history()]:
            if isinstance(request, m.BuildRequested) and request.request_id not in answered:
                answered.add(request.request_id or "")
                await answer(genesis, request, words, report)
        await asyncio.sleep(0.01)
    return await command


async def answer(genesis: Genesis, request: m.BuildRequested, words: str, report: bytes) -> None:
    put = genesis.bus.artifacts.put
    stored = request.plan or await put(plan(name="Of The Idea"))
    completed = {
        **COMPLETED,
        "plan": msgspec.structs.replace(COMPLETED["plan"], plan=stored),
        "build": msgspec.structs.replace(COMPLETED["build"], report=await put(report)),
    }
    pipeline = pipeline_id(request.request_id or "")
    await append(genesis.bus, request, words, pipeline=pipeline, completed=completed)


async def requests(genesis: Genesis) -> list[m.BuildRequested]:
    said = [entry.message async for entry in genesis.bus.history()]
    return [message for message in said if isinstance(message, m.BuildRequested)]


async def test_a_plan_is_merged_sent_checked_and_written(
    genesis: Genesis, box: Path, tmp_path: Path
) -> None:
    result = await run(genesis, "--plan", "next.json", "--into", "recipe-box")
    assert result.code == 0, result.err
    assert f"folder  {box}" in result.out
    assert "files   0 new, " in result.err
    (request,) = await requests(genesis)
    assert (request.name, request.deploy) == ("recipe-box", False)
    assert request.source is not None
    unpack(await genesis.bus.artifacts.get(request.source), tmp_path / "sent")
    assert read_folder(tmp_path / "sent") == read_folder(box)
    readme = (box / "README.md").read_text()
    assert readme.startswith("# Cook Book\n")
    assert readme.endswith("\nAsk Ann.\n")
    assert (box / "genesis.plan.json").read_bytes() == plan(name="Cook Book")
    assert sorted(path.name for path in genesis.work.iterdir()) == ["next.json", "recipe-box"]
    commands = [entry.message async for entry in genesis.bus.history()]
    (build,) = [each for each in commands if isinstance(each, m.BuildRun)]
    assert build.source == request.source


async def test_an_idea_is_planned_first_and_merged_then(genesis: Genesis, box: Path) -> None:
    result = await run(genesis, "A box for recipes", "--into", "recipe-box", "--json")
    assert result.code == 0, result.err
    alone, request = await requests(genesis)
    assert (alone.name, alone.source, alone.deploy) == ("recipe-box", None, False)
    assert request.source is not None
    assert (box / "README.md").read_text().startswith("# Of The Idea\n")
    (told,) = [event for event in result.events if "files" in event]
    assert told["migration"] is None
    assert told["files"]["merged with yours"] == 1


async def test_without_a_plan_the_one_in_the_folder_counts(genesis: Genesis, box: Path) -> None:
    (box / "genesis.plan.json").write_bytes(plan(name="Edited"))
    result = await run(genesis, "--into", "recipe-box")
    assert result.code == 0, result.err
    assert (box / "README.md").read_text().startswith("# Edited\n")


@pytest.mark.usefixtures("box")
async def test_nothing_is_written_when_the_build_fails(genesis: Genesis) -> None:
    before = genesis.files()
    result = await run(
        genesis, "--plan", "next.json", "--into", "recipe-box", words="done done fails done"
    )
    assert result.code == 1
    assert "build failed (broken): it broke" in result.err
    assert genesis.files() == before


async def test_what_passed_its_tests_is_written_whatever_becomes_of_the_deployment(
    genesis: Genesis, box: Path
) -> None:
    words = "done done done fails done done"
    arguments = ("--plan", "next.json", "--into", "recipe-box", "--deploy")
    result = await run(genesis, *arguments, words=words)
    assert result.code == 1
    assert (box / "README.md").read_text().startswith("# Cook Book\n")


async def test_collisions_start_nothing_and_are_marked_only_when_asked_for(
    genesis: Genesis, box: Path
) -> None:
    readme = (box / "README.md").read_text()
    (box / "README.md").write_text(readme.replace("# Recipe Box", "# Ann's", 1))
    before = genesis.files()
    result = await genesis("build", "--plan", "next.json", "--into", "recipe-box")
    assert result.code == 1
    assert "collide; nothing was started, nothing written:" in result.err
    assert "README.md: 1 conflict in it" in result.err
    assert "--keep-conflicts" in result.err
    assert genesis.files() == before
    again = ("build", "--plan", "next.json", "--into", "recipe-box", "--keep-conflicts")
    result = await genesis(*again)
    assert result.code == 1
    assert "both are marked in recipe-box" in result.err
    assert (box / "README.md").read_text().startswith("<<<<<<< yours\n# Ann's\n")
    result = await genesis("build", "--into", "recipe-box")
    assert result.code == 2
    assert "conflicts are still marked in README.md" in result.err
    assert await requests(genesis) == []


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--into", "nowhere"), "nowhere is no folder; nothing was started"),
        (("--into", "empty"), "empty is no app that Genesis can change: it has no"),
        (("--into", "recipe-box", "--name", "other"), "--name and --into were given"),
        (("--into", "recipe-box", "--detach"), "--detach and --into were given"),
        (("An idea", "--keep-conflicts"), "--keep-conflicts was given without --into"),
    ],
)
@pytest.mark.usefixtures("box")
async def test_what_cannot_be_used_is_refused(
    genesis: Genesis, arguments: tuple[str, ...], what: str
) -> None:
    (genesis.work / "empty").mkdir()
    before = genesis.files()
    result = await genesis("build", *arguments)
    assert result.code == 2
    assert what in result.err
    assert genesis.files() == before
    assert await requests(genesis) == []


async def test_an_edited_plan_is_not_replaced_by_another(genesis: Genesis, box: Path) -> None:
    (box / "genesis.plan.json").write_bytes(plan(name="Edited"))
    result = await genesis("build", "--plan", "next.json", "--into", "recipe-box")
    assert result.code == 2
    assert "genesis.plan.json was changed, and would be replaced" in result.err
    assert await requests(genesis) == []


@pytest.mark.usefixtures("box")
async def test_deploying_a_folder_leaves_its_record_at_home(
    genesis: Genesis, tmp_path: Path
) -> None:
    assert (await genesis("deploy", "recipe-box", "--detach")).code == 0
    said = [entry.message async for entry in genesis.bus.history()]
    (request,) = [message for message in said if isinstance(message, m.DeployRequested)]
    unpack(await genesis.bus.artifacts.get(request.source), tmp_path / "sent")
    sent = read_folder(tmp_path / "sent")
    assert "package.json" in sent
    assert not [path for path in sent if path.startswith(".genesis")]


async def test_what_became_of_the_idea_is_written_anew_and_never_collides(
    genesis: Genesis, box: Path
) -> None:
    (box / "TRACE.md").write_text("of an earlier build, and edited since")
    trace = (Traced(sentence=1, text="Recipes.", verdict="passed", elements=("entity.recipe",)),)
    result = await run(
        genesis, "--plan", "next.json", "--into", "recipe-box",
        report=msgspec.json.encode({"trace": trace}),
    )  # fmt: skip
    assert result.code == 0, result.err
    assert (box / "TRACE.md").read_text() == document(trace)
    again = await run(genesis, "--into", "recipe-box")
    assert again.code == 0, again.err
    assert (box / "TRACE.md").read_text() == document(trace)
