"""What changes around alerts: the clock that is set back, and the configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import asyncpg

from agents.monitoring.alerts import turns
from agents.monitoring.alerts.rules import Configuration

NOTE_TIME = 10.0
"""Seconds between two notes of the time."""
SET_BACK = 5.0
"""Seconds by which a clock may differ between replicas."""


async def keep(
    connection: asyncpg.Connection, configuration: Configuration, prints: Mapping[str, str],
    now: float,
) -> None:  # fmt: skip
    """Notice a clock that was set back, and another configuration."""
    made = hashlib.sha256(repr((configuration, sorted(prints.items()))).encode()).hexdigest()
    row = await connection.fetchrow("select at, made from monitoring.alert_clock")
    if row is not None and now < row["at"] - SET_BACK:
        await _set_back(connection, now)
    if row is None or row["made"] != made:
        await _reconfigure(connection, configuration, prints, now)
    elif row["at"] <= now < row["at"] + NOTE_TIME:
        return
    await connection.execute(
        """insert into monitoring.alert_clock (at, made) values ($1, $2)
           on conflict (one) do update set at = excluded.at, made = excluded.made""",
        now, made,
    )  # fmt: skip


async def _set_back(connection: asyncpg.Connection, now: float) -> None:
    """Nothing may wait for a time that was only shown by mistake."""
    for statement in (
        """update monitoring.alerts set due = $1, opened = least(opened, $1), over = least(over, $1)
           where state <> 'resolved'""",
        "update monitoring.alert_told set at = $1 where at > $1",
        "update monitoring.deliveries set next_at = $1 where ended is null and next_at > $1",
        "update monitoring.deliveries set ended = $1 where ended > $1",
        "update monitoring.deliveries set queued = $1 where queued > $1",
        """update monitoring.alert_channels set not_before = least(not_before, $1),
               lease_until = least(lease_until, $1)""",
    ):
        await connection.execute(statement, now)


async def _reconfigure(
    connection: asyncpg.Connection, configuration: Configuration, prints: Mapping[str, str],
    now: float,
) -> None:  # fmt: skip
    """Call dead channels again that are configured differently now, and judge everything anew."""
    for channel in configuration.channels:
        renewed = await connection.fetchval(
            """insert into monitoring.alert_channels as c (channel, fingerprint, kind)
               values ($1, $2, $3)
               on conflict (channel) do update set fingerprint = excluded.fingerprint,
                   kind = excluded.kind, dead = '', not_before = 0
               where c.fingerprint <> excluded.fingerprint returning true""",
            channel.name, prints[channel.name], channel.kind,
        )  # fmt: skip
        if renewed:
            await connection.execute(
                "delete from monitoring.alert_told where channel = $1 and failed", channel.name
            )
    if not configuration.problems:
        # What cannot be read may name the channel that is missing.
        await turns.forget_others(connection, list(prints), now)
    await connection.execute("update monitoring.alerts set due = 0 where state <> 'resolved'")
