"""When somebody has to be told that a certificate ends soon, and that it was renewed. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from agents.monitoring.findings import Finding

DAYS = 14
URGENT_DAYS = 3
DAY = 86_400.0
Urgency = Literal["", "warning", "critical"]


def urgency(ends: float, now: float, limit: int) -> Urgency:
    """How urgent it is that a certificate is renewed which ends then; `limit` in days."""
    days = (ends - now) / DAY
    if not limit or days > limit:
        return ""
    return "critical" if days <= min(URGENT_DAYS, limit) else "warning"


def change(
    app: str, environment: str, url: str, told: Urgency, ends: float, now: float, limit: int
) -> tuple[Urgency, Finding | None]:
    """What is told of a certificate from now on, and what is to be told of it now."""
    urgent = urgency(ends, now, limit)
    if urgent == told:
        return told, None
    if not urgent:
        return "", renewed(app, environment, "has a new certificate", now)
    day = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return urgent, Finding(
        app=app, environment=environment, kind="certificate", key="certificate", firing=True,
        severity=urgent, title=f"the certificate of {app} ({environment}) ends soon",
        detail=f"it ends on {day}", url=url, at=now,
    )  # fmt: skip


def renewed(app: str, environment: str, why: str, now: float) -> Finding:
    """Nobody has to do anything about the certificate any more."""
    return Finding(
        app=app, environment=environment, kind="certificate", key="certificate", firing=False,
        severity="info", title=f"{app} ({environment}) {why}", at=now,
    )  # fmt: skip
