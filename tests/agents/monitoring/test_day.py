"""A day of monitoring with faults: no incident lost, no finding twice, storage within its bound."""

from __future__ import annotations

from collections import Counter

import asyncpg
import pytest

from agents.monitoring.uptime import rollup
from contracts import messages as m
from tests.support.days import FAR, LOCAL, Day
from tests.support.watching import EVERY

MOST_AN_HOUR = 8
"""Incidents of an app that comes and goes."""


async def lived(url: str, hours: float, seed: int, often: float = 1.0) -> None:
    """Live through such a day, and look at what is left of it."""
    day = Day(url, hours, seed, often)
    await day.run()
    connection = await asyncpg.connect(url)
    try:
        await no_finding_is_there_twice(connection)
        await everything_was_told(connection, day)
        await little_is_kept(connection, hours)
    finally:
        await connection.close()
    asked = [each for each in day.told if isinstance(each, m.RollbackRequested)]
    assert [each.pipeline for each in asked] == ["pipelinetwo2"]
    print(f"seed {seed}: {dict(day.counts)}, {len(day.told)} messages")


async def no_finding_is_there_twice(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("select app, key, firing from monitoring.findings order by id")
    firing: dict[tuple[str, str], bool] = {}
    for row in rows:
        thing = (row["app"], row["key"])
        assert row["firing"] != firing.get(thing, False), f"{thing} was found twice"
        firing[thing] = row["firing"]
    known = await connection.fetchval("select count(*) from monitoring.incidents")
    assert sum(row["firing"] for row in rows) == known
    assert ("one", "heartbeat:job") not in firing


async def everything_was_told(connection: asyncpg.Connection, day: Day) -> None:
    told = Counter(
        (each.incident, isinstance(each, m.IncidentOpened))
        for each in day.told
        if isinstance(each, m.Incident)
    )
    rows = await connection.fetch("select id::text, resolved_at from monitoring.incidents")
    wanted = {(row["id"], True) for row in rows}
    wanted |= {(row["id"], False) for row in rows if row["resolved_at"] is not None}
    assert set(told) == wanted
    assert max(told.values(), default=1) == 1


async def little_is_kept(connection: asyncpg.Connection, hours: float) -> None:
    number = len((*LOCAL, *FAR))
    kept = await connection.fetchval(
        "select (select count(*) from monitoring.checks)"
        " + (select count(*) from monitoring.rollups)"
    )
    # Looks that are to be confirmed come four times as often.
    assert kept <= number * rollup.rows_of(EVERY / 4)
    found = await connection.fetchval("select count(*) from monitoring.findings")
    assert found <= 2 * number * MOST_AN_HOUR * (hours + 1)
    events = await connection.fetchval(
        """select coalesce(max(n), 0) from (select count(*) as n
           from monitoring.incident_events group by incident) x"""
    )
    assert events <= 101


@pytest.mark.timeout(300)
async def test_some_hours_with_faults_lose_no_incident_and_tell_none_twice(url):
    await lived(url, 1.5, seed=1, often=5)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [2, 3])
async def test_a_day_with_faults_loses_no_incident_and_tells_none_twice(url, seed):
    await lived(url, 24, seed)
