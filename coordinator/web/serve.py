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
    listening = socket.create_server((LOOPBACK, site.port))
    server = _Server(config)
    ending = asyncio.create_task(_end(server, stop))
    try:
        await server.serve(sockets=[listening])
    finally:
        ending.cancel()
        listening.close()


async def _end(server: _Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True
