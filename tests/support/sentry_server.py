"""Sentry's Web API and ingest, as far as a project is set up: an emulator.

What answers hold besides is in `provider_answers.json`, which the OpenAPI file is held to.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec

from tests.support.platform_http import Reply, Request, Server

SHELLS: dict[str, Any] = msgspec.json.decode(
    (Path(__file__).parent / "provider_answers.json").read_bytes()
)
ORGANISATION, TEAM, TOKEN = "acme", "web", "sntrys_very-secret-token"


def shell(kind: str, **filled: object) -> dict[str, Any]:
    """A whole answer, with these keys filled in."""
    return {**SHELLS[kind], **filled}


class SentryServer(Server):
    """One organisation with one team. `shows_after` reads until an event is shown; None: never."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.projects: dict[str, str] = {}
        self.releases: dict[str, set[str]] = {}
        self.deploys: list[dict[str, Any]] = []
        self.events: dict[str, dict[str, Any]] = {}
        self.resolved: set[str] = set()
        self.shows_after: int | None = 1
        self.reads = 0

    def _answer(self, request: Request) -> Reply:
        parts = request.parts
        if parts[0] == "api" and parts[-1] == "envelope":
            return self._envelope(request, parts[1])
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"detail": "Invalid token"})
        match parts[2:]:
            case ["teams", "acme", team, "projects"]:
                return self._make_project(request, team)
            case ["projects", "acme", slug, *rest]:
                return self._project(request, slug, rest)
            case ["organizations", "acme", "releases", *rest]:
                return self._release(request, rest)
        return Reply(404, {"detail": "The requested resource does not exist"})

    def _make_project(self, request: Request, team: str) -> Reply:
        if team != TEAM:
            return Reply(404, {"detail": "The requested resource does not exist"})
        body: Any = request.json()
        slug = body.get("slug") or body["name"].lower()
        if slug in self.projects:
            return Reply(409, {"detail": "A project with this slug already exists."})
        self.projects[slug] = f"{len(self.projects) + 4501}"
        return Reply(
            201, shell("new project", id=self.projects[slug], name=body["name"], slug=slug)
        )

    def _project(self, request: Request, slug: str, rest: list[str]) -> Reply:
        if slug not in self.projects:
            return Reply(404, {"detail": "The requested resource does not exist"})
        number = self.projects[slug]
        match [request.method, *rest]:
            case ["GET"]:
                return Reply(200, shell("project", id=number, name=slug, slug=slug))
            case ["DELETE"]:
                del self.projects[slug]
                return Reply(204)
            case ["GET", "keys"]:
                public = f"http://{'a' * 32}@127.0.0.1:{self.port}/{number}"
                dsn = {**SHELLS["key"]["dsn"], "public": public}
                return Reply(200, [shell("key", id="k", isActive=True, dsn=dsn)])
            case ["GET", "events", event]:
                self.reads += 1
                shown = self.shows_after is not None and self.reads >= self.shows_after
                if event not in self.events or not shown:
                    return Reply(404, {"detail": "Event not found"})
                return Reply(200, shell("event", eventID=event, id=event, groupID="77"))
            case ["PUT", "issues"]:
                self.resolved.add(request.query["id"])
                return Reply(200, {"status": "resolved", "statusDetails": {}, "isPublic": False})
        return Reply(404, {"detail": "The requested resource does not exist"})

    def _release(self, request: Request, rest: list[str]) -> Reply:
        match [request.method, *rest]:
            case ["POST"]:
                body: Any = request.json()
                known = body["version"] in self.releases
                self.releases.setdefault(body["version"], set()).update(body["projects"])
                return Reply(208 if known else 201, shell("release", version=body["version"]))
            case [_, version, *_] if version not in self.releases:
                return Reply(404, {"detail": "The requested resource does not exist"})
            case ["GET" | "PUT", version]:
                return Reply(200, shell("release", version=version))
            case ["DELETE", version]:
                del self.releases[version]
                return Reply(204)
            case ["GET", version, "deploys"]:
                found = [one for one in self.deploys if one["release"] == version]
                return Reply(200, [shell("deploy", **one) for one in found])
            case ["POST", version, "deploys"]:
                given: Any = request.json()
                made = {"id": str(len(self.deploys) + 1), "release": version}
                made |= {key: given.get(key) for key in ("environment", "name", "url")}
                self.deploys.append(made)
                return Reply(201, shell("deploy", **made))
        return Reply(404, {"detail": "The requested resource does not exist"})

    def _envelope(self, request: Request, number: str) -> Reply:
        if "sentry_key=" + "a" * 32 not in request.headers.get("x-sentry-auth", ""):
            return Reply(403, {"detail": "project or key not found"})
        body = request.body
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        head, kind, event = (msgspec.json.decode(line) for line in body.split(b"\n")[:3])
        assert kind["type"] == "event"
        self.events[event["event_id"]] = {**event, "project": number}
        return Reply(200, {"id": head["event_id"]})
