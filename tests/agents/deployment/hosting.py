"""Hosting platforms as the machine's tests use them, and ends of the process at any point."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.deployment import health, probes, servers, state
from agents.deployment.calls import Pace
from agents.deployment.local import Local
from agents.deployment.machine import Hosted
from agents.deployment.memory import Memory
from agents.deployment.netlify.platform import Netlify
from agents.deployment.platform import Deployed, Order, TakenBack
from agents.deployment.port import Remote
from agents.deployment.probes import Answer, Ask
from agents.deployment.vercel.api import Pace as VercelPace
from agents.deployment.vercel.platform import Vercel
from agents.deployment.watching import Limits, Window
from bus.archive import pack
from bus.settings import Secret, Settings
from tests.agents.deployment.conftest import bundle as served
from tests.support.netlify_server import TOKEN
from tests.support.vercel_answers import TEAM
from tests.support.vercel_server import TOKEN as VERCEL_TOKEN

LIMITS = Limits(warm_up=0, deadline=3, request=3, pause=0.005, in_a_row=1, failures=2)
WINDOW = Window(seconds=0.05, interval=0.005, least=1)
PACE = Pace(first=0.02, most=0.1, poll=0.01, slowest_poll=0.05, deadline=20, request=10)

VERCEL_PACE = VercelPace(
    first=0.02, most=0.1, poll=0.01, slowest_poll=0.05, deadline=20, switch=10, request=10, limit=5
)


def bundle(app: str, build: str, page: str = "<html>hello</html>") -> bytes:
    """A site without a server."""
    return pack(
        {
            "build.json": json.dumps({"app": app, "build": build}).encode(),
            "public/index.html": page.encode(),
            "public/assets/app.js": b"1",
        }
    )


ENDED = ("error", "canceled")
"""States of deploys that can never be live."""


class Gone(BaseException):
    """The process is gone: nothing catches it."""


class Points:
    """Calls `end` when the work comes to the point of that number, counted from 1."""

    def __init__(self, at: int = 0, end: Callable[[], None] = lambda: None) -> None:
        self.passed: list[str] = []
        self.at = at
        self.end = end

    def come(self, where: str) -> None:
        self.passed.append(where)
        if len(self.passed) == self.at:
            self.end()


class Watched:
    """A Remote that comes to a point before and after each call."""

    def __init__(self, remote: Remote, points: Points) -> None:
        self._remote, self._points = remote, points

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            self._points.come(f"before {name}")
            done = await getattr(self._remote, name)(*arguments)
            self._points.come(f"after {name}")
            return done

        return call


class Hosting:
    """One platform and a machine of ours; `app` is the one that tests use."""

    environment = "production"
    path = probes.VERSION_PATH
    """Where its releases say which build they are."""

    def __init__(self, name: str, home: Path, remote: Callable[[Settings], Remote], asks: Ask):
        self.name, self.home = name, home
        self.settings = Settings(genesis_home=home)
        self.make = remote
        self.asks = asks
        self.app = "shop"
        self.root: Path | None = None
        self.address = ""
        self.window = WINDOW
        self.bundle = bundle
        self.told: list[str] = []
        self.spoils: Callable[[str], Answer | None] = lambda _url: None
        """What is answered at an address instead."""

    @property
    def remote(self) -> Remote:
        return self.make(self.settings)

    def machine(self, points: Points | None = None, home: Path | None = None) -> Hosted:
        points = points or Points()

        async def ask(url: str, seconds: float) -> Answer:
            points.come("before asking")
            return self.spoils(url) or await self.asks(url, seconds)

        settings = Settings(genesis_home=home or self.home)
        remote: Any = Watched(self.remote, points)
        return Hosted(
            settings,
            self.name,
            remote,
            asking=ask,
            limits=LIMITS,
            window=self.window,
            root=self.root,
        )

    async def deploy(
        self, pipeline: str, build: str, page: str = "<html>hello</html>", *,
        points: Points | None = None, home: Path | None = None, **more: Any,
    ) -> Deployed:  # fmt: skip
        order = Order(
            pipeline=pipeline, app=self.app, environment=self.environment, build_id=build,
            content=self.bundle(self.app, build, page), **more,
        )  # fmt: skip
        return await self.machine(points, home).deploy(order, self.tell(points))

    async def take_back(self, pipeline: str, points: Points | None = None) -> TakenBack:
        machine = self.machine(points)
        return await machine.take_back(pipeline, self.app, self.environment, self.tell(points))

    def tell(self, points: Points | None = None) -> Any:
        async def tell(step: str, _percent: float) -> None:
            self.told.append(step)
            if points is not None:
                points.come(f"told {step}")
            await asyncio.sleep(0)

        return tell

    async def live(self) -> str | None:
        site = await self.remote.find(self.app, self.environment)
        return site.live if site else None

    async def answering(self) -> str | None:
        """The build that answers at the site's address; None when there is nothing."""
        site = await self.remote.find(self.app, self.environment)
        said = await self.asks(f"{site.url}{self.path}", 5) if site else None
        return json.loads(said.text)["build"] if said and said.status == 200 else None

    async def made_by(self, pipeline: str) -> list[str]:
        """The releases that the platform has of a pipeline."""
        site = await self.remote.find(self.app, self.environment)
        past = await self.remote.past(site, 100) if site else ()
        return [
            one.release
            for one in past
            if one.pipeline == pipeline and one.state.lower() not in ENDED
        ]


class LocalHosting(Hosting):
    """This machine behind a Caddy."""

    path = probes.HEALTH_PATH

    def __init__(self, home: Path, caddy_url: str) -> None:
        settings = Settings(genesis_home=home, caddy_admin_url=caddy_url)
        limits = health.Limits(deadline=2, request=2, in_a_row=1)
        super().__init__("local", home, lambda _settings: Local(settings, limits), probes.ask)
        self.root = state.apps_folder(home)
        self.bundle = lambda app, build, page: served(app, build, page=page)

    def serving(self) -> list[str]:
        """The releases of the app that have a process, as often as they have one."""
        return sorted(
            process.release_folder.name
            for process in servers.running(self.home)
            if process.release_folder.parent.parent.parent.name == self.app
        )


def attached(name: str, home: Path, address: str) -> Hosting:
    """A machine of ours and the platform of that name, which is at the address."""
    made = {"memory": _memory, "netlify": _netlify, "vercel": _vercel, "local": LocalHosting}
    hosting = made[name](home, address)
    hosting.address = address
    return hosting


def _memory(home: Path, address: str) -> Hosting:
    memory = Memory(Path(address))
    return Hosting("memory", home, lambda _settings: memory, memory.ask)


def _netlify(home: Path, address: str) -> Hosting:
    settings = Settings(
        genesis_home=home, netlify_auth_token=Secret(TOKEN), netlify_api_url=address
    )
    return Hosting("netlify", home, lambda _settings: Netlify(settings, PACE), probes.ask)


def _vercel(home: Path, address: str) -> Hosting:
    settings = Settings(
        genesis_home=home, vercel_token=Secret(VERCEL_TOKEN), vercel_team_id=TEAM["id"],
        vercel_api_url=address,
    )  # fmt: skip
    return Hosting("vercel", home, lambda _settings: Vercel(settings, VERCEL_PACE), probes.ask)
