"""Whom a request comes from, as far as counting needs it; for this request only."""

from __future__ import annotations

from ipaddress import ip_address

from msgspec import Struct

from agents.monitoring.ingest.exchange import Request
from agents.monitoring.traffic import browsers
from agents.monitoring.vitals.metrics import Device


class Sender(Struct, frozen=True):
    """A browser, or a server on behalf of one."""

    address: str
    agent: str
    device: Device
    is_program: bool
    objects: bool


def sender(request: Request) -> Sender:
    """Who sent it."""
    headers = request.headers
    agent = headers.get("user-agent", "")
    return Sender(
        address=_address(request.peer, headers.get("x-forwarded-for", "")),
        agent=agent,
        device=browsers.device(agent, headers.get("sec-ch-ua-mobile", "")),
        is_program=browsers.is_program(agent),
        objects=browsers.objects(headers),
    )


def _address(peer: str, forwarded: str) -> str:
    """The visitor's address: whoever is near (a proxy, the app's server) may say whose it is."""
    first = forwarded.partition(",")[0].strip()
    if not first:
        return peer
    try:
        return str(ip_address(first)) if ip_address(peer).is_private else peer
    except ValueError:
        return peer
