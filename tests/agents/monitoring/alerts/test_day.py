"""A day of outages, with channels, replicas and clocks that fail, in a real database."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from agents.monitoring.alerts import reads
from agents.monitoring.alerts.sending import Outcome
from agents.monitoring.alerts.turns import LEASE

DAY = 86_400
APPS = ("shop", "blog", "bank", "wiki")
NAMED = ("silence ", "quiet hours", "rule ", "no rule ", "bound of ", "dead: ")


class Channels:
    """What arrives where: `got` by message, with the times."""

    def __init__(self, chance):
        self.chance = chance
        self.got = defaultdict(list)
        self.told = set()

    def attempt(self, turn, now):
        """What comes of a turn; None when its replica dies before it can say so."""
        roll = self.chance.random()
        arrives = roll < 0.9
        if arrives:
            self.got[turn.channel, turn.identity].append(now)
            self.told |= {(turn.channel, one.alert, one.what) for one in turn.notice.entries}
        if 0.8 < roll < 0.85:
            return None
        if 0.85 < roll < 0.92:
            return Outcome(result="unknown", error="no answer")
        if roll >= 0.92:
            return Outcome(result="again", error="status 503", pause=self.chance.choice([0, 30]))
        return Outcome(result="sent", pause=1.1)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 8))]
)
async def test_no_alert_is_lost_and_none_comes_three_times(slow, seed):
    chance = random.Random(seed)
    channels, down, began, end = Channels(chance), set(), slow.now, slow.now + DAY
    while slow.now < end:
        app = chance.choice(APPS)
        firing = app not in down
        (down.add if firing else down.discard)(app)
        await slow.report(
            "uptime", app=app, firing=firing, severity=chance.choice(["warning", "critical"])
        )
        slow.now += chance.choice([5, 60, 1000, 3000])
        if chance.random() < 0.05:
            slow.now -= 3000
        await settle(slow, channels)
    for app in down:
        await slow.report("uptime", app=app, firing=False)
    for _ in range(150):
        await settle(slow, channels)
        slow.now += 30
    await judge(slow, channels, end - began)


async def settle(slow, channels):
    """A few rounds, a second apart, and what comes of their turns."""
    for _ in range(3):
        await slow.round(1)
        for turn in await slow.take():
            outcome = channels.attempt(turn, slow.now)
            if outcome is not None:
                assert await slow.give_back(turn, outcome)
            else:
                slow.now += LEASE + 1


async def judge(slow, channels, lasted):
    alerts = await reads.alerts(slow.world.settings, limit=10_000)
    assert len(alerts) > 20
    for one in alerts:
        assert one.state == "resolved"
        assert one.deliveries
        for each in one.deliveries:
            assert each.state in reads.FINAL
            assert each.state != "suppressed" or each.error.startswith(NAMED)
            assert each.state != "given_up" or each.error.startswith("nobody ")
            if each.state == "sent":
                assert (each.channel, one.alert, each.what) in channels.told
    copies = Counter(len(times) for times in channels.got.values())
    assert set(copies) <= {1, 2}
    for name in ("slack", "discord"):
        first = [min(times) for (channel, _), times in channels.got.items() if channel == name]
        assert len(first) <= 30 * (lasted / 3600 + 5)
