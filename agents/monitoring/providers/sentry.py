"""Sentry: a project of the app's own, its release, a deploy marker; proved by an event.

Facts: Sentry's Web API 0 (OpenAPI v0.272) and its ingest protocol.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from uuid import uuid4

import msgspec

from agents.monitoring.providers import api
from agents.monitoring.providers.api import CONFLICT, NOT_FOUND, Api, Pace, decoded, mapping
from agents.monitoring.providers.port import Done, Ledger, NotSetUp, Target, Thing

PROJECT, RELEASE = "project", "release"
SLUG = 100
NAME = 50


class Sentry:
    """An organisation at Sentry, in which projects belong to one team."""

    name = "Sentry"

    def __init__(self, *, base: str, token: str, organisation: str, team: str, pace: Pace) -> None:
        self.organisation = organisation
        self.team = team
        self._api = Api(
            self.name, f"{base.rstrip('/')}/api/0", pace,
            {"authorization": f"Bearer {token}"}, (token,),
        )  # fmt: skip

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def refuses(self, _: Target) -> str:
        """Why it cannot: never, since the app is who calls."""
        return "" if self.organisation and self.team else "SENTRY_ORG or SENTRY_TEAM is not set"

    async def set_up(self, target: Target, ledger: Ledger) -> Done:
        """The project, its release and deploy, and an event that arrived."""
        slug = target.name[:SLUG]
        made = await self._project(slug, ledger)
        dsn = await self._dsn(slug)
        version = target.build_id[:200]
        await self._release(slug, version, ledger)
        await self._deployed(slug, version, target)
        await self._prove(slug, dsn, version, target)
        word = "made" if made else "found"
        summary = f"project {slug} {word}, release {version}, a test event arrived"
        return Done(summary, {"SENTRY_DSN": dsn})

    async def remove(self, thing: Thing) -> str:
        """Delete a project or a release."""
        doing, name = f"{thing.kind} {thing.name} cannot be removed", thing.id or thing.name
        organisation = quote(self.organisation, safe="")
        path = (
            f"/projects/{organisation}/{quote(name, safe='')}/"
            if thing.kind == PROJECT
            # Sentry's own client sends a version raw; a slash must not become part of the path.
            else f"/organizations/{organisation}/releases/{quote(name, safe='@')}/"
        )
        await self._api.call("DELETE", path, doing, accept=(NOT_FOUND,))
        return f"Sentry: {thing.kind} {thing.name} removed"

    async def _project(self, slug: str, ledger: Ledger) -> bool:
        organisation = quote(self.organisation, safe="")
        doing = f"project {slug} cannot be looked up"
        found = await self._api.call(
            "GET", f"/projects/{organisation}/{slug}/", doing, accept=(NOT_FOUND,)
        )
        ours = await ledger.ours(PROJECT, slug)
        if found.status_code == NOT_FOUND:
            await ledger.begin(PROJECT, slug)
            body = {"name": slug[:NAME], "slug": slug, "platform": "node"}
            found = await self._api.call(
                "POST", f"/teams/{organisation}/{quote(self.team, safe='')}/projects/",
                f"project {slug} cannot be made", body=body, accept=(CONFLICT,),
            )  # fmt: skip
            ours = True
            if found.status_code == CONFLICT:
                # The first try was heard and its answer lost, or somebody was quicker.
                found = await self._api.call("GET", f"/projects/{organisation}/{slug}/", doing)
            named = mapping(found, doing, self.name).get("slug")
            if named != slug:
                await ledger.keep(Thing(kind=PROJECT, id=str(named), name=str(named)))
                raise NotSetUp(f"Sentry calls the new project {named}, not {slug}")
        if ours:
            await ledger.keep(Thing(kind=PROJECT, id=slug, name=slug))
        return ours

    async def _dsn(self, slug: str) -> str:
        doing = f"the keys of project {slug} cannot be read"
        path = f"/projects/{quote(self.organisation, safe='')}/{slug}/keys/"
        keys = decoded(await self._api.call("GET", path, doing))
        for key in keys if isinstance(keys, list) else ():
            if key.get("isActive") and (public := (key.get("dsn") or {}).get("public")):
                return str(public)
        raise NotSetUp(
            f"project {slug} has no active key", hint="make a client key in the project's settings"
        )

    async def _release(self, slug: str, version: str, ledger: Ledger) -> None:
        path = f"/organizations/{quote(self.organisation, safe='')}/releases/"
        found = await self._api.call(
            "GET", f"{path}{quote(version, safe='@')}/",
            f"release {version} cannot be looked up", accept=(NOT_FOUND,),
        )  # fmt: skip
        ours = await ledger.ours(RELEASE, version)
        if found.status_code == NOT_FOUND:
            await ledger.begin(RELEASE, version)
            ours = True
        # Also where it is there: it may be known for other projects only.
        await self._api.call(
            "POST", path, f"release {version} cannot be made",
            body={"version": version, "projects": [slug]},
        )  # fmt: skip
        if ours:
            await ledger.keep(Thing(kind=RELEASE, id=version, name=version))

    async def _deployed(self, slug: str, version: str, target: Target) -> None:
        now = datetime.now(UTC).isoformat()
        organisation = quote(self.organisation, safe="")
        path = f"/organizations/{organisation}/releases/{quote(version, safe='@')}/"
        doing = f"release {version} cannot be marked as deployed"
        await self._api.call("PUT", path, doing, body={"dateReleased": now})
        body = {
            "environment": target.environment, "name": target.pipeline[:64], "url": target.url,
            "dateFinished": now, "projects": [slug],
        }  # fmt: skip
        # A marker has no key: one that is there for this pipeline is not repeated.
        there = decoded(await self._api.call("GET", f"{path}deploys/", doing))
        known = [one.get("name") for one in there] if isinstance(there, list) else []
        if target.pipeline[:64] not in known:
            await self._api.call("POST", f"{path}deploys/", doing, body=body)

    async def _prove(self, slug: str, dsn: str, version: str, target: Target) -> None:
        """Send an event as the app would, wait until Sentry shows it, and resolve its issue."""
        event, doing = uuid4().hex, f"the test event of project {slug} cannot be sent"
        parts = urlsplit(dsn)
        address = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
        path, _, project = parts.path.rpartition("/")
        head = {"event_id": event, "sent_at": datetime.now(UTC).isoformat()}
        body = {
            "event_id": event, "timestamp": time.time(), "platform": "other", "level": "info",
            "message": "Genesis set up error tracking", "release": version,
            "environment": target.environment, "fingerprint": ["genesis-set-up"],
        }  # fmt: skip
        lines = b"\n".join(msgspec.json.encode(each) for each in (head, {"type": "event"}, body))
        await self._api.call(
            "POST", f"{address}{path}/api/{project}/envelope/", doing, content=lines,
            headers={
                "authorization": "",  # the account's token is not the app's business
                "content-type": "application/x-sentry-envelope",
                "x-sentry-auth": f"Sentry sentry_version=7, sentry_key={parts.username}, "
                f"sentry_client={api.AGENT.partition(' ')[0]}",
            },
        )  # fmt: skip
        organisation = quote(self.organisation, safe="")
        deadline = time.monotonic() + self._api.pace.proof
        while True:
            answer = await self._api.call(
                "GET", f"/projects/{organisation}/{slug}/events/{event}/",
                "the test event cannot be read back", accept=(NOT_FOUND,),
            )  # fmt: skip
            if answer.status_code != NOT_FOUND:
                break
            if time.monotonic() > deadline:
                raise NotSetUp(
                    f"a test event was sent to project {slug}, and Sentry does not show it after "
                    f"{self._api.pace.proof:.0f} s",
                    hint="see the project's inbound filters and the organisation's quota",
                )
            await asyncio.sleep(self._api.pace.poll)
        issue = mapping(answer, "the test event cannot be read back", self.name).get("groupID")
        if issue:
            await self._api.call(
                "PUT", f"/projects/{organisation}/{slug}/issues/",
                "the test event's issue cannot be resolved", query={"id": str(issue)},
                body={"status": "resolved"},
            )  # fmt: skip
