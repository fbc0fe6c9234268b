"""Keeps what runs in agreement with what is live: restarts the dead, ends what nobody knows.

Any number of processes may do this at once: each app is worked on under its lock, and one that
is locked is being taken care of by somebody else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import structlog

from agents.deployment import caddy, releases, servers, state
from agents.deployment.fleet import Fleet
from agents.deployment.state import AppState
from agents.work import AgentError
from bus.errors import Retry

log = structlog.get_logger()

PERIOD = 2.0
SWEEP_PERIOD = 10.0
"""Seconds between looks at the live servers, and at all processes of the machine."""
STEADY = 60.0
LONGEST_PAUSE = 60.0
"""Seconds that a server must have run to count as well again; longest wait before a restart."""


class Reconciler:
    """Remembers between rounds how often a server died, and what was already complained about."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.home = fleet.home
        self._restarts: dict[tuple[str, str], tuple[int, float]] = {}
        self._complaints: dict[str, str] = {}
        self._swept = float("-inf")

    async def round(self) -> None:
        """Look at every app once."""
        sweep = time.monotonic() - self._swept >= SWEEP_PERIOD
        for app, environment in state.known(self.home):
            await self._guarded(f"{app} {environment}", self._app(app, environment, sweep=sweep))
        await self._guarded("caddy", self._caddy())
        if sweep:
            self._swept = time.monotonic()
            await self._end_strangers()

    async def _guarded(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """One app's trouble is not another's; the same trouble is reported once."""
        try:
            await work
            self._complaints.pop(what, None)
        except (AgentError, Retry, servers.ServerDied, OSError) as error:
            if self._complaints.get(what) != str(error):
                self._complaints[what] = str(error)
                log.warning("cannot keep in order", what=what, problem=str(error))

    async def _app(self, name: str, environment: str, *, sweep: bool) -> None:
        try:
            async with state.locked(state.app_lock(self.home, name, environment), wait=0):
                app = state.load(self.home, name, environment)
                app = await self._keep_live(app)
                self.fleet.route(app)
                if sweep or app.servers.keys() - {app.live}:
                    await self.fleet.end_others(app)
        except Retry:
            return
        for path in (state.folder(self.home, name, environment) / "logs").glob("*.log"):
            await asyncio.to_thread(servers.trim_log, path)

    async def _keep_live(self, app: AppState) -> AppState:
        if app.live is None:
            return app
        key = (app.app, app.environment)
        count, last = self._restarts.get(key, (0, 0.0))
        age = time.monotonic() - last
        if servers.is_running(app.servers.get(app.live)):
            if count and age > STEADY:
                del self._restarts[key]
            return app
        if count and age < min(2.0**count, LONGEST_PAUSE):
            return app
        self._restarts[key] = (count + 1, time.monotonic())
        where = releases.log_file(self.home, app.app, app.environment, app.live)
        log.warning("starting again", app=app.app, release=app.live, log=str(where))
        return await self.fleet.start(app, app.live)

    async def _caddy(self) -> None:
        if not state.known(self.home):
            return
        async with state.locked(state.caddy_lock(self.home), wait=1):
            await caddy.load(self.home, self.fleet.settings.caddy_admin_url)

    async def _end_strangers(self) -> None:
        """End servers of apps that have no state at all."""
        known = set(state.known(self.home))
        for process in await asyncio.to_thread(servers.running, self.home):
            environment = process.release_folder.parent.parent
            if (environment.parent.name, environment.name) not in known:
                log.warning("ending an unknown server", pid=process.pid)
                await servers.end([(process.pid, process.created)])


async def keep(fleet: Fleet, stop: asyncio.Event) -> None:
    """Reconcile until `stop` is set."""
    reconciler = Reconciler(fleet)
    while not stop.is_set():
        await reconciler.round()
        try:
            await asyncio.wait_for(stop.wait(), PERIOD)
        except TimeoutError:
            continue
