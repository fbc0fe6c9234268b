"""Umami, hosted or one's own: a website for the app, proved by an event that it takes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from agents.monitoring.providers.api import NOT_FOUND, Api, Pace, decoded, mapping
from agents.monitoring.providers.plausible import BROWSER
from agents.monitoring.providers.port import Done, Ledger, NotSetUp, Target, Thing

WEBSITE = "website"
NAME = 100
PAGE = 100


class Umami:
    """An account at Umami: an API key (its cloud), or a user and a password (one's own server).

    `base` is where the API's own paths begin: `https://api.umami.is/v1`, or `<server>/api`.
    `collector` is where events go: `https://cloud.umami.is/api/send`, or `<server>/api/send`.
    """

    name = "Umami"

    def __init__(
        self, *, base: str, collector: str, key: str, user: str, password: str, pace: Pace
    ) -> None:
        self._api = Api(
            self.name, base, pace, {"x-umami-api-key": key} if key else {}, (key, password)
        )
        self._collector = collector
        self._user, self._password = user, password

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def refuses(self, _: Target) -> str:
        """Never: the visitors call it, not it the app."""
        return ""

    async def set_up(self, target: Target, ledger: Ledger) -> Done:
        """The website, and an event that it took."""
        await self._log_in()
        name, doing = target.name[:NAME], f"website {target.name} cannot be set up"
        website, ours = await self._find(name, doing), await ledger.ours(WEBSITE, name)
        if website is None:
            await ledger.begin(WEBSITE, name)
            body = {"name": name, "domain": target.host}
            website = await self._api.make(
                "/websites", doing, body, lambda: self._find(name, doing)
            )
            ours = True
        number = str(website["id"])
        if ours:
            await ledger.keep(Thing(kind=WEBSITE, id=number, name=name))
        payload = {
            "website": number, "url": "/", "hostname": target.host, "language": "en",
            "screen": "1x1", "title": "", "referrer": "", "name": "genesis-set-up",
        }  # fmt: skip
        answer = await self._api.call(
            "POST", self._collector, "the test event cannot be sent",
            body={"type": "event", "payload": payload}, headers={"user-agent": BROWSER},
        )  # fmt: skip
        taken = decoded(answer)
        if not isinstance(taken, dict) or not taken.get("sessionId"):
            raise NotSetUp("Umami did not count the test event", hint="see its filters for robots")
        summary = f"website {name} {'made' if ours else 'found'}, a test event was counted"
        host = self._collector.removesuffix("/api/send")
        return Done(summary, {"UMAMI_WEBSITE_ID": number, "UMAMI_HOST": host})

    async def remove(self, thing: Thing) -> str:
        """Delete the website with all its figures."""
        await self._log_in()
        doing = f"website {thing.name} cannot be removed"
        number = thing.id or str((await self._find(thing.name, doing) or {}).get("id") or "")
        if number:
            path = f"/websites/{quote(number, safe='')}"
            await self._api.call("DELETE", path, doing, accept=(NOT_FOUND,))
        return f"Umami: website {thing.name} removed"

    async def _log_in(self) -> None:
        if not self._password:
            return
        doing = "nobody can be logged in"
        body = {"username": self._user, "password": self._password}
        answer = mapping(
            await self._api.call("POST", "/auth/login", doing, body=body), doing, self.name
        )
        token = str(answer.get("token") or "")
        if not token:
            raise NotSetUp(f"{doing}: Umami gave no token")
        self._api.sign({"authorization": f"Bearer {token}"}, token)

    async def _find(self, name: str, doing: str) -> dict[str, Any] | None:
        page = 1
        while True:
            query = {"query": name, "page": str(page), "pageSize": str(PAGE)}
            answer = await self._api.call("GET", "/websites", doing, query=query)
            entries = mapping(answer, doing, self.name).get("data") or []
            for entry in entries:
                if entry.get("name") == name:
                    return dict(entry)
            if len(entries) < PAGE:
                return None
            page += 1
