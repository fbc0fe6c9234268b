"""One attempt to bring a message to a channel: what can come of it, and HTTP for those that use it.

An attempt is bounded in time and in what it reads. It never raises, and what it says never shows
the channel's address.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from msgspec import Struct

from agents.monitoring.alerts.notices import one_line
from agents.monitoring.alerts.rules import Channel

PATIENCE = 15.0
"""Seconds that one attempt may take."""
PHASE = 0.6
"""Part of it that connecting, sending or waiting may take by itself. httpx gives a connection
back whose time is over, which it does not when it is cancelled while it greets."""
LARGEST_ANSWER = 16 * 1024
"""Bytes of an answer that are read."""
LONGEST_QUIET = 3600.0
"""Seconds that a channel may ask for; more is taken for a mistake."""
REASON = 300

Result = Literal["sent", "again", "refused", "dead", "unknown"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an attempt."""

    result: Result
    error: str = ""
    pause: float = 0.0
    wide: bool = False
    plainer: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """What a server answered: the beginning of its body as text."""

    status: int
    headers: Mapping[str, str]
    body: str


def client() -> httpx.AsyncClient:
    """A client for any number of attempts; without redirects, which would take secrets along."""
    for name in ("httpx", "httpcore"):
        # Both would write addresses into a log.
        logging.getLogger(name).setLevel(logging.WARNING)
    # A connection that was kept may be gone: whether the message arrived would not be known.
    return httpx.AsyncClient(
        follow_redirects=False, limits=httpx.Limits(max_keepalive_connections=0)
    )


async def post(
    http: httpx.AsyncClient, channel: Channel, content: bytes, headers: Mapping[str, str],
    *, parameters: Mapping[str, str] | None = None,
) -> Answer | Outcome:  # fmt: skip
    """Send the content; an Outcome when there is no answer."""
    begun = False

    async def trace(event: str, _info: Any) -> None:
        nonlocal begun
        begun = begun or event.endswith("send_request_headers.started")

    try:
        # What the address itself asks for, such as a thread, stays.
        url = httpx.URL(channel.address.reveal()).copy_merge_params(parameters or {})
        async with (
            asyncio.timeout(PATIENCE),
            http.stream(
                "POST", url, content=content,
                headers={"user-agent": "Genesis", **headers}, extensions={"trace": trace},
                timeout=PATIENCE * PHASE,
            ) as answer,
        ):  # fmt: skip
            return Answer(
                status=answer.status_code, headers=answer.headers, body=await _beginning(answer)
            )
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError) as error:
        slow = isinstance(error, (TimeoutError, httpx.TimeoutException))
        why = f"no answer within {PATIENCE:g} s" if slow else f"no answer ({type(error).__name__})"
        if isinstance(error, httpx.ConnectError):
            why = "it cannot be reached"
        return Outcome(result="unknown" if begun else "again", error=why)


async def _beginning(answer: httpx.Response) -> str:
    read = b""
    async for part in answer.aiter_bytes():
        read += part[: LARGEST_ANSWER - len(read)]
        if len(read) >= LARGEST_ANSWER:
            break
    return read.decode("utf-8", "replace")


def reason(channel: Channel, answer: Answer, said: str = "") -> str:
    """An answer as the reason of a failure, without what is secret."""
    text = one_line(without_secrets(channel, said or answer.body), REASON)
    return f"status {answer.status}" + (f": {text}" if text else "")


def without_secrets(channel: Channel, text: str) -> str:
    """The text, with every part of the channel's address and its key taken out."""
    address = channel.address.reveal()
    parts = urlsplit(address)
    found = {
        address, channel.signing.reveal(), parts.path, parts.query, parts.netloc,
        parts.username or "", parts.password or "", *parts.path.split("/"),
    }  # fmt: skip
    for secret in sorted((one for one in found if len(one) >= 6), key=len, reverse=True):  # noqa: PLR2004
        text = text.replace(secret, "…")
    return text


def asked_pause(given: str | float | None, *, least: float = 1.0) -> float:
    """Seconds of a `Retry-After` or `retry_after`; `least` for what is no number."""
    try:
        seconds = float(given) if given is not None else least
    except (TypeError, ValueError):
        return least
    return min(max(seconds, least), LONGEST_QUIET) if seconds == seconds else least  # noqa: PLR0124  NaN
