"""PostHog: a project for the app, proved by its key and by an event that it takes.

PostHog takes events of any key with "Ok", so the key itself is asked for first: `/flags` refuses
one that is not a project's.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from agents.monitoring.providers.api import NOT_FOUND, Api, Pace, mapping
from agents.monitoring.providers.port import Done, Ledger, NotSetUp, Target, Thing

PROJECT = "project"


class PostHog:
    """An account at PostHog, with a personal API key; events go to `collector`."""

    name = "PostHog"

    def __init__(self, *, base: str, collector: str, key: str, pace: Pace) -> None:
        self._api = Api(self.name, base, pace, {"authorization": f"Bearer {key}"}, (key,))
        self._collector = collector.rstrip("/")

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def refuses(self, _: Target) -> str:
        """Never: the visitors call it, not it the app."""
        return ""

    async def set_up(self, target: Target, ledger: Ledger) -> Done:
        """The project, its key that is known, and an event that it took."""
        name, doing = target.name, f"project {target.name} cannot be set up"
        project, ours = await self._find(name, doing), await ledger.ours(PROJECT, name)
        if project is None:
            await ledger.begin(PROJECT, name)
            project = await self._api.make(
                "/api/projects/", doing, {"name": name}, lambda: self._find(name, doing)
            )
            ours = True
        if ours:
            await ledger.keep(Thing(kind=PROJECT, id=str(project["id"]), name=name))
        if not project.get("api_token"):
            answer = await self._api.call("GET", f"/api/projects/{project['id']}/", doing)
            project = mapping(answer, doing, self.name)
        token = str(project.get("api_token") or "")
        if not token:
            raise NotSetUp(f"project {name} shows no key", hint="the personal key may not read it")
        await self._prove(token, name, target)
        word = "made" if ours else "found"
        summary = f"project {name} {word}, its key is known and took an event"
        return Done(summary, {"POSTHOG_KEY": token, "POSTHOG_HOST": self._collector})

    async def remove(self, thing: Thing) -> str:
        """Delete the project with all its figures."""
        doing = f"project {thing.name} cannot be removed"
        number = thing.id or (await self._find(thing.name, doing) or {}).get("id")
        if number:
            path = f"/api/projects/{number}/"
            await self._api.call("DELETE", path, doing, accept=(NOT_FOUND,))
        return f"PostHog: project {thing.name} removed"

    async def _find(self, name: str, doing: str) -> dict[str, Any] | None:
        offset, size = 0, 100
        while True:
            query = {"limit": str(size), "offset": str(offset)}
            answer = await self._api.call("GET", "/api/projects/", doing, query=query)
            entries = mapping(answer, doing, self.name).get("results") or []
            for entry in entries:
                if entry.get("name") == name:
                    return dict(entry)
            if len(entries) < size:
                return None
            offset += size

    async def _prove(self, token: str, name: str, target: Target) -> None:
        who, public = f"genesis-{uuid4().hex}", {"authorization": ""}
        await self._api.call(
            "POST", f"{self._collector}/flags/?v=2", f"the key of project {name} is not known",
            body={"api_key": token, "distinct_id": who}, headers=public,
        )  # fmt: skip
        event = {
            "api_key": token, "event": "genesis set-up", "distinct_id": who,
            "properties": {"$current_url": target.url, "$process_person_profile": False},
        }  # fmt: skip
        doing = "the test event cannot be sent"
        answer = await self._api.call(
            "POST", f"{self._collector}/i/v0/e/", doing, body=event, headers=public
        )
        if mapping(answer, doing, self.name).get("status") not in ("Ok", 1):
            raise NotSetUp("PostHog did not take the test event")
