"""The wire of PostHog: `POST /batch/` with many events, `/i/v0/e/`, `/e/`, `/capture/` with one.

The project is the `api_key` or `token`: the project's key, with or without `phc_` before it. Of
PostHog's own events (their names begin with `$`) `$pageview` is a view and `$web_vitals` has
vitals; the others say what is not kept here.

Its library for browsers first asks `GET /array/KEY/config.js` (or `config`, where it loads no
scripts) what to send and how it may be packed; without an answer it packs only its first request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
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

VIEW = "$pageview"
MOST = 1000
"""Events that one request may hold."""
SETTINGS: Mapping[str, object] = {
    "supportedCompression": ["gzip", "gzip-js"], "hasFeatureFlags": False,
    "autocapture_opt_out": True, "autocaptureExceptions": False, "captureDeadClicks": False,
    "capturePerformance": False, "heatmaps": False, "sessionRecording": False, "siteApps": [],
}  # fmt: skip
"""What a browser's library is told: to pack, and to leave out what is not kept here.

Without a word of surveys, since it would fetch their script even where there are none.
"""
_METRICS = ("LCP", "INP", "CLS", "FCP", "TTFB")


def read(body: bytes) -> Message:
    """One request, unpacked. Raises Unreadable."""
    data = decoded(_form(body))
    if isinstance(data, list):
        data = {"batch": data}
    data = mapping(data, "the body")
    events = data.get("batch", [data])
    if not isinstance(events, list):
        raise Unreadable("batch is not a list")
    if len(events) > MOST:
        raise Unreadable(f"batch has more than {MOST} events")
    key = _key(data) or next((_key(one) for one in events if isinstance(one, dict)), "")
    if not key:
        raise Unreadable("api_key is missing")
    hits: list[Hit] = []
    vitals: list[Vital] = []
    for event in events:
        _event(event, hits, vitals)
    return Message(project=project(key), hits=tuple(hits), vitals=tuple(vitals))


def script(token: str) -> bytes:
    """The settings of a token, where its library looks for them."""
    found = msgspec.json.encode({token: {"config": SETTINGS, "siteApps": []}})
    return b"window._POSTHOG_REMOTE_CONFIG = " + found + b";\n"


def project(token: str) -> str:
    """The project's key or host that a token names."""
    return token.removeprefix("phc_")


def _form(body: bytes) -> bytes:
    """The JSON of a form (`data=…`), as older browsers' libraries send it."""
    if not body.startswith(b"data="):
        return body
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return fields.get("data", [""])[0].encode()


def _key(data: dict[str, Any]) -> str:
    properties = data.get("properties")
    inner = properties.get("token") if isinstance(properties, dict) else None
    return text(data.get("api_key") or data.get("token") or inner).strip()


def _event(event: object, hits: list[Hit], vitals: list[Vital]) -> None:
    if not isinstance(event, dict):
        return
    name, properties = text(event.get("event")), event.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    address = text(properties.get("$current_url") or properties.get("$pathname"))
    if name == "$web_vitals":
        # It is told once for a visit of a page; its own id keeps what is sent again apart.
        vitals.extend(
            Vital(
                name=metric, value=properties[field], address=address,
                identity=text(event.get("uuid")),
            )
            for metric in _METRICS
            if (field := f"$web_vitals_{metric}_value") in properties
        )  # fmt: skip
    elif name == VIEW or not name.startswith("$"):
        referrer = text(properties.get("$referrer")).replace("$direct", "")
        found = hit(name, VIEW, address, referrer)
        if found:
            hits.append(_of_whom(found, event, properties))


def _of_whom(found: Hit, event: dict[str, Any], properties: dict[str, Any]) -> Hit:
    return replace(
        found, agent=text(properties.get("$raw_user_agent") or properties.get("$user_agent")),
        address=text(properties.get("$ip")),
        person=text(event.get("distinct_id") or properties.get("distinct_id")),
    )  # fmt: skip
