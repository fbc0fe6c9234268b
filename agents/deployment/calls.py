"""Calls of a hosting platform's API: made again while that may help, refused in its own words.

Errors:
    Refused   an AgentError with the answer's `status`, 0 when there was none, and `error`, what
              the platform says of it besides; its code begins with the platform's name
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
from msgspec import Struct

from agents.work import AgentError

AGENT = f"genesis-agents/{version('genesis-agents')} (deployment agent)"
BAD_REQUEST, UNAUTHORIZED, PAYMENT, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 402, 403, 404, 409
UNPROCESSABLE, TOO_MANY, SERVER, UNAVAILABLE = 422, 429, 500, 503
PASSING = frozenset({408, 425, TOO_MANY, 500, 502, UNAVAILABLE, 504})
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
    """Seconds and numbers of all waiting: tries of a call, polls, a whole deploy, a limit."""

    tries: int = 5
    first: float = 0.5
    most: float = 10.0
    poll: float = 0.05
    slowest_poll: float = 2.0
    deadline: float = 1200.0
    limit: float = 300.0
    request: float = 40.0


class Caller(ABC):
    """Calls as the account of a token; `said` hears why it waits. Each platform has its own."""

    platform: ClassVar[str]
    status_page: ClassVar[str]

    def __init__(self, http: httpx.AsyncClient, base: str, token: str, pace: Pace) -> None:
        self._http = http
        self.base = base
        self._token = token
        self.pace = pace
        self.said: Callable[[str], Awaitable[None]] | None = None
        self.secrets = {token}
        """Texts that no error may repeat, whatever the platform says."""

    def headers(self) -> dict[str, str]:
        """SECRET: what every request carries."""
        return {"authorization": f"Bearer {self._token}", "user-agent": AGENT}

    def masked(self, text: str) -> str:
        """A text of the platform's without the secrets that it was sent."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text

    @abstractmethod
    def asked_to_wait(self, answer: httpx.Response) -> float | None:
        """Seconds that the platform asks for; None when it says nothing of the kind."""

    @abstractmethod
    def refusal(self, answer: httpx.Response, doing: str, after: float | None) -> Refused:
        """The error for an answer that is none; `after` is what it asks to wait."""

    async def request(
        self, method: str, path: str, *, query: Mapping[str, str] | None, body: Any = None,
        content: bytes | None = None, doing: str, once: bool,
    ) -> httpx.Response:  # fmt: skip
        """The answer to a call that succeeded. `doing` is for the error: "it cannot be read".

        With `once`, a call that may have been heard is not made again: the caller looks first.
        Raises Refused.
        """
        tried, waited = 0, 0.0
        kind = {} if content is None else {"content-type": "application/octet-stream"}
        while True:
            tried += 1
            try:
                answer = await self._http.request(
                    method, f"{self.base}{path}", params=query, json=body, content=content,
                    headers={**self.headers(), **kind},
                )  # fmt: skip
            except httpx.HTTPError as error:
                if tried >= self.pace.tries or (once and not isinstance(error, httpx.ConnectError)):
                    raise self._unreachable(doing, error) from error
                await self._wait(tried)
                continue
            if answer.is_success:
                return answer
            after = self.asked_to_wait(answer)
            gone = answer.status_code not in PASSING or tried >= self.pace.tries
            too_long = after is not None and waited + after > self.pace.limit
            if gone or too_long or (once and answer.status_code != TOO_MANY):
                raise self.refusal(answer, doing, after)
            waited += await self._wait(tried, after)

    async def _wait(self, tried: int, after: float | None = None) -> float:
        seconds = min(self.pace.most, self.pace.first * 2.0 ** (tried - 1))
        seconds = seconds * _random.uniform(0.5, 1.0) if after is None else after + 0.05
        if self.said and seconds >= 1:
            why = "asks to wait" if after is not None else "does not answer well"
            await self.said(f"{self.platform} {why}: trying again in {seconds:.0f} s")
        await asyncio.sleep(seconds)
        return seconds

    def _unreachable(self, doing: str, error: Exception) -> Refused:
        why = str(error) or type(error).__name__
        return Refused(
            0, f"{self.platform.lower()}_down",
            f"{doing}: no answer from {self.platform} ({why}); {UNTOUCHED}",
            hint=f"see whether this machine has network, and {self.status_page}; then start again",
            retryable=True,
        )  # fmt: skip


def segment(text: str) -> str:
    """One part of a path."""
    return quote(text, safe="")
