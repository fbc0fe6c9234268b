"""What an app's pages tell about their visits, as it is counted, whichever wire it came by.

Nothing here does I/O; what cannot be read raises `Unreadable`, what is no visit is left out.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from agents.monitoring.traffic import pages

Kind = Literal["view", "event"]


class Unreadable(Exception):
    """The body is not what its wire has; the text says what is missing, for its sender."""


class Hit(Struct, frozen=True, kw_only=True):
    """One page view, or one event by its name.

    `page` is normalised, `referrer` a site or "". What the wire says of the visitor: the browser's
    user agent and network address, "" for those of the request, and `person`, the sender's own
    name of the visitor, "" to tell visitors apart by agent and address.
    """

    kind: Kind
    page: str = ""
    name: str = ""
    referrer: str = ""
    agent: str = ""
    address: str = ""
    person: str = ""


class Vital(Struct, frozen=True, kw_only=True):
    """A value of Web Vitals that came by a wire of analytics, not yet checked."""

    name: str
    value: object
    identity: str
    address: str


class Message(Struct, frozen=True, kw_only=True):
    """What one request holds: whom it is for, as its wire names projects, and what it tells."""

    project: str
    hits: tuple[Hit, ...] = ()
    vitals: tuple[Vital, ...] = ()


_decode = msgspec.json.Decoder().decode


def decoded(body: bytes) -> Any:
    """JSON of anybody. Raises Unreadable."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("the body is not JSON") from None


def mapping(value: object, what: str) -> dict[str, Any]:
    """A JSON object. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not an object")
    return value


def text(value: object) -> str:
    """A string as it is, "" for everything else."""
    return value if isinstance(value, str) else ""


def hit(name: str, view: str, url: str, referrer: str) -> Hit | None:
    """A visit of the page at `url`: a view when `name` is the wire's name of views.

    None for what has no page to be counted under, and for names that are empty.
    """
    page = pages.page(url)
    if name == view:
        if page is None:
            return None
        return Hit(kind="view", page=page, referrer=pages.referrer(referrer, pages.host(url)))
    label = pages.label(name)
    return Hit(kind="event", name=label, page=page or "") if label else None
