"""Netlify behind the port: staged as a draft, published by restoring exactly that deploy.

What a deploy is of stands in its title, so that Netlify itself knows what a pipeline did.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from agents.deployment import uploads
from agents.deployment.netlify import files, functions, sites
from agents.deployment.netlify.api import (
    FORBIDDEN,
    NOT_FOUND,
    PAYMENT,
    SERVER,
    TOO_MANY,
    UNAUTHORIZED,
    Api,
    Pace,
    Refused,
    connected,
    seconds_of,
    segment,
)
from agents.deployment.netlify.bootstrap import bootstrap
from agents.deployment.netlify.transfer import DONE, ON_ITS_WAY, Content, Transfer
from agents.deployment.platform import Tell
from agents.deployment.port import Past, Shipment, Site, Staged
from agents.work import AgentError
from bus.settings import Settings

_TITLE = re.compile(r"genesis (\S+) (\S+)(?: as (\S+))?")
"""Pipeline, build, and the draft that a deploy was made again from."""
ENDED = frozenset({"error", "rejected"})
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
        return Site(found["id"], _live(found), _address(found), notes)

    async def stage(self, order: Shipment, site: Site, tell: Tell) -> Staged:
        """Upload as a draft. When it does not get ready, it is cancelled."""
        content = await self._content(order, tell)
        async with self._api(tell) as api:
            deploy = await self._find(api, order, site) or await self._create(api, order, site)
            release = str(deploy["id"])
            try:
                staged = await self._fill(api, site, deploy, content, tell)
            except BaseException:
                await asyncio.shield(_cancel_quietly(api, release))
                raise
        self._contents[release] = content
        return staged

    async def switch(self, site: Site, release: str) -> None:
        """Publish exactly this deploy; a site whose live deploy somebody locked stays as it is."""
        async with self._api() as api:
            found = await sites.get(api, site.id)
            before = _live(found)
            if before == release:
                return
            sites.refuse_locked(found)
            try:
                await _restore(api, site, release)
            except Refused as refused:
                if refused.status in NOT_ABOUT_IT or not 0 < refused.status < SERVER:
                    raise
                await self._publish_otherwise(api, site, release, refused)
            await _until_live(api, site, release, before)

    async def live(self, site: Site) -> str | None:
        """The deploy that is published."""
        async with self._api() as api:
            return _live(await sites.get(api, site.id))

    async def discard(self, site: Site, release: str) -> None:
        """Cancel an unfinished deploy, remove a finished one."""
        async with self._api() as api:
            if _live(await sites.get(api, site.id)) == release:
                return
            path = f"/deploys/{segment(release)}"
            try:
                deploy = await api.call("GET", path, doing=f"deploy {release} cannot be found")
                if deploy["state"] not in {*DONE, *ENDED}:
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
            async for deploy in _deploys(api, site):
                if len(found) == limit:
                    break
                found.append(_past(deploy))
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
        own = [one for one in found or () if _is_of(one, order)]
        for superfluous in own[1:]:
            if superfluous["state"] not in DONE:
                await _cancel_quietly(api, superfluous["id"])
        return own[0] if own else None

    async def _create(self, api: Api, order: Shipment, site: Site) -> dict[str, Any]:
        """An empty deploy. Whether a lost call was heard is looked up before another one."""
        path, query = f"/sites/{segment(site.id)}/deploys", {"title": _title(order)}
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
                unsure = refused.status == 0 or refused.status >= SERVER
                if unsure and (left := await self._find(api, order, site)) is not None:
                    return left
                if last or not unsure:
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
            deploy = await api.call(
                "GET", f"/deploys/{segment(deploy['id'])}", doing="the deploy cannot be looked at"
            )
        deploy = await transfer.until(deploy, DONE, "processing", 75)
        url = str(deploy.get("deploy_ssl_url") or deploy.get("deploy_url") or "")
        return Staged(str(deploy["id"]), url.rstrip("/"), sent, skipped)

    async def _publish_otherwise(
        self, api: Api, site: Site, release: str, refused: Refused
    ) -> None:
        """Publish a draft's content as a deploy that is none: nothing has to be uploaded for it.

        It counts as the same release, and is the one to restore from then on.
        """
        drafts: dict[str, Any] | None = None
        async for deploy in _deploys(api, site):
            words = _TITLE.fullmatch(str(deploy.get("title") or ""))
            if words and words[3] == release and deploy["state"] in DONE:
                await _restore(api, site, str(deploy["id"]))
                return
            drafts = deploy if deploy["id"] == release else drafts
        content = self._contents.get(release)
        if content is None or drafts is None:
            raise refused
        made = await api.call(
            "POST", f"/sites/{segment(site.id)}/deploys",
            query={"title": f"{drafts['title']} as {release}"}, body={"draft": False}, once=True,
            doing=f"deploy {release} cannot be published by restore"
            f" (Netlify answers {refused.status}), and a new one cannot be begun",
        )  # fmt: skip
        try:
            transfer = Transfer(api, segment(site.id), made["id"], _silent)
            declared = await transfer.declare(content, draft=False)
            await transfer.send(content, declared)
            await transfer.until(declared, DONE, "publishing", 90)
        except BaseException:
            await asyncio.shield(_cancel_quietly(api, made["id"]))
            raise


async def _silent(_step: str, _percent: float) -> None:
    """A switch has no steps that a person would follow."""


async def _restore(api: Api, site: Site, release: str) -> None:
    await api.call(
        "POST", f"/sites/{segment(site.id)}/deploys/{segment(release)}/restore",
        doing=f"deploy {release} cannot be published",
    )  # fmt: skip


async def _until_live(api: Api, site: Site, release: str, before: str | None) -> None:
    """Wait until the platform says that the deploy is the published one. Raises Refused."""
    for _ in range(20):
        live = _live(await sites.get(api, site.id))
        if live == release:
            return
        if live != before:
            raise Refused(
                0, "superseded",
                f"{release} was published, and {live or 'nothing'} took its place at once:"
                " somebody else publishes to this site; nothing more was changed",
                hint=f"see who does, at {site.url}",
            )  # fmt: skip
        await asyncio.sleep(api.pace.poll)
    raise Refused(
        0, "netlify_not_published",
        f"Netlify took the order to publish {release}, and {before or 'nothing'} is live still",
        hint=f"look at the site's deploys at {site.url}, then start again", retryable=True,
    )  # fmt: skip


async def _cancel_quietly(api: Api, release: str) -> None:
    """Cancel a deploy as far as that is possible: the error that led here is what counts."""
    with suppress(AgentError):
        await api.call(
            "POST", f"/deploys/{segment(release)}/cancel", doing=f"{release} cannot be cancelled"
        )


def _deploys(api: Api, site: Site) -> AsyncIterator[dict[str, Any]]:
    path = f"/sites/{segment(site.id)}/deploys"
    return api.pages(path, query={}, doing="the site's deploys cannot be read")


def _title(order: Shipment) -> str:
    return f"genesis {order.pipeline} {order.build_id}"


def _is_of(deploy: dict[str, Any], order: Shipment) -> bool:
    return deploy.get("title") == _title(order) and deploy.get("state") not in ENDED


def _past(deploy: dict[str, Any]) -> Past:
    words = _TITLE.fullmatch(str(deploy.get("title") or ""))
    return Past(
        release=str(deploy["id"]), build=words[2] if words else "",
        pipeline=words[1] if words else "", at=seconds_of(deploy.get("created_at")),
        state=str(deploy.get("state") or ""),
        url=str(deploy.get("deploy_ssl_url") or ""), branch=str(deploy.get("branch") or ""),
    )  # fmt: skip


def _live(found: dict[str, Any]) -> str | None:
    """The release that is published: the draft's own id, when it was made again from one."""
    published = found.get("published_deploy")
    if not published:
        return None
    words = _TITLE.fullmatch(str(published.get("title") or ""))
    return words[3] if words and words[3] else str(published["id"])


def _address(found: dict[str, Any]) -> str:
    return str(found.get("ssl_url") or found.get("url") or "").rstrip("/")
