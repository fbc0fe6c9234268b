"""The dashboard as a server on this machine's loopback address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from coordinator.web.app import application
from coordinator.web.site import Site

LOOPBACK = "127.0.0.1"
LINGER = 2
"""Seconds that open streams get to end."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: `stop` ends the server."""
        yield


async def serve(site: Site, stop: asyncio.Event) -> None:
    """Answer until told to stop. Raises OSError when the port is taken."""
    config = uvicorn.Config(
        application(site), log_config=None, access_log=False, lifespan="off", server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=LINGER, h11_max_incomplete_event_size=32768,
        limit_concurrency=256,
    )  # fmt: skip
    listening = _listening(site.port)
    server = _Server(config)
    ending = asyncio.create_task(_end(server, stop))
    try:
        await server.serve(sockets=[listening])
    finally:
        ending.cancel()
        listening.close()


def _listening(port: int) -> socket.socket:
    # asyncio sends small answers at once only on sockets that say that they are TCP; on others
    # each page would wait 40 ms for the reader to acknowledge its head.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
    except OSError:
        made.close()
        raise
    return made


async def _end(server: _Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
