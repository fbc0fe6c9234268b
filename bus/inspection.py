"""A process from outside: `/metrics`, `/healthz` and `/readyz` over HTTP at METRICS_LISTEN.

`/healthz` is answered by the event loop that does the work, so that a process that hangs does not
answer. `/readyz` is 503 with the reason while there is nothing to work with. Who may connect may
read: it belongs on loopback or in a network of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client.exposition import choose_encoder

from bus import metering
from bus.metrics import Metrics

log = structlog.get_logger()

LONGEST = 16 * 1024
"""Bytes of a request's head."""
PATIENCE = 5.0
"""Seconds that a request and its answer may take each."""
PLAIN = "text/plain; charset=utf-8"

Answer = tuple[str, str, bytes]
"""Status line's rest, content type, body."""


@asynccontextmanager
async def inspected(address: str) -> AsyncIterator[None]:
    """Answer at `address` (host:port) while open, and keep count for it.

    A process works without it too: an address that cannot be listened at is a line in the log.
    """
    metrics = Metrics()
    try:
        host, _, port = address.rpartition(":")
        server = await asyncio.start_server(
            lambda reader, writer: _serve(metrics, reader, writer),
            host.strip("[]") or None, int(port), limit=LONGEST,
        )  # fmt: skip
    except (OSError, ValueError, OverflowError) as error:
        log.error("not inspected", address=address, error=str(error))
        yield
        return
    metering.count_by(metrics)
    log.info("inspected", address=address)
    try:
        yield
    finally:
        metering.count_by(None)
        server.close()


async def _serve(
    metrics: Metrics, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        status, kind, body = _answer(metrics, head)
        only_head = head.startswith(b"HEAD ")
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
            "cache-control: no-store\r\nconnection: close\r\n\r\n".encode()
            + (b"" if only_head else body)
        )
        async with asyncio.timeout(PATIENCE):
            await writer.drain()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        # Whoever asked went away, is too slow, or speaks something else.
        pass
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _answer(metrics: Metrics, head: bytes) -> Answer:
    line, *fields = head.decode("latin-1").split("\r\n")
    method, _, rest = line.partition(" ")
    if method not in {"GET", "HEAD"}:
        return "405 Method Not Allowed", PLAIN, b"only GET and HEAD\n"
    match rest.partition(" ")[0].partition("?")[0]:
        case "/healthz":
            return "200 OK", PLAIN, b"ok\n"
        case "/readyz":
            why = metrics.why_not_ready()
            if why:
                return "503 Service Unavailable", PLAIN, f"{why}\n".encode()
            return "200 OK", PLAIN, b"ready\n"
        case "/metrics":
            pairs = (field.partition(":") for field in fields)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            encode, kind = choose_encoder(headers.get("accept", ""))
            return "200 OK", kind, encode(metrics.registry)
    return "404 Not Found", PLAIN, b"/metrics, /healthz, /readyz\n"
