"""The wire of Umami: `POST /api/send`, one visit in a request, Web Vitals as `performance`.

The project is the website's UUID: the project's key, written as one. A `tag` of `performance` is
the visit's id: of what came with the same one the last values count.
"""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import replace

from agents.monitoring.traffic.hits import (
    Hit,
    Message,
    Unreadable,
    Vital,
    decoded,
    hit,
    mapping,
    text,
)

_TYPES = frozenset({"event", "identify", "performance"})
_METRICS = ("lcp", "inp", "cls", "fcp", "ttfb")


def read(body: bytes) -> Message:
    """One request. Raises Unreadable."""
    data = mapping(decoded(body), "the body")
    payload = mapping(data.get("payload"), "payload")
    kind = data.get("type")
    if kind not in _TYPES:
        raise Unreadable("type: Invalid option")
    try:
        project = UUID(text(payload.get("website"))).hex
    except ValueError:
        raise Unreadable("website: Invalid UUID") from None
    address = _address(text(payload.get("hostname")), text(payload.get("url")))
    if kind == "event":
        found = _visit(payload, address)
        return Message(project=project, hits=(found,) if found else ())
    if kind == "performance":
        return Message(project=project, vitals=_vitals(payload, address))
    return Message(project=project)


def _visit(payload: dict[str, object], address: str) -> Hit | None:
    found = hit(text(payload.get("name")), "", address, text(payload.get("referrer")))
    return found and replace(
        found, agent=text(payload.get("userAgent")), address=text(payload.get("ip")),
        person=text(payload.get("id")),
    )  # fmt: skip


def _vitals(payload: dict[str, object], address: str) -> tuple[Vital, ...]:
    # The wire has no id of a visit: each message is one, unless its tag says which.
    visit = text(payload.get("tag"))
    return tuple(
        Vital(name=name.upper(), value=payload[name], identity=visit, address=address)
        for name in _METRICS
        if payload.get(name) is not None
    )


def _address(hostname: str, url: str) -> str:
    """The page's whole address; clients send it whole or as a path beside the host's name."""
    if "://" in url:
        return url
    return f"https://{hostname or 'localhost'}/{url.removeprefix('/')}"
