"""Calls to a provider: retried while that may help, refused in the provider's own words."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from agents.monitoring.providers.port import NotSetUp

AGENT = f"genesis-agents/{version('genesis-agents')} (monitoring agent)"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 401, 403, 404, 409, 429
PASSING = frozenset({408, 425, TOO_MANY, 500, 502, 503, 504})
LONGEST_REASON = 300
_random = random.SystemRandom()


class Pace(Struct, frozen=True, kw_only=True):
    """Tries of a call; seconds of waiting: before the second, at most, for a limit, for proof."""

    tries: int = 5
    first: float = 0.5
    most: float = 10.0
    limit: float = 30.0
    proof: float = 30.0
    poll: float = 2.0
    request: float = 20.0


class Unclear(NotSetUp):
    """Nobody knows whether the call was carried out."""


class Api:
    """One provider's API. No error of it holds one of the `secrets`."""

    def __init__(
        self, name: str, base: str, pace: Pace, headers: Mapping[str, str], secrets: tuple[str, ...]
    ) -> None:
        self.name = name
        self.base = base.rstrip("/")
        self.pace = pace
        self.secrets = secrets
        self._http = httpx.AsyncClient(
            timeout=pace.request, headers={"user-agent": AGENT, **headers}
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def sign(self, headers: Mapping[str, str], secret: str) -> None:
        """Send these headers from now on, and show their secret nowhere."""
        self._http.headers.update(headers)
        self.secrets = (*self.secrets, secret)

    async def call(
        self, method: str, path: str, doing: str, *, body: Any = None,
        form: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None,
        content: bytes | None = None, headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (), once: bool = False,
    ) -> httpx.Response:  # fmt: skip
        """The answer, successful or of a status in `accept`; `path` may be a whole address.

        `doing` is for the error: "the project cannot be made". With `once`, a call that was
        perhaps carried out is not made again. Raises NotSetUp, its kind Unclear then.
        """
        address = path if path.startswith("http") else f"{self.base}{path}"
        waited, tried = 0.0, 0
        while True:
            tried += 1
            try:
                answer = await self._http.request(
                    method, address, json=body, data=form, params=query, content=content,
                    headers=headers,
                )  # fmt: skip
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                heard = once and not isinstance(error, httpx.ConnectError | httpx.InvalidURL)
                if heard or tried >= self.pace.tries or isinstance(error, httpx.InvalidURL):
                    raise (Unclear if heard else NotSetUp)(
                        f"{doing}: {self.name} does not answer: "
                        f"{self.masked(str(error) or type(error).__name__)}",
                        hint="try again when it is reachable; the app itself is not touched",
                    ) from error
                await asyncio.sleep(self._pause(tried))
                continue
            if answer.is_success or answer.status_code in accept:
                return answer
            pause = self._pause(tried)
            if answer.status_code == TOO_MANY:
                pause = max(pause, asked_to_wait(answer.headers, time.time()))
            if (
                answer.status_code not in PASSING
                or tried >= self.pace.tries
                or waited + pause > self.pace.limit
            ):
                raise self._refused(answer, doing, pause)
            if once and answer.status_code != TOO_MANY:
                raise Unclear(f"{doing}: {self.name} answered {answer.status_code}")
            waited += pause
            await asyncio.sleep(pause)

    async def make(
        self, path: str, doing: str, body: Any, find: Callable[[], Awaitable[dict[str, Any] | None]]
    ) -> dict[str, Any]:
        """Make what has no unique name, exactly once: look whether it is there before each retry.

        Raises NotSetUp.
        """
        tried = 0
        while True:
            tried += 1
            try:
                answer = await self.call("POST", path, doing, body=body, once=True)
            except Unclear:
                if (found := await find()) is not None:
                    return found
                if tried >= self.pace.tries:
                    raise
                await asyncio.sleep(self._pause(tried))
            else:
                return mapping(answer, doing, self.name)

    def _pause(self, tried: int) -> float:
        longest = min(self.pace.most, self.pace.first * 2 ** (tried - 1))
        return float(longest * (0.5 + _random.random() / 2))

    def _refused(self, answer: httpx.Response, doing: str, pause: float) -> NotSetUp:
        status, reason = answer.status_code, self.masked(reason_of(answer))
        hint = {
            UNAUTHORIZED: f"check the key or token for {self.name}",
            FORBIDDEN: f"the key or token for {self.name} may not do this; give it the right to",
            TOO_MANY: f"{self.name} asks to wait {pause:.0f} s; try again then",
        }.get(status, "")
        return NotSetUp(
            f"{doing}: {self.name} answered {status}{f': {reason}' if reason else ''}",
            hint=hint,
            status=status,
        )

    def masked(self, text: str) -> str:
        """The text without the secrets."""
        for secret in filter(None, self.secrets):
            text = text.replace(secret, "…")
        return text


def decoded(answer: httpx.Response) -> Any:
    """The answer's JSON; None when it is none."""
    try:
        return msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return None


def mapping(answer: httpx.Response, doing: str, name: str) -> dict[str, Any]:
    """The answer's JSON object. Raises NotSetUp when it is none."""
    found = decoded(answer)
    if not isinstance(found, dict):
        raise NotSetUp(f"{doing}: {name} answered something that is not a JSON object")
    return found


def reason_of(answer: httpx.Response) -> str:
    """Why the provider refused, in its own words, on one line."""
    found = decoded(answer)
    if isinstance(found, dict):
        for key in ("detail", "message", "error", "errors"):
            if found.get(key):
                text = found[key]
                break
        else:
            text = found
        found = text if isinstance(text, str) else msgspec.json.encode(text).decode()
    if not isinstance(found, str):
        found = answer.text if "html" not in answer.headers.get("content-type", "") else ""
    return " ".join(found.split())[:LONGEST_REASON]


def asked_to_wait(headers: Mapping[str, str], now: float) -> float:
    """Seconds that a 429 asks for: Retry-After in seconds or as a date, or when the limit ends."""
    after = headers.get("retry-after", "")
    try:
        return max(0.0, float(after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - now)
    except (TypeError, ValueError):
        pass
    for name in ("x-ratelimit-reset", "x-sentry-rate-limit-reset"):
        try:
            return max(0.0, float(headers.get(name, "")) - now)
        except ValueError:
            continue
    return 0.0
