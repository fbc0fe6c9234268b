"""Sessions of users or of requests: how many ended well, by release and hour.

An SDK sends a session when it begins, and again when more is known of it; each counts once, with
the worst that was heard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import asyncpg

from agents.monitoring.errors.clock import happened
from agents.monitoring.errors.lifecycle import HOUR
from agents.monitoring.errors.rows import SessionRow, SessionsRow
from agents.monitoring.errors.shapes import items, mapping, text, whole

OUTCOMES = ("fine", "errored", "unhandled", "abnormal", "crashed")
"""From good to bad."""
MOST_AGGREGATES = 100
"""Entries of one `sessions` item; Sentry's own limit."""

Place = tuple[str, str, str, float]
"""App, environment, release, the hour's beginning."""


def session(
    app: str, environment: str, payload: Any, *, header: Mapping[str, Any], now: float
) -> SessionRow | None:
    """One session's update; None when it has no id."""
    given = mapping(payload)
    sid = text(given.get("sid"), 64)
    if not sid:
        return None
    status = given.get("status")
    outcome = status if status in OUTCOMES else "fine"
    if outcome == "fine" and whole(given.get("errors")):
        outcome = "errored"
    return SessionRow(
        app=app,
        environment=environment,
        session=sid,
        outcome=outcome,
        release=text(mapping(given.get("attrs")).get("release"), 200),
        started=happened(given.get("started"), header.get("sent_at"), now),
    )


def aggregates(
    app: str, environment: str, payload: Any, *, header: Mapping[str, Any], now: float
) -> Iterator[SessionsRow]:
    """Sessions that the SDK counted itself, by the minute in which they began."""
    given = mapping(payload)
    release = text(mapping(given.get("attrs")).get("release"), 200)
    for one in items({"values": given.get("aggregates")})[:MOST_AGGREGATES]:
        counts = mapping(one)
        started = happened(counts.get("started"), header.get("sent_at"), now)
        found = {name: whole(counts.get(name)) or 0 for name in OUTCOMES[1:]}
        found["fine"] = whole(counts.get("exited")) or 0
        yield SessionsRow(
            app, environment, release, started // HOUR * HOUR,
            tuple((name, number) for name, number in found.items() if number),
        )  # fmt: skip


def counted(
    known: Mapping[tuple[str, str, str], tuple[str, str, float]], rows: Iterable[SessionRow]
) -> tuple[dict[tuple[str, str, str], tuple[str, str, float]], Counter[tuple[Place, str]]]:
    """What sessions came to, and by how much each count changes. Pure.

    A session is app, environment and id; what is known of it its outcome, release and hour.
    """
    after: dict[tuple[str, str, str], tuple[str, str, float]] = {}
    changes: Counter[tuple[Place, str]] = Counter()
    for row in rows:
        key = (row.app, row.environment, row.session)
        before = after.get(key) or known.get(key)
        if before is None:
            outcome, release, hour = row.outcome, row.release, row.started // HOUR * HOUR
        else:
            outcome, release, hour = before
            place = (row.app, row.environment, release, hour)
            changes[place, outcome] -= 1
            outcome = max(outcome, row.outcome, key=OUTCOMES.index)
        changes[(row.app, row.environment, release, hour), outcome] += 1
        after[key] = (outcome, release, hour)
    return after, changes


async def write_sessions(
    connection: asyncpg.Connection, rows: Sequence[SessionRow], now: float
) -> None:
    """Keep how far sessions came, and count them. See the writer's Sink."""
    keys = sorted({(row.app, row.environment, row.session) for row in rows})
    found = await connection.fetch(
        """select app, environment, session, outcome, release,
               extract(epoch from hour)::float8 as hour
           from monitoring.sessions where (app, environment, session) in (
               select * from unnest($1::text[], $2::text[], $3::text[]))
           order by app, environment, session for update""",
        *zip(*keys, strict=True),
    )
    known = {
        (row["app"], row["environment"], row["session"]):
            (row["outcome"], row["release"], row["hour"])
        for row in found
    }  # fmt: skip
    after, changes = counted(known, rows)
    await connection.executemany(
        """insert into monitoring.sessions
               (app, environment, session, outcome, release, hour, at)
           values ($1, $2, $3, $4, $5, to_timestamp($6), to_timestamp($7))
           on conflict (app, environment, session) do update
               set outcome = excluded.outcome, at = excluded.at""",
        [(*key, *after[key], now) for key in keys],
    )
    await _add(connection, changes)


async def write_aggregates(
    connection: asyncpg.Connection, rows: Sequence[SessionsRow], now: float
) -> None:
    """Add what SDKs counted. See the writer's Sink."""
    del now
    changes: Counter[tuple[Place, str]] = Counter()
    for row in rows:
        for outcome, number in row.counts:
            changes[(row.app, row.environment, row.release, row.hour), outcome] += number
    await _add(connection, changes)


async def _add(connection: asyncpg.Connection, changes: Counter[tuple[Place, str]]) -> None:
    places = sorted({place for (place, _), number in changes.items() if number})
    await connection.executemany(
        """insert into monitoring.session_hours as h
               (app, environment, release, hour, fine, errored, unhandled, abnormal, crashed)
           values ($1, $2, $3, to_timestamp($4), $5, $6, $7, $8, $9)
           on conflict (app, environment, release, hour) do update set
               fine = h.fine + excluded.fine, errored = h.errored + excluded.errored,
               unhandled = h.unhandled + excluded.unhandled,
               abnormal = h.abnormal + excluded.abnormal, crashed = h.crashed + excluded.crashed""",
        [(*place, *(changes[place, outcome] for outcome in OUTCOMES)) for place in places],
    )
