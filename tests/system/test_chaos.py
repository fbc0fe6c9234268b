"""Coordinators, agents and the broker are killed at random, again and again, while they work.

Afterwards the log is held to the rules: no pipeline lost, nothing twice, nothing out of order.
The control runs the same processes without compare-and-swap, and must be caught.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bus.errors import BusUnavailable
from bus.install import install
from bus.nats import NatsBus, open_bus
from contracts import messages as m
from tests.support.log_checker import Report, check_log
from tests.support.nats import NatsServer
from tests.support.processes import end, open_folder, remove_folder
from tests.support.worlds import settings_for

ROOT = Path(__file__).parents[2]
COORDINATOR = ["-m", "coordinator"]
NOOP = ["tests/support/noop_agent.py"]
CARELESS = ["tests/support/careless.py"]
QUIET = 90.0
"""Seconds without a new entry in the log after which what has not ended counts as lost."""

StartNats = Callable[..., NatsServer]


class Process:
    """A process that is started again as soon as it was killed."""

    def __init__(self, arguments: list[str], server: NatsServer, log: Path) -> None:
        self.arguments = arguments
        self._log = log
        self._environment = {
            **os.environ,
            "NATS_URL": server.url,
            "NATS_MONITOR_URL": f"http://127.0.0.1:{server.monitor_port}",
            "NOOP_MS": "2",
            "NOOP_FAIL": "2",
            "AGENT_SLOTS": "4",
        }
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        said = self._log.read_text()[-3000:]
        assert self.process.poll() is None, f"{self.arguments} ended by itself: {said}"
        end(self.process, signal.SIGKILL)
        self.start()


class Fleet:
    """Two coordinators and agents, at most two of each; `careless` ones do not compare."""

    def __init__(self, server: NatsServer, *, careless: bool) -> None:
        self.server = server
        self.folder = open_folder("genesis-test-chaos-")
        coordinator = [*CARELESS, "coordinator"] if careless else COORDINATOR
        agent = CARELESS if careless else NOOP
        wanted = [coordinator, coordinator]
        wanted += [[*agent, area] for area in (*m.AREAS, "build", "deployment")]
        self.processes = [
            Process(arguments, server, self.folder / f"{number}.log")
            for number, arguments in enumerate(wanted)
        ]

    def kill_one(self, dice: random.Random) -> None:
        """Every fifth kill hits the broker, which all of them need."""
        if dice.random() < 0.2:
            self.server.restart()
        else:
            dice.choice(self.processes).kill()

    def close(self) -> None:
        for each in self.processes:
            end(each.process, signal.SIGKILL)
        remove_folder(self.folder)


@pytest.fixture
def start_fleet() -> Iterator[Callable[..., Fleet]]:
    fleets: list[Fleet] = []

    def start(server: NatsServer, *, careless: bool = False) -> Fleet:
        fleets.append(Fleet(server, careless=careless))
        return fleets[-1]

    yield start
    for fleet in fleets:
        fleet.close()


async def request(bus: NatsBus, number: int) -> None:
    """Ask for one pipeline, once and for all: the same `request_id` is the same pipeline."""
    wanted = m.BuildRequested(idea="a shop", deploy=True, request_id=f"chaos-{number}")
    while True:
        try:
            await bus.publish(wanted)
        except BusUnavailable:
            await asyncio.sleep(0.1)
        else:
            return


async def meddle(bus: NatsBus, dice: random.Random) -> None:
    """A person cancels something that may or may not run."""
    pipelines = {
        entry.message.pipeline
        async for entry in bus.history()
        if isinstance(entry.message, m.PipelineStarted)
    }
    if pipelines:
        await bus.publish(m.Cancel(pipeline=dice.choice(sorted(pipelines)), who="anna"))


async def chaos(
    fleet: Fleet, *, kills: int, pipelines: int, pause: float, seed: int, patience: float = QUIET
) -> Report:
    """Kill while pipelines run, then wait for the log to come to rest."""
    dice = random.Random(seed)
    await install(settings_for(fleet.server))
    async with open_bus(settings_for(fleet.server), name="chaos", wait=True) as bus:
        requests = asyncio.create_task(_ask(bus, pipelines, kills * pause))
        for number in range(kills):
            await asyncio.sleep(dice.uniform(0.2, 1.8) * pause)
            await asyncio.to_thread(fleet.kill_one, dice)
            if number % 5 == 0:
                try:
                    await meddle(bus, dice)
                except BusUnavailable:
                    continue
        await requests
        return await _come_to_rest(bus, patience)


async def _ask(bus: NatsBus, pipelines: int, seconds: float) -> None:
    """Spread the requests over the time of the killing."""
    async with asyncio.TaskGroup() as group:
        for number in range(pipelines):
            group.create_task(request(bus, number))
            await asyncio.sleep(seconds / pipelines)


async def _come_to_rest(bus: NatsBus, patience: float) -> Report:
    """The report as soon as everything has ended, or when nothing happens any more."""
    entries, changed = -1, time.monotonic()
    while True:
        try:
            report = check_log([entry async for entry in bus.history()])
        except BusUnavailable:
            continue
        if not report.lost or time.monotonic() - changed > patience:
            return report
        if report.entries != entries:
            entries, changed = report.entries, time.monotonic()
        await asyncio.sleep(0.5)


def show(report: Report, kills: int, began: float) -> None:
    print(
        f"{kills} kills, {report.pipelines} pipelines, {report.entries} entries,"
        f" {time.monotonic() - began:.0f} s; ended {report.ended}; lost {len(report.lost)},"
        f" duplicated {len(report.duplicated)}, misordered {len(report.misordered)}"
    )


async def hold_out(fleet: Fleet, *, kills: int, pipelines: int, pause: float) -> None:
    seed, began = random.randrange(2**32), time.monotonic()
    print(f"seed {seed}")
    report = await chaos(fleet, kills=kills, pipelines=pipelines, pause=pause, seed=seed)
    show(report, kills, began)
    assert report.clean, [*report.lost, *report.duplicated, *report.misordered][:10]
    assert report.pipelines == pipelines
    assert report.ended["completed"] > pipelines / 2


@pytest.mark.timeout(400)
async def test_a_hundred_kills_lose_double_and_misorder_nothing(
    nats_server: NatsServer, start_fleet: Callable[..., Fleet]
) -> None:
    await hold_out(start_fleet(nats_server), kills=100, pipelines=500, pause=0.6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_thousand_kills_lose_double_and_misorder_nothing(
    nats_server: NatsServer, start_fleet: Callable[..., Fleet]
) -> None:
    await hold_out(start_fleet(nats_server), kills=1_000, pipelines=5_000, pause=0.6)


@pytest.mark.timeout(300)
async def test_without_comparisons_the_same_checker_finds_what_went_wrong(
    nats_server: NatsServer, start_fleet: Callable[..., Fleet]
) -> None:
    fleet = start_fleet(nats_server, careless=True)
    seed, began = random.randrange(2**32), time.monotonic()
    print(f"seed {seed}")
    report = await chaos(fleet, kills=20, pipelines=200, pause=0.6, seed=seed, patience=10)
    show(report, 20, began)
    assert report.duplicated or report.misordered
