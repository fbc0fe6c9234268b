"""What jobs say of themselves, handed to those who miss them when they are late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from agents.monitoring.errors.rows import CheckInRow
from agents.monitoring.errors.shapes import mapping, text

STATUSES = ("in_progress", "ok", "error")
MOST_SCHEDULE = 4_096


def check_in(app: str, environment: str, payload: Any, *, now: float) -> CheckInRow | None:
    """A check-in; None when it does not say of which job, or nothing that is known.

    It has no time of its own: it is when it came.
    """
    given: Mapping[str, Any] = mapping(payload)
    slug, status = text(given.get("monitor_slug"), 100), given.get("status")
    if not slug or status not in STATUSES:
        return None
    duration = given.get("duration")
    schedule = mapping(given.get("monitor_config"))
    packed = msgspec.json.encode(schedule) if schedule else None
    return CheckInRow(
        app=app,
        environment=environment,
        slug=slug,
        status=status,
        at=now,
        check_in=text(given.get("check_in_id"), 64),
        seconds=float(duration) if isinstance(duration, int | float) else None,
        schedule=packed if packed and len(packed) <= MOST_SCHEDULE else None,
    )


async def write_check_ins(
    connection: asyncpg.Connection, rows: Sequence[CheckInRow], now: float
) -> None:
    """Keep check-ins. See the writer's Sink."""
    del now
    await connection.executemany(
        """insert into monitoring.check_ins
               (app, environment, slug, status, at, check_in, seconds, schedule)
           values ($1, $2, $3, $4, to_timestamp($5), $6, $7, $8::jsonb)
           on conflict do nothing""",
        [
            (
                row.app, row.environment, row.slug, row.status, row.at, row.check_in,
                row.seconds, row.schedule.decode() if row.schedule else None,
            )
            for row in rows
        ],
    )  # fmt: skip
