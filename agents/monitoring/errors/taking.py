"""What error SDKs send, from requests to rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from agents import signals
from agents.monitoring.errors import checkins, grouping, sessions, users
from agents.monitoring.errors.envelope import Envelope, Item, Malformed, decode, parse
from agents.monitoring.errors.maps import Maps
from agents.monitoring.errors.reading import Read, read
from agents.monitoring.errors.rows import ErrorRow
from agents.monitoring.errors.writing import write_errors
from agents.monitoring.ingest.exchange import KIB, MIB, Answer, Refused, Request
from agents.monitoring.ingest.limits import told
from agents.monitoring.ingest.projects import number
from agents.monitoring.ingest.routes import Services
from agents.monitoring.ingest.writer import Sink

MOST_ENVELOPE = 100 * MIB
MOST_EVENT = MIB
MOST_CHECK_IN = 100 * KIB
MOST_SESSIONS = 100
MOST_UNNAMED = 2 * MIB
"""Bytes of an envelope that says who it is from only inside; the others are Sentry's own."""
NOT_KEPT: Mapping[str, str] = {
    "transaction": "transaction",
    "span": "span",
    "log": "log_item",
    "trace_metric": "trace_metric",
    "profile": "profile",
    "profile_chunk": "profile",
    "replay_event": "replay",
    "replay_recording": "replay",
    "replay_video": "replay",
}
"""Items that nothing here keeps, and the categories by which SDKs are told not to send them."""
SILENCE = 3_600
"""Seconds for which they are told so."""
KEY = re.compile(r"sentry_key\s*=\s*([^\s,]+)")

Parts = dict[Sink, list[Any]]


class Taking:
    """The handlers; each has the maps at hand."""

    def __init__(self, maps: Maps) -> None:
        self._maps = maps

    async def envelope(self, request: Request, services: Services) -> Answer:
        """POST /api/{number}/envelope/: what is known of an envelope, kept."""
        project = await _shown(request, services)
        body = await request.body(MOST_ENVELOPE if project else MOST_UNNAMED)
        try:
            envelope = parse(body)
        except Malformed as error:
            raise Refused(400, f"it is no envelope: {error}") from None
        if project is None:
            project = await _in_dsn(request, services, envelope.header.get("dsn"))
        return await self._items(request, services, project, envelope, len(body))

    async def event(self, request: Request, services: Services) -> Answer:
        """POST /api/{number}/store/: one event, as SDKs sent it before envelopes."""
        project = await _shown(request, services)
        if project is None:
            raise Refused(403, "it does not say by which key it is sent")
        body = await request.body(MOST_EVENT)
        envelope = Envelope({}, (Item("event", {}, body),))
        return await self._items(request, services, project, envelope, len(body))

    async def _items(
        self,
        request: Request,
        services: Services,
        project: signals.Project,
        envelope: Envelope,
        size: int,
    ) -> Answer:
        parts: Parts = defaultdict(list)
        limited: dict[str, int] = {}
        named = ""
        for item in envelope.items:
            category = CATEGORIES.get(item.kind)
            if category is None:
                continue
            if seconds := services.limits.short(project, category, 1):
                limited[category] = max(seconds, limited.get(category, 0))
                continue
            if item.kind == "event":
                named = await self._event(request, services, project, envelope, item, parts)
            else:
                _other(services, project, envelope, item, parts)
        if limited and not parts:
            raise Refused(429, "too much is sent", told(limited))
        await services.writer.store_all(parts, size)
        given = envelope.header.get("event_id")
        answer = msgspec.json.encode({"id": named or (given if isinstance(given, str) else "")})
        not_kept = {NOT_KEPT[item.kind] for item in envelope.items if item.kind in NOT_KEPT}
        limited |= dict.fromkeys(sorted(not_kept), SILENCE)
        # Without a category of its own being full, it is no reason to wait with everything.
        headers = tuple(told(limited)[1:]) if limited else ()
        return Answer(200, answer, headers)

    async def _event(
        self,
        request: Request,
        services: Services,
        project: signals.Project,
        envelope: Envelope,
        item: Item,
        parts: Parts,
    ) -> str:
        if len(item.payload) > MOST_EVENT:
            raise Refused(413, f"an event is larger than {MOST_EVENT} bytes")
        try:
            found = read(
                decode(item.payload), item.payload,
                header=envelope.header, peer=request.sender, now=services.now(),
            )  # fmt: skip
        except Malformed as error:
            raise Refused(400, str(error)) from None
        found = await self._maps.applied(project, found)
        parts[write_errors].append(_row(project, found))
        return found.event.event


def _row(project: signals.Project, found: Read) -> ErrorRow:
    return ErrorRow(
        project.app,
        project.environment,
        grouping.group_key(found.event, found.fingerprint, found.template),
        found.event,
        users.hashed(found.who) if found.who else None,
    )


def _other(
    services: Services, project: signals.Project, envelope: Envelope, item: Item, parts: Parts
) -> None:
    """Sessions and check-ins; one that says nothing is left out."""
    app, environment, now = project.app, project.environment, services.now()
    try:
        payload = decode(item.payload)
    except Malformed as error:
        raise Refused(400, str(error)) from None
    header = envelope.header
    match item.kind:
        case "session" if len(parts[sessions.write_sessions]) < MOST_SESSIONS:
            one = sessions.session(app, environment, payload, header=header, now=now)
            parts[sessions.write_sessions] += [one] if one else []
        case "sessions":
            parts[sessions.write_aggregates] += sessions.aggregates(
                app, environment, payload, header=header, now=now
            )
        case "check_in" if len(item.payload) <= MOST_CHECK_IN:
            said = checkins.check_in(app, environment, payload, now=now)
            parts[checkins.write_check_ins] += [said] if said else []


CATEGORIES: Mapping[str, str] = {
    "event": "error",
    "session": "session",
    "sessions": "session",
    "check_in": "monitor",
}
"""The items that are kept, and what SDKs call them in limits."""


async def check_in(request: Request, services: Services) -> Answer:
    """GET or POST /api/{number}/cron/{slug}/{key}/?status=: a check-in by hand."""
    values = request.path_values
    project = await services.projects.keyed(number(values["number"]), values["key"], request.origin)
    services.limits.take(project, "monitor", 1)
    query = request.query
    said = checkins.check_in(
        project.app,
        project.environment,
        {
            "monitor_slug": values["slug"],
            "status": query.get("status"),
            "check_in_id": query.get("check_in_id"),
        },
        now=services.now(),
    )
    if said is None:
        raise Refused(400, "status is none of in_progress, ok, error")
    await services.writer.store(checkins.write_check_ins, [said], KIB)
    return Answer(202, b"{}")


async def _shown(request: Request, services: Services) -> signals.Project | None:
    """The project whose key the request shows, None when it shows none."""
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization", "")
    in_header = KEY.search(header)
    key = in_header[1] if in_header else request.query.get("sentry_key", "")
    if not key:
        return None
    named = number(request.path_values["number"])
    project = await services.projects.keyed(named, key, request.origin)
    services.limits.take(project, "request", 1)
    return project


async def _in_dsn(request: Request, services: Services, dsn: object) -> signals.Project:
    """The project that an envelope names itself, as those do that come through a tunnel."""
    parts = urlsplit(dsn if isinstance(dsn, str) and len(dsn) < KIB else "")
    named = number(request.path_values["number"])
    if not parts.username or parts.path.rpartition("/")[2] != str(named):
        raise Refused(403, "it does not say by which key it is sent")
    project = await services.projects.keyed(named, parts.username, request.origin)
    services.limits.take(project, "request", 1)
    return project
