"""Plausible, Umami and PostHog, as far as a site is set up and takes an event: emulators."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from tests.support.platform_http import Reply, Request, Server

KEY = "analytics-very-secret-key"


def allowed(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {KEY}"


class PlausibleServer(Server):
    """One account; with `drops` its events are not counted."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.sites: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self.drops = False

    def _answer(self, request: Request) -> Reply:
        if request.path == "/api/event":
            return self._event(request)
        if not allowed(request):
            return Reply(401, {"error": "Missing API key."})
        match [request.method, *request.parts[2:]]:
            case ["POST", "sites"]:
                domain = dict(parse_qsl(request.body.decode()))["domain"]
                if domain in self.sites:
                    error = "domain This domain cannot be registered."
                    return Reply(400, {"error": error})
                self.sites.add(domain)
                return Reply(200, {"domain": domain, "timezone": "Etc/UTC"})
            case [method, "sites", domain] if domain in self.sites:
                if method == "DELETE":
                    self.sites.remove(domain)
                    return Reply(200, {"deleted": "true"})
                return Reply(200, {"domain": domain, "timezone": "Etc/UTC"})
        return Reply(404, {"error": "Site could not be found"})

    def _event(self, request: Request) -> Reply:
        assert not request.headers.get("authorization"), "a visitor has no key"
        given: Any = request.json()
        domain = given.get("domain", given.get("d"))
        if not domain:
            return Reply(400, {"errors": {"domain": "can't be blank"}})
        if self.drops or domain not in self.sites or "Mozilla" not in request.headers["user-agent"]:
            return Reply(202, b"ok", {"x-plausible-dropped": "1", "content-type": "text/plain"})
        self.events.append(given)
        return Reply(202, b"ok", {"content-type": "text/plain"})


class UmamiServer(Server):
    """One's own server: a user logs in and gets a token, or a key of the cloud's kind is given."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.websites: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    def _answer(self, request: Request) -> Reply:
        if request.path == "/api/send":
            return self._event(request)
        if request.path == "/api/auth/login":
            given: Any = request.json()
            if given != {"username": "admin", "password": "pass word"}:
                return Reply(401, {"error": {"message": "Unauthorized", "code": "unauthorized"}})
            return Reply(200, {"token": KEY, "user": {"id": "u", "username": "admin"}})
        if not allowed(request) and request.headers.get("x-umami-api-key") != KEY:
            return Reply(401, {"error": {"message": "Unauthorized", "code": "unauthorized"}})
        match [request.method, *request.parts[1:]]:
            case ["GET", "websites"]:
                part = request.query.get("query", "")
                found = [one for one in self.websites.values() if part in one["name"]]
                return Reply(200, {"data": found, "count": len(found), "page": 1, "pageSize": 100})
            case ["POST", "websites"]:
                made: Any = request.json()
                number = f"11111111-1111-4111-8111-{len(self.websites):012}"
                self.websites[number] = {"id": number, **made}
                return Reply(200, self.websites[number])
            case ["DELETE", "websites", number] if number in self.websites:
                del self.websites[number]
                return Reply(200, {"ok": True})
        return Reply(404, {"error": {"message": "Not found", "code": "not-found"}})

    def _event(self, request: Request) -> Reply:
        given: Any = request.json()
        if "Mozilla" not in request.headers["user-agent"]:
            return Reply(200, {"beep": "boop"})
        if given["payload"]["website"] not in self.websites:
            return Reply(400, {"error": {"message": "Website not found.", "code": "bad-request"}})
        self.events.append(given["payload"])
        return Reply(200, {"cache": "c", "sessionId": "s", "visitId": "v"})


class PostHogServer(Server):
    """One account. Events of any key are answered with "Ok", as the real one does."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.projects: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    def _answer(self, request: Request) -> Reply:
        if request.path in {"/i/v0/e/", "/flags/"}:
            return self._public(request)
        if not allowed(request):
            detail = "Personal API key found in request Authorization header is invalid."
            return Reply(401, {"type": "authentication_error", "detail": detail})
        match [request.method, *request.parts[1:]]:
            case ["GET", "projects"]:
                listed = [{"id": n, "name": one["name"]} for n, one in self.projects.items()]
                return Reply(200, {"count": len(listed), "next": None, "results": listed})
            case ["POST", "projects"]:
                made: Any = request.json()
                number = 9001 + len(self.projects)
                token = f"phc_{number}"
                self.projects[number] = {"id": number, "name": made["name"], "api_token": token}
                return Reply(201, self.projects[number])
            case [method, "projects", text] if int(text) in self.projects:
                if method == "DELETE":
                    del self.projects[int(text)]
                    return Reply(204)
                return Reply(200, self.projects[int(text)])
        return Reply(404, {"type": "invalid_request", "detail": "Not found."})

    def _public(self, request: Request) -> Reply:
        given: Any = request.json()
        if request.path == "/flags/":
            known = {one["api_token"] for one in self.projects.values()}
            if given["api_key"] not in known:
                return Reply(401, {"type": "authentication_error", "code": "invalid_api_key"})
            return Reply(200, {"flags": {}, "errorsWhileComputingFlags": False})
        self.events.append(given)
        return Reply(200, {"status": "Ok"})
