"""The servers of this machine's apps: started, checked, routed to, and ended.

Whoever changes an app's state holds its lock. A server is on record before it is started.

Errors:
    AgentError `app_died`, `unhealthy`   a release does not get healthy
               `release_gone`            its folder is not there any more
               `port_taken`              another program listens where the app should
               `node_missing`
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from agents.deployment import caddy, health, releases, servers, state, surroundings
from agents.deployment.platform import Tell
from agents.deployment.state import AppState, Server
from agents.work import AgentError
from bus.node import NodeMissing, find_node
from bus.settings import Settings
from contracts.messages import Check

STARTS = 3
"""Attempts to start a server when its port is taken between choosing and listening."""


class Fleet:
    """Node servers behind Caddy."""

    def __init__(self, settings: Settings, limits: health.Limits | None = None) -> None:
        self.settings = settings
        self.home = settings.genesis_home
        self.limits = limits or health.Limits()

    def save(self, app: AppState) -> AppState:
        """Put the state on the disk."""
        state.save(self.home, app)
        return app

    # --- Start -----------------------------------------------------------------------------

    async def start_checked(
        self, app: AppState, release: str, tell: Tell | None = None
    ) -> AppState:
        """Make a release run and be healthy; end it again when it does not get so."""
        log = releases.log_file(self.home, app.app, app.environment, release)
        try:
            for _ in range(STARTS - 1):
                try:
                    return await self._start_once(app, release, log, tell)
                except servers.ServerDied as error:
                    if "EADDRINUSE" not in str(error):
                        raise
            return await self._start_once(app, release, log, tell)
        except BaseException as error:
            if app.live != release:
                now = state.load(self.home, app.app, app.environment)
                await asyncio.shield(self.end_release(now, release))
            if isinstance(error, (servers.ServerDied, health.Unhealthy)):
                raise self._not_started(app, release, error, log) from error
            raise

    async def _start_once(
        self, app: AppState, release: str, log: Path, tell: Tell | None
    ) -> AppState:
        if not servers.is_running(app.servers.get(release)):
            app = await self.start(app, release)
        if tell:
            await tell("checking", 40)
        server = app.servers[release]
        await health.wait_until_healthy(
            f"http://127.0.0.1:{server.port}", app.releases[release].build, self.limits,
            alive=lambda: servers.check_alive(server, log),
        )  # fmt: skip
        return app

    async def start(self, app: AppState, release: str) -> AppState:
        """Start a release's server; what was started of it before is ended. Raises ServerDied."""
        folder = releases.place(self.home, app.app, app.environment, release).resolve()
        if not folder.is_dir() or release not in app.releases:
            raise AgentError(
                "release_gone",
                f"the folder of release {release} is not there any more; nothing was changed",
                hint=f"deploy that build again: {folder}",
            )
        app = await self.end_release(app, release)
        port = servers.free_port()
        app = self._with_server(app, Server(release, port))
        log = releases.log_file(self.home, app.app, app.environment, release)
        known = surroundings.variables(self.settings, app.app, app.environment, port)
        pid, created = await servers.start(self._node(), folder, log, known)
        return self._with_server(app, Server(release, port, pid, created))

    # --- Route -----------------------------------------------------------------------------

    async def with_port(self, app: AppState) -> AppState:
        """The app's own port in front, chosen when it has none. Raises Retry without Caddy."""
        async with state.locked(state.caddy_lock(self.home)):
            heard = caddy.listening(await caddy.current(self.settings.caddy_admin_url))
            if app.port in heard or (app.port and servers.can_listen(app.port)):
                return app
            if app.port and app.live is not None:
                raise AgentError(
                    "port_taken",
                    f"another program listens on port {app.port}, which is this app's; "
                    "nothing was switched",
                    hint=f"end that program, or free port {app.port}, then start again",
                )
            return self.save(replace(app, port=caddy.choose_port(self.home, heard)))

    async def let_in(self, app: AppState) -> tuple[Check, ...]:
        """Let requests go to what is live, and ask the way that people do."""
        self.route(app)
        if app.live is None:
            return ()
        async with state.locked(state.caddy_lock(self.home)):
            await caddy.load(self.home, self.settings.caddy_admin_url)
        url, build = caddy.url(app).rstrip("/"), app.releases[app.live].build
        try:
            return await health.wait_until_healthy(url, build, self.limits)
        except health.Unhealthy as error:
            raise AgentError(
                "not_reachable",
                f"{app.live} is healthy, but does not answer at {url}/: {error}",
                hint="see whether another program listens on that port, then start again",
            ) from error

    def route(self, app: AppState) -> None:
        """Let requests go to the live server; the moment of the switch."""
        path = caddy.upstream_file(self.home, app.port)
        server = app.servers.get(app.live) if app.live else None
        if app.live is None:
            path.unlink(missing_ok=True)
        elif server is not None:
            wanted = f"127.0.0.1:{server.port}".encode()
            if not path.exists() or path.read_bytes() != wanted:
                state.write(path, wanted)

    # --- End -------------------------------------------------------------------------------

    async def end_others(self, app: AppState) -> AppState:
        """End every server of the app but the live one, each once it is idle."""
        live = app.servers.get(app.live) if app.live else None
        found = await self._processes(app)
        if live is not None:
            found.discard((live.pid, live.created))
        await servers.end([(pid, at) for pid, at in found if pid and at], drain=True)
        kept = {app.live: live} if app.live and live else {}
        return self.save(replace(app, servers=kept)) if kept != app.servers else app

    async def end_release(self, app: AppState, release: str, *, drain: bool = False) -> AppState:
        """End the servers of one release; with `drain`, each once it is idle."""
        found = await self._processes(app, release)
        await servers.end([(pid, at) for pid, at in found if pid and at], drain=drain)
        rest = {name: server for name, server in app.servers.items() if name != release}
        return self.save(replace(app, servers=rest)) if rest != app.servers else app

    async def _processes(
        self, app: AppState, release: str | None = None
    ) -> set[tuple[int | None, float | None]]:
        """Pid and start of the app's servers, of one release or all: recorded ones and found."""
        folder = state.folder(self.home, app.app, app.environment).resolve() / "releases"
        found: set[tuple[int | None, float | None]] = {
            (server.pid, server.created)
            for server in app.servers.values()
            if release in (None, server.release)
        }
        recorded = {pid for pid, _ in found}
        for process in await asyncio.to_thread(servers.running, self.home):
            same = process.release_folder.name == release if release else True
            if process.release_folder.parent == folder and same and process.pid not in recorded:
                found.add((process.pid, process.created))
        return found

    def _with_server(self, app: AppState, server: Server) -> AppState:
        return self.save(replace(app, servers={**app.servers, server.release: server}))

    def _node(self) -> Path:
        try:
            return find_node(self.settings)
        except NodeMissing as error:
            raise AgentError(
                "node_missing", f"{error}; nothing was changed", hint="install Node, then try again"
            ) from error

    def _not_started(self, app: AppState, release: str, error: Exception, log: Path) -> AgentError:
        died = isinstance(error, servers.ServerDied)
        text = str(error)
        if not died and (printed := servers.last_lines(log, 5)):
            text = f"{text}; the app printed last: {printed}"
        text = surroundings.redacted(text, self.settings, app.app, app.environment)
        return AgentError(
            "app_died" if died else "unhealthy",
            f"release {release}: {text}. {app.live or 'Nothing'} stays live as before",
            hint=f"the app's own log is {log}",
        )
