"""Vercel's API: one call with its retries, and every refusal in the platform's own words.

Errors:
    Refused   an AgentError with the answer's `status`, 0 when there was none, and `error`, the
              platform's own code and what it says besides
      code `vercel_token` (401, or 403 for an invalid token), `vercel_forbidden` (other 403),
      `vercel_quota` (402), `vercel_busy` (429), `vercel_refused` (other 4xx),
      `vercel_down` (5xx, no answer)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from msgspec import Struct

from agents.deployment import tokens
from agents.deployment.vercel.limits import seconds_to_wait
from agents.deployment.wire import trusted
from agents.work import AgentError
from bus.settings import Settings

AGENT = f"genesis-agents/{version('genesis-agents')} (deployment agent)"
BAD_REQUEST, UNAUTHORIZED, PAYMENT, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 402, 403, 404, 409
UNPROCESSABLE, TOO_MANY, SERVER, UNAVAILABLE = 422, 429, 500, 503
PASSING = frozenset({408, 425, TOO_MANY, 500, 502, UNAVAILABLE, 504})
SAYS_WHEN = (TOO_MANY, UNAVAILABLE)
UNTOUCHED = "what is live stays live"
_random = random.SystemRandom()


class Refused(AgentError):
    """The platform did not do it."""

    def __init__(
        self, status: int, code: str, message: str, *, hint: str = "", retryable: bool = False,
        error: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code, message, hint=hint, retryable=retryable)
        self.status = status
        self.error = error or {}

    @property
    def unsure(self) -> bool:
        """Whether the platform may have done it all the same."""
        return self.status == 0 or self.status >= SERVER


class Pace(Struct, frozen=True, kw_only=True):
    """Seconds and numbers of all waiting: tries of a call, polls, a whole deployment, a limit."""

    tries: int = 5
    first: float = 0.5
    most: float = 10.0
    poll: float = 0.05
    slowest_poll: float = 5.0
    deadline: float = 1200.0
    switch: float = 180.0
    limit: float = 300.0
    request: float = 40.0


class Api:
    """Calls as the account of the token, for its team; `said` hears why it waits."""

    def __init__(
        self, http: httpx.AsyncClient, base: str, token: str, team: str, pace: Pace,
        said: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._http = http
        self.base = base
        self._token = token
        self.pace = pace
        self.said = said
        self.team = {"teamId" if team.startswith("team_") else "slug": team} if team else {}
        self.secrets = {token}
        """Texts that no error may repeat, whatever the platform says."""

    def headers(self) -> dict[str, str]:
        """SECRET: what every request carries."""
        return {"authorization": f"Bearer {self._token}", "user-agent": AGENT}

    def address(self, host: str) -> str:
        """The URL of a host as the platform names it, by the scheme of its API."""
        return f"{urlsplit(self.base).scheme}://{host}" if host else ""

    async def call(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None,
        doing: str, once: bool = False,
    ) -> Any:  # fmt: skip
        """The decoded answer, None for none. `doing` is for the error: "it cannot be read".

        With `once`, a call that may have been heard is not made again: the caller looks first.
        Raises Refused.
        """
        answer = await self.answer(method, path, query=query, body=body, doing=doing, once=once)
        return decoded(answer.content)

    async def answer(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None,
        doing: str, once: bool = False,
    ) -> httpx.Response:  # fmt: skip
        """The answer to a call that succeeded. Raises Refused."""
        tried, waited, asked = 0, 0.0, {**(query or {}), **self.team}
        while True:
            tried += 1
            try:
                answer = await self._http.request(
                    method, f"{self.base}{path}", params=asked, json=body, headers=self.headers()
                )
            except httpx.HTTPError as error:
                if tried >= self.pace.tries or (once and not isinstance(error, httpx.ConnectError)):
                    raise unreachable(doing, error) from error
                await self._wait(tried)
                continue
            if answer.is_success:
                return answer
            status = answer.status_code
            error_said = self.error(answer.content)
            after = seconds_to_wait(answer.headers, error_said) if status in SAYS_WHEN else None
            gone = status not in PASSING or tried >= self.pace.tries
            too_long = after is not None and waited + after > self.pace.limit
            if gone or too_long or (once and status != TOO_MANY):
                raise refused(status, error_said, doing, after)
            waited += await self._wait(tried, after)

    def error(self, content: bytes) -> dict[str, Any]:
        """The envelope's error, its texts without the secrets that the platform was sent."""
        body = decoded(content)
        found = body.get("error") if isinstance(body, dict) else None
        if not isinstance(found, dict):
            found = {"message": content[:300].decode("utf-8", "replace")}
        return {
            key: self.masked(value) if isinstance(value, str) else value
            for key, value in found.items()
        }

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
            await self.said(f"Vercel {why}: trying again in {seconds:.0f} s")
        await asyncio.sleep(seconds)
        return seconds


@asynccontextmanager
async def connected(settings: Settings, pace: Pace) -> AsyncIterator[Api]:
    """The API of the settings' account. Raises AgentError `vercel_token` without a token."""
    token = tokens.reveal(
        settings.vercel_token, platform="Vercel", code="vercel_token", variable="VERCEL_TOKEN",
        made="vercel.com/account/tokens",
    )  # fmt: skip
    # The official client's VERCEL_ORG_ID is the person's own id where there is no team.
    own = settings.vercel_org_id if settings.vercel_org_id.startswith("team_") else ""
    team = settings.vercel_team_id or own
    async with httpx.AsyncClient(timeout=pace.request, verify=trusted()) as http:
        yield Api(http, settings.vercel_api_url.rstrip("/"), token, team, pace)


def refused(
    status: int, error: Mapping[str, Any], doing: str, after: float | None = None
) -> Refused:
    """The error for an answer that is none; `error` is the platform's."""
    code, hint, retryable = _meaning(status, error, after)
    reason = reason_of(error)
    said = f"{doing}: Vercel answers {status}{f' ({reason})' if reason else ''}; {UNTOUCHED}"
    return Refused(status, code, said, hint=hint, retryable=retryable, error=error)


def _meaning(
    status: int, error: Mapping[str, Any], after: float | None
) -> tuple[str, str, bool]:  # fmt: skip
    """Our code, what to do, and whether it may pass."""
    invalid = error.get("invalidToken") or error.get("missingToken")
    if status == UNAUTHORIZED or (status == FORBIDDEN and (invalid or _is_token(error))):
        return "vercel_token", (
            "the token is wrong, has expired or is for another team: make a new one at"
            " vercel.com/account/tokens and set VERCEL_TOKEN; see VERCEL_TEAM_ID too"
        ), False  # fmt: skip
    if status == FORBIDDEN:
        hint = "the token's account may not do this: use another token or VERCEL_TEAM_ID"
        return "vercel_forbidden", hint, False
    if status == PAYMENT:
        when = f"again in {_span(after)}, or l" if after else "l"
        hint = f"the plan's allowance is used up: {when}ook at the team's usage and billing"
        return "vercel_quota", hint, False
    if status == TOO_MANY:
        when = f"in {_span(after)}" if after else "in some minutes"
        return "vercel_busy", f"Vercel was asked too often: again {when}", True
    if status >= SERVER or status in PASSING:
        return "vercel_down", "see vercel-status.com, then start again", True
    return "vercel_refused", "change what it names, then start again", False


def _is_token(error: Mapping[str, Any]) -> bool:
    return error.get("code") == "forbidden" and error.get("message") == "Not authorized"


def _span(seconds: float | None) -> str:
    """Seconds in the unit that a person would use."""
    found = seconds or 0.0
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if found >= 2 * size:
            return f"{found / size:.0f} {unit}"
    return f"{found:.0f} s"


def unreachable(doing: str, error: Exception) -> Refused:
    """The error for no answer at all."""
    why = str(error) or type(error).__name__
    return Refused(
        0, "vercel_down", f"{doing}: no answer from Vercel ({why}); {UNTOUCHED}",
        hint="see whether this machine has network, and vercel-status.com; then start again",
        retryable=True,
    )  # fmt: skip


def reason_of(error: Mapping[str, Any]) -> str:
    """What an error says, its code included, as one short line."""
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    text = message if not code or code in message else f"{code}: {message}"
    return " ".join(text.split())[:300]


def segment(text: str) -> str:
    """One part of a path."""
    return quote(text, safe="")


def decoded(content: bytes) -> Any:
    """The JSON of an answer; None for what is none."""
    try:
        return msgspec.json.decode(content) if content else None
    except msgspec.DecodeError:
        return None
