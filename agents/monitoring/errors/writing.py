"""Errors to PostgreSQL: the sink that the writer runs in its transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import asyncpg

from agents.monitoring.errors import content, grouping, groups, users
from agents.monitoring.errors.event import ErrorEvent
from agents.monitoring.errors.lifecycle import HOUR, Folded, Seen, fold
from agents.monitoring.errors.releases import born
from agents.monitoring.errors.rows import ErrorRow
from agents.monitoring.findings import Finding, Severity, report


async def write_errors(
    connection: asyncpg.Connection, rows: Sequence[ErrorRow], now: float
) -> None:
    """Keep errors that are not there yet, and say what is new. See the writer's Sink."""
    found, rows = await groups.take(connection, rows, now)
    rows = await _unknown(connection, rows)
    if not rows:
        return
    births = await born(
        connection, {(row.app, row.environment, row.event.release) for row in rows}, now
    )
    by_group: dict[int, list[ErrorRow]] = defaultdict(list)
    for row in rows:
        by_group[found[groups.key_of(row)].group].append(row)
    state = {group.group: group for group in found.values()}
    folded = {
        number: fold(
            state[number],
            [
                Seen(
                    row.event.at,
                    row.event.release,
                    births.get((row.app, row.environment, row.event.release)),
                )
                for row in some
            ],
            now,
        )
        for number, some in by_group.items()
    }
    await _insert_events(connection, by_group, folded, now)
    await _count_hours(connection, by_group)
    counted = await _count_users(connection, by_group)
    await groups.update(connection, folded, counted)
    for number, result in folded.items():
        if result.news is not None:
            await report(connection, _finding(by_group[number][0], result, now))


async def _unknown(connection: asyncpg.Connection, rows: Sequence[ErrorRow]) -> Sequence[ErrorRow]:
    """The rows whose events are not there yet, each once."""
    once = {(row.app, row.environment, row.event.event): row for row in rows}
    apps, environments, events = zip(*once, strict=True)
    known = await connection.fetch(
        """select app, environment, event from monitoring.error_events
           where (app, environment, event) in (
               select * from unnest($1::text[], $2::text[], $3::uuid[]))""",
        apps, environments, events,
    )  # fmt: skip
    for row in known:
        once.pop((row["app"], row["environment"], row["event"].hex), None)
    return list(once.values())


async def _insert_events(
    connection: asyncpg.Connection,
    by_group: Mapping[int, Sequence[ErrorRow]],
    folded: Mapping[int, Folded],
    now: float,
) -> None:
    rows = [
        (row, number, content.packed(row.event) if keep else None)
        for number, some in by_group.items()
        for row, keep in zip(some, folded[number].keep, strict=True)
    ]
    await connection.execute(
        """insert into monitoring.error_events
               (app, environment, event, grp, at, received, release, content)
           select app, environment, event, grp, to_timestamp(at), to_timestamp($8), release, content
           from unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::float8[], $6::text[],
               $7::bytea[]) as n (app, environment, event, grp, at, release, content)
           on conflict do nothing""",
        [row.app for row, _, _ in rows],
        [row.environment for row, _, _ in rows],
        [row.event.event for row, _, _ in rows],
        [number for _, number, _ in rows],
        [row.event.at for row, _, _ in rows],
        [row.event.release for row, _, _ in rows],
        [packed for _, _, packed in rows],
        now,
    )


async def _count_hours(
    connection: asyncpg.Connection, by_group: Mapping[int, Sequence[ErrorRow]]
) -> None:
    hours = Counter(
        (number, int(row.event.at // HOUR) * HOUR)
        for number, some in by_group.items()
        for row in some
    )
    await connection.execute(
        """insert into monitoring.error_hours as h (grp, hour, events)
           select grp, to_timestamp(hour), events
           from unnest($1::bigint[], $2::float8[], $3::bigint[]) as n (grp, hour, events)
           on conflict (grp, hour) do update set events = h.events + excluded.events""",
        [number for number, _ in hours],
        [hour for _, hour in hours],
        list(hours.values()),
    )


async def _count_users(
    connection: asyncpg.Connection, by_group: Mapping[int, Sequence[ErrorRow]]
) -> dict[int, int]:
    """How many users the groups have whose users changed."""
    seen = {
        number: {row.who for row in some if row.who is not None}
        for number, some in by_group.items()
        if any(row.who is not None for row in some)
    }
    if not seen:
        return {}
    rows = await connection.fetch(
        "select grp, hashes from monitoring.error_users where grp = any($1)", list(seen)
    )
    known = {row["grp"]: row["hashes"] for row in rows}
    changed = {}
    for number, hashes in seen.items():
        merged = users.more(known.get(number, ()), hashes)
        if merged != known.get(number):
            changed[number] = merged
    if changed:
        await connection.executemany(
            """insert into monitoring.error_users (grp, hashes) values ($1, $2)
               on conflict (grp) do update set hashes = excluded.hashes""",
            list(changed.items()),
        )
    return {number: users.count(merged) for number, merged in changed.items()}


def _finding(row: ErrorRow, result: Folded, now: float) -> Finding:
    title = groups.OVERFLOW_TITLE if row.key == groups.OVERFLOW else grouping.title(row.event)
    where = grouping.culprit(row.event)
    release = f"release {row.event.release}" if row.event.release else ""
    return Finding(
        app=row.app,
        environment=row.environment,
        kind="error",
        key=f"error:{result.group.group}",
        firing=True,
        severity=severity(row.event),
        title=title if result.news == "new" else f"Is back: {title}",
        detail="\n".join(line for line in (where, release, row.event.url) if line),
        at=now,
    )


def severity(event: ErrorEvent) -> Severity:
    """How much an error matters before anybody looked at it."""
    match event.level:
        case "fatal":
            return "critical"
        case "error":
            return "warning"
    return "info"
