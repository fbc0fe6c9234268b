"""What was measured of a release, from what every part of monitoring keeps."""

from __future__ import annotations

import asyncpg

from agents.monitoring.regressions.compare import Measured

_CHECKS = """
select count(*)::integer as checks, count(*) filter (where not up)::integer as failed,
    count(*) filter (where up)::integer as times,
    percentile_cont(0.95) within group (order by milliseconds) filter (where up) as p95
from monitoring.checks
where app = $1 and environment = $2 and counted
    and at >= to_timestamp($3) and at < to_timestamp($4)
"""
_ERRORS = """
select count(*)::integer from monitoring.error_events
where app = $1 and environment = $2 and release = $3
    and received >= to_timestamp($4) and received < to_timestamp($5)
"""
_SESSIONS = """
select coalesce(sum(fine + errored + unhandled + abnormal + crashed), 0)::integer as sessions,
    coalesce(sum(errored + unhandled + abnormal + crashed), 0)::integer as broken
from monitoring.session_hours
where app = $1 and environment = $2 and release = $3 and hour > to_timestamp($4 - 90000)
"""
_VITALS = """
select metric, percentile_cont(0.75) within group (order by value) as value,
    count(*)::integer as visits
from monitoring.vitals_recent
where app = $1 and environment = $2
    and first_at >= to_timestamp($3) and first_at < to_timestamp($4)
group by metric
"""


async def measured(
    connection: asyncpg.Connection, app: str, environment: str, build: str, begins: float,
    ends: float,
) -> Measured:  # fmt: skip
    """What was measured of a release between two times."""
    checks = await connection.fetchrow(_CHECKS, app, environment, begins, ends)
    errors = await connection.fetchval(_ERRORS, app, environment, build, begins, ends)
    sessions = await connection.fetchrow(_SESSIONS, app, environment, build, begins)
    assert checks is not None
    assert sessions is not None
    vitals = await connection.fetch(_VITALS, app, environment, begins, ends)
    return Measured(
        checks=checks["checks"], failed=checks["failed"], p95=checks["p95"], times=checks["times"],
        errors=errors, minutes=(ends - begins) / 60, sessions=sessions["sessions"],
        broken=sessions["broken"],
        vitals={row["metric"]: (row["value"], row["visits"]) for row in vitals},
    )  # fmt: skip
