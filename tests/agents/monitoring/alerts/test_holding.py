"""What keeps messages back: quiet hours, the bound of an hour, dead channels."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agents.monitoring.alerts.rules import Damping, Quiet
from tests.support.alerting import (
    BERLIN,
    WAIT,
    Desk,
    configured,
    desk,
    finding,
    over,
    rule,
    silence,
    warning,
)


def at(*moment):
    return datetime(*moment, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(2026, 1, 10, 20, 59), None),
        (at(2026, 1, 10, 21, 0), at(2026, 1, 11, 6, 0)),
        (at(2026, 1, 11, 5, 59), at(2026, 1, 11, 6, 0)),
        (at(2026, 1, 11, 6, 0), None),
        # Summer time begins in this night, and ends in the other one.
        (at(2026, 3, 28, 21, 30), at(2026, 3, 29, 5, 0)),
        (at(2026, 3, 29, 4, 59), at(2026, 3, 29, 5, 0)),
        (at(2026, 10, 24, 20, 30), at(2026, 10, 25, 6, 0)),
        (at(2026, 10, 25, 5, 59), at(2026, 10, 25, 6, 0)),
    ],
)
def test_quiet_hours_go_by_the_clock_of_their_place(now, until):
    assert BERLIN.until(now) == until


def test_quiet_hours_belong_to_the_day_on_which_they_begin():
    saturday = Quiet(start=22 * 60, end=7 * 60, zone="UTC", days=frozenset({5}))
    assert saturday.until(at(2026, 1, 10, 23)) == at(2026, 1, 11, 7)
    assert saturday.until(at(2026, 1, 11, 3)) == at(2026, 1, 11, 7)
    assert saturday.until(at(2026, 1, 11, 23)) is None
    noon = Quiet(start=12 * 60, end=13 * 60, zone="UTC")
    assert noon.until(at(2026, 1, 11, 12, 30)) == at(2026, 1, 11, 13)
    assert noon.until(at(2026, 1, 11, 13)) is None


def night(**fields):
    made = desk(rule(quiet=BERLIN, **fields))
    made.now = at(2026, 1, 10, 22)
    return made


def test_in_quiet_hours_only_what_is_critical_is_told_the_rest_in_the_morning():
    made = night()
    made.report(warning("a"), warning("b"), finding("c"))
    made.wait(3600)
    made.report(over("b"), over("c"))
    made.wait(3600)
    assert made.said() == [("began", "c"), ("resolved", "c")]
    assert made.told[1, "one"].held == "quiet hours"
    made.wait(8 * 3600)
    assert made.said()[2] == ("began", "a")
    assert made.messages[2][0] == pytest.approx(at(2026, 1, 11, 6), abs=WAIT + 1)
    assert made.told[2, "one"].held == "quiet hours"


def test_the_end_of_what_was_told_before_the_night_is_told_after_it():
    made = desk(rule(quiet=BERLIN, remind=0))
    made.now = at(2026, 1, 10, 20, 50)
    made.report(warning())
    made.wait(3600)
    made.report(over())
    made.wait(5 * 3600)
    assert made.said() == [("began", "uptime")]
    made.wait(5 * 3600)
    assert made.said() == [("began", "uptime"), ("resolved", "uptime")]


def test_more_messages_than_the_bound_become_one():
    made = desk(per_hour=8, damping=Damping(wait=0, interval=0))
    made.report(*(warning(f"error:{n}", app=f"app-{n}") for n in range(100)))
    made.wait(60)
    assert len(made.messages) == 6
    summary = made.messages[-1][1]
    assert summary.notice.bound == 8
    assert len(summary.alerts) == 95
    assert {what for what, _ in made.said()} == {"began"}
    assert len(made.said()) == 100


def test_a_flood_leaves_room_for_what_is_critical():
    made = desk(per_hour=8, damping=Damping(wait=0, interval=0))
    for number in range(50):
        made.report(warning(f"error:{number}", app=f"app-{number}"))
        made.wait(10)
    assert len(made.messages) == 6
    made.report(finding("down", app="bank"))
    made.wait(1)
    assert made.said()[-1] == ("began", "down")
    assert made.told[50, "one"].held == "bound of 8 messages an hour"
    made.wait(4000)
    assert {key for what, key in made.said() if what == "began"} == {
        *(f"error:{n}" for n in range(50)), "down",
    }  # fmt: skip


def test_nobody_calls_a_dead_channel():
    made = desk(rule(channels=("one", "two")), channels=("one", "two"))
    made.dead = {"one": "status 404: Unknown Webhook"}
    made.report(finding())
    made.wait(1000)
    assert {one.channel for _, one in made.messages} == {"two"}
    assert made.told[1, "one"].held == "dead: status 404: Unknown Webhook"
    made.dead = {}
    made.wait(3600)
    assert made.said("one") == [("began", "uptime")]


@pytest.mark.parametrize(
    ("key", "channels", "held"),
    [
        ("test::1", ["one", "two"], {}),
        ("test:two:1", ["two"], {}),
        ("test:three:1", [], {"three": "there is no channel of that name"}),
    ],
)
def test_a_test_goes_past_every_rule_at_once(key, channels, held):
    made = Desk(configured(rule(severity="critical", quiet=BERLIN), channels=("one", "two")))
    made.now = at(2026, 1, 10, 22)
    silence(made, 1000)
    made.report(finding(key, kind="test", severity="info"))
    assert [one.channel for _, one in made.messages] == channels
    assert {name: one.held for (_, name), one in made.told.items() if one.held} == held
    assert made.alerts[1].state == "resolved"
