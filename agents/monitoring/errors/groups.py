"""Groups as rows: found, made and locked for errors that arrive, and written back.

Whoever writes to a group holds its row, so that replicas do not count past each other. Groups are
locked in the order of their numbers, and made in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import asyncpg

from agents.monitoring.errors import grouping
from agents.monitoring.errors.lifecycle import HOUR, Folded, Group
from agents.monitoring.errors.rows import ErrorRow

NEW_EACH_HOUR = 200
"""Groups that an app may begin in an hour."""
OVERFLOW = "0" * 32
"""The key of the group that every error goes to beyond that."""
OVERFLOW_TITLE = "Too many different errors to tell apart"

Key = tuple[str, str, str]
"""App, environment, key."""


def key_of(row: ErrorRow) -> Key:
    """What says which group a row is of."""
    return row.app, row.environment, row.key


async def take(
    connection: asyncpg.Connection, rows: Sequence[ErrorRow], now: float
) -> tuple[dict[Key, Group], Sequence[ErrorRow]]:
    """The groups of all rows, locked, and the rows as they are grouped now."""
    first: dict[Key, ErrorRow] = {}
    for row in rows:
        first.setdefault(key_of(row), row)
    found = await _lock(connection, first)
    missing = sorted(first.keys() - found.keys())
    if not missing:
        return found, rows
    room = await _room(connection, {key[:2] for key in missing}, now)
    made, overflow = [], set()
    for key in missing:
        room[key[:2]] -= 1
        (made.append(key) if room[key[:2]] >= 0 else overflow.add(key))
    if overflow:
        rows = [_overflowing(row) if key_of(row) in overflow else row for row in rows]
        first |= {key_of(row): row for row in rows if row.key == OVERFLOW}
        made = sorted({*made, *(key for key in first if key[2] == OVERFLOW)})
    await _make(connection, [first[key] for key in made], now)
    return found | await _lock(connection, made), rows


def _overflowing(row: ErrorRow) -> ErrorRow:
    return ErrorRow(row.app, row.environment, OVERFLOW, row.event, row.who)


async def _lock(connection: asyncpg.Connection, keys: Iterable[Key]) -> dict[Key, Group]:
    apps, environments, names = zip(*keys, strict=True)
    rows = await connection.fetch(
        """select grp, app, environment, key, status, events, release_first, release_last, kept,
               extract(epoch from first)::float8 as first, extract(epoch from last)::float8 as last,
               extract(epoch from status_at)::float8 as status_at,
               extract(epoch from status_born)::float8 as status_born,
               (extract(epoch from kept_hour) / 3600)::int as kept_hour
           from monitoring.error_groups
           where (app, environment, key) in (
               select * from unnest($1::text[], $2::text[], $3::text[]))
           order by grp for update""",
        apps, environments, names,
    )  # fmt: skip
    return {
        (row["app"], row["environment"], row["key"]): Group(
            group=row["grp"], status=row["status"], first=row["first"], last=row["last"],
            events=row["events"], release_first=row["release_first"],
            release_last=row["release_last"], resolved=row["status_at"],
            resolved_born=row["status_born"], kept_hour=row["kept_hour"] or 0, kept=row["kept"],
        )
        for row in rows
    }  # fmt: skip


async def _room(
    connection: asyncpg.Connection, apps: set[tuple[str, str]], now: float
) -> dict[tuple[str, str], int]:
    """How many groups each app may still begin in this hour."""
    room = {}
    for app, environment in sorted(apps):
        begun = await connection.fetchval(
            """select count(*) from monitoring.error_groups
               where app = $1 and environment = $2 and made > to_timestamp($3)""",
            app, environment, now - HOUR,
        )  # fmt: skip
        room[app, environment] = NEW_EACH_HOUR - begun
    return room


async def _make(connection: asyncpg.Connection, rows: Sequence[ErrorRow], now: float) -> None:
    await connection.executemany(
        """insert into monitoring.error_groups
               (app, environment, key, title, culprit, level, made, first, last)
           select $1, $2, $3, $4, $5, $6, t, t, t from to_timestamp($7) t
           on conflict do nothing""",
        [
            (
                row.app, row.environment, row.key,
                OVERFLOW_TITLE if row.key == OVERFLOW else grouping.title(row.event),
                "" if row.key == OVERFLOW else grouping.culprit(row.event),
                row.event.level, now,
            )
            for row in rows
        ],
    )  # fmt: skip


async def update(
    connection: asyncpg.Connection, folded: Mapping[int, Folded], counted: Mapping[int, int]
) -> None:
    groups = [(result.group, result.news is not None) for result in folded.values()]
    await connection.execute(
        """update monitoring.error_groups g set
               status = n.status, first = to_timestamp(n.first), last = to_timestamp(n.last),
               events = n.events, users = greatest(g.users, n.users),
               release_first = n.release_first, release_last = n.release_last,
               kept_hour = to_timestamp(n.kept_hour), kept = n.kept,
               status_at = case when n.news then null else g.status_at end,
               status_born = case when n.news then null else g.status_born end,
               status_who = case when n.news then '' else g.status_who end
           from unnest($1::bigint[], $2::text[], $3::float8[], $4::float8[], $5::bigint[],
               $6::int[], $7::text[], $8::text[], $9::float8[], $10::int[], $11::bool[])
               as n (grp, status, first, last, events, users, release_first, release_last,
                   kept_hour, kept, news)
           where g.grp = n.grp""",
        [group.group for group, _ in groups],
        [group.status for group, _ in groups],
        [group.first for group, _ in groups],
        [group.last for group, _ in groups],
        [group.events for group, _ in groups],
        [counted.get(group.group, 0) for group, _ in groups],
        [group.release_first for group, _ in groups],
        [group.release_last for group, _ in groups],
        [group.kept_hour * float(HOUR) for group, _ in groups],
        [group.kept for group, _ in groups],
        [news for _, news in groups],
    )
