"""Blue and green on this machine: a new server beside the old one, then one rename.

Whoever holds the app's lock records an intent, acts, and records the outcome. A process that
dies leaves a state from which the next run, a rollback or the reconciler goes on.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from msgspec.structs import replace

from agents.deployment import caddy, health, releases, servers, state, surroundings
from agents.deployment.platform import Deployed, Order, TakenBack, Tell
from agents.deployment.state import AppState, Deed, Release, Server
from agents.work import AgentError
from bus.node import NodeMissing, find_node
from bus.settings import Settings
from contracts.messages import Check

STARTS = 3
"""Attempts to start a server when its port is taken between choosing and listening."""


class LocalPlatform:
    """`agents.deployment.platform.Platform` with Node servers behind Caddy."""

    def __init__(self, settings: Settings, limits: health.Limits | None = None) -> None:
        self.settings = settings
        self.home = settings.genesis_home
        self.limits = limits or health.Limits()

    async def deploy(self, order: Order, tell: Tell) -> Deployed:
        """Put a release live beside the old one, then let requests go to it."""
        release = releases.release_id(order.build_id, order.pipeline)
        await caddy.current(self.settings.caddy_admin_url)
        async with state.locked(state.app_lock(self.home, order.app, order.environment)):
            app = state.load(self.home, order.app, order.environment)
            deed = app.deeds.get(order.pipeline)
            _refuse_late(order.pipeline, app, deed)
            if deed is None or deed.stage == "begun":
                app = await self._prepare(app, order, release, tell)
                app = await self._go_live(app, order.pipeline, release, tell)
            elif not servers.is_running(app.servers.get(release)):
                app = await self._start_checked(app, release)
            app, checks = await self._follow(app, tell, pipeline=order.pipeline)
        previous = app.deeds[order.pipeline].previous
        return Deployed(caddy.url(app), release, previous, checks)

    async def take_back(self, pipeline: str, app: str, environment: str, tell: Tell) -> TakenBack:
        """Put back exactly what was live before the pipeline, and bar it from going live."""
        async with state.locked(state.app_lock(self.home, app, environment)):
            now = state.load(self.home, app, environment)
            deed = now.deeds.get(pipeline)
            if deed is None or deed.stage == "begun":
                deed = Deed(deed.release if deed else None, None, "withdrawn")
                now = self._save(replace(now, deeds={**now.deeds, pipeline: deed}))
                now = await self.end_others(now)
            else:
                if deed.stage != "withdrawn":
                    now = await self._go_back(now, pipeline, deed, tell)
                    deed = now.deeds[pipeline]
                if deed.undone:
                    now, _ = await self._follow(now, tell)
            now = await self._forget(now, deed.release)
        return TakenBack(now.live, deed.undone)

    async def _prepare(self, app: AppState, order: Order, release: str, tell: Tell) -> AppState:
        """The release's folder, and on record what it would take the place of."""
        if order.expected_live is not None and order.expected_live != (app.live or ""):
            raise AgentError(
                "live_changed",
                f"{app.live or 'nothing'} is live now, and not "
                f"{order.expected_live or 'nothing'} as when this was approved; "
                "nothing was changed",
                hint="look at what is live and start again",
            )
        await tell("unpacking", 5)
        new = Release(release, order.build_id, order.pipeline, time.time())
        begun = Deed(release, app.live, "begun")
        app = self._save(
            replace(
                app,
                releases={**app.releases, release: new},
                deeds={**app.deeds, order.pipeline: begun},
            )
        )
        folder = releases.place(self.home, app.app, app.environment, release)
        await asyncio.to_thread(
            releases.unpack_release, order.content, folder, app=order.app, build_id=order.build_id
        )
        return app

    async def _go_live(self, app: AppState, pipeline: str, release: str, tell: Tell) -> AppState:
        """Start the release, check it and make it the live one on record."""
        await tell("starting", 20)
        app = await self._start_checked(app, release, tell)
        app = await self._with_port(app)
        await tell("healthy", 70)
        deed = replace(app.deeds[pipeline], stage="live")
        return self._save(
            replace(app, live=release, since=time.time(), deeds={**app.deeds, pipeline: deed})
        )

    async def _go_back(self, app: AppState, pipeline: str, deed: Deed, tell: Tell) -> AppState:
        """Make what was live before the live one on record, once it is healthy again."""
        if app.live != deed.release:
            raise _superseded(pipeline, app, "nothing was taken back")
        leaving = replace(deed, stage="leaving")
        app = self._save(replace(app, deeds={**app.deeds, pipeline: leaving}))
        if deed.previous is not None:
            await tell(f"starting {deed.previous}", 20)
            app = await self._start_checked(app, deed.previous)
            await tell(f"{deed.previous} is healthy", 70)
        gone = replace(deed, stage="withdrawn", undone=(str(deed.release),))
        return self._save(
            replace(app, live=deed.previous, since=time.time(), deeds={**app.deeds, pipeline: gone})
        )

    async def _follow(
        self, app: AppState, tell: Tell, *, pipeline: str | None = None
    ) -> tuple[AppState, tuple[Check, ...]]:
        """Make requests, servers and folders follow what is live on record.

        When nobody can reach what `pipeline` put live, what was live before is so again.
        """
        await tell("switching", 75)
        try:
            checks = await self._switch(app)
        except AgentError:
            if pipeline is not None:
                deed = replace(app.deeds[pipeline], stage="begun")
                before = {**app.deeds, pipeline: deed}
                app = self._save(replace(app, live=deed.previous, deeds=before))
                self.route(app)
            raise
        await tell("draining", 90)
        app = await self.end_others(app)
        kept = releases.to_keep(app)
        for name in app.releases.keys() - kept.keys():
            await self._remove_folder(app, name)
        return self._save(replace(app, releases=kept)), checks

    async def _switch(self, app: AppState) -> tuple[Check, ...]:
        """Let requests go to what is live, and ask the way that people do."""
        self.route(app)
        async with state.locked(state.caddy_lock(self.home)):
            await caddy.load(self.home, self.settings.caddy_admin_url)
        if app.live is None:
            return ()
        url, build = caddy.url(app).rstrip("/"), app.releases[app.live].build
        try:
            return await health.wait_until_healthy(url, build, self.limits)
        except health.Unhealthy as error:
            raise AgentError(
                "not_reachable",
                f"{app.live} is healthy, but does not answer at {url}/: {error}",
                hint="see whether another program listens on that port, then start again",
            ) from error

    async def _start_checked(
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
                await asyncio.shield(self._end_release(now, release))
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
        app = await self._end_release(app, release)
        port = servers.free_port()
        app = self._with_server(app, Server(release, port))
        log = releases.log_file(self.home, app.app, app.environment, release)
        known = surroundings.variables(self.settings, app.app, app.environment, port)
        pid, created = await servers.start(self._node(), folder, log, known)
        return self._with_server(app, Server(release, port, pid, created))

    async def end_others(self, app: AppState) -> AppState:
        """End every server of the app but the live one, each once it is idle."""
        live = app.servers.get(app.live) if app.live else None
        found = await self._processes(app)
        if live is not None:
            found.discard((live.pid, live.created))
        await servers.end([(pid, at) for pid, at in found if pid and at], drain=True)
        kept = {app.live: live} if app.live and live else {}
        return self._save(replace(app, servers=kept)) if kept != app.servers else app

    async def _end_release(self, app: AppState, release: str) -> AppState:
        found = await self._processes(app, release)
        await servers.end([(pid, at) for pid, at in found if pid and at])
        rest = {name: server for name, server in app.servers.items() if name != release}
        return self._save(replace(app, servers=rest)) if rest != app.servers else app

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

    async def _with_port(self, app: AppState) -> AppState:
        """The app's own port in front, chosen when it has none."""
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
            return self._save(replace(app, port=caddy.choose_port(self.home, heard)))

    async def _forget(self, app: AppState, release: str | None) -> AppState:
        """Remove a release that was taken back."""
        if release is None or release == app.live or release not in app.releases:
            return app
        await self._remove_folder(app, release)
        rest = {name: one for name, one in app.releases.items() if name != release}
        return self._save(replace(app, releases=rest))

    async def _remove_folder(self, app: AppState, release: str) -> None:
        folder = releases.place(self.home, app.app, app.environment, release)
        await asyncio.to_thread(releases.remove, folder)

    def route(self, app: AppState) -> None:
        """Let requests go to the live server; the moment of the switch."""
        path = caddy.upstream_file(self.home, app)
        server = app.servers.get(app.live) if app.live else None
        if app.live is None:
            path.unlink(missing_ok=True)
        elif server is not None:
            wanted = f"127.0.0.1:{server.port}".encode()
            if not path.exists() or path.read_bytes() != wanted:
                state.write(path, wanted)

    def _save(self, app: AppState) -> AppState:
        state.save(self.home, app)
        return app

    def _with_server(self, app: AppState, server: Server) -> AppState:
        return self._save(replace(app, servers={**app.servers, server.release: server}))

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


def _refuse_late(pipeline: str, app: AppState, deed: Deed | None) -> None:
    if deed is None:
        return
    if deed.stage in ("leaving", "withdrawn"):
        raise AgentError(
            "withdrawn",
            f"pipeline {pipeline} was rolled back; it does not go live any more",
            hint="start a new pipeline",
        )
    if deed.stage == "live" and app.live != deed.release:
        raise _superseded(pipeline, app, "nothing was changed")


def _superseded(pipeline: str, app: AppState, untouched: str) -> AgentError:
    live = app.releases.get(app.live) if app.live else None
    by = f"release {live.release} of pipeline {live.pipeline}" if live else "nothing"
    return AgentError(
        "superseded",
        f"{by} is live by now, and no longer the release of {pipeline}; {untouched}",
        hint=f"roll back {live.pipeline} first" if live else "",
    )
