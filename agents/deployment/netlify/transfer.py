"""A deploy's content to Netlify: what it lacks, by the digests of its files and functions.

A transfer that was cut off is continued: the platform says again what it still lacks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from agents.deployment import uploads
from agents.deployment.calls import (
    NOT_FOUND,
    PASSING,
    TOO_MANY,
    UNAUTHORIZED,
    UNPROCESSABLE,
    UNTOUCHED,
    Refused,
)
from agents.deployment.netlify.api import Api, reason_of, refused
from agents.deployment.netlify.functions import RUNTIME, Function
from agents.deployment.netlify.limits import seconds_to_wait
from agents.deployment.uploads import Again, Digest, GaveUp, Patience
from agents.deployment.wire import Answer, Broken, Wire

SYNC_LIMIT = 100
"""More files than these are compared by Netlify in its own time: a request may last 30 s."""
TAKES_FILES = ("prepared", "uploading")
FLEETING = frozenset({UNAUTHORIZED, NOT_FOUND})
"""Statuses that a machine of theirs may give that has not heard yet of deploy or token."""
FLEETING_TRIES = 2
DONE = ("ready",)
ON_ITS_WAY = ("uploaded", "processing", "processed", *DONE)
"""States that come after the last file."""


class Content(Struct, frozen=True):
    """What a deploy is to hold: files by path, with their digests, and functions."""

    files: dict[str, Path]
    digests: dict[str, Digest]
    functions: tuple[Function, ...]

    def manifest(self, *, draft: bool) -> dict[str, Any]:
        """The body of `updateSiteDeploy`."""
        body: dict[str, Any] = {
            "files": {path: one.sha1 for path, one in self.digests.items()},
            "draft": draft,
            "async": len(self.files) > SYNC_LIMIT,
        }
        if self.functions:
            body["functions"] = {one.name: one.sha256 for one in self.functions}
            body["functions_config"] = {one.name: one.config for one in self.functions}
        return body


def nothing() -> Content:
    """A site with no page but the one that says so, which is answered with 404."""
    path = Path(__file__).with_name("nothing.html")
    return Content({"404.html": path}, {"404.html": uploads.digest(path)}, ())


class Transfer:
    """Sends one deploy's content; `tell` hears a step and how far it is, 0 to 100."""

    def __init__(
        self, api: Api, site: str, release: str, tell: Callable[[str, float], Awaitable[None]]
    ) -> None:
        self._api = api
        self._path = f"/sites/{site}/deploys/{release}"
        self._release = release
        self._tell = tell
        self._ends = time.monotonic() + api.pace.deadline

    async def declare(self, content: Content, *, draft: bool) -> dict[str, Any]:
        """Say what the deploy holds; the deploy once Netlify knows what it lacks of it."""
        doing = "the list of files cannot be sent"
        body = content.manifest(draft=draft)
        deploy: dict[str, Any] = await self._api.call("PUT", self._path, body=body, doing=doing)
        return await self.until(deploy, (*TAKES_FILES, *ON_ITS_WAY), "comparing files", 20)

    async def send(self, content: Content, deploy: dict[str, Any]) -> tuple[int, int]:
        """Send what the deploy lacks: how many files and functions, and how many it had."""
        lacking = set(deploy.get("required") or ())
        lacking_functions = set(deploy.get("required_functions") or ())
        every = len(content.files) + len(content.functions)
        if deploy.get("state") not in TAKES_FILES:
            return 0, every
        chosen: dict[str, str] = {}
        for path, one in content.digests.items():
            if one.sha1 in lacking:
                chosen.setdefault(one.sha1, path)
        number = len(chosen)

        async def said(sent: int) -> None:
            await self._tell(f"{sent} of {number} files sent", 25 + 45 * sent / max(1, number))

        sent = await self._upload(((path, content.files[path]) for path in chosen.values()), said)
        for made in content.functions:
            if made.sha256 in lacking_functions:
                await self._send_function(made)
                sent += 1
        return sent, every - sent

    async def finish(self, doing: str, percent: float) -> dict[str, Any]:
        """The deploy once it is ready. Raises Refused when it fails instead."""
        return await self.until(await self._now(), DONE, doing, percent)

    async def until(
        self, deploy: dict[str, Any], states: Iterable[str], doing: str, percent: float
    ) -> dict[str, Any]:
        """The deploy once it is in one of the states. Raises Refused when it fails instead."""
        wanted, pause = frozenset(states), self._api.pace.poll
        while deploy.get("state") not in wanted:
            if deploy.get("state") in ("error", "rejected"):
                raise failed(deploy)
            if time.monotonic() > self._ends:
                raise Refused(
                    0, "netlify_slow",
                    f"deploy {self._release} is still {deploy.get('state')} after"
                    f" {self._api.pace.deadline / 60:.0f} minutes; {UNTOUCHED}",
                    hint="see netlifystatus.com, then start again", retryable=True,
                )  # fmt: skip
            await self._tell(f"{doing}: {deploy.get('state')}", percent)
            await asyncio.sleep(pause)
            pause = min(self._api.pace.slowest_poll, pause * 1.5)
            deploy = await self._now()
        return deploy

    async def _now(self) -> dict[str, Any]:
        doing = f"deploy {self._release} cannot be looked at"
        found: dict[str, Any] = await self._api.call("GET", self._path, doing=doing)
        return found

    async def _upload(
        self, files: Iterable[tuple[str, Path]], said: Callable[[int], Awaitable[None]]
    ) -> int:
        base = urlsplit(self._api.base)
        headers = {**self._api.headers(), "content-type": "application/octet-stream"}
        headers["accept"] = "application/json"

        def send(wire: Wire, key: str, path: Path, tried: int) -> None:
            target = f"{base.path}/deploys/{self._release}/files/{quote(key, safe='/')}"
            retry = {"x-nf-retry-count": str(tried)} if tried else {}
            try:
                answer = wire.put(target, headers | retry, path)
            except Broken as error:
                raise Again(f"no answer from Netlify ({error})") from error
            self._check(f"{key} cannot be sent", answer, tried)

        pace = self._api.pace
        patience = Patience(
            tries=pace.tries + 1, first=pace.first, most=pace.most, limit=pace.limit,
            total=pace.deadline,
        )  # fmt: skip
        try:
            return await uploads.upload(
                files, lambda: Wire(self._api.base, seconds=pace.request), send,
                patience=patience, tell=said,
            )  # fmt: skip
        except GaveUp as error:
            raise _gave_up(error) from error

    def _check(self, doing: str, answer: Answer, tried: int) -> None:
        if answer.status in range(200, 300):
            return
        reason = self._api.masked(reason_of(_json(answer.body)))
        fleeting = answer.status in FLEETING and tried < FLEETING_TRIES
        if answer.status in PASSING or fleeting:
            after = seconds_to_wait(answer.headers) if answer.status == TOO_MANY else None
            raise Again(f"Netlify answers {answer.status} ({reason})", after=after)
        if answer.status == UNPROCESSABLE:
            raise Refused(
                answer.status, "netlify_refused",
                f"{doing}: Netlify answers {answer.status} ({reason}); {UNTOUCHED}",
                hint="the file changed while it was sent: start again when nothing writes to it",
                retryable=True,
            )  # fmt: skip
        raise refused(answer.status, reason, doing)

    async def _send_function(self, one: Function) -> None:
        query = {"runtime": RUNTIME, "invocation_mode": "stream", "size": str(len(one.archive))}
        await self._api.call(
            "PUT", f"/deploys/{self._release}/functions/{quote(one.name, safe='')}",
            query=query, content=one.archive, doing=f"the function {one.name} cannot be sent",
        )  # fmt: skip


def failed(deploy: dict[str, Any]) -> Refused:
    """The error for a deploy that Netlify gave up."""
    reason = str(deploy.get("error_message") or "no reason given")[:500]
    return Refused(
        0, "netlify_failed",
        f"Netlify could not finish deploy {deploy.get('id')}: {reason}; {UNTOUCHED}",
        hint=f"its log is at {deploy.get('admin_url') or 'app.netlify.com'}",
    )  # fmt: skip


def _gave_up(error: GaveUp) -> Refused:
    cause = error.__cause__
    if isinstance(cause, Again) and cause.after is not None:
        return refused(TOO_MANY, error.reason, f"{error.key} cannot be sent", cause.after)
    return Refused(
        0, "netlify_down", f"{error}; {UNTOUCHED}",
        hint="see netlifystatus.com, then start again: what was sent is not sent again",
        retryable=True,
    )  # fmt: skip


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return body[:300].decode("latin-1")
