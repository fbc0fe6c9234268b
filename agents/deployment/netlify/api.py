"""Netlify's API: one call with its retries, and every refusal in the platform's own words.

Errors:
    Refused   an AgentError with the answer's `status`; 0 when there was none
      code `netlify_token` (401), `netlify_forbidden` (403), `netlify_quota` (402),
      `netlify_busy` (429), `netlify_refused` (other 4xx), `netlify_down` (5xx, no answer)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import httpx
from msgspec import Struct

from agents.deployment import tokens
from agents.deployment.netlify.limits import seconds_to_wait
from agents.deployment.wire import trusted
from agents.work import AgentError
from bus.settings import Settings

AGENT = f"genesis-agents/{version('genesis-agents')} (deployment agent)"
UNAUTHORIZED, PAYMENT, FORBIDDEN, NOT_FOUND, CONFLICT = 401, 402, 403, 404, 409
UNPROCESSABLE, TOO_MANY, SERVER = 422, 429, 500
PASSING = frozenset({408, 425, TOO_MANY, 500, 502, 503, 504})
UNTOUCHED = "what is live stays live"
_random = random.SystemRandom()


class Refused(AgentError):
    """The platform did not do it."""

    def __init__(
        self, status: int, code: str, message: str, *, hint: str = "", retryable: bool = False
    ) -> None:
        super().__init__(code, message, hint=hint, retryable=retryable)
        self.status = status


class Pace(Struct, frozen=True, kw_only=True):
    """Seconds and numbers of all waiting: tries of a call, polls, a whole deploy, a limit."""

    tries: int = 5
    first: float = 0.5
    most: float = 10.0
    poll: float = 0.05
    slowest_poll: float = 2.0
    deadline: float = 1200.0
    limit: float = 300.0
    request: float = 40.0


class Api:
    """Calls as the account of the token; `said` hears why it waits."""

    def __init__(
        self, http: httpx.AsyncClient, base: str, token: str, pace: Pace,
        said: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._http = http
        self.base = base
        self._token = token
        self.pace = pace
        self.said = said
        self.secrets = {token}
        """Texts that no error may repeat, whatever the platform says."""

    def headers(self) -> dict[str, str]:
        """SECRET: what every request carries."""
        return {"authorization": f"Bearer {self._token}", "user-agent": AGENT}

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
        tried, waited = 0, 0.0
        headers = self.headers()
        if content is not None:
            headers["content-type"] = "application/octet-stream"
        while True:
            tried += 1
            try:
                answer = await self._http.request(
                    method,
                    f"{self.base}{path}",
                    params=query,
                    json=body,
                    content=content,
                    headers=headers,
                )
            except httpx.HTTPError as error:
                if tried >= self.pace.tries or (once and not isinstance(error, httpx.ConnectError)):
                    raise unreachable(doing, error) from error
                await self._wait(tried)
                continue
            if answer.is_success:
                return answer
            after = seconds_to_wait(answer.headers) if answer.status_code == TOO_MANY else None
            gone = answer.status_code not in PASSING or tried >= self.pace.tries
            if gone or (once and answer.status_code != TOO_MANY):
                raise refused(answer.status_code, self._reason(answer), doing, after)
            if after is not None and waited + after > self.pace.limit:
                raise refused(answer.status_code, self._reason(answer), doing, after)
            waited += await self._wait(tried, after)

    def _reason(self, answer: httpx.Response) -> str:
        return self.masked(reason_of(_decoded(answer)))

    def masked(self, text: str) -> str:
        """A text of the platform's without the secrets that it was sent."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text

    async def _wait(self, tried: int, after: float | None = None) -> float:
        seconds = min(self.pace.most, self.pace.first * 2.0 ** (tried - 1))
        seconds = seconds * _random.uniform(0.5, 1.0) if after is None else after + 0.05
        if self.said and seconds >= 1:
            why = "asks to wait" if after is not None else "does not answer well"
            await self.said(f"Netlify {why}: trying again in {seconds:.0f} s")
        await asyncio.sleep(seconds)
        return seconds


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
        hint = "see netlifystatus.com, then start again"
        return Refused(status, "netlify_down", said, hint=hint, retryable=True)
    return Refused(status, "netlify_refused", said, hint="change what it names, then start again")


def unreachable(doing: str, error: Exception) -> Refused:
    """The error for no answer at all."""
    why = str(error) or type(error).__name__
    return Refused(
        0, "netlify_down", f"{doing}: no answer from Netlify ({why}); {UNTOUCHED}",
        hint="see whether this machine has network, and netlifystatus.com; then start again",
        retryable=True,
    )  # fmt: skip


def reason_of(body: Any) -> str:
    """What an error's body says, as one short line."""
    if not isinstance(body, dict):
        return str(body)[:300].strip() if body else ""
    text = str(body.get("message") or body.get("error") or body.get("errors") or "")
    if isinstance(body.get("errors"), dict) and not body.get("message"):
        pairs = (f"{key} {', '.join(map(str, why))}" for key, why in body["errors"].items())
        text = "; ".join(pairs)
    return " ".join(text.split())[:300]


def segment(text: str) -> str:
    """One part of a path."""
    return quote(text, safe="")


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
