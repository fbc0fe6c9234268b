"""Vercel behind the port: staged production without its domains, promoted once it was checked.

What a deployment is of stands in its `meta`, so that Vercel itself knows what a pipeline did.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from agents.deployment import uploads
from agents.deployment.calls import NOT_FOUND, Refused
from agents.deployment.platform import Tell
from agents.deployment.port import Past, Shipment, Site, Staged
from agents.deployment.vercel import deployments, files, projects, switching, vacant
from agents.deployment.vercel.api import Api, Pace, connected
from agents.deployment.vercel.deployments import FAILED, READY, give_up, listed, state_of
from agents.deployment.vercel.transfer import GAVE_UP, Content, Transfer
from bus.settings import Secret, Settings

PIPELINE, BUILD, BRANCH = "genesisPipeline", "genesisBuild", "genesisBranch"
WAY_IN = "x-vercel-protection-bypass"


class Vercel:
    """`agents.deployment.port.Remote` for https://vercel.com."""

    def __init__(self, settings: Settings, pace: Pace | None = None) -> None:
        self.settings = settings
        self.pace = pace or Pace()

    async def prepare(self, order: Shipment) -> Site:
        """Look up or create the project and push the variables that differ."""
        async with self._api() as api:
            found, notes = await projects.prepare(api, order)
            return await _site(api, found, notes)

    async def find(self, app: str, environment: str) -> Site | None:
        """The project as it is, for whoever only looks; None when there is none."""
        async with self._api() as api:
            found = await projects.look_up(api, projects.name_of(app, environment))
            if found is None:
                return None
            return await _site(api, found, tuple(projects.notes_on(found)))

    async def stage(self, order: Shipment, site: Site, tell: Tell) -> Staged:
        """Upload without domains. When it does not get ready, it is cancelled.

        An order with a branch becomes a preview, which can never go live.
        """
        await tell("reading the files", 5)
        found = await asyncio.to_thread(files.layout, order.folder)
        content = Content(found, await uploads.digests(found))
        async with self._api(tell) as api:
            project = await vacant.first(api, await projects.get(api, site.id), tell)
            headers = {WAY_IN: Secret(way)} if (way := await projects.way_in(api, project)) else {}
            sending = Transfer(api, tell)
            body = _body(order, project)
            deployment, sent = await _find(api, order, site), 0
            if deployment is None:
                deployment, sent = await sending.create(
                    body, content, lambda: _find(api, order, site)
                )
            release = str(deployment["id"])
            try:
                ready = await sending.until_ready(deployment, aliases=bool(order.branch))
            except BaseException as error:
                if getattr(error, "code", "") != GAVE_UP:
                    await asyncio.shield(give_up(api, release))
                raise
            url = api.address(str(ready["url"]))
        return Staged(release, url, sent, len(content.files) - sent, headers)

    async def switch(self, site: Site, release: str) -> None:
        """Let the project's domains point to exactly this deployment; nothing is built again."""
        async with self._api() as api:
            await switching.switch(api, site, release)

    async def live(self, site: Site) -> str | None:
        """The deployment that the project's own domains point to."""
        async with self._api() as api:
            return projects.live(await projects.get(api, site.id))

    async def take_down(self, site: Site, release: str) -> None:
        """Let the page of a 404 answer; Vercel has no other way to let nothing be live."""
        async with self._api() as api:
            project = await projects.get(api, site.id)
            if projects.live(project) == release:
                await switching.switch(api, site, await vacant.ready(api, project, _silent))

    async def settle(self, site: Site) -> None:
        """Vercel keeps every deployment ready, at no cost."""

    async def discard(self, site: Site, release: str) -> None:
        """Cancel an unfinished deployment, and remove it."""
        async with self._api() as api:
            if projects.live(await projects.get(api, site.id)) == release:
                return
            try:
                deployment = await deployments.get(api, release)
            except Refused as refused:
                if refused.status != NOT_FOUND:
                    raise
                return
            if deployment.get("readyState") not in {READY, *FAILED}:
                with suppress(Refused):
                    await deployments.cancel(api, release)
            await deployments.remove(api, release)

    async def past(self, site: Site, limit: int) -> tuple[Past, ...]:
        """The newest deployments first, failed and foreign ones included."""
        found: list[Past] = []
        async with self._api() as api:
            way = projects.known_way_in(await projects.get(api, site.id))
            headers = {WAY_IN: Secret(way)} if way else {}
            async for deployment in listed(api, site.id):
                if len(found) == limit:
                    break
                if projects.VACANT in (deployment.get("meta") or {}):
                    continue
                found.append(_past(api, deployment, headers))
        return tuple(found)

    async def logs(self, site: Site, release: str) -> tuple[str, ...]:  # noqa: ARG002  # the port's
        """What Vercel printed while it made the deployment."""
        async with self._api() as api:
            return await deployments.events(api, release)

    @asynccontextmanager
    async def _api(self, tell: Tell | None = None) -> AsyncIterator[Api]:
        async with connected(self.settings, self.pace) as api:
            if tell is not None:
                api.said = lambda text: tell(text, 15)
            yield api


async def _silent(_step: str, _percent: float) -> None:
    """Taking down has no steps that a person would follow."""


async def _site(api: Api, project: dict[str, Any], notes: tuple[str, ...]) -> Site:
    address = await projects.address(api, project)
    return Site(str(project["id"]), projects.live(project), address, notes)


def _body(order: Shipment, project: dict[str, Any]) -> dict[str, Any]:
    meta = {PIPELINE: order.pipeline, BUILD: order.build_id}
    body: dict[str, Any] = {"name": project["name"], "project": project["id"], "meta": meta}
    if order.branch:
        meta[BRANCH] = order.branch
        return body
    return {**body, "target": projects.PRODUCTION, "autoAssignCustomDomains": False}


async def _find(api: Api, order: Shipment, site: Site) -> dict[str, Any] | None:
    """What an earlier call for the same order has left, if it can still become ready."""
    async for one in listed(api, site.id, {f"meta-{PIPELINE}": order.pipeline}, pages=1):
        meta = one.get("meta") or {}
        of_it = meta.get(PIPELINE) == order.pipeline and meta.get(BUILD) == order.build_id
        if of_it and meta.get(BRANCH, "") == order.branch and state_of(one) not in FAILED:
            return await deployments.get(api, str(one["uid"]))
    return None


def _past(api: Api, deployment: dict[str, Any], headers: Mapping[str, Secret]) -> Past:
    meta = deployment.get("meta") or {}
    return Past(
        release=str(deployment["uid"]), build=str(meta.get(BUILD, "")),
        pipeline=str(meta.get(PIPELINE, "")), at=float(deployment["created"]) / 1000,
        state=state_of(deployment).lower(), url=api.address(str(deployment.get("url") or "")),
        branch=str(meta.get(BRANCH) or meta.get("githubCommitRef") or ""), headers=headers,
    )  # fmt: skip
