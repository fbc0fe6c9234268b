"""Rounds and turns in a real database, at times that the test says."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import asyncpg
import pytest

from agents.monitoring import findings
from agents.monitoring import store as database
from agents.monitoring.alerts import reads, store
from agents.monitoring.alerts.sending import Outcome
from agents.monitoring.alerts.turns import GIVE_UP, LEASE, UNKNOWN, UNTOLD
from tests.agents.monitoring.alerts.conftest import Slow
from tests.support.alerting import finding

SENT = Outcome(result="sent")


def whats(turn):
    return [one.what for one in turn.notice.entries]


async def test_a_finding_is_a_message_to_each_channel(slow):
    await slow.report("uptime")
    await slow.round()
    found = await slow.take()
    assert sorted((one.channel, *whats(one)) for one in found) == [
        ("discord", "began"), ("slack", "began"),
    ]  # fmt: skip
    assert await slow.take() == []
    for one in found:
        assert await slow.give_back(one, SENT)
    (alert,) = await reads.alerts(slow.world.settings)
    assert (alert.state, {one.state for one in alert.deliveries}) == ("firing", {"sent"})


async def test_a_finding_that_is_committed_after_later_ones_is_told(slow):
    other = await asyncpg.connect(slow.world.url)
    late = other.transaction()
    await late.start()
    await findings.report(other, finding("late", at=slow.now))
    await slow.report("early")
    await slow.round()
    await late.commit()
    await other.close()
    await slow.round()
    keys = await slow.connection.fetch("select key from monitoring.alerts order by id")
    assert [row["key"] for row in keys] == ["early", "late"]


async def test_a_finding_that_was_rolled_back_is_not_told(slow):
    transaction = slow.connection.transaction()
    await transaction.start()
    await slow.report("uptime")
    await transaction.rollback()
    await slow.round()
    assert await slow.deliveries() == []


async def test_replicas_decide_once(slow):
    await slow.report(*(f"error:{n}" for n in range(20)))
    async with database.connected(slow.world.url) as one, database.connected(slow.world.url) as two:
        replicas = [slow, Slow(slow.world, one), Slow(slow.world, two)]
        await asyncio.gather(*(each.round() for each in replicas for _ in range(1)))
        await asyncio.gather(*(each.round() for each in replicas))
        turns = await asyncio.gather(*(each.take() for each in replicas))
    told = [alert.alert for each in turns for one in each for alert in one.notice.entries]
    assert len(told) == 2 * 10
    assert len(await slow.deliveries()) == 2


async def test_a_round_that_was_broken_off_has_decided_nothing(slow, monkeypatch):
    async def breaks(*_):
        raise ConnectionError

    await slow.report("uptime")
    with monkeypatch.context() as patched:
        patched.setattr(store, "_queue", breaks)
        with pytest.raises(ConnectionError):
            await slow.round()
    assert await slow.deliveries() == []
    await slow.round()
    assert len(await slow.deliveries()) == 2


async def test_more_findings_than_one_round_takes_are_all_taken(slow, monkeypatch):
    monkeypatch.setattr(store, "FINDINGS", 7)
    await slow.report(*(f"error:{n}" for n in range(20)))
    for _ in range(3):
        await slow.round()
    rows = await slow.connection.fetch("select key from monitoring.alerts")
    assert len(rows) == 20


async def test_a_replica_that_died_with_a_turn_is_followed_by_one_more_attempt(slow):
    await slow.report("uptime")
    await slow.round()
    first = await slow.take()
    assert await slow.take(LEASE - 1) == []
    second = await slow.take(2)
    assert [one.identity for one in second] == [one.identity for one in first]
    assert not await slow.give_back(first[0], SENT)
    assert await slow.take(LEASE + 1) == []
    assert {state for _, state, _ in await slow.deliveries()} == {"given_up"}
    assert {error for _, _, error in await slow.deliveries()} == {UNKNOWN}


async def test_what_was_not_answered_twice_is_not_sent_again_and_its_end_is_told(slow):
    await slow.report("uptime")
    await slow.round()
    for _ in range(2):
        for turn in await slow.take(60):
            await slow.give_back(turn, Outcome(result="unknown", error="no answer"))
    assert await slow.take(GIVE_UP) == []
    assert {error for _, _, error in await slow.deliveries()} == {f"{UNKNOWN}: no answer"}
    await slow.report("uptime", firing=False)
    await slow.round()
    assert [whats(one) for one in await slow.take()] == [["resolved"], ["resolved"]]


async def test_what_does_not_arrive_is_tried_ever_more_rarely_for_a_day(slow):
    await slow.report("uptime")
    await slow.round()
    attempts = []
    while slow.now < 1_000_000 + 2 * GIVE_UP:
        for turn in await slow.take():
            if turn.channel == "slack":
                attempts.append(slow.now)
            await slow.give_back(turn, Outcome(result="again", error="status 503"))
        slow.now += 5 if len(attempts) < 9 else 150
    pauses = [later - one for one, later in pairwise(attempts)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert max(pauses) == 900
    assert 90 < len(attempts) < 110
    assert set(await slow.deliveries()) == {
        ("slack", "given_up", "status 503"), ("discord", "given_up", "status 503"),
    }  # fmt: skip


async def test_whoever_was_not_told_that_it_began_is_not_told_that_it_is_over(slow):
    await slow.report("uptime")
    await slow.round()
    turns = {one.channel: one for one in await slow.take()}
    await slow.report("uptime", firing=False)
    await slow.round(1)
    await slow.give_back(turns["discord"], SENT)
    await slow.give_back(turns["slack"], Outcome(result="refused", error="status 400"))
    (left,) = await slow.take(10)
    assert (left.channel, whats(left)) == ("discord", ["resolved"])
    assert ("slack", "given_up", UNTOLD) in await slow.deliveries()


async def test_a_message_that_is_refused_is_tried_as_text_alone(slow):
    await slow.report("uptime")
    await slow.round()
    for expected in (False, True):
        turn = next(one for one in await slow.take(10) if one.channel == "slack")
        assert turn.plain == expected
        await slow.give_back(turn, Outcome(result="refused", error="status 400", plainer=True))
    assert ("slack", "given_up", "status 400") in await slow.deliveries()


async def test_a_dead_channel_is_not_called_until_it_is_configured_differently(slow):
    await slow.report("one")
    await slow.round()
    turns = {one.channel: one for one in await slow.take()}
    await slow.give_back(turns["slack"], SENT)
    await slow.report("two", app="blog")
    await slow.round()
    await slow.give_back(turns["discord"], Outcome(result="dead", error="status 404: gone"))
    await slow.report("three", app="bank")
    await slow.round(10_000)
    assert {one.channel for one in await slow.take()} == {"slack"}
    assert [one for one in await slow.deliveries() if one[0] == "discord"] == [
        ("discord", "given_up", "dead: status 404: gone")
    ] * 2
    three, *_ = await reads.alerts(slow.world.settings)
    held = next(one for one in three.deliveries if one.channel == "discord")
    assert (held.state, held.error) == ("suppressed", "dead: status 404: gone")
    slow.configure(
        slow.world.with_(discord_webhook_url="https://discord.com/api/webhooks/2/other").settings
    )
    await slow.round(1)
    told = []
    while turns := [one for one in await slow.take(2) if one.channel == "discord"]:
        told += [one.key for one in turns[0].notice.entries]
        await slow.give_back(turns[0], SENT)
    assert sorted(told) == ["one", "three", "two"]


async def test_a_channel_is_left_alone_as_long_as_it_asks_and_so_are_its_kind(slow):
    (slow.world.home / "monitoring.toml").write_text(
        '[[channels]]\nname = "second"\nkind = "discord"\n'
        'url = "https://discord.com/api/webhooks/2/x"\n[grouping]\nwait = 0\n'
    )
    slow.configure(slow.world.settings)
    await slow.report("uptime")
    await slow.round()
    for turn in await slow.take():
        outcome = Outcome(result="again", error="429", pause=300.0, wide=True)
        await slow.give_back(turn, outcome if turn.channel == "discord" else SENT)
    await slow.report("more", app="blog")
    await slow.round()
    assert [one.channel for one in await slow.take(299)] == ["slack"]
    assert {one.channel for one in await slow.take(2)} == {"discord", "second"}


async def test_messages_of_a_channel_stay_in_their_order(slow):
    for key in ("a", "b", "c"):
        await slow.report(key, app=key)
        await slow.round(1)
    order = []
    results = iter([Outcome(result="again", error="status 500"), SENT, SENT, SENT])
    while turns := [one for one in await slow.take(10) if one.channel == "slack"]:
        order += [one.key for one in turns[0].notice.entries]
        await slow.give_back(turns[0], next(results))
    assert order == ["a", "a", "b", "c"]


async def test_a_clock_that_is_set_back_stops_nothing(slow):
    await slow.report("before")
    await slow.round()
    for turn in await slow.take():
        await slow.give_back(turn, Outcome(result="again", error="x", pause=3000.0))
    slow.now -= 10 * 86_400
    await slow.report("after", app="blog")
    await slow.round()
    told = []
    for _ in range(2):
        for turn in await slow.take(1):
            told += [one.key for one in turn.notice.entries if turn.channel == "slack"]
            await slow.give_back(turn, SENT)
    assert told == ["before", "after"]
    await slow.round(3600)
    assert [whats(one) for one in await slow.take() if one.channel == "slack"] == [["reminder"]]


async def test_a_clock_that_jumps_ahead_reminds_once(slow):
    await slow.report("uptime")
    await slow.round()
    for turn in await slow.take():
        await slow.give_back(turn, SENT)
    await slow.round(40 * 86_400)
    await slow.round()
    await slow.round(1)
    assert [whats(one) for one in await slow.take()] == [["reminder"], ["reminder"]]
    assert len(await slow.deliveries()) == 4


async def test_what_is_bounded_counts_what_is_still_to_be_sent(slow):
    slow.configure(slow.world.with_(discord_webhook_url="").settings)
    for number in range(60):
        await slow.report("uptime", app=f"app-{number}")
        await slow.round(100)
    assert len(await slow.deliveries()) == 30
    sent = 0
    while turns := await slow.take(5):
        await slow.give_back(turns[0], SENT)
        sent += 1
    assert sent == 30
    await slow.round(60)
    assert await slow.take() == []
    await slow.round(3600)
    await slow.round()
    assert len(await slow.take()) == 1


async def test_messages_for_a_channel_that_is_gone_are_given_up(slow):
    await slow.report("uptime")
    await slow.round()
    slow.configure(slow.world.with_(discord_webhook_url="").settings)
    await slow.round(1)
    assert ("discord", "given_up", "there is no channel of that name any more") in (
        await slow.deliveries()
    )
    assert [one.channel for one in await slow.take()] == ["slack"]


async def test_what_was_settled_long_ago_is_forgotten(slow):
    await slow.report("old")
    await slow.report("old", firing=False)
    await slow.report("lasting", app="blog")
    await slow.round()
    await slow.round()
    for turn in [*await slow.take(), *await slow.take(5)]:
        await slow.give_back(turn, SENT)
    await slow.round()
    await store.prune(slow.connection, slow.now + store.RETENTION + 1)
    rows = await slow.connection.fetch("select key from monitoring.alerts")
    assert [row["key"] for row in rows] == ["lasting"]


async def test_a_finding_of_an_unknown_severity_stops_nothing(slow):
    await slow.connection.execute(
        """insert into monitoring.findings
               (app, environment, kind, key, firing, severity, title, at)
           values ('shop', 'staging', 'error', 'e', true, 'dreadful', 'x', 'infinity')"""
    )
    await slow.round()
    (alert,) = await reads.alerts(slow.world.settings)
    assert (alert.severity, alert.opened) == ("warning", slow.now)
