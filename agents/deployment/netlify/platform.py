"""Netlify behind the port: staged as a draft, published by restoring exactly that deploy.

What a deploy is of stands in its title, so that Netlify itself knows what a pipeline did.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agents.deployment import uploads
from agents.deployment.calls import (
    FORBIDDEN,
    NOT_FOUND,
    PAYMENT,
    SERVER,
    TOO_MANY,
    UNAUTHORIZED,
    Pace,
    Refused,
    segment,
)
from agents.deployment.netlify import deploys, files, functions, publish, sites
from agents.deployment.netlify.api import Api, connected
from agents.deployment.netlify.bootstrap import bootstrap
from agents.deployment.netlify.transfer import DONE, ON_ITS_WAY, Content, Transfer, nothing
from agents.deployment.platform import Tell
from agents.deployment.port import Past, Shipment, Site, Staged
from bus.settings import Settings

NOT_ABOUT_IT = frozenset({UNAUTHORIZED, PAYMENT, FORBIDDEN, NOT_FOUND, TOO_MANY})
"""Statuses that refuse whoever asks, and not this way of publishing."""


class Netlify:
    """`agents.deployment.port.Remote` for https://www.netlify.com."""

    def __init__(self, settings: Settings, pace: Pace | None = None) -> None:
        self.settings = settings
        self.pace = pace or Pace()
        self._contents: dict[str, Content] = {}

    async def prepare(self, order: Shipment) -> Site:
        """Look up or create the site and push the variables that differ."""
        async with self._api() as api:
            found, notes = await sites.prepare(api, order, self.settings.netlify_account)
        return Site(found["id"], deploys.live_of(found), deploys.address_of(found), notes)

    async def stage(self, order: Shipment, site: Site, tell: Tell) -> Staged:
        """Upload as a draft. When it does not get ready, it is cancelled."""
        content = await self._content(order, tell)
        async with self._api(tell) as api:
            deploy = await self._find(api, order, site) or await self._create(api, order, site)
            release = str(deploy["id"])
            try:
                staged = await self._fill(api, site, deploy, content, tell)
            except BaseException:
                await asyncio.shield(deploys.cancel(api, release))
                raise
        self._contents[release] = content
        return staged

    async def switch(self, site: Site, release: str) -> None:
        """Publish exactly this deploy; a site whose live deploy somebody locked stays as it is."""
        async with self._api() as api:
            found = await sites.get(api, site.id)
            before = deploys.live_of(found)
            if before == release:
                return
            sites.refuse_locked(found)
            try:
                await publish.restore(api, site, release)
            except Refused as refused:
                if refused.status in NOT_ABOUT_IT or not 0 < refused.status < SERVER:
                    raise
                await publish.otherwise(api, site, release, self._contents.get(release), refused)
            await publish.until_live(api, site, release, before)

    async def find(self, app: str, environment: str) -> Site | None:
        """The site of that name as it is."""
        async with self._api() as api:
            found = await sites.look_up(api, sites.name_of(app, environment))
        return (
            Site(found["id"], deploys.live_of(found), deploys.address_of(found)) if found else None
        )

    async def take_down(self, site: Site, release: str) -> None:
        """Publish a deploy that answers 404 to everything: Netlify has no way to publish none."""
        async with self._api() as api:
            found = await sites.get(api, site.id)
            if deploys.live_of(found) != release:
                return
            sites.refuse_locked(found)
            await publish.new(api, site, deploys.NOTHING, nothing())
            await publish.until_live(api, site, None, release)

    async def live(self, site: Site) -> str | None:
        """The deploy that is published."""
        async with self._api() as api:
            return deploys.live_of(await sites.get(api, site.id))

    async def settle(self, site: Site) -> None:
        """Netlify keeps every deploy ready, at no cost."""

    async def discard(self, site: Site, release: str) -> None:
        """Cancel an unfinished deploy, remove a finished one."""
        async with self._api() as api:
            if deploys.live_of(await sites.get(api, site.id)) == release:
                return
            path = f"/deploys/{segment(release)}"
            try:
                deploy = await api.call("GET", path, doing=f"deploy {release} cannot be found")
                if deploy["state"] not in {*DONE, *deploys.ENDED}:
                    await api.call("POST", f"{path}/cancel", doing=f"{release} cannot be cancelled")
                await api.call("DELETE", path, doing=f"deploy {release} cannot be removed")
            except Refused as refused:
                if refused.status != NOT_FOUND:
                    raise
        self._contents.pop(release, None)

    async def past(self, site: Site, limit: int) -> tuple[Past, ...]:
        """The newest deploys first, failed and foreign ones included."""
        found: list[Past] = []
        async with self._api() as api:
            async for deploy in deploys.every(api, site):
                if len(found) == limit:
                    break
                found.append(deploys.past(deploy))
        return tuple(found)

    async def logs(self, site: Site, release: str) -> tuple[str, ...]:
        """What Netlify says of a deploy; what its functions print is only on its own pages."""
        path = f"/sites/{segment(site.id)}/deploys/{segment(release)}"
        async with self._api() as api:
            deploy = await api.call("GET", path, doing=f"deploy {release} cannot be looked at")
        known = (
            ("created", deploy.get("created_at")),
            ("title", deploy.get("title")),
            ("state", deploy.get("state")),
            ("error", deploy.get("error_message")),
            ("published", deploy.get("published_at")),
            ("locked", "yes" if deploy.get("locked") else None),
            ("address", deploy.get("deploy_ssl_url")),
            ("more", deploy.get("admin_url")),
        )
        return tuple(f"{name}: {value}" for name, value in known if value)

    @asynccontextmanager
    async def _api(self, tell: Tell | None = None) -> AsyncIterator[Api]:
        async with connected(self.settings, self.pace) as api:
            if tell is not None:
                api.said = lambda text: tell(text, 20)
            yield api

    async def _content(self, order: Shipment, tell: Tell) -> Content:
        await tell("reading the files", 5)
        found = await asyncio.to_thread(files.layout, order.folder)
        digests = await uploads.digests(found.public)
        made: tuple[functions.Function, ...] = ()
        if found.functions:
            code = await bootstrap(self.settings)
            made = await asyncio.to_thread(functions.read, found.functions, code)
        return Content(found.public, digests, made)

    async def _find(self, api: Api, order: Shipment, site: Site) -> dict[str, Any] | None:
        """The pipeline's own deploy, when an earlier call left one; older ones are cancelled."""
        path = f"/sites/{segment(site.id)}/deploys"
        found = await api.call("GET", path, doing="the site's deploys cannot be read")
        own = [one for one in found or () if deploys.is_of(one, order)]
        for superfluous in own[1:]:
            if superfluous["state"] not in DONE:
                await deploys.cancel(api, superfluous["id"])
        return own[0] if own else None

    async def _create(self, api: Api, order: Shipment, site: Site) -> dict[str, Any]:
        """An empty deploy. Whether a lost call was heard is looked up before another one."""
        path, query = f"/sites/{segment(site.id)}/deploys", {"title": deploys.title(order)}
        body: dict[str, Any] = {"draft": True}
        if order.branch:
            body["branch"] = order.branch
        for last in (False, True):
            try:
                made: dict[str, Any] = await api.call(
                    "POST", path, query=query, body=body, once=True,
                    doing="a deploy cannot be begun",
                )  # fmt: skip
            except Refused as refused:
                if refused.unsure and (left := await self._find(api, order, site)) is not None:
                    return left
                if last or not refused.unsure:
                    raise
                await asyncio.sleep(self.pace.first)
            else:
                return made
        raise AssertionError("the second try ends it")

    async def _fill(
        self, api: Api, site: Site, deploy: dict[str, Any], content: Content, tell: Tell
    ) -> Staged:
        transfer = Transfer(api, segment(site.id), deploy["id"], tell)
        sent, skipped = 0, len(content.files) + len(content.functions)
        if deploy["state"] not in ON_ITS_WAY:
            deploy = await transfer.declare(content, draft=True)
            sent, skipped = await transfer.send(content, deploy)
        deploy = await transfer.finish("processing", 75)
        url = str(deploy.get("deploy_ssl_url") or deploy.get("deploy_url") or "")
        return Staged(str(deploy["id"]), url.rstrip("/"), sent, skipped)
