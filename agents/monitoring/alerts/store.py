"""Alerts in PostgreSQL: one round takes new findings, judges what is due and queues messages.

A round is one transaction, and only one replica makes it at a time: what a channel is told is
decided once, whoever is killed when. Errors are asyncpg's and OSError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from agents.monitoring.alerts import alert as alerts
from agents.monitoring.alerts import circumstances, silences
from agents.monitoring.alerts.alert import Alert, Told
from agents.monitoring.alerts.judging import World, judge
from agents.monitoring.alerts.planning import HOUR, Judged, Message, Past, Plan, plan
from agents.monitoring.alerts.rules import RANK, Configuration, Damping
from agents.monitoring.findings import Finding

LOCK = 0x67656E41
"""Advisory lock of the replica that makes a round."""
FINDINGS = 500
"""Findings that one round takes."""
ALERTS = 1000
"""Alerts that one round judges, and as many again of the same apps."""
RETENTION = 90 * 86_400.0
"""Seconds that settled alerts and their messages are kept."""

_FIELDS = tuple(field.name for field in msgspec.structs.fields(Alert) if field.name != "alert")
_COLUMNS = "id as alert, " + ", ".join(f'"{name}"' for name in _FIELDS)
_Thing = tuple[str, str, str]


async def round_(
    connection: asyncpg.Connection, configuration: Configuration, prints: Mapping[str, str],
    now: float,
) -> bool:  # fmt: skip
    """Take findings, judge, queue. `prints` are the channels' fingerprints.

    False when there is more to do at once.
    """
    async with connection.transaction():
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return True
        await circumstances.keep(connection, configuration, prints, now)
        taken = await _take_findings(connection, configuration.damping, now)
        judged = await _judge(connection, configuration, now)
        if judged:
            past = await _past(connection, configuration, judged, now)
            await _keep(connection, plan(judged, configuration, past, now), now)
    return taken < FINDINGS


async def _take_findings(connection: asyncpg.Connection, damping: Damping, now: float) -> int:
    rows = await connection.fetch(
        """select id, app, environment, kind, key, firing, severity, title, detail, url,
               extract(epoch from at)::float8 as at
           from monitoring.findings where not alerted order by id limit $1""",
        FINDINGS,
    )  # fmt: skip
    if not rows:
        return 0
    found = [_finding(row) for row in rows]
    things = sorted({(one.app, one.environment, one.key) for one in found})
    live, earlier = await _of_things(connection, things)
    changed: dict[_Thing, list[Alert]] = {}
    for one in found:
        thing = (one.app, one.environment, one.key)
        after = alerts.take(one, live.get(thing), earlier.get(thing), damping, now)
        if after is not None:
            live[thing] = after
            changed[thing] = [after]
    await _write(connection, [one for each in changed.values() for one in each], now)
    await connection.execute(
        "update monitoring.findings set alerted = true where id = any($1)",
        [row["id"] for row in rows],
    )
    return len(rows)


def _finding(row: asyncpg.Record) -> Finding:
    values = {name: row[name] for name in Finding.__struct_fields__}
    if row["severity"] not in RANK:
        values["severity"] = "warning"
    return Finding(**values)


async def _of_things(
    connection: asyncpg.Connection, things: Sequence[_Thing]
) -> tuple[dict[_Thing, Alert], dict[_Thing, Alert]]:
    """The live alerts of these things, and the newest settled ones."""
    rows = await connection.fetch(
        f"""select distinct on (a.app, a.environment, a.key, a.state = 'resolved') {_COLUMNS}
            from monitoring.alerts a
            where (a.app, a.environment, a.key) in (
                select * from unnest($1::text[], $2::text[], $3::text[]))
            order by a.app, a.environment, a.key, a.state = 'resolved', a.id desc""",  # noqa: S608  its own columns
        *(list(each) for each in zip(*things, strict=True)),
    )
    live: dict[_Thing, Alert] = {}
    earlier: dict[_Thing, Alert] = {}
    for row in rows:
        one = _alert(row)
        into = earlier if one.state == "resolved" else live
        into[one.app, one.environment, one.key] = one
    return live, earlier


def _alert(row: asyncpg.Record) -> Alert:
    values: dict[str, Any] = dict(row)
    values["seen"], values["fired"] = tuple(row["seen"]), tuple(row["fired"])
    return Alert(**values)


async def _write(connection: asyncpg.Connection, changed: Sequence[Alert], now: float) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(_FIELDS) + 1))
    names = ", ".join(f'"{name}"' for name in _FIELDS)
    new = [one for one in changed if not one.alert]
    old = [one for one in changed if one.alert]
    await connection.executemany(
        f"insert into monitoring.alerts ({names}, due) values ({places}, ${len(_FIELDS) + 1})",  # noqa: S608
        [(*_values(one), now) for one in new],
    )
    await connection.executemany(
        f"""update monitoring.alerts set ({names}, due) = ({places}, ${len(_FIELDS) + 1})
            where id = ${len(_FIELDS) + 2}""",  # noqa: S608
        [(*_values(one), now, one.alert) for one in old],
    )


def _values(one: Alert) -> list[object]:
    return [getattr(one, name) for name in _FIELDS]


async def _judge(
    connection: asyncpg.Connection, configuration: Configuration, now: float
) -> list[Judged]:
    """What is due, with what will be soon of the same apps: it may go into the same message."""
    rows = await connection.fetch(
        f"""with now_due as (
                select id, app, environment from monitoring.alerts where due <= $1
                order by due limit $3),
            soon as (
                select id from monitoring.alerts
                where due <= $2 and due > $1
                    and (app, environment) in (select app, environment from now_due) limit $3)
            select {_COLUMNS} from monitoring.alerts
            where id in (select id from now_due union all select id from soon) order by id""",  # noqa: S608
        now, now + configuration.damping.wait, ALERTS,
    )  # fmt: skip
    if not rows:
        return []
    found = [_alert(row) for row in rows]
    told: dict[int, dict[str, Told]] = {one.alert: {} for one in found}
    known = await connection.fetch(
        "select * from monitoring.alert_told where alert = any($1)", list(told)
    )
    for row in known:
        values = {name: row[name] for name in Told.__struct_fields__}
        told[row["alert"]][row["channel"]] = Told(**values)
    dead = await connection.fetch("select channel, dead from monitoring.alert_channels")
    world = World(
        configuration=configuration, silences=await silences.active(connection, now), now=now,
        dead={row["channel"]: row["dead"] for row in dead if row["dead"]},
    )  # fmt: skip
    return [
        Judged(alert=one, told=told[one.alert], verdict=judge(one, told[one.alert], world))
        for one in found
    ]


async def _past(
    connection: asyncpg.Connection, configuration: Configuration, judged: Sequence[Judged],
    now: float,
) -> Past:  # fmt: skip
    """What was sent, may have been, or is still to be."""
    names = [one.name for one in configuration.channels]
    counted = await connection.fetch(
        """select channel, coalesce(ended + $3, 'infinity') as free from monitoring.deliveries
           where channel = any($1) and (ended is null
               or (ended > $2 and (state = 'sent' or unanswered > 0)))
           order by 2""",
        names, now - HOUR, HOUR,
    )  # fmt: skip
    free: dict[str, list[float]] = {}
    for row in counted:
        free.setdefault(row["channel"], []).append(row["free"])
    apps = sorted({(one.alert.app, one.alert.environment) for one in judged})
    last = await connection.fetch(
        """select channel, app, environment, max(queued) as last from monitoring.deliveries
           where channel = any($1) and queued > $2 and (app, environment) in (
               select * from unnest($3::text[], $4::text[]))
           group by channel, app, environment""",
        names, now - configuration.damping.interval, *(list(x) for x in zip(*apps, strict=True)),
    )  # fmt: skip
    return Past(
        free=free,
        last={(row["channel"], row["app"], row["environment"]): row["last"] for row in last},
    )


async def _keep(connection: asyncpg.Connection, made: Plan, now: float) -> None:
    for message in made.messages:
        await _queue(connection, message, now)
    await connection.executemany(
        """insert into monitoring.alert_told
               (alert, channel, at, severity, flapping, failed, ended, held)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (alert, channel) do update set at = excluded.at,
               severity = excluded.severity, flapping = excluded.flapping,
               failed = excluded.failed, ended = excluded.ended, held = excluded.held""",
        [(*which, *msgspec.structs.astuple(one)) for which, one in made.told.items()],
    )  # fmt: skip
    await connection.executemany(
        "update monitoring.alerts set due = $2 where id = $1", list(made.due.items())
    )
    await connection.execute(
        """update monitoring.alerts set state = 'resolved', over = coalesce(over, $2)
           where id = any($1)""",
        list(made.closed), now,
    )  # fmt: skip


async def _queue(connection: asyncpg.Connection, message: Message, now: float) -> None:
    delivery = await connection.fetchval(
        """insert into monitoring.deliveries (channel, app, environment, notice, queued, next_at)
           values ($1, $2, $3, $4, $5, $5) returning id""",
        message.channel, message.app, message.environment,
        msgspec.json.encode(message.notice).decode(), now,
    )  # fmt: skip
    await connection.executemany(
        "insert into monitoring.delivery_alerts (delivery, alert, what) values ($1, $2, $3)",
        [(delivery, alert, what) for alert, what in message.alerts],
    )


async def prune(connection: asyncpg.Connection, now: float) -> None:
    """Forget what was settled long ago."""
    await connection.execute(
        "delete from monitoring.alerts where state = 'resolved' and over < $1", now - RETENTION
    )
    await connection.execute("delete from monitoring.deliveries where ended < $1", now - RETENTION)
