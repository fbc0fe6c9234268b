"""Deployments as Vercel keeps them: looked at, listed, cancelled, and what was printed for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from agents.deployment.calls import BAD_REQUEST, NOT_FOUND, Refused, segment
from agents.deployment.vercel.api import Api, decoded

PAGE = 100
READY = "READY"
FAILED = frozenset({"ERROR", "CANCELED", "BLOCKED", "DELETED"})


async def get(api: Api, release: str) -> dict[str, Any]:
    """The deployment as it is now. Raises Refused."""
    found: dict[str, Any] = await api.call(
        "GET", f"/v13/deployments/{segment(release)}",
        doing=f"deployment {release} cannot be looked at",
    )  # fmt: skip
    return found


async def events(api: Api, release: str) -> tuple[str, ...]:
    """What was printed while it was made; nothing when Vercel does not say."""
    query = {"direction": "forward", "follow": "0", "limit": "-1", "builds": "1"}
    try:
        answer = await api.answer(
            "GET", f"/v3/deployments/{segment(release)}/events", query=query,
            doing=f"the log of {release} cannot be read",
        )  # fmt: skip
    except Refused as refused:
        if refused.status in range(400, 500):
            return ()
        raise
    return tuple(api.masked(text) for text in _texts(answer.content))


def _texts(content: bytes) -> list[str]:
    """The texts of events, which come as an array or as JSON lines."""
    whole = decoded(content)
    found = whole if isinstance(whole, list) else [decoded(line) for line in content.splitlines()]
    texts = []
    for event in found:
        if isinstance(event, dict):
            payload = event.get("payload")
            text = (payload if isinstance(payload, dict) else event).get("text")
            texts += str(text).rstrip().splitlines() if text else []
    return texts


async def listed(
    api: Api, project: str, query: dict[str, str] | None = None, pages: int = 1_000
) -> AsyncIterator[dict[str, Any]]:
    """The project's deployments, newest first, each page asked for when it is needed."""
    asked = {"projectId": project, "limit": str(PAGE), **(query or {})}
    for _ in range(pages):
        found = await api.call(
            "GET", "/v6/deployments", query=asked, doing="the deployments cannot be read"
        )
        for one in found["deployments"]:
            yield one
        following = found["pagination"].get("next")
        if not following:
            return
        asked["until"] = str(following)


async def cancel(api: Api, release: str) -> None:
    """Stop one that is on its way. Raises Refused."""
    path = f"/v12/deployments/{segment(release)}/cancel"
    await api.call("PATCH", path, doing=f"{release} cannot be cancelled")


async def remove(api: Api, release: str) -> None:
    """Remove one; twice is once. Raises Refused."""
    try:
        await api.call(
            "DELETE", f"/v13/deployments/{segment(release)}",
            doing=f"deployment {release} cannot be removed",
        )  # fmt: skip
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise


async def give_up(api: Api, release: str) -> None:
    """Cancel one, or remove it when it is finished: the error that led here is what counts."""
    try:
        await cancel(api, release)
    except Refused as refused:
        if refused.status == BAD_REQUEST:
            with suppress(Refused):
                await remove(api, release)


def state_of(deployment: dict[str, Any]) -> str:
    """How far it is, of one that was looked at or of one in a list."""
    return str(deployment.get("readyState") or deployment.get("state") or "")
