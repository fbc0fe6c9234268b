"""UptimeRobot's API v3, its monitors: an emulator."""

from __future__ import annotations

from typing import Any

from tests.support.platform_http import Reply, Request, Server
from tests.support.sentry_server import shell

KEY = "ur-very-secret-key"
PAGE = 2
"""Monitors of one page, whatever was asked for: so that a second one is needed."""


class UptimeRobotServer(Server):
    """One account; `status` is what the next check of a monitor comes to."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.monitors: dict[int, dict[str, Any]] = {}
        self.status = "UP"
        self.limit = False

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, {"message": "Unauthorized"})
        match [request.method, *request.parts[1:]]:
            case ["GET", "monitors"]:
                return self._page(request)
            case ["POST", "monitors"]:
                given: Any = request.json()
                if given.get("interval", 0) < 30:
                    return Reply(400, {"message": ["interval must not be less than 30"]})
                number = 801 + len(self.monitors)
                self.monitors[number] = shell("monitor", id=number, status="STARTED", **given)
                return Reply(201, self.monitors[number])
            case [method, "monitors", text] if int(text) in self.monitors:
                return self._one(request, method, int(text))
        return Reply(404, {"message": "Monitor not found"})

    def _page(self, request: Request) -> Reply:
        part = request.query.get("name", "").lower()
        start = int(request.query.get("cursor", "0"))
        found = [
            one
            for number, one in sorted(self.monitors.items())
            if number > start and part in one["friendlyName"].lower()
        ]
        link = f"{self.url}/v3/monitors?cursor={found[PAGE - 1]['id']}" if found[PAGE:] else None
        return Reply(200, {"nextLink": link, "data": found[:PAGE]})

    def _one(self, request: Request, method: str, number: int) -> Reply:
        match method:
            case "GET":
                self.monitors[number]["status"] = self.status
            case "PATCH":
                given: Any = request.json()
                self.monitors[number] |= given
            case "DELETE":
                del self.monitors[number]
                return Reply(200)
        return Reply(200, self.monitors[number])
