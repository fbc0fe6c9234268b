"""Check-ins of Sentry's SDKs as reports of jobs.

Where a check-in brings Sentry's `monitor_config`, that is the job's schedule; without one only
what the job says itself counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog

from agents.monitoring.uptime import heartbeats
from agents.monitoring.uptime.crontab import BadSchedule
from agents.monitoring.uptime.heartbeats import Said
from agents.monitoring.uptime.judging import Policy
from agents.monitoring.uptime.schedules import Schedule, checked

log = structlog.get_logger()

MINUTE = 60.0
UNITS = {
    "minute": MINUTE, "hour": 3600.0, "day": 86_400.0, "week": 7 * 86_400.0,
    "month": 30 * 86_400.0, "year": 365 * 86_400.0,
}  # fmt: skip
MARGIN, RUNS = 1.0, 30.0
"""Minutes, where `monitor_config` does not say: Sentry's own."""
SAID: dict[str, Said] = {"ok": "ok", "error": "error", "in_progress": "started"}
AT_ONCE = 500
MOST_TIMES = 100


def schedule_of(config: Mapping[str, Any]) -> Schedule:
    """A `monitor_config` as a schedule. Raises BadSchedule."""
    given = config.get("schedule")
    if not isinstance(given, Mapping):
        raise BadSchedule("monitor_config has no schedule")
    value, kind = given.get("value"), given.get("type")
    every, crontab = 0.0, ""
    if kind == "crontab" and isinstance(value, str):
        crontab = value
    elif kind == "interval" and given.get("unit") in UNITS:
        every = _number(value, 0) * UNITS[given["unit"]]
    if not (every or crontab):
        raise BadSchedule(f"{given!r:.100} is no schedule")
    zone = config.get("timezone")
    return checked(
        Schedule(
            every=every, crontab=crontab, zone=zone if isinstance(zone, str) else "UTC",
            grace=_number(config.get("checkin_margin"), MARGIN) * MINUTE,
            runs=_number(config.get("max_runtime"), RUNS) * MINUTE,
            policy=Policy(
                failures=_times(config.get("failure_issue_threshold")),
                recoveries=_times(config.get("recovery_threshold")),
            ),
        )
    )  # fmt: skip


def _number(value: object, otherwise: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good else otherwise  # type: ignore[arg-type]  # it is a number then


def _times(value: object) -> int:
    return max(1, min(MOST_TIMES, int(_number(value, 1))))


async def take(connection: asyncpg.Connection) -> int:
    """Hear the check-ins that nobody has heard yet, once each; how many."""
    async with connection.transaction():
        rows = await connection.fetch(
            """update monitoring.check_ins set heard = true where id = any (array(
                   select id from monitoring.check_ins where not heard
                   order by id limit $1 for update skip locked))
               returning id, app, environment, slug, status, schedule,
                   extract(epoch from at)::float8 as at""",
            AT_ONCE,
        )  # fmt: skip
        for row in sorted(rows, key=lambda row: row["id"]):
            await _hear(connection, row)
    return len(rows)


async def _hear(connection: asyncpg.Connection, row: asyncpg.Record) -> None:
    schedule = None
    if row["schedule"] is not None:
        try:
            schedule = schedule_of(msgspec.json.decode(row["schedule"], type=dict[str, Any]))
        except (BadSchedule, msgspec.DecodeError) as error:
            log.warning("a job's schedule is not understood", job=row["slug"], error=str(error))
    await heartbeats.check_in(
        connection, row["app"], row["environment"], row["slug"], SAID[row["status"]], schedule,
        row["at"],
    )  # fmt: skip
