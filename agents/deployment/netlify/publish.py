"""A deploy becomes the one that is live, and nothing else does."""

from __future__ import annotations

import asyncio
from typing import Any

from agents.deployment.calls import Refused, segment
from agents.deployment.netlify import sites
from agents.deployment.netlify.api import Api
from agents.deployment.netlify.deploys import TITLE, cancel, every, live_of
from agents.deployment.netlify.transfer import DONE, Content, Transfer
from agents.deployment.port import Site


async def otherwise(
    api: Api, site: Site, release: str, content: Content | None, refused: Refused
) -> None:
    """Publish a draft's content as a deploy that is none: nothing has to be uploaded for it.

    It counts as the same release, and is the one to restore from then on.
    """
    drafts: dict[str, Any] | None = None
    async for deploy in every(api, site):
        words = TITLE.fullmatch(str(deploy.get("title") or ""))
        if words and words[3] == release and deploy["state"] in DONE:
            await restore(api, site, str(deploy["id"]))
            return
        drafts = deploy if deploy["id"] == release else drafts
    if content is None or drafts is None:
        raise refused
    await new(api, site, f"{drafts['title']} as {release}", content)


async def new(api: Api, site: Site, title: str, content: Content) -> None:
    """Make a deploy that is live when it is ready. Raises Refused."""
    made = await api.call(
        "POST", f"/sites/{segment(site.id)}/deploys",
        query={"title": title}, body={"draft": False}, once=True,
        doing="a deploy that is to be live cannot be begun",
    )  # fmt: skip
    try:
        transfer = Transfer(api, segment(site.id), made["id"], _silent)
        declared = await transfer.declare(content, draft=False)
        await transfer.send(content, declared)
        await transfer.finish("publishing", 90)
    except BaseException:
        await asyncio.shield(cancel(api, made["id"]))
        raise


async def _silent(_step: str, _percent: float) -> None:
    """A switch has no steps that a person would follow."""


async def restore(api: Api, site: Site, release: str) -> None:
    """Publish a deploy as it is. Raises Refused."""
    await api.call(
        "POST", f"/sites/{segment(site.id)}/deploys/{segment(release)}/restore",
        doing=f"deploy {release} cannot be published",
    )  # fmt: skip


async def until_live(api: Api, site: Site, release: str | None, before: str | None) -> None:
    """Wait until the platform says that the release is the published one. Raises Refused."""
    wanted, old = release or "nothing", before or "nothing"
    for _ in range(20):
        live = live_of(await sites.get(api, site.id))
        if live == release:
            return
        if live != before:
            raise Refused(
                0, "superseded",
                f"{wanted} was published, and {live or 'nothing'} took its place at once:"
                " somebody else publishes to this site; nothing more was changed",
                hint=f"see who does, at {site.url}",
            )  # fmt: skip
        await asyncio.sleep(api.pace.slowest_poll / 4)
    raise Refused(
        0, "netlify_not_published",
        f"Netlify took the order to publish {wanted}, and {old} is live still",
        hint=f"look at the site's deploys at {site.url}, then start again", retryable=True,
    )  # fmt: skip
