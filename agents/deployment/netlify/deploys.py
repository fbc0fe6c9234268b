"""A site's deploys as Netlify tells of them: what each is of, and which is live.

A deploy's title says the pipeline and the build, the draft that it was made again from, and the
branch that it is a preview of.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from agents.deployment.calls import segment
from agents.deployment.netlify.api import Api, seconds_of
from agents.deployment.port import Past, Shipment, Site
from agents.work import AgentError

TITLE = re.compile(r"genesis (\S+) (\S+)(?: as (\S+))?(?: on (\S+))?")
NOTHING = "genesis nothing"
"""The title of a deploy that stands for none."""
ENDED = frozenset({"error", "rejected"})


async def cancel(api: Api, release: str) -> None:
    """Cancel a deploy as far as that is possible: the error that led here is what counts."""
    with suppress(AgentError):
        await api.call(
            "POST", f"/deploys/{segment(release)}/cancel", doing=f"{release} cannot be cancelled"
        )


def every(api: Api, site: Site) -> AsyncIterator[dict[str, Any]]:
    path = f"/sites/{segment(site.id)}/deploys"
    return api.pages(path, query={}, doing="the site's deploys cannot be read")


def title(order: Shipment) -> str:
    return (
        f"genesis {order.pipeline} {order.build_id}{f' on {order.branch}' if order.branch else ''}"
    )


def is_of(deploy: dict[str, Any], order: Shipment) -> bool:
    return deploy.get("title") == title(order) and deploy.get("state") not in ENDED


def past(deploy: dict[str, Any]) -> Past:
    words = TITLE.fullmatch(str(deploy.get("title") or ""))
    return Past(
        release=str(deploy["id"]), build=words[2] if words else "",
        pipeline=words[1] if words else "", at=seconds_of(deploy.get("created_at")),
        state=str(deploy.get("state") or ""),
        url=str(deploy.get("deploy_ssl_url") or ""), branch=(words[4] or "") if words else "",
    )  # fmt: skip


def live_of(found: dict[str, Any]) -> str | None:
    """The release that is published: the draft's own id, when it was made again from one."""
    published = found.get("published_deploy")
    if not published or published.get("title") == NOTHING:
        return None
    words = TITLE.fullmatch(str(published.get("title") or ""))
    return words[3] if words and words[3] else str(published["id"])


def address_of(found: dict[str, Any]) -> str:
    return str(found.get("ssl_url") or found.get("url") or "").rstrip("/")
