"""Vercel's API: one call with its retries, and every refusal in the platform's own words.

Errors:
    Refused   an AgentError with the answer's `status`, 0 when there was none, and `error`, the
              platform's own code and what it says besides
      code `vercel_token` (401, or 403 for an invalid token), `vercel_forbidden` (other 403),
      `vercel_quota` (402), `vercel_busy` (429), `vercel_refused` (other 4xx),
      `vercel_down` (5xx, no answer)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from agents.deployment import calls, tokens
from agents.deployment.calls import (
    FORBIDDEN,
    PASSING,
    PAYMENT,
    SERVER,
    TOO_MANY,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNTOUCHED,
    Caller,
    Refused,
)
from agents.deployment.vercel.limits import seconds_to_wait
from agents.deployment.wire import trusted
from bus.settings import Settings

SAYS_WHEN = (TOO_MANY, UNAVAILABLE)
STATUS_PAGE = "vercel-status.com"


class Pace(calls.Pace, frozen=True, kw_only=True):
    """`switch` is for the domains to point to another deployment, in seconds."""

    slowest_poll: float = 5.0
    switch: float = 180.0


class Api(Caller):
    """Calls as the account of the token, for its team."""

    platform = "Vercel"
    status_page = STATUS_PAGE

    def __init__(
        self, http: httpx.AsyncClient, base: str, token: str, team: str, pace: Pace
    ) -> None:
        super().__init__(http, base, token, pace)
        self.pace: Pace = pace
        self.team = {"teamId" if team.startswith("team_") else "slug": team} if team else {}

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
        asked = {**(query or {}), **self.team}
        return await self.request(method, path, query=asked, body=body, doing=doing, once=once)

    def asked_to_wait(self, answer: httpx.Response) -> float | None:
        """A 429 or a 503 may say when to come again."""
        if answer.status_code not in SAYS_WHEN:
            return None
        return seconds_to_wait(answer.headers, self.error(answer.content))

    def refusal(self, answer: httpx.Response, doing: str, after: float | None) -> Refused:
        """The error for an answer that is none."""
        return refused(answer.status_code, self.error(answer.content), doing, after)

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
        return "vercel_down", f"see {STATUS_PAGE}, then start again", True
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


def reason_of(error: Mapping[str, Any]) -> str:
    """What an error says, its code included, as one short line."""
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    text = message if not code or code in message else f"{code}: {message}"
    return " ".join(text.split())[:300]


def decoded(content: bytes) -> Any:
    """The JSON of an answer; None for what is none."""
    try:
        return msgspec.json.decode(content) if content else None
    except msgspec.DecodeError:
        return None
