"""One deployment to Vercel: made of files by their digests, sent where Vercel lacks them.

Vercel says what it lacks by refusing the deployment, which exists only once all of it is there;
so a transfer that was cut off is continued by asking again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from agents.deployment import uploads
from agents.deployment.calls import BAD_REQUEST, PASSING, TOO_MANY, UNTOUCHED, Refused
from agents.deployment.uploads import Again, Digest, GaveUp, Patience
from agents.deployment.vercel.api import SAYS_WHEN, Api, reason_of, refused
from agents.deployment.vercel.deployments import FAILED, READY, events, get
from agents.deployment.vercel.limits import seconds_to_wait
from agents.deployment.wire import Answer, Broken, Wire

ROUNDS = 3
"""How often Vercel may say that it lacks files."""
GAVE_UP = "vercel_failed"
"""The code of the error for a deployment that Vercel itself ended."""


class Content(Struct, frozen=True):
    """What a deployment is to hold: files by path, with their digests."""

    files: dict[str, Path]
    digests: dict[str, Digest]

    def listed(self) -> list[dict[str, Any]]:
        """The `files` of a deployment's body."""
        return [
            {"file": path, "sha": one.sha1, "size": one.size} for path, one in self.digests.items()
        ]


class Transfer:
    """Makes one deployment; `tell` hears a step and how far it is, 0 to 100."""

    def __init__(self, api: Api, tell: Callable[[str, float], Awaitable[None]]) -> None:
        self._api = api
        self._tell = tell
        self._ends = time.monotonic() + api.pace.deadline

    async def create(
        self,
        body: dict[str, Any],
        content: Content,
        left: Callable[[], Awaitable[dict[str, Any] | None]],
    ) -> tuple[dict[str, Any], int]:
        """The deployment, and how many files were sent for it.

        `left` finds what a call whose answer was lost has made. Raises Refused.
        """
        whole, sent, unheard = {**body, "files": content.listed()}, 0, False
        for _ in range(ROUNDS + 2):
            try:
                return await self._ask(whole), sent
            except Refused as refusal:
                missing = refusal.error.get("missing")
                if refusal.unsure:
                    found = await left()
                    if found is not None:
                        return found, sent
                    if unheard:
                        raise
                    unheard = True
                    await asyncio.sleep(self._api.pace.first)
                elif refusal.error.get("code") == "missing_files" and isinstance(missing, list):
                    sent += await self._send({str(sha) for sha in missing}, content)
                else:
                    raise
        raise Refused(
            BAD_REQUEST, "vercel_refused",
            f"Vercel says still that it lacks files which it took {ROUNDS} times; {UNTOUCHED}",
            hint="see vercel-status.com, then start again", retryable=True,
        )  # fmt: skip

    async def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        query = {"skipAutoDetectionConfirmation": "1", "prebuilt": "1"}
        made: dict[str, Any] = await self._api.call(
            "POST", "/v13/deployments", query=query, body=body, once=True,
            doing="a deployment cannot be made",
        )  # fmt: skip
        return made

    async def _send(self, lacking: set[str], content: Content) -> int:
        chosen: dict[str, str] = {}
        for path, one in content.digests.items():
            if one.sha1 in lacking:
                chosen.setdefault(one.sha1, path)
        if lacking - set(chosen):
            raise Refused(
                BAD_REQUEST, "vercel_refused",
                f"Vercel says that it lacks files which are not of this deployment; {UNTOUCHED}",
                hint="start again", retryable=True,
            )  # fmt: skip
        number = len(chosen)

        async def said(sent: int) -> None:
            await self._tell(f"{sent} of {number} files sent", 15 + 50 * sent / max(1, number))

        base, query = urlsplit(self._api.base), urlencode(self._api.team)
        target = f"{base.path}/v2/files{'?' if query else ''}{query}"
        headers = {**self._api.headers(), "content-type": "application/octet-stream"}

        def send(wire: Wire, key: str, path: Path, _tried: int) -> None:
            one = content.digests[key]
            own = {"x-now-digest": one.sha1, "x-now-size": str(one.size)}
            try:
                answer = wire.put(target, headers | own, path, "POST")
            except Broken as error:
                raise Again(f"no answer from Vercel ({error})") from error
            self._check(f"{key} cannot be sent", answer)

        pace = self._api.pace
        patience = Patience(
            tries=pace.tries + 1, first=pace.first, most=pace.most, limit=pace.limit
        )
        try:
            return await uploads.upload(
                [(path, content.files[path]) for path in chosen.values()],
                lambda: Wire(self._api.base, seconds=pace.request), send,
                patience=patience, tell=said,
            )  # fmt: skip
        except GaveUp as error:
            raise _gave_up(error) from error

    def _check(self, doing: str, answer: Answer) -> None:
        if answer.status in range(200, 300):
            return
        error = self._api.error(answer.body)
        if answer.status in PASSING:
            after = seconds_to_wait(answer.headers, error) if answer.status in SAYS_WHEN else None
            raise Again(f"Vercel answers {answer.status} ({reason_of(error)})", after=after)
        if answer.status == BAD_REQUEST:
            raise Refused(
                answer.status, "vercel_refused",
                f"{doing}: Vercel answers {answer.status} ({reason_of(error)}); {UNTOUCHED}",
                hint="the file changed while it was sent: start again when nothing writes to it",
                retryable=True, error=error,
            )  # fmt: skip
        raise refused(answer.status, error, doing)

    async def until_ready(self, deployment: dict[str, Any], *, aliases: bool) -> dict[str, Any]:
        """The deployment once it is ready, and has its addresses where they are expected.

        Raises Refused when it fails instead.
        """
        pause = self._api.pace.poll
        while not _is_ready(deployment, aliases=aliases):
            state = str(deployment.get("readyState"))
            if _has_failed(deployment):
                raise failed(deployment, await events(self._api, str(deployment["id"])))
            if time.monotonic() > self._ends:
                what = "without its addresses" if state == READY else state.lower()
                raise Refused(
                    0, "vercel_slow",
                    f"deployment {deployment['id']} is still {what} after"
                    f" {self._api.pace.deadline / 60:.0f} minutes; {UNTOUCHED}",
                    hint="see vercel-status.com, then start again", retryable=True,
                )  # fmt: skip
            await self._tell(f"Vercel: {state.lower()}", 75)
            await asyncio.sleep(pause)
            pause = min(self._api.pace.slowest_poll, pause * 1.5)
            deployment = await get(self._api, str(deployment["id"]))
        return deployment


def _is_ready(deployment: dict[str, Any], *, aliases: bool) -> bool:
    if _has_failed(deployment) or deployment.get("readyState") != READY:
        return False
    return not aliases or bool(deployment.get("aliasAssigned"))


def _has_failed(deployment: dict[str, Any]) -> bool:
    state = str(deployment.get("readyState"))
    checks = deployment.get("checksConclusion") == "failed"
    return state in FAILED or state.endswith("_ERROR") or checks or bool(_alias_error(deployment))


def _alias_error(deployment: dict[str, Any]) -> dict[str, Any]:
    found = deployment.get("aliasError")
    return found if isinstance(found, dict) else {}


def failed(deployment: dict[str, Any], log: tuple[str, ...] = ()) -> Refused:
    """The error for a deployment that Vercel gave up, with the end of its log."""
    own = {"code": deployment.get("errorCode"), "message": deployment.get("errorMessage")}
    state = str(deployment.get("readyState")).lower()
    checks = "its checks failed" if deployment.get("checksConclusion") == "failed" else state
    reason = reason_of(_alias_error(deployment) or own) or checks
    end = f"; its log ends with: {' / '.join(log[-3:])}" if log else ""
    return Refused(
        0, GAVE_UP,
        f"Vercel could not finish deployment {deployment.get('id')}: {reason}{end}; {UNTOUCHED}",
        hint=f"its log is at {deployment.get('inspectorUrl') or 'vercel.com'}",
    )  # fmt: skip


def _gave_up(error: GaveUp) -> Refused:
    cause = error.__cause__
    if isinstance(cause, Again) and cause.after is not None:
        return refused(
            TOO_MANY, {"message": error.reason}, f"{error.key} cannot be sent", cause.after
        )
    return Refused(
        0, "vercel_down", f"{error}; {UNTOUCHED}",
        hint="see vercel-status.com, then start again: what was sent is not sent again",
        retryable=True,
    )  # fmt: skip
