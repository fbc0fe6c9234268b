"""A broker and the processes on it: one contestant of what is measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from bus import topology
from bus.connection import connect
from bus.install import install
from bus.settings import Settings
from contracts import messages as m
from tests.bench.driver import Driver, Outcome, outcome
from tests.support.nats import NatsServer
from tests.support.processes import end
from tests.support.worlds import settings_for

ROOT = Path(__file__).parents[2]
SLOTS = 256
"""Commands that an agent works on at a time; a no-op needs no more care than that."""


class World:
    """One nats-server with its own store, and either the floor's six processes or our seven."""

    def __init__(self, name: str, *, strict: bool, floor: bool = False, group: bool = True) -> None:
        self.name = name
        self.floor = floor
        self.strict = strict
        self._group = group
        self.server = NatsServer(strict=strict)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._driver: Driver | None = None

    @property
    def settings(self) -> Settings:
        return settings_for(self.server)

    async def start(self) -> None:
        """Start the broker and everything on it; return after a first pipeline went through."""
        self.server.start()
        await install(self.settings)
        if self.floor:
            await self._forget_coordinator()
        else:
            self._spawn("coordinator", *self._coordinator())
        role = "floor" if self.floor else "agent"
        for area in m.AREAS:
            self._spawn(area, "tests.bench.process", role, area)
        self._driver = await Driver.connect(self.server.url, floor=self.floor)
        await self._driver.one()

    async def measure(self, in_flight: int, seconds: float) -> Outcome:
        """Pipelines for `seconds`. Raises RuntimeError when a process is not alive after it."""
        assert self._driver is not None
        before = self._processor_time()
        began = time.perf_counter()
        took, lasted = await self._driver.drive(in_flight, seconds)
        self.check()
        # The processors' time is of the whole run, warm-up included; so is its share.
        cpu = (self._processor_time() - before) * lasted / (time.perf_counter() - began)
        return outcome(took, lasted, cpu)

    def _processor_time(self) -> float:
        """Seconds that the processes have used so far."""
        assert self.server.process is not None
        pids = [self.server.process.pid, *(p.pid for p in self.processes.values())]
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)

    def _coordinator(self) -> tuple[str, ...]:
        return ("coordinator",) if self._group else ("tests.bench.process", "coordinator")

    async def _forget_coordinator(self) -> None:
        """The floor has no coordinator, so the broker need not keep a queue for one."""
        connection = await connect(self.settings, name="bench")
        await connection.api(f"CONSUMER.DELETE.{topology.LOG}.coordinator")
        await connection.close()

    def _spawn(self, name: str, module: str, *arguments: str) -> None:
        env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("NATS_", "DATABASE_"))},
            "NATS_URL": self.server.url,
            "NATS_MONITOR_URL": f"http://127.0.0.1:{self.server.monitor_port}",
            "AGENT_SLOTS": str(SLOTS),
            "BENCH_SINGLE": "" if self._group else "1",
            "UNSAFE_FAST": "" if self.strict else "1",
        }
        with (self.server.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def check(self) -> None:
        """Raise when a process has ended: its numbers would be of something else."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                text = (self.server.folder / f"{name}.log").read_text()
                raise RuntimeError(f"{self.name}: {name} ended with {process.returncode}: {text}")

    async def close(self) -> None:
        """End everything and remove the store."""
        if self._driver is not None:
            await self._driver.close()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            end(process, signal.SIGTERM, seconds=5)
        self.server.close()
