"""What was alerted, who was told and how that went; and a test of it, all the way.

Errors are asyncpg's and OSError.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import uuid4

import asyncpg
from msgspec import Struct

from agents.monitoring import store
from agents.monitoring.findings import Finding, report
from agents.monitoring.reading import connection as connected
from bus.settings import Settings

FINAL = frozenset({"sent", "given_up", "suppressed"})
"""States of a delivery after which nothing more happens to it."""


class Delivery(Struct, frozen=True, kw_only=True):
    """A message about an alert to one channel; `at` is seconds since 1970, of its newest state.

    `state` is queued, sending, sent, failed (it is tried again), given_up, or suppressed, where
    `error` says by what. `what` is what the message says of the alert, such as began or resolved.
    """

    channel: str
    what: str
    state: str
    attempts: int
    at: float
    error: str


class Alert(Struct, frozen=True, kw_only=True):
    """Something that was not well; times are seconds since 1970, `resolved` None while it is so.

    `state` is firing, over (somebody is still to be told so) or resolved.
    """

    alert: int
    app: str
    environment: str
    kind: str
    key: str
    severity: str
    state: str
    title: str
    opened: float
    resolved: float | None
    deliveries: tuple[Delivery, ...]


_ALERTS = """
select id as alert, app, environment, kind, key, severity, state, title, opened, over as resolved
from monitoring.alerts
where ($2 = '' or app = $2) and ($3 = '' or environment = $3) and ($4 = '' or key = $4)
order by id desc limit $1
"""
_DELIVERIES = """
select a.alert, d.channel, a.what, d.state, d.attempts, coalesce(d.ended, d.queued) as at, d.error
from monitoring.delivery_alerts a join monitoring.deliveries d on d.id = a.delivery
where a.alert = any($1) order by d.id
"""
_HELD = """
select t.alert, t.channel, '' as what, 'suppressed' as state, 0 as attempts, a.opened as at,
    t.held as error
from monitoring.alert_told t join monitoring.alerts a on a.id = t.alert
where t.alert = any($1) and t.at is null and t.held <> '' order by t.channel
"""


async def alerts(
    settings: Settings, *, limit: int = 100, app: str = "", environment: str = ""
) -> list[Alert]:
    """The newest alerts, each with what became of telling people; "" is any."""
    return await _read(settings, limit, app, environment, "")


async def begin_test(settings: Settings, *, channel: str = "", now: float) -> str:
    """Ask for a test message to a channel, or to all; the key of the alert that comes of it."""
    key = f"test:{channel}:{uuid4()}"
    async with store.connected(settings.database_url.reveal()) as connection:
        finding = Finding(
            app="genesis", environment="production", kind="test", key=key, firing=True,
            severity="info", title="A test: alerts of Genesis arrive here",
            detail="Somebody asked for it with `genesis monitor test-alert`.", at=now,
        )  # fmt: skip
        await report(connection, finding)
    return key


async def tested(settings: Settings, key: str) -> Alert | None:
    """What came of a test so far; None until the monitoring agent took it."""
    return next(iter(await _read(settings, 1, "", "", key)), None)


async def withdraw_test(settings: Settings, key: str) -> bool:
    """Take back a test that nobody took; False when somebody has."""
    async with store.connected(settings.database_url.reveal()) as connection:
        done = await connection.execute(
            "delete from monitoring.findings where key = $1 and not alerted", key
        )
    return done != "DELETE 0"


async def _read(
    settings: Settings, limit: int, app: str, environment: str, key: str
) -> list[Alert]:
    found: dict[int, list[Delivery]] = defaultdict(list)
    try:
        async with connected(settings) as connection:
            rows = await connection.fetch(_ALERTS, limit, app, environment, key)
            numbers = [row["alert"] for row in rows]
            for query in (_DELIVERIES, _HELD):
                for row in await connection.fetch(query, numbers):
                    values = dict(row)
                    found[values.pop("alert")].append(Delivery(**values))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        # The monitoring agent makes its tables when it begins.
        return []
    return [Alert(**dict(row), deliveries=tuple(found[row["alert"]])) for row in rows]
