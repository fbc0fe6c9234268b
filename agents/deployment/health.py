"""Whether a server really serves a build: asked over HTTP, several times, until a deadline.

Errors:
    Unhealthy   it does not, and why; the text of the last thing that was wrong
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from msgspec import Struct

from contracts.messages import Check


class Unhealthy(Exception):
    """The server does not serve what it should."""


class Limits(Struct, frozen=True):
    """How patient a check is: seconds in all, per request, between rounds; rounds in a row."""

    deadline: float = 30.0
    request: float = 5.0
    pause: float = 0.05
    in_a_row: int = 3


@asynccontextmanager
async def client(limits: Limits) -> AsyncIterator[httpx.AsyncClient]:
    """A client for this machine: a proxy from the environment has no business here."""
    transport = httpx.AsyncHTTPTransport(verify=False)
    async with httpx.AsyncClient(transport=transport, timeout=limits.request) as made:
        yield made


async def wait_until_healthy(
    url: str, build_id: str, limits: Limits, *, alive: Callable[[], None] = lambda: None
) -> tuple[Check, ...]:
    """Ask until `limits.in_a_row` rounds in a row were good; the checks of the last round.

    `alive` is called between rounds and raises when waiting has become pointless.
    """
    deadline = time.monotonic() + limits.deadline
    good, wrong = 0, ""
    async with client(limits) as http:
        while True:
            checks = await _round(http, url, build_id)
            bad = [check for check in checks if not check.ok]
            good, wrong = (0, bad[0].summary) if bad else (good + 1, wrong)
            if good >= limits.in_a_row:
                return checks
            alive()
            if time.monotonic() > deadline:
                raise Unhealthy(f"not healthy within {limits.deadline:g} s: {wrong}")
            await asyncio.sleep(limits.pause)


async def _round(http: httpx.AsyncClient, url: str, build_id: str) -> tuple[Check, ...]:
    started = time.monotonic()
    try:
        answer = await http.get(f"{url}/api/health")
        wrong = wrong_with_health(answer, build_id)
        health = _check("health", wrong or f"build {build_id} answers", not wrong, started)
        started = time.monotonic()
        page = await http.get(f"{url}/")
        wrong = wrong_with_page(page)
        return health, _check("page", wrong or "the start page is HTML", not wrong, started)
    except httpx.HTTPError as error:
        said = f"no answer ({type(error).__name__}{f': {error}' if str(error) else ''})"
        return (_check("health", said, False, started),)


def _check(name: str, summary: str, ok: bool, started: float) -> Check:
    return Check(name=name, ok=ok, seconds=time.monotonic() - started, summary=summary[:500])


def wrong_with_health(answer: httpx.Response, build_id: str) -> str:
    """What is wrong with an answer to /api/health; "" when it is good."""
    body = _json(answer)
    database = body.get("database", True)
    if database not in (True, "ok"):
        return f"the app's database is {str(database)[:100]!r} (/api/health)"
    if answer.status_code != httpx.codes.OK:
        return f"/api/health answers {answer.status_code}"
    if body.get("ok") is not True:
        return "/api/health does not say that it is ok"
    if body.get("build") != build_id:
        return f"build {str(body.get('build'))[:100]!r} answers instead of {build_id}"
    return ""


def wrong_with_page(answer: httpx.Response) -> str:
    """What is wrong with an answer to /; "" when it is good."""
    if answer.status_code != httpx.codes.OK:
        return f"the start page answers {answer.status_code}"
    if "text/html" not in answer.headers.get("content-type", "") or "<html" not in (
        answer.text.lower()
    ):
        return "the start page is no HTML"
    return ""


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
