"""A broker and the processes on it: one variant of what is measured."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from bus import topology
from bus.connection import connect
from bus.install import install
from bus.settings import Settings
from contracts import messages as m
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

    @property
    def settings(self) -> Settings:
        return settings_for(self.server)

    async def start(self) -> None:
        """Start the broker and everything on it; what is not ready yet is waited for by messages."""
        self.server.start()
        await install(self.settings)
        if self.floor:
            await self._forget_coordinator()
        else:
            self._spawn("coordinator", *self._coordinator())
        for area in m.AREAS:
            self._spawn(area, "tests.bench.process", "floor" if self.floor else "agent", area)

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

    def close(self) -> None:
        """End everything and remove the store."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            end(process, signal.SIGTERM, seconds=5)
        self.server.close()
