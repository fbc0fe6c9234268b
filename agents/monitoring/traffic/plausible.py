"""The wire of Plausible: `POST /api/event`, one visit in a request.

Long and short names of the fields: what its tracker sends and what its documentation has. The
project is the `domain`.
"""

from __future__ import annotations

from agents.monitoring.traffic.hits import Message, Unreadable, decoded, hit, mapping, text

VIEW = "pageview"
_NAME, _ADDRESS = 120, 2000
"""Characters of an event's name and of an address that Plausible takes."""
_NOT_COUNTED = frozenset({"engagement"})
"""What the tracker tells besides: how long a page was read."""


def read(body: bytes) -> Message:
    """One request. Raises Unreadable, in Plausible's words: field, then what is wrong with it."""
    data = mapping(decoded(body), "the body")
    name = text(data.get("n") or data.get("name"))
    address = text(data.get("u") or data.get("url"))
    domain = text(data.get("d") or data.get("domain"))
    for field, value, longest in (
        ("name", name, _NAME), ("url", address, _ADDRESS), ("domain", domain, 2000)
    ):  # fmt: skip
        if not value.strip():
            raise Unreadable(f"{field}: can't be blank")
        if len(value) > longest:
            raise Unreadable(f"{field}: is too long")
    referrer = text(data.get("r") or data.get("referrer"))
    # One tracker may serve several domains: the first is the app's own.
    project = domain.split(",")[0].strip()
    if name in _NOT_COUNTED:
        return Message(project=project)
    found = hit(name, VIEW, address, referrer)
    if found is None:
        raise Unreadable("url: is not an address of a page")
    return Message(project=project, hits=(found,))
