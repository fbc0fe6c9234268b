"""What has to be done with errors every minute, and the bounds of what is kept of them.

For each app in each environment, whatever is sent:

    KEPT_OF_APP events whole, of one group KEPT_OF_GROUP, for KEPT_DAYS, at most 64 KiB each
    every event's id and release for IDS seconds, which with the rate limit is at most 720,000
    GROUPS groups, and none that was not seen for GROUP_DAYS
    counts by hour for 8 days, sessions by hour for 90, open sessions for a day and SESSIONS of them
    RELEASES releases; source maps of MAPS_BYTES packed, the newest
"""

from __future__ import annotations

import asyncpg

from agents.monitoring.errors.deciding import mind_spikes, resolve_quiet

IDS = 7_200
"""Longer than a release is compared with the one before it."""
KEPT_OF_APP = 5_000
KEPT_OF_GROUP = 100
KEPT_DAYS = 30
GROUPS = 5_000
GROUP_DAYS = 90
SESSIONS = 100_000
RELEASES = 500
MAPS_BYTES = 256 * 1024 * 1024

_BY_AGE = (
    ("error_events", "received", IDS, "content is null"),
    ("error_events", "received", KEPT_DAYS * 86_400, "true"),
    ("error_groups", "last", GROUP_DAYS * 86_400, "true"),
    ("error_groups", "made", 3_600, "events = 0"),
    ("error_hours", "hour", 8 * 86_400, "true"),
    ("sessions", "at", 86_400, "true"),
    ("session_hours", "hour", 90 * 86_400, "true"),
    ("upload_chunks", "at", 86_400, "true"),
)
_BY_NUMBER = (
    ("error_events", "grp", "at", KEPT_OF_GROUP, "content is not null"),
    ("error_events", "app, environment", "at", KEPT_OF_APP, "content is not null"),
    ("error_groups", "app, environment", "last", GROUPS, "true"),
    ("sessions", "app, environment", "at", SESSIONS, "true"),
    ("app_releases", "app, environment", "born", RELEASES, "true"),
)


async def mind(connection: asyncpg.Connection, now: float) -> None:
    """Do what is due: spikes, what went quiet, and what is too old or too much."""
    await mind_spikes(connection, now)
    await resolve_quiet(connection, now)
    for table, column, seconds, only in _BY_AGE:
        await connection.execute(
            f"""delete from monitoring.{table}
                where {column} < to_timestamp($1) and {only}""",  # noqa: S608  names from above
            now - seconds,
        )
    for table, of, newest, most, only in _BY_NUMBER:
        await connection.execute(
            f"""delete from monitoring.{table} where ctid = any(array(
                    select ctid from (
                        select ctid, row_number() over (partition by {of} order by {newest} desc) n
                        from monitoring.{table} where {only}) numbered
                    where n > {most}))"""  # noqa: S608  names from above
        )
    await connection.execute(
        """delete from monitoring.source_maps where ctid = any(array(
               select ctid from (
                   select ctid, sum(length(content)) over (
                       partition by app, environment order by at desc, debug_id) held
                   from monitoring.source_maps) summed
               where held > $1))""",
        MAPS_BYTES,
    )
