"""An event's JSON to what is kept of it. Pure, bounded, and deaf to what has the wrong shape."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Struct

from agents.monitoring.errors.clock import happened
from agents.monitoring.errors.envelope import Malformed
from agents.monitoring.errors.event import LEVELS, Breadcrumb, ErrorEvent, Exception_, Level
from agents.monitoring.errors.frames import frames, minified_files
from agents.monitoring.errors.shapes import items, mapping, number, text

MOST_EXCEPTIONS = 10
MOST_BREADCRUMBS = 50
MOST_TAGS = 50
ID = re.compile(r"[0-9a-f]{32}")
SECRET = re.compile(
    r"token|secret|passw|pwd|api.?key|auth|session|signature|^(key|code|sig)$", re.IGNORECASE
)


class Read(Struct, frozen=True):
    """An event, and what only grouping and counting need of its JSON.

    `fingerprint` is what the sender wants it grouped by, `template` its message before values
    were put in, `who` names its user for counting, `maps` the debug ids of its minified files.
    """

    event: ErrorEvent
    fingerprint: tuple[str, ...]
    template: str
    who: str
    maps: Mapping[str, str]


def read(payload: Any, raw: bytes, *, header: Mapping[str, Any], peer: str, now: float) -> Read:
    """An event. `raw` gives one without an id an id; `peer` is for `{{auto}}`.

    Raises Malformed when it is no event at all.
    """
    if not isinstance(payload, dict):
        raise Malformed("an event is no JSON object")
    logentry = mapping(payload.get("logentry") or payload.get("message"))
    template = text(logentry.get("message"), 4_000)
    message = text(logentry.get("formatted"), 4_000) or template
    message = message or text(payload.get("message"), 4_000)
    user, who = _user(mapping(payload.get("user")), peer)
    event = ErrorEvent(
        event=event_id(payload.get("event_id") or header.get("event_id"), raw),
        at=happened(payload.get("timestamp"), header.get("sent_at"), now),
        level=_level(payload.get("level")),
        platform=text(payload.get("platform"), 50),
        release=text(payload.get("release"), 200),
        environment=text(payload.get("environment"), 100),
        message=message,
        exceptions=tuple(_exceptions(payload, message)),
        transaction=text(payload.get("transaction"), 300),
        tags=_tags(payload),
        user=user,
        url=_url(payload),
        breadcrumbs=tuple(_breadcrumbs(payload.get("breadcrumbs"))),
        sdk=_sdk(payload.get("sdk")),
        trace=text(mapping(mapping(payload.get("contexts")).get("trace")).get("trace_id"), 32),
    )
    fingerprint = tuple(text(part, 500) for part in items(payload.get("fingerprint"))[:20])
    return Read(event, fingerprint, template, who, minified_files(payload))


def event_id(given: object, raw: bytes) -> str:
    """The id that was given, or one that the same bytes get again."""
    plain = given.replace("-", "").lower() if isinstance(given, str) else ""
    return plain if ID.fullmatch(plain) else hashlib.sha256(raw).hexdigest()[:32]


def _level(given: object) -> Level:
    for level in LEVELS:
        if level == given:
            return level
    return "error"


def _exceptions(payload: dict[str, Any], message: str) -> Iterator[Exception_]:
    """The main one first; SDKs put it last. A message with a stack is one without a kind."""
    values = items(payload.get("exception"))[-MOST_EXCEPTIONS:]
    platform = text(payload.get("platform"), 50)
    for value in reversed(values):
        one = mapping(value)
        handled = mapping(one.get("mechanism")).get("handled")
        yield Exception_(
            kind=text(one.get("type"), 200),
            value=text(one.get("value"), 4_000),
            frames=frames(one.get("stacktrace"), platform),
            handled=handled if isinstance(handled, bool) else None,
        )
    if not values:
        threads = [mapping(thread) for thread in items(payload.get("threads"))]
        stacks = [payload.get("stacktrace"), *(one.get("stacktrace") for one in threads)]
        found = next((stack for stack in stacks if mapping(stack).get("frames")), None)
        if found is not None:
            yield Exception_(kind="", value=message, frames=frames(found, platform))


def _tags(payload: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    given = payload.get("tags")
    pairs = list(given.items()) if isinstance(given, dict) else items(given)
    found = {}
    for pair in pairs[:MOST_TAGS]:
        if isinstance(pair, list | tuple) and len(pair) == 2:  # noqa: PLR2004  a pair
            found[text(pair[0], 100)] = text(pair[1], 200)
    contexts = mapping(payload.get("contexts"))
    for name in ("browser", "os", "runtime", "device"):
        said = mapping(contexts.get(name))
        described = f"{text(said.get('name'), 100)} {text(said.get('version'), 100)}".strip()
        if described:
            found.setdefault(name, described)
    if server := text(payload.get("server_name"), 200):
        found.setdefault("server", server)
    return tuple(found.items())


def _user(user: Mapping[str, Any], peer: str) -> tuple[str, str]:
    """What names the user, and what counts them: of an address only the count is kept."""
    for name in ("id", "email", "username"):
        if said := text(user.get(name), 200):
            return said, f"{name}:{said}"
    address = text(user.get("ip_address"), 60)
    if address == "{{auto}}":
        address = peer
    return "", f"ip:{address}" if address else ""


def _url(payload: dict[str, Any]) -> str:
    """The page or request, without what its query may let in."""
    request = mapping(payload.get("request"))
    given = text(request.get("url"), 2_000)
    if not any(mark in given for mark in "?@#"):
        return given
    try:
        parts = urlsplit(given)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return ""
    kept = [(name, "hidden" if SECRET.search(name) else value) for name, value in pairs]
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc, query=urlencode(kept, safe="/:"), fragment="").geturl()


def _breadcrumbs(given: object) -> Iterator[Breadcrumb]:
    for value in items(given)[-MOST_BREADCRUMBS:]:
        one = mapping(value)
        message = text(one.get("message"), 300)
        data = mapping(one.get("data"))
        if not message and data:
            said = (text(data.get(name), 200) for name in ("method", "url", "status_code"))
            message = " ".join(part for part in said if part)
        yield Breadcrumb(
            at=number(one.get("timestamp")),
            category=text(one.get("category") or one.get("type"), 100),
            level=text(one.get("level"), 20) or "info",
            message=message,
        )


def _sdk(given: object) -> str:
    sdk = mapping(given)
    return f"{text(sdk.get('name'), 100)} {text(sdk.get('version'), 50)}".strip()
