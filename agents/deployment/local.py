"""This machine as a platform: a new server beside the old one, then one rename.

Until a release is confirmed the one before it goes on running, so that going back is a rename too.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from msgspec.structs import replace

from agents.deployment import (
    caddy,
    health,
    probes,
    records,
    releases,
    servers,
    sites,
    state,
    surroundings,
)
from agents.deployment.fleet import Fleet
from agents.deployment.machine import Hosted
from agents.deployment.platform import Tell
from agents.deployment.port import Past, Shipment, Site, Staged
from agents.deployment.records import Book
from agents.deployment.state import AppState, Release
from agents.deployment.watching import Limits, Window
from agents.work import AgentError
from bus.settings import Settings

NAME = "local"
LIMITS = Limits(warm_up=0, deadline=30, request=5, slow=5, pause=0.1, failures=5)
"""Nothing here needs time to get about, and the release was healthy when it was staged."""
LINES = 200
"""Of a release's log, the newest."""


class Local:
    """`agents.deployment.port.Remote` with Node servers behind Caddy."""

    def __init__(self, settings: Settings, limits: health.Limits | None = None) -> None:
        self.settings = settings
        self.home = settings.genesis_home
        self.fleet = Fleet(settings, limits)

    async def prepare(self, order: Shipment) -> Site:
        """Choose the app's own port, when it has none yet. Raises Retry without Caddy."""
        return _site(await self.fleet.with_port(self._load(order.app, order.environment)))

    async def find(self, app: str, environment: str) -> Site | None:
        """The app as it is; None when it was never here."""
        found = self._load(app, environment)
        return _site(found) if found.port else None

    async def stage(self, order: Shipment, site: Site, tell: Tell) -> Staged:
        """Start the release beside the live one; what does not get healthy is removed.

        A preview is live in a place of its own.
        """
        if order.branch:
            return await self._show(order, tell)
        release = releases.release_id(order.build_id, order.pipeline)
        app = self._of(site)
        await tell("unpacking", 20)
        if release not in app.releases:
            new = Release(release, order.build_id, order.pipeline, time.time())
            app = self.fleet.save(replace(app, releases={**app.releases, release: new}))
        bundle = await asyncio.to_thread(sites.served, order.folder)
        laid, kept = await asyncio.to_thread(
            releases.lay, bundle, self._folder(app, release), self._alike(app, order.build_id)
        )
        await tell("starting", 30)
        try:
            app = await self.fleet.start_checked(app, release, tell)
        except AgentError:
            await self.discard(site, release)
            raise
        return Staged(release, f"http://127.0.0.1:{app.servers[release].port}", laid, kept)

    async def _show(self, order: Shipment, tell: Tell) -> Staged:
        """Let a preview be live in its branch's own place, under that place's lock."""
        environment = state.preview(order.environment, order.branch)
        of_branch = replace(order, environment=environment, branch="")
        async with state.locked(state.app_lock(self.home, order.app, environment)):
            site = await self.prepare(of_branch)
            try:
                staged = await self.stage(of_branch, site, tell)
                await self.switch(site, staged.release)
            except AgentError:
                if (left := self._of(site)).live is None:
                    await self._hide(left)
                raise
            await self.settle(site)
        return replace(staged, url=site.url)

    async def switch(self, site: Site, release: str) -> None:
        """Let requests go to it once it is healthy; what was live goes on running."""
        app = before = self._of(site)
        found = app.releases.get(release)
        if found is None:
            branch = state.of_preview(self._place(app, release).environment)[1]
            what = f"{release} is a preview of {branch}" if branch else f"{release} is not here"
            raise AgentError(
                "release_gone", f"release {what}; nothing was switched",
                hint="deploy that build again" if branch else "genesis deployments list",
            )  # fmt: skip
        app = await self.fleet.with_port(await self.fleet.start_checked(app, release))
        if app.live != release:
            since = replace(found, previous=found.previous or app.live)
            known = {**app.releases, release: since}
            app = self.fleet.save(replace(app, live=release, since=time.time(), releases=known))
        try:
            await self.fleet.let_in(app)
        except AgentError:
            app = self.fleet.save(replace(app, live=before.live, since=before.since))
            self.fleet.route(app)
            raise

    async def live(self, site: Site) -> str | None:
        """The release that is live on record, which everything is made to follow."""
        return self._of(site).live

    async def take_down(self, site: Site, release: str) -> None:
        """Listen no more for an app whose first release this was."""
        app = self._of(site)
        if app.live == release:
            app = self.fleet.save(replace(app, live=None, since=time.time()))
        if app.live is None:
            await self.fleet.let_in(app)

    async def settle(self, site: Site) -> None:
        """End what is not live, each once it is idle, and remove the oldest releases."""
        app = await self.fleet.end_others(self._of(site))
        kept = releases.to_keep(app)
        for name in app.releases.keys() - kept.keys():
            await asyncio.to_thread(releases.remove, self._folder(app, name))
        self.fleet.save(replace(app, releases=kept))

    async def discard(self, site: Site, release: str) -> None:
        """End its server once that is idle, and remove its folder; its log stays."""
        base = self._of(site)
        app = self._place(base, release)
        if app.environment == base.environment:
            await self._drop(app, release)
            return
        async with state.locked(state.app_lock(self.home, app.app, app.environment)):
            app = self._load(app.app, app.environment)
            await (self._hide(app) if app.live in (None, release) else self._drop(app, release))

    async def _drop(self, app: AppState, release: str) -> None:
        if app.live == release or release not in app.releases:
            return
        app = await self.fleet.end_release(app, release, drain=True)
        await asyncio.to_thread(releases.remove, self._folder(app, release))
        rest = {name: one for name, one in app.releases.items() if name != release}
        self.fleet.save(replace(app, releases=rest))

    async def _hide(self, preview: AppState) -> None:
        """Remove a preview with its place: nothing of it is kept."""
        hidden = self.fleet.save(replace(preview, live=None))
        await self.fleet.let_in(hidden)
        await self.fleet.end_others(hidden)
        place = state.folder(self.home, hidden.app, hidden.environment)
        await asyncio.to_thread(releases.remove, place)

    async def past(self, site: Site, limit: int) -> tuple[Past, ...]:
        """The releases whose folders are here, previews too, newest first."""
        found = [_past(app, one) for app in self._places(site) for one in app.releases.values()]
        return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:limit])

    async def logs(self, site: Site, release: str) -> tuple[str, ...]:
        """The end of what a release's server printed, without the app's secrets."""
        app = self._place(self._of(site), release)
        log = releases.log_file(self.home, app.app, app.environment, release)
        text = await asyncio.to_thread(servers.last_lines, log, LINES, 1000)
        return tuple(
            surroundings.redacted(text, self.settings, app.app, app.environment).splitlines()
        )

    def _load(self, app: str, environment: str) -> AppState:
        return state.load(self.home, app, environment)

    def _of(self, site: Site) -> AppState:
        app, _, environment = site.id.partition("/")
        return self._load(app, environment)

    def _places(self, site: Site) -> list[AppState]:
        """The app as it is, and its previews."""
        app = self._of(site)
        names = state.previews(self.home, app.app, app.environment)
        return [app, *(self._load(app.app, name) for name in names)]

    def _place(self, app: AppState, release: str) -> AppState:
        """Where a release is: with the app, or with one of its previews."""
        found = (one for one in self._places(_site(app)) if release in one.releases)
        return next(found, app)

    def _folder(self, app: AppState, release: str) -> Path:
        return releases.place(self.home, app.app, app.environment, release)

    def _alike(self, app: AppState, build: str) -> Path | None:
        """The folder of a release that may have the same files."""
        same = [one.release for one in app.releases.values() if one.build == build]
        found = [self._folder(app, name) for name in (*same, app.live) if name]
        return next((folder for folder in found if folder.is_dir()), None)


def machine(settings: Settings, limits: health.Limits | None = None) -> Hosted:
    """This machine behind the one that all platforms share."""

    def book(place: Path) -> Book:
        """The book, or what the state says of pipelines where there is no book yet."""
        found = records.load(place)
        app = state.load(settings.genesis_home, place.parent.name, place.name)
        return found if found.deeds or not app.deeds else Book(site=_site(app), deeds=app.deeds)

    seconds = settings.watch_seconds_local
    return Hosted(
        settings, NAME, Local(settings, limits), asking=probes.ask, limits=LIMITS,
        window=Window(seconds=seconds, interval=seconds / 20, p95=LIMITS.slow),
        root=state.apps_folder(settings.genesis_home), load=book,
    )  # fmt: skip


def _site(app: AppState) -> Site:
    return Site(f"{app.app}/{app.environment}", app.live, caddy.url(app).rstrip("/"))


def _past(app: AppState, one: Release) -> Past:
    server = app.servers.get(one.release)
    runs = servers.is_running(server)
    branch = state.of_preview(app.environment)[1]
    if branch:
        url = caddy.url(app).rstrip("/") if app.live == one.release else ""
    else:
        url = f"http://127.0.0.1:{server.port}" if server and runs else ""
    return Past(
        release=one.release, build=one.build, pipeline=one.pipeline, at=one.at,
        state="live" if app.live == one.release else "running" if runs else "stopped",
        url=url, branch=branch,
    )  # fmt: skip
