"""A tool that needs too much is ended, with all it started, and told in words."""

from __future__ import annotations

import sys

import psutil
import pytest

from agents.build import agent, processes, toolchain
from agents.build.generator import generate
from agents.work import AgentError
from bus import archive
from contracts.messages import BuildRun
from tests.support.builder import model

GREEDY = "import time\nheld = [b'x' * 1048576 for _ in range(400)]\ntime.sleep(60)\n"
CHILD = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {GREEDY!r}])\n"


@pytest.mark.parametrize("program", [GREEDY, CHILD], ids=["itself", "what it started"])
async def test_a_program_that_holds_too_much_is_ended(tmp_path, program):
    done = await processes.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=processes.environment({}),
        seconds=50, mebibytes=200,
    )  # fmt: skip
    assert done.code is None
    assert done.seconds < 40
    assert done.why.startswith("it needed more than 200 MiB of memory and was ended")
    assert "BUILD_MEMORY" in done.why
    left = [
        each
        for each in psutil.process_iter(["cmdline", "cwd"])
        if each.info["cwd"] == str(tmp_path) and GREEDY in (each.info["cmdline"] or [])
    ]
    assert left == []


async def test_one_that_holds_less_is_left_alone(tmp_path):
    done = await processes.run(
        [sys.executable, "-c", "print('fine')"], cwd=tmp_path, env=processes.environment({}),
        seconds=50, mebibytes=200,
    )  # fmt: skip
    assert (done.code, done.output, done.why) == (0, "fine\n", "")


async def test_time_that_is_up_is_told_too(tmp_path):
    done = await processes.run(
        [sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path,
        env=processes.environment({}), seconds=1, mebibytes=200,
    )  # fmt: skip
    assert (done.code, done.why) == (None, "not finished after 1 seconds")


async def test_a_heap_that_is_full_is_told_in_the_same_words(tmp_path):
    tools = await toolchain.find("", 200)
    (tmp_path / "greedy.mjs").write_text(
        "const held = []; for (;;) held.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));\n"
    )
    done = await processes.run(
        [tools.node, "greedy.mjs"], cwd=tmp_path, env=tools.env(), seconds=60, mebibytes=2_000
    )
    assert not done.ok
    assert "it needed more than" in done.why


@pytest.mark.timeout(240)
async def test_a_build_says_which_tool_needed_too_much(builder, home):
    greedy = (
        "import { expect, it } from 'vitest';\nit('fits', () => {\n  const held: Buffer[] = [];\n"
        "  for (let i = 0; i < 1500; i += 1) held.push(Buffer.alloc(1_048_576, 1));\n"
        "  const end = Date.now() + 15_000;\n  while (Date.now() < end) held.length;\n"
        "  expect(held.length).toBe(1500);\n}, 60_000);\n"
    )
    files = generate(model("recipes")) | {"tests/greedy.test.ts": greedy.encode()}
    packed = await builder.artifacts.put(archive.pack(files))
    command = BuildRun(pipeline="greedy", timeout=300, app="recipes", source=packed)
    with pytest.raises(AgentError) as caught:
        await agent.run(command, builder.context("greedy", build_memory=1_200))
    assert caught.value.code == "tests_failed"
    assert "needed more than 1200 MiB of memory" in caught.value.message
    assert [path.name for path in (home / "work").iterdir()] == ["1.lock"]
