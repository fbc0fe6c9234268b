"""Asking a hosted app over the network, and what its answers mean.

An answer is good, bad, or tells nothing: when the name is not known yet, or this machine has no
network, nobody knows how the app is, and that is never held against it.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import json
import math
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import urlsplit

import httpx
from msgspec import Struct

from agents.deployment.health import wrong_with_health, wrong_with_page
from bus.settings import Secret
from contracts.messages import Check

VERSION_PATH = "/__version.json"
"""Where a site without a server says which build it is."""
HEALTH_PATH = "/api/health"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_OWN = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})

Verdict = Literal["good", "bad", "unknown"]


class Expected(Struct, frozen=True):
    """What must answer: this `build`, as said at `path`, to requests with `headers`.

    Their values are SECRET: such a request follows no redirect, which could lead elsewhere.
    """

    build: str
    path: str = HEALTH_PATH
    headers: Mapping[str, Secret] = {}


class Answer(Struct, frozen=True):
    """What came back. Without an answer `status` is 0, `text` is why, and `own` says that it is
    this machine or the name service that could not ask.
    """

    status: int
    text: str
    seconds: float
    kind: str = ""
    own: bool = False


class Finding(Struct, frozen=True):
    """One thing that was looked at; `seconds` is how long the answer took."""

    name: str
    verdict: Verdict
    summary: str
    seconds: float

    def check(self) -> Check:
        """As the record has it: what is not known is no failure, and says that it is not known."""
        known = "" if self.verdict != "unknown" else "inconclusive: "
        return Check(
            name=self.name, ok=self.verdict != "bad", seconds=self.seconds,
            summary=f"{known}{self.summary}"[:500],
        )  # fmt: skip


Ask = Callable[..., Awaitable[Answer]]
"""`ask(url, seconds)`: one GET, redirects followed, given up after so many seconds.

`ask(url, seconds, headers)` where the request must carry some.
"""


async def ask(url: str, seconds: float, headers: Mapping[str, Secret] | None = None) -> Answer:
    """Ask over HTTP with a connection of its own, as a new visitor; never raises."""
    carried = {name: value.reveal() for name, value in (headers or {}).items()}
    started = time.monotonic()
    away = urlsplit(url).hostname not in _LOOPBACK
    try:
        async with httpx.AsyncClient(
            timeout=seconds, follow_redirects=not carried, trust_env=away,
            verify=_trusted() if away else False,
        ) as client:  # fmt: skip
            got = await client.get(url, headers={"cache-control": "no-cache", **carried})
    except httpx.HTTPError as error:
        took = time.monotonic() - started
        said = f"no answer ({type(error).__name__}{f': {error}' if str(error) else ''})"
        return Answer(0, said, took, own=_is_own(error))
    took = time.monotonic() - started
    return Answer(got.status_code, got.text, took, got.headers.get("content-type", ""))


@functools.cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_own(error: BaseException) -> bool:
    """Whether the name service, the proxy or the way out is what failed."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, socket.gaierror | httpx.ProxyError):
            return True
        if isinstance(found, OSError) and found.errno in _OWN:
            return True
        found = found.__cause__ or found.__context__
    return False


async def look(
    asking: Ask, url: str, expected: Expected, *, request: float, slow: float
) -> tuple[Finding, ...]:
    """One round: which build answers and how it is, its start page, and how long that took."""
    base = url.rstrip("/")
    carried = (expected.headers,) if expected.headers else ()
    said = await asking(f"{base}{expected.path}", request, *carried)
    health = Finding("health", *_of_health(said, expected), said.seconds)
    if said.status == 0:
        return (health,)
    page = await asking(f"{base}/", request, *carried)
    findings = health, Finding("page", *_of_page(page), page.seconds)
    slowest = max(said.seconds, page.seconds)
    late = Finding(
        "time", "bad" if slowest > slow else "good",
        f"answers in {slowest:.2f} s of at most {slow:g} s", slowest,
    )  # fmt: skip
    return (*findings, late)


def _of_health(said: Answer, expected: Expected) -> tuple[Verdict, str]:
    if said.status == 0:
        return "unknown" if said.own else "bad", said.text
    if expected.path == HEALTH_PATH:
        answer = httpx.Response(said.status, text=said.text)
        wrong = wrong_with_health(answer, expected.build)
    else:
        wrong = wrong_with_version(said, expected)
    return ("bad", wrong) if wrong else ("good", f"build {expected.build} answers")


def wrong_with_version(said: Answer, expected: Expected) -> str:
    """What is wrong with the file that says which build a site is; "" when it is good."""
    if said.status != httpx.codes.OK:
        return f"{expected.path} answers {said.status}"
    try:
        body = json.loads(said.text)
    except ValueError:
        return f"{expected.path} is no JSON"
    build = body.get("build") if isinstance(body, dict) else None
    if build != expected.build:
        return f"build {str(build)[:100]!r} answers instead of {expected.build}"
    return ""


def _of_page(said: Answer) -> tuple[Verdict, str]:
    if said.status == 0:
        return "unknown" if said.own else "bad", said.text
    wrong = wrong_with_page(
        httpx.Response(said.status, text=said.text, headers={"content-type": said.kind})
    )
    return ("bad", wrong) if wrong else ("good", "the start page is HTML")


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """The round's: bad when anything is, good when everything is."""
    found = {finding.verdict for finding in findings}
    if "bad" in found:
        return "bad"
    return "unknown" if "unknown" in found else "good"


def p95(seconds: Sequence[float]) -> float:
    """The time that 95 of 100 answers do not exceed; 0 when there are none."""
    ordered = sorted(seconds)
    return ordered[math.ceil(len(ordered) * 0.95) - 1] if ordered else 0.0


async def certificate(url: str, days: float, seconds: float) -> Finding | None:
    """How long the TLS certificate is still good for; None where there is no TLS."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    started = time.monotonic()
    try:
        ends = await asyncio.wait_for(_ends(parts.hostname, parts.port or 443), seconds)
    except ssl.SSLCertVerificationError as error:
        verdict: Verdict = "bad"
        text = f"the certificate is not valid: {error.verify_message}"
    except (OSError, TimeoutError) as error:
        verdict, text = "unknown", f"could not be looked at ({error or type(error).__name__})"
    else:
        left = (ends - time.time()) / 86_400
        verdict, text = ("good" if left >= days else "bad"), f"good for {left:.0f} more days"
    return Finding("certificate", verdict, text, time.monotonic() - started)


async def _ends(host: str, port: int) -> float:
    context = ssl.create_default_context()
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    try:
        found = writer.get_extra_info("peercert") or {}
        return float(ssl.cert_time_to_seconds(str(found["notAfter"])))
    finally:
        writer.close()


def streak(verdicts: Sequence[Verdict], kind: Verdict) -> int:
    """How many of the newest are of a kind, those that tell nothing left out."""
    return sum(1 for _ in _while(verdicts, kind))


def _while(verdicts: Sequence[Verdict], kind: Verdict) -> Iterator[Verdict]:
    for verdict in reversed(verdicts):
        if verdict == "unknown":
            continue
        if verdict != kind:
            return
        yield verdict
