"""UptimeRobot, API v3: one HTTP monitor for the app's health."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from agents.monitoring.providers.api import NOT_FOUND, Api, Pace, mapping
from agents.monitoring.providers.port import Done, Ledger, NotSetUp, Target, Thing

MONITOR = "monitor"
NAME = 250


class UptimeRobot:
    """An account at UptimeRobot; `interval` is seconds between checks (300 on the free plan)."""

    name = "UptimeRobot"

    def __init__(self, *, base: str, key: str, interval: int, pace: Pace) -> None:
        self.interval = interval
        self._api = Api(self.name, base, pace, {"authorization": f"Bearer {key}"}, (key,))

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def refuses(self, target: Target) -> str:
        """It calls from outside."""
        return "" if target.is_public else f"it cannot reach {target.host} from outside"

    async def set_up(self, target: Target, ledger: Ledger) -> Done:
        """The monitor, found by its name, watching the right address."""
        name, address = f"{target.app} ({target.environment})"[:NAME], _address(target)
        doing = f"monitor {name!r} cannot be set up"
        monitor = await self._find(name, doing)
        was = monitor
        if monitor is None:
            await ledger.begin(MONITOR, name)
            body = {
                "friendlyName": name, "type": "HTTP", "url": address, "interval": self.interval,
                "timeout": 30, "httpMethodType": "GET",
            }  # fmt: skip
            monitor = await self._api.make(
                "/monitors", doing, body, lambda: self._find(name, doing)
            )
            await ledger.keep(Thing(kind=MONITOR, id=str(monitor["id"]), name=name))
        elif await ledger.ours(MONITOR, name):
            await ledger.keep(Thing(kind=MONITOR, id=str(monitor["id"]), name=name))
        if monitor.get("url") != address:
            previous = msgspec.json.encode({"url": monitor.get("url")}).decode()
            thing = Thing(kind=MONITOR, id=str(monitor["id"]), name=name, previous=previous)
            if not await ledger.ours(MONITOR, name):
                await ledger.keep(thing)
            await self._api.call(
                "PATCH", f"/monitors/{monitor['id']}", doing, body={"url": address}
            )
        return Done(await self._prove(monitor["id"], address, made=was is None))

    async def remove(self, thing: Thing) -> str:
        """Delete the monitor, or let it watch what it watched before."""
        doing = f"monitor {thing.name!r} cannot be taken back"
        if thing.previous:
            await self._api.call(
                "PATCH", f"/monitors/{thing.id}", doing, body=msgspec.json.decode(thing.previous),
                accept=(NOT_FOUND,),
            )  # fmt: skip
            return f"UptimeRobot: monitor {thing.name} watches what it watched before"
        number = thing.id or (await self._find(thing.name, doing) or {}).get("id")
        if number:
            await self._api.call("DELETE", f"/monitors/{number}", doing, accept=(NOT_FOUND,))
        return f"UptimeRobot: monitor {thing.name} removed"

    async def _find(self, name: str, doing: str) -> dict[str, Any] | None:
        """The monitor of that name; the API's filter finds parts of names in any case."""
        query: dict[str, str] | None = {"name": name, "limit": "200"}
        while query is not None:
            page = mapping(
                await self._api.call("GET", "/monitors", doing, query=query), doing, self.name
            )
            for monitor in page.get("data") or ():
                if monitor.get("friendlyName") == name:
                    return dict(monitor)
            query = _next_page(query, page.get("nextLink"))
        return None

    async def _prove(self, number: object, address: str, *, made: bool) -> str:
        """Read the monitor back, and wait a while for its first check."""
        doing = "the monitor cannot be read back"
        deadline = time.monotonic() + self._api.pace.proof
        while True:
            answer = await self._api.call("GET", f"/monitors/{number}", doing)
            monitor = mapping(answer, doing, self.name)
            if monitor.get("url") != address:
                raise NotSetUp(f"UptimeRobot watches {monitor.get('url')}, not {address}")
            status = str(monitor.get("status"))
            if status == "PAUSED":
                raise NotSetUp(
                    f"monitor {number} is paused", hint="start it at UptimeRobot, or delete it"
                )
            if status in {"DOWN", "LOOKS_DOWN"}:
                raise NotSetUp(
                    f"UptimeRobot sees {address} down", hint="see the monitor's log there"
                )
            if status == "UP" or time.monotonic() > deadline:
                word = "is up" if status == "UP" else "has not been checked yet"
                return f"monitor {number} {'made' if made else 'found'}; {address} {word} there"
            await asyncio.sleep(self._api.pace.poll)


def _address(target: Target) -> str:
    return f"{target.url.rstrip('/')}/api/health"


def _next_page(query: dict[str, str], link: object) -> dict[str, str] | None:
    """The query of the next page; only the cursor of the link is used, never its host."""
    asked = parse_qs(urlsplit(link).query) if isinstance(link, str) else {}
    return {**query, "cursor": asked["cursor"][0]} if "cursor" in asked else None
