"""The dashboard in this process: signed in or not, over the bus in memory and told reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import httpx

from bus.memory import MemoryBus
from coordinator.lists import Filter, Key, Page
from coordinator.projection import Row
from coordinator.web import facts as r
from coordinator.web.app import application
from coordinator.web.sessions import Door, make_code
from coordinator.web.site import Site

SECRET = "a secret that only tests know"
PORT = 14999
ORIGIN = f"http://genesis.localhost:{PORT}"
NOW = 1_800_000_000.0


class Told:
    """`Reads` that answer what a test says; what it does not say is not readable."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.live: dict[tuple[str, str], str] = {}
        self.public: dict[tuple[str, str], str] = {}
        self.answers: dict[str, Any] = {}
        self.done: list[tuple[Any, ...]] = []
        self.places = 0

    def _answer(self, name: str) -> Any:
        if name not in self.answers:
            raise r.NotReadable(f"nobody collects {name}.")
        if isinstance(self.answers[name], Exception):
            raise self.answers[name]
        return self.answers[name]

    async def pipelines(self, which: Filter, *, limit: int, after: Key | None) -> Page:
        rows = [
            row for row in self.rows
            if which.status in ("", row.status) and which.app in ("", row.app)
            and which.environment in ("", row.environment)
            and (after is None or (row.started_at, row.id) < (after.started_at, after.pipeline))
        ]  # fmt: skip
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        return Page(rows=tuple(rows[:limit]), next=Key(last.started_at, last.id) if last else None)

    async def counts(self) -> Mapping[str, int]:
        return {
            status: sum(row.status == status for row in self.rows)
            for status in {row.status for row in self.rows}
        }

    async def position(self) -> int:
        return self.places

    async def applications(self) -> Sequence[Row]:
        return list(
            {(row.app, row.environment): row for row in self.rows if row.environment}.values()
        )

    async def live_release(self, platform: str, app: str, environment: str) -> str:
        if platform != "local":
            raise r.NotReadable(f"only the deployment agent may ask {platform}.")
        return self.live.get((app, environment), "")

    async def watched(self, app: str = "", environment: str = "") -> Sequence[r.Watched]:
        return [
            one for one in self._answer("watched")
            if app in ("", one.app) and environment in ("", one.environment)
        ]  # fmt: skip

    async def published(self) -> Mapping[tuple[str, str], str]:
        return self.public

    async def publish(self, app: str, environment: str, who: str, *, on: bool) -> None:
        if on:
            self.public[app, environment] = who
        else:
            self.public.pop((app, environment), None)

    async def set_error_status(self, group: int, status: str, who: str) -> bool:
        self.done.append(("error", group, status, who))
        return True

    async def silence(self, app: str, until: float, why: str, who: str) -> None:
        self.done.append(("silence", app, until, why, who))

    def __getattr__(self, name: str) -> Any:
        async def read(*arguments: Any, **named: Any) -> Any:
            return self._answer(name)

        return read


class Dashboard:
    """A dashboard of `anna` and a browser at it."""

    def __init__(self, port: int = PORT) -> None:
        self.bus = MemoryBus()
        self.told = Told()
        self.now = NOW
        self.door = Door(SECRET, "anna", self.now)
        self.site = Site(
            reads=self.told, bus=self._bus, door=self.door, port=port, clock=lambda: self.now
        )
        self.app = application(self.site)
        self.browser = self.client()

    async def _bus(self) -> MemoryBus:
        return self.bus

    def client(self) -> httpx.AsyncClient:
        """One more browser, not signed in."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url=ORIGIN, follow_redirects=False
        )

    def code(self, *, person: str = "anna", secret: str = SECRET) -> str:
        """What `genesis dashboard` makes now."""
        return make_code(secret, person, self.now)

    async def sign_in(self) -> None:
        answer = await self.post("/sign-in", code=self.code(), csrf=None)
        assert answer.status_code == 303, answer.text

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.browser.get(path, headers=headers)

    async def html(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.text

    async def post(
        self, path: str, *, csrf: str | None = "", origin: str = ORIGIN, **fields: str
    ) -> httpx.Response:
        """Send a form as the dashboard's own pages do; `csrf` None leaves the token out."""
        if csrf == "":
            csrf = await self.csrf()
        data = fields if csrf is None else {**fields, "csrf": csrf}
        return await self.browser.post(path, data=data, headers={"Origin": origin})

    async def csrf(self) -> str:
        """The token in the forms of this session."""
        found = re.search(r'name="csrf" value="([^"]+)"', await self.html("/pipelines/new"))
        assert found
        return found[1]


def row(pipeline: str, **changes: Any) -> Row:
    """A pipeline as the projection has it."""
    fields: dict[str, Any] = {
        "id": pipeline, "kind": "build", "subject": "a shop", "app": "shop",
        "environment": "staging", "status": "running", "step": "build", "url": None,
        "error": None, "started_at": NOW - 60, "updated_at": NOW - 30,
    }  # fmt: skip
    return Row(**(fields | changes))


def text(html: str) -> str:
    """What a reader sees of a page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def tags(html: str) -> set[str]:
    """The names of all elements of a page."""
    return set(re.findall(r"<([a-zA-Z]+)", html))
