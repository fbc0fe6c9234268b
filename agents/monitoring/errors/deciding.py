"""What people decide about groups, and what follows from silence and noise, told to alerts."""

from __future__ import annotations

import time
from collections.abc import Sequence

import asyncpg

from agents.monitoring import store
from agents.monitoring.errors.lifecycle import HOUR, QUIET, Status
from agents.monitoring.errors.releases import newest_born
from agents.monitoring.findings import Finding, Severity, report
from bus.settings import Settings

SPIKE_LEAST = 50
"""Events in an hour below which nothing is a spike."""
SPIKE_TIMES = 5
"""How many times what it was before an hour must be."""
SPIKE_HOURS = 24
SPIKE_AGE = 6
"""Hours for which a group must be known; before, it is news already."""


async def set_error_status(
    settings: Settings, group: int, status: Status, who: str, *, now: float | None = None
) -> bool:
    """Resolve a group, ignore it, or neither; False when there is no such group.

    Raises asyncpg's errors and OSError.
    """
    async with store.connected(settings.database_url.reveal()) as connection:
        return await decide(connection, group, status, who, time.time() if now is None else now)


async def decide(
    connection: asyncpg.Connection, group: int, status: Status, who: str, now: float
) -> bool:
    """As `set_error_status`, on a connection."""
    async with connection.transaction():
        row = await connection.fetchrow(
            """select app, environment, title, status, spiking from monitoring.error_groups
               where grp = $1 and events > 0 for update""",
            group,
        )
        if row is None:
            return False
        born = await newest_born(connection, row["app"], row["environment"])
        await connection.execute(
            """update monitoring.error_groups set status = $2, status_who = $3,
                   status_at = to_timestamp($4), status_born = to_timestamp($5), spiking = false
               where grp = $1""",
            group, status, who[:200], now, born if status == "resolved" else None,
        )  # fmt: skip
        if row["status"] == "unresolved" != status:
            said = f"{status} by {who}"
            await _tell(connection, group, row, firing=False, detail=said, at=now)
        if row["spiking"]:
            await _tell(connection, group, row, firing=False, detail=status, at=now, spike=True)
    return True


async def resolve_quiet(connection: asyncpg.Connection, now: float) -> None:
    """Resolve what was not seen for long."""
    rows = await connection.fetch(
        """select grp from monitoring.error_groups
           where status = 'unresolved' and events > 0 and last < to_timestamp($1)
           order by grp limit 1000""",
        now - QUIET,
    )
    for row in rows:
        days = round(QUIET / 86_400)
        await decide(connection, row["grp"], "resolved", f"silence ({days} days)", now)


async def mind_spikes(connection: asyncpg.Connection, now: float) -> None:
    """Tell of groups that are much more frequent than they were, and when that is over."""
    this_hour = now // HOUR * HOUR
    async with connection.transaction():
        rows = await connection.fetch(
            """select g.grp, g.app, g.environment, g.title, g.level, g.spiking,
                   extract(epoch from g.first)::float8 as first
               from monitoring.error_groups g
               left join monitoring.error_hours h
                   on h.grp = g.grp and h.hour = to_timestamp($1)
               where g.status = 'unresolved' and (g.spiking or h.events >= $2)
               order by g.grp for update of g""",
            this_hour, SPIKE_LEAST,
        )  # fmt: skip
        for row in rows:
            counts = await _hours(connection, row["grp"], this_hour)
            age = min(SPIKE_HOURS, int((now - row["first"]) // HOUR))
            spiking = is_spike(counts, age, was=row["spiking"])
            if spiking == row["spiking"]:
                continue
            await connection.execute(
                "update monitoring.error_groups set spiking = $2 where grp = $1",
                row["grp"], spiking,
            )  # fmt: skip
            detail = f"{counts[-1]} times in this hour, {sum(counts[:-1])} in the 24 before"
            await _tell(
                connection, row["grp"], row, firing=spiking, detail=detail, at=now, spike=True
            )


def is_spike(counts: Sequence[int], age: int, *, was: bool) -> bool:
    """Whether the last of the hours, not over yet, is much above those before. Pure.

    `age` is for how many full hours the group is known. A spike lasts until a whole hour was no
    more than usual.
    """
    if age < SPIKE_AGE:
        return False
    usual = sum(counts[-1 - age : -1]) / age
    much = max(SPIKE_LEAST, SPIKE_TIMES * usual)
    return counts[-1] >= much or (was and counts[-2] >= much)


async def _hours(connection: asyncpg.Connection, group: int, this_hour: float) -> list[int]:
    """How many events each hour had, the last one this hour's."""
    rows = await connection.fetch(
        """select extract(epoch from hour)::float8 as hour, events from monitoring.error_hours
           where grp = $1 and hour >= to_timestamp($2)""",
        group, this_hour - SPIKE_HOURS * HOUR,
    )  # fmt: skip
    counts = [0] * (SPIKE_HOURS + 1)
    for row in rows:
        place = SPIKE_HOURS - round((this_hour - row["hour"]) / HOUR)
        if 0 <= place <= SPIKE_HOURS:
            counts[place] = row["events"]
    return counts


async def _tell(
    connection: asyncpg.Connection,
    group: int,
    row: asyncpg.Record,
    *,
    firing: bool,
    detail: str,
    at: float,
    spike: bool = False,
) -> None:
    severity: Severity = "warning"
    often = "Much more often: " if spike else ""
    await report(
        connection,
        Finding(
            app=row["app"],
            environment=row["environment"],
            kind="error",
            key=f"error:{group}:spike" if spike else f"error:{group}",
            firing=firing,
            severity=severity,
            title=f"{often}{row['title']}",
            detail=detail,
            at=at,
        ),
    )
