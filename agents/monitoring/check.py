"""One look at a live app: does it answer, does it say it is well, is it the right build?"""

from __future__ import annotations

import time

import httpx
from msgspec import Struct

TIMEOUT = 5.0
"""Seconds that an app may take to answer before it counts as down."""
HTTP_OK = 200


class Look(Struct, frozen=True, kw_only=True):
    """What was seen: `status` is the HTTP status or None, `detail` why it is not up."""

    up: bool
    status: int | None
    milliseconds: float
    detail: str = ""


def client() -> httpx.AsyncClient:
    """A client without a proxy from the environment: the apps are on this network."""
    return httpx.AsyncClient(trust_env=False)


async def look(client: httpx.AsyncClient, url: str, build_id: str) -> Look:
    """Ask the app at `url` how it is. Never raises: an app that cannot be asked is down."""
    began = time.perf_counter()
    try:
        answer = await client.get(f"{url.rstrip('/')}/api/health", timeout=TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        took = (time.perf_counter() - began) * 1000
        detail = f"no answer: {error or type(error).__name__}"
        return Look(up=False, status=None, milliseconds=took, detail=detail)
    took = (time.perf_counter() - began) * 1000
    detail = problem(answer, build_id)
    return Look(up=not detail, status=answer.status_code, milliseconds=took, detail=detail)


def problem(answer: httpx.Response, build_id: str) -> str:
    """What is wrong with a health answer; "" when nothing is."""
    try:
        health = answer.json()
    except ValueError:
        return f"status {answer.status_code}, and the answer is not JSON"
    if not isinstance(health, dict):
        return "the health answer is not an object"
    if answer.status_code != HTTP_OK or health.get("ok") is not True:
        return f"status {answer.status_code}, database {health.get('database', 'unknown')}"
    if health.get("build") != build_id:
        return f"build {health.get('build')!r} answers, not {build_id!r}"
    return ""
