"""What monitoring found out and somebody may have to be told: from whoever finds it to alerts.

A finding is written in the transaction that found it out, so that none is lost and none is told
that was rolled back. Alerts take them from here in their order.
"""

from __future__ import annotations

from typing import Literal

import asyncpg
from msgspec import Struct

Kind = Literal["uptime", "certificate", "heartbeat", "error", "vitals", "regression", "test"]
Severity = Literal["info", "warning", "critical"]


class Finding(Struct, frozen=True, kw_only=True):
    """Something began (`firing`) or is over.

    `key` is the thing itself, the same when it ends as when it began ("uptime", "error:<group>",
    "vitals:LCP:/:phone"), `at` seconds since 1970 by the clock of whoever found it, `url` where
    more is to be seen ("" for nowhere). Title and detail may hold text of anybody.
    """

    app: str
    environment: str
    kind: Kind
    key: str
    firing: bool
    severity: Severity
    title: str
    detail: str = ""
    url: str = ""
    at: float


async def report(connection: asyncpg.Connection, finding: Finding) -> None:
    """Keep a finding for alerts, in the transaction that is open."""
    await connection.execute(
        """insert into monitoring.findings
               (app, environment, kind, key, firing, severity, title, detail, url, at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10))""",
        finding.app, finding.environment, finding.kind, finding.key[:200], finding.firing,
        finding.severity, _text(finding.title, 300), _text(finding.detail, 4000),
        finding.url[:2000], finding.at,
    )  # fmt: skip


def _text(text: str, longest: int) -> str:
    """The text as PostgreSQL can keep it."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:longest]
