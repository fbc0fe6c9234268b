"""The process in the background that keeps all others alive."""

from __future__ import annotations

import asyncio
import os
import signal

import structlog

from bus.settings import Settings
from coordinator.stack import postgres
from coordinator.stack.errors import NotStarted, StackError
from coordinator.stack.home import Home
from coordinator.stack.keeper import Keeper
from coordinator.stack.services import SERVERS, Service, table
from coordinator.stack.state import StackState, created_at, recall, write_state

log = structlog.get_logger()


def services(home: Home, settings: Settings) -> tuple[Service, ...]:
    """The processes of a prepared home. Raises StackError."""
    remembered = recall(home)
    if remembered is None:
        raise NotStarted(f"{home.root} holds no stack; run: genesis up")
    return table(home, settings, remembered, postgres.cluster(home))


class Supervisor:
    """Starts the services in order of need, and stops them in the reverse order of use."""

    def __init__(self, home: Home, services: tuple[Service, ...]) -> None:
        self._home = home
        self._pid = os.getpid()
        self._created = created_at(self._pid)
        self._keepers = {service.name: Keeper(home, service, self._write) for service in services}

    async def run(self, stop: asyncio.Event) -> None:
        """Keep everything alive until told to stop; then end everything."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._look)
        self._write()
        tasks = {name: asyncio.create_task(self._keep(name)) for name in self._keepers}
        await stop.wait()
        log.info("stopping")
        # Agents finish what they have in hand, for which they need the servers.
        await self._end([task for name, task in tasks.items() if name not in SERVERS])
        await self._end([task for name, task in tasks.items() if name in SERVERS])
        log.info("stopped")

    async def _keep(self, name: str) -> None:
        keeper = self._keepers[name]
        needs = [self._keepers[other] for other in keeper.service.needs]
        while True:
            try:
                return await keeper.keep(needs)
            except Exception:
                log.exception("a keeper broke, it starts again", service=name)
                await asyncio.sleep(1)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _look(self) -> None:
        for keeper in self._keepers.values():
            keeper.look()

    def _write(self) -> None:
        state = StackState(
            pid=self._pid,
            created=self._created,
            services=tuple(keeper.running for keeper in self._keepers.values()),
        )
        try:
            write_state(self._home, state)
        except StackError as error:
            # What runs goes on running; only `genesis status` is out of date for a while.
            log.error("state not written", error=str(error))


async def supervise(home: Home, settings: Settings) -> None:
    """Run until SIGTERM. Raises StackError when there is nothing to run."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Supervisor(home, services(home, settings)).run(stop)
