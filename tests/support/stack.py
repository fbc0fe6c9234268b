"""A local stack of its own for tests: own home, own ports, ended at the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from bus.settings import Settings
from coordinator.stack import api
from coordinator.stack import home as homes
from coordinator.stack.home import Home
from coordinator.stack.ports import Ports
from coordinator.stack.services import MARK
from coordinator.stack.state import Remembered, ServiceStatus, remember
from tests.support.processes import free_port, open_folder, remove_folder

PROCESSES = {
    "supervisor", "nats-server", "postgres", "caddy", "coordinator", "scout", "plan", "build",
    "migration", "deployment", "monitoring", "dashboard",
}  # fmt: skip


class Stack:
    """A stack in a folder of its own; `settings` is what the command line would have."""

    def __init__(self) -> None:
        self.folder = open_folder("genesis-test-stack-")
        self.home = Home(self.folder / "home")
        self.settings = Settings(genesis_home=self.home.root)
        homes.make(self.home)
        self.use_ports(
            Ports(
                nats=free_port(),
                nats_monitor=free_port(),
                postgres=free_port(),
                caddy_admin=free_port(),
                signals=free_port(),
                dashboard=free_port(),
            )
        )

    def use_ports(self, ports: Ports) -> None:
        """What an earlier start would have remembered."""
        remember(self.home, Remembered(ports=ports, person="alice"))

    async def statuses(self) -> dict[str, ServiceStatus]:
        """What `genesis status` shows, by name."""
        return {status.name: status for status in await api.status(self.settings)}

    async def pid(self, name: str) -> int:
        """The process id of a service that is up."""
        pid = (await self.statuses())[name].pid
        assert pid is not None, name
        return pid

    async def back(self, name: str, killed: int, seconds: float = 30) -> ServiceStatus:
        """The status of a service once it is up again as another process."""
        async with asyncio.timeout(seconds):
            while True:
                status = (await self.statuses())[name]
                if status.up and status.pid != killed:
                    return status
                await asyncio.sleep(0.02)

    def processes(self) -> list[psutil.Process]:
        """All processes that carry this stack's mark, children included."""
        return marked(self.home.root)

    def close(self) -> None:
        """End the stack and remove its folder."""
        asyncio.run(api.down(self.settings))
        remove_folder(self.folder)


def marked(root: Path) -> list[psutil.Process]:
    """Processes whose environment says that they belong to the stack of this home."""
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK, "")
        except (psutil.Error, OSError):
            continue
        if mark.startswith(f"{root}:") and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
