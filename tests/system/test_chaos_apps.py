"""Agents are killed while they build and deploy a real app.

Whatever the pipelines came to, one release is live, it answers as the build that is on record,
and nothing that a killed agent had begun still runs.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.local_stack import LocalStack
from tests.support.processes import wait_until

pytestmark = pytest.mark.xdist_group("stack")

APP = "note-box"
IDEA = "A notebook where I keep notes with a title and a text."
VICTIMS = ("build", "build", "migration", "deployment", "deployment", "monitoring", "coordinator")
ENDS = {"pipeline.completed", "pipeline.failed", "pipeline.rolled_back"}
KILLS = 4
"""Processes killed during one deploy: a slow machine would else never end a build between two."""


class Chaos:
    """A live app, deployed again and again while its makers die."""

    def __init__(self, stack: LocalStack, seed: int) -> None:
        self.stack = stack
        self.dice = random.Random(seed)
        self.kills = 0
        built = stack.ok("build", IDEA, "--name", APP, "--deploy", "--json").events[-1]
        self.url = str(built["url"])
        self.folder = Path(str(built["folder"]))
        self.ends: list[str] = []

    def deploy(self, number: int) -> None:
        """One more release, and a few kills while its pipeline is under way."""
        about = self.folder / "public" / "about.txt"
        about.write_text(f"release {number}")
        with subprocess.Popen(
            [
                sys.executable, "-m", "coordinator.cli", "deploy", str(self.folder),
                "--name", APP, "--json",
            ],
            cwd=self.stack.work, env=self.stack.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as command:  # fmt: skip
            for _ in range(KILLS):
                time.sleep(self.dice.uniform(0.3, 2.5))
                if command.poll() is None:
                    self.kill_one()
            out, err = command.communicate()
        said = [line for line in ENDS for text in out.splitlines() if f'"{line}"' in text]
        assert said, (out, err)
        self.ends += said

    def kill_one(self) -> None:
        """Kill one process of Genesis; its supervisor starts it again."""
        victim = self.dice.choice(VICTIMS)
        pids = {each["name"]: each["pid"] for each in self.processes()}
        if pids.get(victim):
            os.kill(pids[victim], signal.SIGKILL)
            self.kills += 1

    def processes(self) -> list[dict[str, object]]:
        events = self.stack.run("status", "--json").events[-1]
        assert isinstance(events, list)
        return events

    def calm(self) -> bool:
        """Whether all of Genesis runs and the app answers."""
        try:
            served = httpx.get(f"{self.url}api/health", timeout=5)
        except httpx.TransportError:
            return False
        return served.is_success and all(each["up"] for each in self.processes())

    def of_home(self) -> list[str]:
        """The command lines below the home's working folders and the app's own."""
        places = (f"{self.stack.home}/apps/{APP}/", f"{self.stack.home}/work/")
        found = []
        for process in psutil.process_iter(["cmdline", "cwd"]):
            line = " ".join([*(process.info["cmdline"] or ()), process.info["cwd"] or ""])
            if any(place in line for place in places):
                found.append(line)
        return found

    def settled(self) -> list[str]:
        """What runs of the home when nothing but one server should, or after a minute."""
        deadline = time.monotonic() + 60
        while len(found := self.of_home()) != 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(found) == 1, "\n".join(found)
        return found

    def hold_out(self, pipelines: int) -> None:
        try:
            for number in range(pipelines):
                self.deploy(number)
        finally:
            # Other tests use the stack too.
            self.stack.run("up")
        wait_until(self.calm, "everything is up again", 60)
        (server,) = self.settled()
        build = httpx.get(f"{self.url}api/health").json()["build"]
        assert f"/{build}-" in server
        self.stack.ok("deploy", str(self.folder), "--name", APP)
        print(f"{self.kills} kills, {pipelines} pipelines: {sorted(self.ends)}")
        assert self.kills >= pipelines


@pytest.mark.timeout(400)
def test_killed_agents_leave_one_live_release_and_no_orphans(stack: LocalStack) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    Chaos(stack, seed).hold_out(1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_agents_killed_for_long_leave_one_live_release_and_no_orphans(stack: LocalStack) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    Chaos(stack, seed).hold_out(30)
