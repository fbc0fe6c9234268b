"""The agent for real: npm, TypeScript, a database and the apps' own tests."""

from __future__ import annotations

import asyncio
import json
import re

import psutil
import pytest

from agents.build import agent
from agents.build.generator import generate
from agents.work import AgentError
from bus import archive
from contracts.messages import BuildCompleted, BuildRollback, BuildRun
from tests.support.builder import NAMES, Builder, model
from tests.support.sampling import sample

CHECKS = ["install", "migrations", "typecheck", "lint", "build", "tests"]


async def build(builder: Builder, name: str = "recipes") -> BuildCompleted:
    return await agent.run(await builder.command(model(name)), builder.context())


async def changed(builder: Builder, files: dict[str, bytes]) -> BuildRun:
    """The recipes app, after its owner changed some of its files."""
    packed = await builder.artifacts.put(archive.pack(generate(model("recipes")) | files))
    return BuildRun(pipeline="changed", timeout=300, app="recipes", source=packed)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", sample(1, NAMES))
async def test_an_app_passes_its_own_checks(builder, name):
    await passes(builder, name)


@pytest.mark.soak
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", NAMES)
async def test_every_app_passes_its_own_checks(builder, name):
    await passes(builder, name)


async def passes(builder: Builder, name: str) -> None:
    made = await build(builder, name)
    assert [check.name for check in made.checks] == CHECKS
    assert all(check.ok for check in made.checks)
    tests = made.checks[-1]
    assert tests.passed
    assert tests.failed == 0
    report = json.loads(await builder.artifacts.get(made.report))
    printed = re.findall(r"Tests .*?(\d+) passed", report["output"]["tests"])
    assert sum(map(int, printed)) == tests.passed
    (noted,) = builder.settings.genesis_home.glob("cache/vitest/*/results.json")
    assert "tests/pages.test.tsx" in noted.read_text()
    assert any(builder.settings.genesis_home.glob("cache/transforms/1/*"))
    bundle = await builder.files(made.bundle)
    assert made.build_id.encode() in bundle["build.json"]
    assert made.migrations


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("path", "content", "code", "printed"),
    [
        (
            "tests/mine.test.ts",
            "import { expect, test } from 'vitest';\ntest('adds up', () => expect(2).toBe(3));\n",
            "tests_failed", "adds up",
        ),
        pytest.param(
            "shared/mine.ts", "export const five: number = 'five';\n",
            "typecheck_failed", "mine.ts", marks=pytest.mark.soak,
        ),
        (
            "migrations/900_mine.sql",
            "-- migrate:up\nselect 1;\nselect missing from nowhere;\n-- migrate:down\nselect 1;\n",
            "migrations_failed", "nowhere",
        ),
        pytest.param(
            "src/main.tsx", "import './nothing.css';\n", "build_failed", "nothing.css",
            marks=pytest.mark.soak,
        ),
    ],
)  # fmt: skip
async def test_what_fails_is_told_in_the_tools_own_words(builder, path, content, code, printed):
    command = await changed(builder, {path: content.encode()})
    with pytest.raises(AgentError) as caught:
        await agent.run(command, builder.context("changed"))
    assert caught.value.code == code
    assert printed in caught.value.message
    assert "nothing was deployed" in caught.value.message
    report = json.loads(await builder.artifacts.get(caught.value.report))
    assert not all(check["ok"] for check in report["checks"])


@pytest.mark.timeout(240)
async def test_a_lockfile_of_other_packages_is_told_with_which_they_are(builder):
    package = json.loads(generate(model("recipes"))["package.json"])
    package["dependencies"]["valibot"] = "1.0.0"
    files = {"package.json": json.dumps(package).encode()}
    with pytest.raises(AgentError, match=r"lock file's valibot@.* does not satisfy valibot@1"):
        await agent.run(await changed(builder, files), builder.context())


async def test_a_cancelled_build_leaves_neither_process_nor_folder(builder, home):
    await build(builder)
    began = asyncio.Event()

    async def note(step: str) -> None:
        if step.endswith("passed"):
            began.set()

    builder.note = note
    work = asyncio.create_task(
        agent.run(await builder.command(model("recipes"), "gone"), builder.context("gone"))
    )
    await began.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert [path.name for path in (home / "work").iterdir()] == ["1.lock"]
    left = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(home / "work") in " ".join(process.info["cmdline"] or [])
    ]
    assert not left


async def test_the_folder_of_a_killed_build_is_taken_back(builder, home):
    left = home / "work" / "1"
    left.mkdir(parents=True)
    (left / "half").write_text("written")
    (home / "work" / "1.lock").write_text("killed")
    command = BuildRollback(pipeline="killed", timeout=60)
    assert (await agent.rollback(command, builder.context("killed"))).undone == ("working folder",)
    assert (await agent.rollback(command, builder.context("killed"))).undone == ()
    assert not left.exists()


async def test_without_node_it_says_how_to_get_it(builder):
    command = await builder.command(model("recipes"))
    with pytest.raises(AgentError, match="/nowhere/node does not run") as caught:
        await agent.run(command, builder.context(node="/nowhere/node"))
    assert caught.value.code == "node_missing"
    assert "genesis-agents[local]" in caught.value.hint


@pytest.mark.timeout(240)
async def test_offline_needs_a_warm_cache(builder, home, tmp_path, monkeypatch):
    await build(builder)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    assert (await build(builder)).checks[0].summary == "from the cache"
    with pytest.raises(AgentError) as caught:
        await agent.run(
            await builder.command(model("recipes")), builder.context(genesis_home=tmp_path)
        )
    assert caught.value.code == "registry_unreachable"
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"readme.txt": b"hello"}, "package.json is missing"),
        ({"package.json": b"{"}, "package.json is missing or cannot be read"),
        ({"package.json": b"{}"}, "no script `build`"),
    ],
)
async def test_a_folder_that_is_no_app_is_refused(builder, files, why):
    packed = await builder.artifacts.put(archive.pack(files))
    command = BuildRun(pipeline="pipeline", timeout=60, app="mine", source=packed)
    with pytest.raises(AgentError, match=why) as caught:
        await agent.run(command, builder.context())
    assert caught.value.code == "invalid_source"
