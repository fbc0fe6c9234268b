"""The endpoints of Plausible, Umami and PostHog, so that their clients can send here.

Answers are those that the clients know: what is counted, and what is left out because a program
sends it or because its user does not want to be counted, is a success to all of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from agents.monitoring.ingest.exchange import KIB, MIB, Answer, Refused, Request
from agents.monitoring.ingest.routes import Route, Services
from agents.monitoring.ingest.unpacking import TooLarge, Undecodable, unpack
from agents.monitoring.traffic import browsers, plausible, posthog, umami
from agents.monitoring.traffic.hits import Hit, Message, Unreadable
from agents.monitoring.traffic.senders import Sender, sender
from agents.monitoring.traffic.store import Visit, count, day_of
from agents.monitoring.vitals.routes import keep_vitals
from agents.signals import Project

MOST = 64 * KIB
MOST_BATCH = 6 * MIB
"""Bytes of PostHog's batches; its clients send 5 MiB at most."""
_UNKNOWN = 403
_ROW = 600
"""About what a visit holds in memory, in bytes."""
_GZIP = b"\x1f\x8b"
_SECRET = secrets.token_bytes(32)
"""Of this process: what Umami's clients get back means something to no other."""


async def take_plausible(request: Request, services: Services) -> Answer:
    """`POST /api/event`"""
    try:
        message = plausible.read(await request.body(MOST))
    except Unreadable as error:
        field, _, wrong = str(error).rpartition(": ")
        return _json(400, {"errors": {field or "request": wrong}})
    project = await services.projects.called(message.project, request.origin)
    kept = await _keep(services, project, message, sender(request))
    dropped = () if kept or not message.hits else (("x-plausible-dropped", "1"),)
    return Answer(202, b"ok", dropped, "text/plain; charset=utf-8")


async def take_umami(request: Request, services: Services) -> Answer:
    """`POST /api/send`"""
    try:
        message = umami.read(await request.body(MOST))
    except Unreadable as error:
        return _umami_error(str(error))
    try:
        project = await services.projects.called(message.project, request.origin)
    except Refused as refused:
        if refused.status != _UNKNOWN:
            raise
        return _umami_error("Website not found.")
    who = sender(request)
    agent = message.hits[0].agent if message.hits else ""
    if browsers.is_program(agent or who.agent):
        return _json(200, {"beep": "boop"})
    await _keep(services, project, message, who)
    return _json(200, _session(project, who, services.now()))


async def take_posthog(request: Request, services: Services) -> Answer:
    """`POST /batch/`, `/i/v0/e/`, `/e/`, `/capture/`"""
    body = await request.body(MOST_BATCH)
    try:
        if body.startswith(_GZIP):
            # Browsers' libraries say it in the query and not in a header.
            body = await asyncio.to_thread(unpack, "gzip", body, MOST_BATCH)
        message = posthog.read(body)
    except (Unreadable, Undecodable) as error:
        return _posthog_error(400, "validation_error", str(error))
    except TooLarge as error:
        raise Refused(413, str(error)) from None
    try:
        project = await services.projects.called(message.project, request.origin)
    except Refused as refused:
        if refused.status != _UNKNOWN:
            raise
        return _posthog_error(401, "authentication_error", "Project API key invalid.")
    # A server's library is no visitor, whatever its user agent looks like.
    who = replace(sender(request), is_program=False)
    await _keep(services, project, message, who)
    return _json(200, {"status": "Ok"})


async def tell_posthog(request: Request, services: Services) -> Answer:
    """`GET /array/KEY/config`, and `config.js`, which a page runs as a script"""
    token = request.path_values["key"]
    await services.projects.called(posthog.project(token), request.origin)
    headers = (("cache-control", "public, max-age=300"),)
    if request.path.rstrip("/").endswith(".js"):
        return Answer(200, posthog.script(token), headers, "text/javascript; charset=utf-8")
    return Answer(200, msgspec.json.encode(posthog.SETTINGS), headers)


async def _keep(services: Services, project: Project, message: Message, who: Sender) -> int:
    """Count what may be counted; says how much that was. Raises Refused."""
    services.limits.take(project, "request", 1)
    kept = 0
    if message.vitals and not who.is_program:
        kept += await keep_vitals(services, project, message.vitals, who.device)
    visits = _visits(project, message.hits, who)
    if visits:
        services.limits.take(project, "traffic", len(visits))
        await services.writer.store(count, visits, _ROW * len(visits))
    return kept + len(visits)


def _visits(project: Project, hits: Sequence[Hit], who: Sender) -> list[Visit]:
    """The hits of people who do not object."""
    if who.objects:
        return []
    return [
        Visit(
            app=project.app, environment=project.environment, hit=hit,
            address=hit.address or who.address, agent=hit.agent or who.agent,
        )
        for hit in hits
        if not (browsers.is_program(hit.agent) if hit.agent else who.is_program)
    ]  # fmt: skip


def _session(project: Project, who: Sender, now: float) -> dict[str, str]:
    """What Umami's clients get and send back: kept by nobody, of this day and this process."""
    of_visitor = f"{project.number}/{who.address}/{who.agent}/{day_of(now)}"
    session, visit = _hashed(of_visitor), _hashed(f"{of_visitor}/{now // 3600}")
    return {
        "cache": f"{session.hex}.{visit.hex}", "sessionId": str(session), "visitId": str(visit)
    }  # fmt: skip


def _hashed(text: str) -> UUID:
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), key=_SECRET, digest_size=16)
    return UUID(bytes=digest.digest(), version=4)


def _json(status: int, value: object) -> Answer:
    return Answer(status, msgspec.json.encode(value))


def _umami_error(message: str) -> Answer:
    return _json(400, {"error": {"message": message, "code": "bad-request", "status": 400}})


def _posthog_error(status: int, kind: str, detail: str) -> Answer:
    return _json(status, {"type": kind, "code": "invalid", "detail": detail, "attr": None})


ROUTES = (
    Route("POST", "/api/event", take_plausible),
    Route("POST", "/api/send", take_umami),
    *(
        Route("POST", path, take_posthog)
        for path in ("/batch", "/i/v0/e", "/e", "/capture")
    ),
    *(
        Route("GET", f"/array/{{key}}/{name}", tell_posthog)
        for name in ("config", "config.js")
    ),
)  # fmt: skip
