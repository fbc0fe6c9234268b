"""Tools of killed agents end; those of living ones, and of other homes, are let be."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager

import psutil

from agents.build import agent
from agents.build.orphans import end_orphans
from bus.settings import Settings
from tests.support.processes import wait_until

AGENT = """
import asyncio, sys
from pathlib import Path
from agents.build import processes
sleep = ("sh", "-c", "sleep 300 & sleep 300")
env = processes.environment({})
asyncio.run(processes.run(sleep, cwd=Path(sys.argv[1]), env=env, seconds=300))
"""


@contextmanager
def working(folder):
    """An agent that has a tool at work in a folder: its process, and those of the tool."""
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen([sys.executable, "-c", AGENT, folder]) as process:
        parent = psutil.Process(process.pid)
        wait_until(lambda: len(parent.children(recursive=True)) == 3, "the tool runs")
        tool = parent.children(recursive=True)
        try:
            yield process, tool
        finally:
            process.kill()
            for each in tool:
                if each.is_running():
                    each.kill()


def kill(process):
    process.kill()
    process.wait()


def test_what_a_killed_agent_started_is_ended_with_all_that_it_started(tmp_path):
    with working(tmp_path / "work" / "one") as (process, tool):
        kill(process)
        assert all(each.is_running() for each in tool)
        assert end_orphans(tmp_path / "work") == 3
        assert not any(each.is_running() for each in tool)


def test_what_a_living_agent_started_goes_on(tmp_path):
    with working(tmp_path / "work" / "one") as (_, tool):
        assert end_orphans(tmp_path / "work") == 0
        assert all(each.is_running() for each in tool)


def test_another_homes_tools_are_let_be(tmp_path):
    with working(tmp_path / "workshop") as (process, tool):
        kill(process)
        assert end_orphans(tmp_path / "work") == 0
        assert all(each.is_running() for each in tool)


async def test_the_agents_background_work_ends_them(tmp_path):
    with working(tmp_path / "work" / "one") as (process, tool):
        kill(process)
        stop = asyncio.Event()
        settings = Settings(genesis_home=tmp_path)
        work = asyncio.create_task(agent.background(settings, stop, lambda _: asyncio.sleep(0)))
        await asyncio.to_thread(
            wait_until, lambda: not any(each.is_running() for each in tool), "the tool is ended"
        )
        stop.set()
        await work
