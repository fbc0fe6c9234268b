"""Ports of the local stack: unusual ones, so that they are free, and the same at every start.

Errors:
    PortTaken   none of the ports tried is free
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import msgspec
from msgspec import Struct

from coordinator.stack.errors import PortTaken

LOOPBACK = "127.0.0.1"
TRIES = 200


class Ports(Struct, frozen=True, kw_only=True):
    """TCP ports on 127.0.0.1."""

    nats: int = 14222
    nats_monitor: int = 14223
    postgres: int = 14224
    caddy_admin: int = 14225
    signals: int = 14226
    dashboard: int = 14227


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # A server's own restart must not count as taken while old connections time out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose(wanted: Ports, free: Callable[[int], bool] = is_free) -> Ports:
    """The wanted ports, each replaced by the next free one when taken. Raises PortTaken."""
    taken = set(msgspec.structs.astuple(wanted))
    chosen: dict[str, int] = {}
    for name, port in msgspec.structs.asdict(wanted).items():
        if not free(port):
            port = _next(port, taken, free)  # noqa: PLW2901  the replacement is the point
            taken.add(port)
        chosen[name] = port
    return Ports(**chosen)


def _next(port: int, taken: set[int], free: Callable[[int], bool]) -> int:
    first = port if port + TRIES < 65_536 else 20_000  # noqa: PLR2004  the last port is 65535
    for candidate in range(first + 1, first + TRIES + 1):
        if candidate not in taken and free(candidate):
            return candidate
    raise PortTaken(
        f"ports {first} to {first + TRIES} on {LOOPBACK} are all in use; end what listens there"
        " (see: ss -ltnp) and run the command again"
    )
