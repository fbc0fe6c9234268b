"""A hosting platform that is one file on this machine: for tests, and to try the machine on.

It takes what a real one takes, in the same steps, and can be left at any of them: each step is on
the disk when it returns. `ask` is how its sites are asked, at `memory://SITE` and
`memory://RELEASE--SITE`.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents.deployment.platform import Tell
from agents.deployment.port import Past, Shipment, Site, Staged
from agents.deployment.probes import Answer
from agents.deployment.state import write
from agents.work import AgentError

READY, UPLOADING = "ready", "uploading"


class Deploy(Struct, frozen=True, kw_only=True):
    """One deploy: its files' digests by path."""

    release: str
    site: str
    build: str
    pipeline: str
    at: float
    state: str
    branch: str = ""
    files: dict[str, str]


class World(Struct, frozen=True, kw_only=True):
    """Everything the platform has; `live` is a release by site, `content` is by digest."""

    sites: tuple[str, ...] = ()
    live: dict[str, str] = {}
    deploys: dict[str, Deploy] = {}
    content: dict[str, bytes] = {}
    variables: dict[str, tuple[str, ...]] = {}


class Memory:
    """`agents.deployment.port.Remote` in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def find(self, app: str, environment: str) -> Site | None:
        """The site, when somebody prepared it."""
        name = _name(app, environment)
        return self._site(name) if name in self.world.sites else None

    async def prepare(self, order: Shipment) -> Site:
        """Make the site and remember which variables it was given."""
        name, world = _name(order.app, order.environment), self.world
        self._save(
            replace(
                world, sites=tuple(dict.fromkeys((*world.sites, name))),
                variables={**world.variables, name: tuple(sorted(order.variables))},
            )
        )  # fmt: skip
        return self._site(name)

    async def stage(self, order: Shipment, site: Site, tell: Tell) -> Staged:
        """Take the files that are not there yet, one after the other."""
        release = f"{site.id}.{order.pipeline}.{order.build_id}"
        files = {
            path.relative_to(order.folder).as_posix(): path.read_bytes()
            for path in sorted(order.folder.rglob("*"))
            if path.is_file()
        }
        if not files:
            raise AgentError("empty_site", f"{order.folder} holds no file; nothing was sent")
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        begun = Deploy(
            release=release, site=site.id, build=order.build_id, pipeline=order.pipeline,
            at=time.time(), state=UPLOADING, files=digests, branch=order.branch,
        )  # fmt: skip
        self._put(self.world.deploys.get(release, begun))
        sent = 0
        for name, content in files.items():
            world = self.world
            if digests[name] not in world.content:
                self._save(replace(world, content={**world.content, digests[name]: content}))
                sent += 1
                await tell(f"{name} is there", 30)
        self._put(replace(self.world.deploys[release], state=READY))
        return Staged(release, f"memory://{release}--{site.id}", sent, len(files) - sent)

    async def switch(self, site: Site, release: str) -> None:
        """Let requests go to it."""
        found = self.world.deploys.get(release)
        if found is None or found.state != READY:
            raise AgentError("release_gone", f"there is no release {release}; nothing was switched")
        self._save(replace(self.world, live={**self.world.live, site.id: release}))

    async def live(self, site: Site) -> str | None:
        """What requests go to."""
        return self.world.live.get(site.id)

    async def take_down(self, site: Site, release: str) -> None:
        """Let requests go nowhere, if they go to that release."""
        if self.world.live.get(site.id) == release:
            rest = {name: one for name, one in self.world.live.items() if name != site.id}
            self._save(replace(self.world, live=rest))

    async def settle(self, site: Site) -> None:
        """Every release is kept, and nothing runs."""

    async def discard(self, site: Site, release: str) -> None:
        """Forget a deploy that is not live."""
        if self.world.live.get(site.id) != release:
            rest = {name: one for name, one in self.world.deploys.items() if name != release}
            self._save(replace(self.world, deploys=rest))

    async def past(self, site: Site, limit: int) -> tuple[Past, ...]:
        """The site's deploys, newest first."""
        found = [one for one in self.world.deploys.values() if one.site == site.id]
        found.sort(key=lambda one: one.at, reverse=True)
        return tuple(
            Past(
                release=one.release, build=one.build, pipeline=one.pipeline, at=one.at,
                state=one.state, url=f"memory://{one.release}--{site.id}", branch=one.branch,
            )
            for one in found[:limit]
        )  # fmt: skip

    async def logs(self, site: Site, release: str) -> tuple[str, ...]:
        """What there is to say of a deploy."""
        found = self.world.deploys.get(release)
        return (f"{release} on {site.id}: {found.state if found else 'not there'}",)

    async def ask(self, url: str, _seconds: float) -> Answer:
        """What a visitor gets at an address."""
        parts = urlsplit(url)
        release, _, site = parts.netloc.rpartition("--")
        found = self.world.deploys.get(release or self.world.live.get(site, ""))
        name = parts.path.lstrip("/") or "index.html"
        if found is None or name not in found.files:
            return Answer(404, "there is nothing here", 0.0, "text/plain")
        text = self.world.content[found.files[name]].decode()
        kind = "text/html" if name.endswith(".html") else "application/json"
        return Answer(200, text, 0.0, kind)

    @property
    def world(self) -> World:
        """Everything, as it is on the disk."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=World)
        except FileNotFoundError:
            return World()

    def _site(self, name: str) -> Site:
        return Site(name, self.world.live.get(name), f"memory://{name}")

    def _put(self, deploy: Deploy) -> None:
        self._save(replace(self.world, deploys={**self.world.deploys, deploy.release: deploy}))

    def _save(self, world: World) -> None:
        write(self.path, msgspec.json.encode(world))


def _name(app: str, environment: str) -> str:
    return app if environment == "production" else f"{app}-{environment}"
