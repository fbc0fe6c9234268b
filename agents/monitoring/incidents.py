"""Incidents in PostgreSQL: one at a time for each thing that is wrong, with what happened in it.

Everything here belongs into the transaction of whoever found it out, so that an incident, its
finding and its timeline are there together or not at all.
"""

from __future__ import annotations

from typing import Literal

import asyncpg
from msgspec import Struct

from agents.monitoring.findings import Finding, report

EVENTS = 100
"""What a timeline keeps of an incident; what happens after that is only in the checks."""
IncidentKind = Literal["uptime", "heartbeat", "regression"]


class Trouble(Struct, frozen=True, kw_only=True):
    """Something that is wrong with an app; `key` is the same when it is over."""

    app: str
    environment: str
    kind: IncidentKind
    key: str
    title: str
    detail: str = ""
    url: str = ""


async def begin(connection: asyncpg.Connection, trouble: Trouble, now: float) -> str | None:
    """Open an incident with its finding; its id, None when it is open already."""
    summary = _text(f"{trouble.title}: {trouble.detail}" if trouble.detail else trouble.title, 1000)
    incident = await connection.fetchval(
        """insert into monitoring.incidents (app, environment, kind, key, summary, opened_at)
           values ($1, $2, $3, $4, $5, to_timestamp($6))
           on conflict (app, environment, key) where resolved_at is null do nothing
           returning id::text""",
        trouble.app, trouble.environment, trouble.kind, trouble.key, summary, now,
    )  # fmt: skip
    if incident is None:
        return None
    await happened(connection, incident, "opened", summary, now)
    finding = Finding(
        app=trouble.app, environment=trouble.environment, kind=trouble.kind, key=trouble.key,
        firing=True, severity="critical", title=trouble.title, detail=trouble.detail,
        url=trouble.url, at=now,
    )  # fmt: skip
    await report(connection, finding)
    return str(incident)


async def end(
    connection: asyncpg.Connection, app: str, environment: str, key: str, why: str, now: float
) -> bool:
    """Resolve what is open of an app under a key, and say so; whether anything was.

    `why` goes on after the app's name.
    """
    said = _text(f"{app} ({environment}) {why}", 1000)
    row = await connection.fetchrow(
        """update monitoring.incidents
           set resolved_at = greatest(to_timestamp($4), opened_at), resolution = $5
           where app = $1 and environment = $2 and key = $3 and resolved_at is null
           returning id::text, kind""",
        app, environment, key, now, said,
    )  # fmt: skip
    if row is None:
        return False
    await happened(connection, row["id"], "resolved", said, now)
    over = Finding(
        app=app, environment=environment, kind=row["kind"], key=key, firing=False,
        severity="critical", title=said, at=now,
    )  # fmt: skip
    await report(connection, over)
    return True


async def happened(
    connection: asyncpg.Connection, incident: str, what: str, detail: str, now: float
) -> None:
    """Add to an incident's timeline; the same twice in a row is kept once, and its end always."""
    await connection.execute(
        """insert into monitoring.incident_events (incident, at, what, detail)
           select $1::text::uuid, to_timestamp($2), $3, $4
           where $3 = 'resolved' or (
               (select count(*) from monitoring.incident_events
                where incident = $1::text::uuid) < $5
               and not exists (
                   select from (select what, detail from monitoring.incident_events
                       where incident = $1::text::uuid order by id desc limit 1) newest
                   where what = $3 and detail = $4))""",
        incident, now, what, _text(detail, 500), EVENTS,
    )  # fmt: skip


def _text(text: str, longest: int) -> str:
    """The text as PostgreSQL can keep it."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:longest]
