"""Netlify's API: one call with its retries, and every refusal in the platform's own words.

Errors:
    Refused   an AgentError with the answer's `status`; 0 when there was none
      code `netlify_token` (401), `netlify_forbidden` (403), `netlify_quota` (402),
      `netlify_busy` (429), `netlify_refused` (other 4xx), `netlify_down` (5xx, no answer)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from agents.deployment import tokens
from agents.deployment.calls import (
    FORBIDDEN,
    PASSING,
    PAYMENT,
    SERVER,
    TOO_MANY,
    UNAUTHORIZED,
    UNTOUCHED,
    Caller,
    Pace,
    Refused,
)
from agents.deployment.netlify.limits import seconds_to_wait
from agents.deployment.wire import trusted
from bus.settings import Settings

STATUS_PAGE = "netlifystatus.com"


class Api(Caller):
    """Calls as the account of the token."""

    platform = "Netlify"
    status_page = STATUS_PAGE

    async def call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None,
        content: bytes | None = None, doing: str, once: bool = False,
    ) -> Any:  # fmt: skip
        """The decoded answer. `doing` is for the error: "the site cannot be looked up".

        With `once`, a call that may have been heard is not made again: the caller looks first.
        Raises Refused.
        """
        return _decoded(
            await self.answer(
                method, path, query=query, body=body, content=content, doing=doing, once=once
            )
        )

    async def pages(self, path: str, *, query: Mapping[str, str], doing: str) -> AsyncIterator[Any]:
        """The entries of all pages, one by one, each page asked for when it is needed."""
        following: dict[str, str] | None = {"page": "1", "per_page": "100", **query}
        while following is not None:
            answer = await self.answer("GET", path, query=following, doing=doing)
            entries = _decoded(answer)
            for entry in entries if isinstance(entries, list) else []:
                yield entry
            page = int(following["page"]) + 1
            more = "next" in answer.links and bool(entries)
            following = {**following, "page": str(page)} if more else None

    async def answer(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None,
        content: bytes | None = None, doing: str, once: bool = False,
    ) -> httpx.Response:  # fmt: skip
        """The answer to a call that succeeded. Raises Refused."""
        return await self.request(
            method, path, query=query, body=body, content=content, doing=doing, once=once
        )

    def asked_to_wait(self, answer: httpx.Response) -> float | None:
        """Only a 429 says when its limit ends."""
        return seconds_to_wait(answer.headers) if answer.status_code == TOO_MANY else None

    def refusal(self, answer: httpx.Response, doing: str, after: float | None) -> Refused:
        """The error for an answer that is none."""
        return refused(answer.status_code, self.masked(reason_of(_decoded(answer))), doing, after)


@asynccontextmanager
async def connected(settings: Settings, pace: Pace) -> AsyncIterator[Api]:
    """The API of the settings' account. Raises AgentError `netlify_token` without a token."""
    token = tokens.reveal(
        settings.netlify_auth_token, platform="Netlify", code="netlify_token",
        variable="NETLIFY_AUTH_TOKEN", made="app.netlify.com → User settings → Applications",
    )  # fmt: skip
    async with httpx.AsyncClient(timeout=pace.request, verify=trusted()) as http:
        yield Api(http, settings.netlify_api_url.rstrip("/"), token, pace)


def refused(status: int, reason: str, doing: str, after: float | None = None) -> Refused:
    """The error for an answer that is none; `reason` is the platform's."""
    said = f"{doing}: Netlify answers {status}{f' ({reason})' if reason else ''}; {UNTOUCHED}"
    if status == UNAUTHORIZED:
        hint = "the token is wrong or has expired: make a new one and set NETLIFY_AUTH_TOKEN"
        return Refused(status, "netlify_token", said, hint=hint)
    if status == FORBIDDEN:
        hint = "the token's account may not do this: use another token, site or NETLIFY_ACCOUNT"
        return Refused(status, "netlify_forbidden", said, hint=hint)
    if status == PAYMENT:
        hint = "the account's plan does not allow more: look at its usage and billing"
        return Refused(status, "netlify_quota", said, hint=hint)
    if status == TOO_MANY:
        when = f"in {after:.0f} s" if after else "in some minutes"
        hint = f"Netlify takes 3 deploys a minute, 100 a day, 500 requests a minute: again {when}"
        return Refused(status, "netlify_busy", said, hint=hint, retryable=True)
    if status >= SERVER or status in PASSING:
        hint = f"see {STATUS_PAGE}, then start again"
        return Refused(status, "netlify_down", said, hint=hint, retryable=True)
    return Refused(status, "netlify_refused", said, hint="change what it names, then start again")


def reason_of(body: Any) -> str:
    """What an error's body says, as one short line."""
    if not isinstance(body, dict):
        return str(body)[:300].strip() if body else ""
    text = str(body.get("message") or body.get("error") or body.get("errors") or "")
    if isinstance(body.get("errors"), dict) and not body.get("message"):
        pairs = (f"{key} {', '.join(map(str, why))}" for key, why in body["errors"].items())
        text = "; ".join(pairs)
    return " ".join(text.split())[:300]


def seconds_of(stamp: Any) -> float:
    """Seconds since 1970 of a time as Netlify writes it; 0 when there is none."""
    try:
        return datetime.fromisoformat(str(stamp)).timestamp()
    except ValueError:
        return 0.0


def _decoded(answer: httpx.Response) -> Any:
    if "json" not in answer.headers.get("content-type", "") or not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        return None
