"""One request over HTTP: its answer, whole or as server-sent events; no retries here.

Never more than `MAX_ANSWER` bytes are read, and redirects are not followed: the key was meant
for the endpoint that was configured.
"""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx

from agents.plan.llm.answers import Answer, Events, object_of, text_of
from agents.plan.llm.errors import Denied, LlmError, NotUnderstood, Truncated, Unreachable

MAX_ANSWER = 4 * 1024 * 1024
MAX_SAID = 300
"""Characters of an endpoint's own words that are passed on."""
_MAY_PASS = frozenset({408, 409, 429})
_KEY_REFUSED = frozenset({401, 402, 403})
_SERVER_ERROR = 500
_OK = 200


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    events: Events,
    answer: Callable[[Any], Answer],
) -> Answer:
    """The answer to one request. Raises LlmError."""
    try:
        async with client.stream("POST", url, headers=headers, content=content) as response:
            if response.status_code != _OK:
                raise refusal(response.status_code, response.headers, await _whole(response))
            if "text/event-stream" in response.headers.get("content-type", ""):
                async for event in _events(response):
                    events.feed(event)
                return answer(events.payload())
            return answer(_json(await _whole(response)))
    except httpx.HTTPError as error:
        what = type(error).__name__
        why = f"the endpoint cannot be reached, or broke off ({what})"
        raise Unreachable(why, events.used()) from None
    except httpx.InvalidURL:
        raise NotUnderstood("the endpoint's address is none") from None


def refusal(status: int, headers: Mapping[str, str], content: bytes) -> LlmError:
    """The error that a status means."""
    said = _said(content)
    told = f"the endpoint answered {status}{': ' + said if said else ''}"
    if status in _KEY_REFUSED:
        # An endpoint may quote parts of the key, so its own words stay behind.
        return Denied(f"the endpoint does not take the key ({status})")
    wish = headers.get("x-should-retry", "")
    if wish == "true" or status in _MAY_PASS or status >= _SERVER_ERROR:
        return Unreachable(told, after=asked_pause(headers), final=wish == "false")
    return NotUnderstood(told)


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint asks to wait; None when it does not say."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name, "")) / unit)
        except ValueError:
            continue
    moment = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, email.utils.mktime_tz(moment) - time.time()) if moment else None


def _said(content: bytes) -> str:
    try:
        error = object_of(json.loads(content)).get("error")
        text = text_of(error) or text_of(object_of(error).get("message"))
    except (ValueError, RecursionError):
        text = ""
    text = text or content.decode("utf-8", "replace")
    return " ".join(text.split())[:MAX_SAID]


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise NotUnderstood("the endpoint's answer is no JSON") from None


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MAX_ANSWER:
            raise Truncated(f"the answer has more than {MAX_ANSWER // 1024} KiB; it was left")
        yield piece


async def _whole(response: httpx.Response) -> bytes:
    return b"".join([piece async for piece in _pieces(response)])


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The data of each event; other fields say nothing that the data does not."""
    data: list[bytes] = []
    async for line in _lines(response):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            content = b"\n".join(data)
            data = []
            if content.strip() != b"[DONE]":
                yield object_of(_json(content))


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    rest: list[bytes] = []
    async for piece in _pieces(response):
        first, *others = piece.split(b"\n")
        rest.append(first)
        for other in others:
            yield b"".join(rest).rstrip(b"\r")
            rest = [other]
    if any(rest):
        yield b"".join(rest).rstrip(b"\r")
    yield b""
