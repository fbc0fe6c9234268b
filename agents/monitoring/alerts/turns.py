"""Whose turn it is: each channel gets its messages one by one and in order, from one replica.

A turn is a lease in the channel's row, kept before the attempt and given back with what came of
it. A turn that was never given back may have brought its message there or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from agents.monitoring.alerts.notices import Notice
from agents.monitoring.alerts.sending import LONGEST_QUIET, PATIENCE, Outcome

LEASE = 120.0
"""Seconds that a replica may take for an attempt and for keeping what came of it."""
GIVE_UP = 86_400.0
"""Seconds after which a message is not tried any more."""
UNANSWERED = 1
"""Attempts that may end without an answer before a message is given up as unknown."""
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 900.0
UNKNOWN = "nobody knows whether it arrived"
UNTOLD = "nobody was told that it began"


class Turn(Struct, frozen=True, kw_only=True):
    """A message to bring to a channel, by whoever holds the lease. `identity` is the message's."""

    lease: UUID
    delivery: int
    identity: str
    channel: str
    notice: Notice
    attempts: int
    unanswered: int
    plain: bool
    queued: float


_WAITING = """
select d.id, d.uuid, d.channel, d.notice, d.state, d.attempts, d.unanswered, d.plain, d.queued
from monitoring.alert_channels c
cross join lateral (
    select * from monitoring.deliveries where channel = c.channel and ended is null
    order by id limit 1
) d
where c.channel = any($1) and c.dead = '' and c.not_before <= $2 and d.next_at <= $2
    and (c.lease is null or c.lease_until < $2)
for update of c skip locked
"""
_NEVER_TOLD = """
select a.alert from monitoring.delivery_alerts a
join monitoring.alert_told t on t.alert = a.alert and t.channel = $2
where a.delivery = $1 and a.what = 'resolved' and t.failed
"""
# Whoever was told of an alert by an earlier message knows that it began.
_FAILED = """
update monitoring.alert_told t set failed = true
from monitoring.delivery_alerts a
where a.delivery = $1 and t.alert = a.alert and t.channel = $2 and not exists (
    select from monitoring.delivery_alerts b
    join monitoring.deliveries d on d.id = b.delivery
    where b.alert = a.alert and b.what <> 'resolved' and d.channel = $2 and d.state = 'sent')
"""


async def take(connection: asyncpg.Connection, channels: Sequence[str], now: float) -> list[Turn]:
    """The next message of each of these channels that is free and may be called."""
    async with connection.transaction():
        rows = await connection.fetch(_WAITING, list(channels), now)
        found = [await _turn(connection, row, now) for row in rows]
    return [one for one in found if one is not None]


async def _turn(connection: asyncpg.Connection, row: asyncpg.Record, now: float) -> Turn | None:
    unanswered = row["unanswered"] + (row["state"] == "sending")
    if unanswered > UNANSWERED:
        await _end(connection, row["id"], "given_up", UNKNOWN, unanswered, now)
        return None
    notice = msgspec.json.decode(row["notice"], type=Notice)
    untold = {
        one["alert"] for one in await connection.fetch(_NEVER_TOLD, row["id"], row["channel"])
    }
    kept = tuple(one for one in notice.entries if one.alert not in untold or one.what != "resolved")
    if not kept:
        await _end(connection, row["id"], "given_up", UNTOLD, unanswered, now)
        return None
    turn = Turn(
        lease=uuid4(), delivery=row["id"], identity=str(row["uuid"]), channel=row["channel"],
        notice=msgspec.structs.replace(notice, entries=kept), attempts=row["attempts"] + 1,
        unanswered=unanswered, plain=row["plain"], queued=row["queued"],
    )  # fmt: skip
    await connection.execute(
        """update monitoring.deliveries set state = 'sending', attempts = $2, unanswered = $3
           where id = $1""",
        turn.delivery, turn.attempts, unanswered,
    )  # fmt: skip
    await connection.execute(
        "update monitoring.alert_channels set lease = $2, lease_until = $3 where channel = $1",
        turn.channel, turn.lease, now + LEASE,
    )  # fmt: skip
    return turn


async def give_back(
    connection: asyncpg.Connection, turn: Turn, outcome: Outcome, now: float
) -> bool:
    """Keep what came of a turn; False when it was another's by then, and nothing was kept."""
    async with connection.transaction():
        kind = await connection.fetchval(
            """update monitoring.alert_channels
               set lease = null, not_before = greatest(not_before, $3)
               where channel = $1 and lease = $2 returning kind""",
            turn.channel, turn.lease, now + min(outcome.pause, LONGEST_QUIET),
        )  # fmt: skip
        if kind is None:
            return False
        if outcome.wide:
            await connection.execute(
                """update monitoring.alert_channels set not_before = greatest(not_before, $2)
                   where kind = $1""",
                kind, now + min(outcome.pause, LONGEST_QUIET),
            )  # fmt: skip
        await _settle(connection, turn, outcome, now)
    return True


async def _settle(connection: asyncpg.Connection, turn: Turn, outcome: Outcome, now: float) -> None:
    unanswered = turn.unanswered + (outcome.result == "unknown")
    match outcome.result:
        case "sent":
            await _end(connection, turn.delivery, "sent", outcome.error, unanswered, now)
        case "dead":
            await _dead(connection, turn, outcome.error, now)
        case "refused" if outcome.plainer and not turn.plain:
            await connection.execute(
                """update monitoring.deliveries set state = 'failed', error = $2, plain = true
                   where id = $1""",
                turn.delivery, outcome.error,
            )  # fmt: skip
        case "unknown" if unanswered > UNANSWERED:
            why = f"{UNKNOWN}: {outcome.error}"
            await _end(connection, turn.delivery, "given_up", why, unanswered, now)
        case "again" | "unknown" if not _is_hopeless(turn, outcome, now):
            await connection.execute(
                """update monitoring.deliveries
                   set state = 'failed', error = $2, unanswered = $3, next_at = $4 where id = $1""",
                turn.delivery, outcome.error, unanswered, now + _pause(turn, outcome),
            )  # fmt: skip
        case _:
            await _end(connection, turn.delivery, "given_up", outcome.error, unanswered, now)
            await connection.execute(_FAILED, turn.delivery, turn.channel)


def _is_hopeless(turn: Turn, outcome: Outcome, now: float) -> bool:
    """Whether it was tried for long enough; a test only for as long as it is asked to wait."""
    test = all(one.what == "test" for one in turn.notice.entries)
    return now - turn.queued > GIVE_UP or (test and not 0 < outcome.pause <= PATIENCE)


def _pause(turn: Turn, outcome: Outcome) -> float:
    if outcome.pause:
        return outcome.pause
    return float(min(FIRST_PAUSE * 2.0 ** min(turn.attempts - 1, 20), LONGEST_PAUSE))


async def _dead(connection: asyncpg.Connection, turn: Turn, why: str, now: float) -> None:
    """Never call the channel again as it is, and give up what waits for it."""
    await connection.execute(
        "update monitoring.alert_channels set dead = $2 where channel = $1", turn.channel, why
    )
    rows = await connection.fetch(
        """update monitoring.deliveries set state = 'given_up', error = $2, ended = $3
           where channel = $1 and ended is null returning id""",
        turn.channel, f"dead: {why}", now,
    )  # fmt: skip
    for row in rows:
        await connection.execute(_FAILED, row["id"], turn.channel)


async def forget_others(
    connection: asyncpg.Connection, channels: Sequence[str], now: float
) -> None:
    """Give up what waits for channels that are not configured any more."""
    rows = await connection.fetch(
        """update monitoring.deliveries set state = 'given_up', error = $2, ended = $3
           where not channel = any($1) and ended is null returning id, channel""",
        channels, "there is no channel of that name any more", now,
    )  # fmt: skip
    for row in rows:
        await connection.execute(_FAILED, row["id"], row["channel"])
    await connection.execute(
        "delete from monitoring.alert_channels where not channel = any($1)", channels
    )


async def _end(
    connection: asyncpg.Connection, delivery: int, state: str, error: str, unanswered: int,
    now: float,
) -> None:  # fmt: skip
    await connection.execute(
        """update monitoring.deliveries set state = $2, error = $3, unanswered = $4, ended = $5
           where id = $1""",
        delivery, state, error, unanswered, now,
    )  # fmt: skip
