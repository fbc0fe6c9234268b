"""The addresses at which jobs report: /api/heartbeat/<key>, with /start or /fail after it.

Any method that a job has at hand will do; `?status=ok|error|started` says the same as the path.
The answer is 200 once the report is stored, 404 for a key that nobody has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import asyncpg
from msgspec import Struct

from agents.monitoring.ingest.exchange import Answer, Refused, Request
from agents.monitoring.ingest.routes import Route, Services
from agents.monitoring.uptime import heartbeats
from agents.monitoring.uptime.heartbeats import Said

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
WORDS: dict[str, Said] = {
    "": "ok", "ok": "ok", "up": "ok", "error": "error", "fail": "error", "down": "error",
    "start": "started", "started": "started", "in_progress": "started",
}  # fmt: skip
"""What a job may say, in the words of several tools."""


class Report(Struct):
    """A report on its way to the database, which says whether anybody has its key."""

    key: str
    said: Said
    at: float
    known: bool = False


async def take(request: Request, services: Services) -> Answer:
    """A job reports. Raises Refused."""
    key = request.path_values["key"]
    word = request.path_values.get("said") or request.query.get("status", "")
    if not _KEY.fullmatch(key):
        raise Refused(404, "nobody has this key")
    if word not in WORDS:
        raise Refused(400, f"a job says one of {', '.join(filter(None, WORDS))}")
    report = Report(key, WORDS[word], services.now())
    await services.writer.store(write, [report], 200)
    if not report.known:
        raise Refused(404, "nobody has this key")
    return Answer(200, b'{"ok":true}')


async def write(connection: asyncpg.Connection, rows: Sequence[Report], now: float) -> None:
    """Keep reports. See the writer's Sink."""
    del now
    for row in rows:
        row.known = await heartbeats.report(connection, row.key, row.said, row.at)


ROUTES = tuple(
    Route(method, path, take)
    for method in ("GET", "HEAD", "POST", "PUT")
    for path in ("/api/heartbeat/{key}", "/api/heartbeat/{key}/{said}")
)
