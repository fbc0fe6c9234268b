"""An alert: a time in which one thing was not well, and what findings make of it. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from agents.monitoring.alerts.notices import Entry, What
from agents.monitoring.alerts.rules import RANK, Damping
from agents.monitoring.findings import Finding

SEEN = 100
"""Findings of an alert whose times are remembered."""
FIRED = 64
OLDEST = 30 * 86_400.0
"""Seconds: what is said to be older began then."""


class Alert(Struct, frozen=True, kw_only=True):
    """A time in which something was not well. `alert` is 0 until it is kept.

    `seen` and `fired` are the times of its findings and beginnings, those of an earlier alert of
    the same thing included; `ending` is what was said when it was over.
    """

    alert: int = 0
    app: str
    environment: str
    kind: str
    key: str
    severity: str
    title: str
    detail: str = ""
    url: str = ""
    ending: str = ""
    state: Literal["firing", "over", "resolved"] = "firing"
    opened: float
    over: float | None = None
    seen: tuple[float, ...] = ()
    fired: tuple[float, ...] = ()
    findings: int = 1


class Told(Struct, frozen=True, kw_only=True):
    """What one channel knows of an alert; `at` is None when it was told nothing yet.

    `failed` when the message was given up, `ended` when it was told that it is over.
    """

    at: float | None = None
    severity: str = "info"
    flapping: bool = False
    failed: bool = False
    ended: bool = False
    held: str = ""


def take(
    finding: Finding, live: Alert | None, earlier: Alert | None, damping: Damping, now: float
) -> Alert | None:
    """What a finding makes of an alert of its thing, or of none; None when nothing.

    `earlier` is the newest alert of the same thing that is settled.
    """
    at = min(max(finding.at, now - OLDEST), now)
    if not finding.firing:
        if live is None or live.state != "firing":
            return None
        return msgspec.structs.replace(live, state="over", over=at, ending=finding.title)
    if live is None:
        before = earlier.fired if earlier else ()
        return Alert(
            app=finding.app, environment=finding.environment, kind=finding.kind,
            key=finding.key, severity=finding.severity, title=finding.title,
            detail=finding.detail, url=finding.url, opened=at, seen=(at,),
            fired=(*(one for one in before if one > at - damping.within), at)[-FIRED:],
        )  # fmt: skip
    worse = RANK[finding.severity] > RANK[live.severity]
    return msgspec.structs.replace(
        live, state="firing", over=None, ending="", findings=live.findings + 1,
        severity=finding.severity if worse else live.severity,
        title=finding.title, detail=finding.detail, url=finding.url,
        seen=(*live.seen, at)[-SEEN:],
        fired=(*live.fired, at)[-FIRED:] if live.state == "over" else live.fired,
    )  # fmt: skip


def flapping(alert: Alert, damping: Damping) -> bool:
    """Whether it came and went too often of late."""
    last = alert.fired[-1] if alert.fired else 0.0
    return sum(one > last - damping.within for one in alert.fired) > damping.after


def entry(alert: Alert, what: What) -> Entry:
    """An alert as a message shows it."""
    said = alert.ending if what == "resolved" and alert.ending else alert.title
    return Entry(
        alert=alert.alert, what=what, app=alert.app, environment=alert.environment,
        kind=alert.kind, key=alert.key, severity=alert.severity, title=said,
        detail="" if what == "resolved" else alert.detail, url=alert.url, opened=alert.opened,
        over=alert.over, findings=alert.findings,
    )  # fmt: skip
