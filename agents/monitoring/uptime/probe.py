"""One look at an address: asks once over HTTP/1.1, on a connection of its own.

Written on sockets and httptools because a client with a pool costs several times as much for
each look: hundreds of addresses are asked every few seconds. Never raises: an address that cannot
be asked is down, or nobody can tell (`Fault`). No proxy of the environment is used.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import socket
import ssl
import time
from string import punctuation
from typing import Any, Literal
from urllib.parse import quote, urljoin, urlsplit

import httptools
from msgspec import Struct
from msgspec.structs import replace

from agents.monitoring.uptime.conditions import Answer, Conditions, problem

LONGEST_BODY = 1024 * 1024
HOPS = 5
"""Redirects that are followed."""
MOVED = frozenset({301, 302, 303, 307, 308})
AGENT = "Genesis-Monitor/1"

Fault = Literal["", "answer", "build", "connection", "ours"]
"""Whose fault it is that a look failed: "answer" it answered, but wrongly; "build" it is well, but
another build than is expected, as while one is deployed; "connection" no answer
came; "ours" this machine has no network, no name server or no room for another connection."""

_OURS = frozenset({
    errno.ENETUNREACH, errno.ENETDOWN, errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL,
})  # fmt: skip


class Target(Struct, frozen=True, kw_only=True):
    """What is asked: `headers` go to the address's own host only, `seconds` is for all of it."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    follow: bool = False
    seconds: float = 5.0


class Look(Struct, frozen=True, kw_only=True):
    """What was seen.

    `status` is the HTTP status or None, `detail` why it is not up, `certificate` when the
    certificate ends in seconds since 1970, None without one.
    """

    up: bool
    status: int | None
    milliseconds: float
    detail: str = ""
    fault: Fault = ""
    certificate: float | None = None


class _Reply(Struct):
    """What httptools' parser calls back; grows while an answer comes in."""

    body: bytearray
    location: str = ""
    done: bool = False
    cut: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"location":
            self.location = value.decode("latin-1")

    def on_body(self, data: bytes) -> None:
        room = LONGEST_BODY - len(self.body)
        self.body += data[:room]
        self.cut = self.cut or len(data) > room

    def on_message_complete(self) -> None:
        self.done = True


class Unusable(Exception):
    """An address that cannot be asked, or an answer that is not HTTP."""


async def look(target: Target, conditions: Conditions) -> Look:
    """Ask an address once, and hold its answer to the conditions."""
    began = time.perf_counter()
    ends: list[float] = []
    try:
        async with asyncio.timeout(target.seconds):
            answer = await _ask(target, began, ends)
    except (OSError, Unusable, httptools.HttpParserError, EOFError, ValueError) as error:
        detail, fault = _why(error, target)
        took = (time.perf_counter() - began) * 1000
        return Look(up=False, status=None, milliseconds=took, detail=detail, fault=fault)
    said = problem(conditions, answer)
    return Look(
        up=not said, status=answer.status, milliseconds=answer.milliseconds, detail=said,
        fault=_fault(conditions, answer) if said else "", certificate=ends[0] if ends else None,
    )  # fmt: skip


def _fault(conditions: Conditions, answer: Answer) -> Fault:
    if conditions.build_id and not problem(replace(conditions, build_id=""), answer):
        return "build"
    return "answer"


async def _ask(target: Target, began: float, ends: list[float]) -> Answer:
    url, own = target.url, urlsplit(target.url).netloc
    for _ in range(HOPS + 1):
        status, reply = await _once(url, target, ends, own=urlsplit(url).netloc == own)
        if not (target.follow and status in MOVED and reply.location):
            took = (time.perf_counter() - began) * 1000
            return Answer(status=status, body=bytes(reply.body), milliseconds=took, cut=reply.cut)
        url = urljoin(url, reply.location)
    raise Unusable(f"it redirects more than {HOPS} times")


async def _once(url: str, target: Target, ends: list[float], *, own: bool) -> tuple[int, _Reply]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unusable(f"{url[:100]!r} is no address of the web")
    try:
        port = parts.port or (443 if secure else 80)
        host = (
            parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
        )
    except ValueError as error:
        raise Unusable(f"{url[:100]!r} is no address: {error}") from None
    reader, writer = await asyncio.open_connection(host, port, ssl=_tls() if secure else None)
    try:
        if secure and not ends:
            ends.extend(_ends(writer.get_extra_info("peercert")))
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), punctuation)
        writer.write(_request(target, host, parts.netloc.rpartition("@")[2], path, own=own))
        return await _read(reader)
    finally:
        # Closing politely would wait for a server that may not answer any more.
        writer.transport.abort()


def _request(target: Target, host: str, netloc: str, path: str, *, own: bool) -> bytes:
    name = netloc if netloc.isascii() else host
    lines = [
        f"{target.method} {path} HTTP/1.1", f"Host: {name}", f"User-Agent: {AGENT}",
        "Accept: */*", "Accept-Encoding: identity", "Connection: close",
        *(f"{key}: {value}" for key, value in (target.headers if own else ())),
    ]  # fmt: skip
    # A line break would begin another header.
    if any(character in line for line in lines for character in "\r\n\0"):
        raise Unusable("the address or a header has a line break in it")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _read(reader: asyncio.StreamReader) -> tuple[int, _Reply]:
    reply = _Reply(body=bytearray())
    parser: Any = httptools.HttpResponseParser(reply)
    while not (reply.done or reply.cut):
        data = await reader.read(65_536)
        if not data:
            break
        _feed(parser, reply, data)
    status = parser.get_status_code()
    if not status:
        raise EOFError("it closed the connection without an answer")
    return status, reply


def _feed(parser: Any, reply: _Reply, data: bytes) -> None:
    try:
        parser.feed_data(data)
    except httptools.HttpParserError:
        # What comes after the end of the answer is nobody's business.
        if not reply.done:
            raise


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _ends(certificate: Any) -> list[float]:
    """When a certificate as `ssl` shows it ends."""
    text = certificate.get("notAfter") if certificate else None
    return [float(ssl.cert_time_to_seconds(text))] if text else []


def _why(error: Exception, target: Target) -> tuple[str, Fault]:
    """Why there is no answer, and whose fault that is."""
    if isinstance(error, TimeoutError) and not error.args:
        return f"no answer within {target.seconds:g} s", "connection"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}", "answer"
    if isinstance(error, socket.gaierror):
        ours = error.errno == socket.EAI_AGAIN
        return (
            f"no answer: its name is not found ({error.strerror})",
            "ours" if ours else "connection",
        )
    if isinstance(error, OSError) and error.errno in _OURS:
        return f"no answer: {error.strerror}", "ours"
    return f"no answer: {error!s:.300}" if str(error) else f"no answer: {type(error).__name__}", (
        "connection"
    )
