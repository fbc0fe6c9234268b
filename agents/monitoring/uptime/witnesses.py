"""Whether an address that gives no answer is down, or our own network is away.

Without an answer nobody can tell the two apart by one address. So it counts as down when another
host, apart from those that are known to be down, has answered since the first failed look; when
none has, the others are asked at once. When there is no other, only what this machine says itself
(no route, no name server) speaks for our own network. What is on this machine needs no network.
"""

from __future__ import annotations

import asyncpg

from agents.monitoring.store import Monitor
from agents.monitoring.uptime.options import host
from agents.monitoring.uptime.probe import Fault

ASKED = 3
"""Witnesses that are asked out of their turn."""

_OTHERS = """
select m.app, m.environment, m.url, extract(epoch from m.looked_at)::float8 as looked,
    extract(epoch from m.answered_at)::float8 as answered
from monitoring.monitors m
where (m.app, m.environment) <> ($1, $2) and not exists (
    select from monitoring.incidents i where i.app = m.app and i.environment = m.environment
        and i.key = 'uptime' and i.resolved_at is null)
order by m.answered_at desc nulls last limit 200
"""


async def testify(
    connection: asyncpg.Connection, monitor: Monitor, fault: Fault, *, since: float, now: float
) -> bool:
    """Whether it is the address that is down; `since` is when it failed for the first time."""
    own = host(monitor.url)
    if fault in ("answer", "build") or (not own and fault != "ours"):
        return True
    rows = await connection.fetch(_OTHERS, monitor.app, monitor.environment)
    others = [row for row in rows if host(row["url"]) not in ("", own)]
    if not others:
        return fault != "ours"
    if any((row["answered"] or 0) >= since for row in others):
        return True
    unasked = [row for row in others if (row["looked"] or 0) < since][:ASKED]
    for row in unasked:
        await connection.execute(
            """update monitoring.monitors set next_check = least(next_check, to_timestamp($3))
               where app = $1 and environment = $2""",
            row["app"], row["environment"], now,
        )  # fmt: skip
    return False
