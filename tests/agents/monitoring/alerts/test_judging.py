"""Who is told what, and when: one case after the other, and then whatever may happen."""

from __future__ import annotations

import pytest

from agents.monitoring.alerts.rules import Escalation
from tests.support.alerting import WAIT, desk, finding, over, rule, silence, warning


def test_what_begins_is_told_once_and_that_it_is_over_too():
    made = desk()
    made.report(finding())
    made.wait(100)
    made.report(over(title="shop is up"))
    made.wait(10_000)
    assert made.said() == [("began", "uptime"), ("resolved", "uptime")]
    assert made.messages[1][1].notice.entries[0].title == "shop is up"
    assert [one.state for one in made.alerts.values()] == ["resolved"]


def test_what_is_reported_again_while_it_lasts_is_the_same():
    made = desk()
    for _ in range(50):
        made.report(finding())
        made.wait(20)
    assert made.said() == [("began", "uptime")]
    assert made.alerts[1].findings == 50


def test_what_was_over_before_anybody_was_told_is_told_as_that():
    made = desk()
    made.report(finding(), over())
    made.wait(10_000)
    assert made.said() == [("passed", "uptime")]


def test_the_end_of_what_never_began_is_nothing():
    made = desk()
    made.report(over())
    made.wait(10_000)
    assert made.said() == []


def test_several_findings_of_an_app_in_a_short_time_are_one_message():
    made = desk()
    for number in range(5):
        made.report(finding(f"error:{number}"))
        made.wait(1)
    made.report(finding("other", app="blog"))
    made.wait(1000)
    assert [len(one.alerts) for _, one in made.messages] == [5, 1]


def test_what_is_not_critical_keeps_a_distance_to_the_message_before():
    made = desk()
    made.report(warning("a"))
    made.wait(WAIT)
    made.report(warning("b"))
    made.wait(1000)
    (first, _), (second, _) = made.messages
    assert second - first == 60
    made.report(warning("c"))
    made.wait(WAIT)
    made.report(finding("d"))
    made.wait(WAIT)
    assert made.said()[-2:] == [("began", "c"), ("began", "d")]


def test_reminders_come_as_often_as_the_rule_says():
    made = desk(rule(remind=600))
    made.report(finding())
    made.wait(WAIT + 1900)
    assert [what for what, _ in made.said()] == ["began", "reminder", "reminder", "reminder"]
    made = desk(rule(remind=0))
    made.report(finding())
    made.wait(100_000)
    assert [what for what, _ in made.said()] == ["began"]


def test_reminders_are_hourly_unless_said_otherwise():
    made = desk()
    made.report(finding())
    made.wait(WAIT + 3599)
    assert len(made.messages) == 1
    made.wait(2)
    assert len(made.messages) == 2


@pytest.mark.parametrize(("kind", "days"), [("error", 0), ("vitals", 0), ("certificate", 3)])
def test_of_what_lasts_long_by_its_nature_reminders_are_rare(kind, days):
    made = desk()
    made.report(finding(kind=kind))
    made.wait(WAIT + days * 86_400 + 80_000)
    assert len(made.messages) == 1 + days


def test_what_gets_worse_is_told_again_and_goes_where_that_goes():
    made = desk(
        rule(severity="critical", channels=("one", "two")), rule(name="rest"),
        channels=("one", "two"),
    )  # fmt: skip
    made.report(warning())
    made.wait(100)
    made.report(finding())
    made.wait(100)
    made.report(warning())
    made.wait(100)
    assert made.said("one") == [("began", "uptime"), ("worse", "uptime")]
    assert made.said("two") == [("began", "uptime")]


def test_a_rule_may_ask_that_it_lasts():
    made = desk(rule(lasting=120))
    made.report(finding("short"))
    made.wait(100)
    made.report(over("short"))
    made.report(finding("long"))
    made.wait(1000)
    assert made.said() == [("began", "long")]
    assert made.messages[0][0] == pytest.approx(made.alerts[2].opened + 120 + WAIT, abs=1)
    assert made.told[1, "one"].held == "rule all: not for 120 s"


def test_a_rule_may_ask_for_several_findings_within_a_time():
    made = desk(rule(count=3, within=300))
    for pause in (0, 200, 200):
        made.wait(pause)
        made.report(finding())
    made.wait(50)
    assert made.said() == []
    assert made.told[1, "one"].held == "rule all: not 3 times within 300 s"
    made.report(finding())
    made.wait(100)
    assert made.said() == [("began", "uptime")]


def test_the_first_rule_that_fits_counts():
    made = desk(
        rule(name="shop", apps=("sh*",), kinds=("uptime",), keys=("up*",), channels=("two",)),
        rule(name="none", environments=("staging",), channels=()),
        rule(severity="info"),
        channels=("one", "two"),
    )
    made.report(finding(), finding(app="blog"), finding(app="x", environment="staging"))
    made.report(finding("cert", kind="certificate", severity="info"))
    made.wait(1000)
    assert [(one.channel, one.app) for _, one in made.messages] == [
        ("two", "shop"), ("one", "shop"), ("one", "blog"),
    ] or {(one.channel, one.app) for _, one in made.messages} == {
        ("two", "shop"), ("one", "shop"), ("one", "blog"),
    }  # fmt: skip


def test_what_no_rule_is_about_is_kept_and_told_to_nobody():
    made = desk()
    made.report(finding(severity="info"))
    made.wait(1000)
    assert made.said() == []
    assert made.told[1, ""].held == "no rule is about it"
    made.report(over())
    made.wait(1)
    assert made.alerts[1].state == "resolved"


def test_flapping_is_told_a_few_times_then_once_and_then_when_it_is_over():
    made = desk()
    for _ in range(200):
        made.report(finding())
        made.wait(40)
        made.report(over())
        made.wait(40)
    begun = made.now
    made.wait(10_000)
    said = [what for what, _ in made.said()]
    assert said[:7] == ["began", "resolved"] * 3 + ["flapping"]
    # It went on for 4.4 hours: four reminders, and its end once it kept quiet.
    assert said[7:] == ["reminder"] * 4 + ["resolved"]
    assert made.messages[-1][0] >= begun + 600 - 40


def test_what_comes_again_is_not_shown_as_over():
    made = desk()
    for _ in range(4):
        made.report(finding())
        made.wait(40)
        made.report(over())
        made.wait(40)
    made.report(finding())
    made.wait(3700)
    last = made.messages[-1][1].notice.entries[0]
    assert (last.what, last.over) == ("reminder", None)


def test_what_flaps_slowly_is_told_each_time():
    made = desk()
    for _ in range(5):
        made.report(finding())
        made.wait(1000)
        made.report(over())
        made.wait(1000)
    assert [what for what, _ in made.said()] == ["began", "resolved"] * 5


def test_a_silence_keeps_what_begins_and_tells_it_when_it_ends():
    made = desk()
    made.report(finding("before"))
    made.wait(100)
    silence(made, 1000)
    made.report(finding("short"), finding("long"), over("before"))
    made.wait(500)
    made.report(over("short"))
    made.wait(400)
    assert made.said() == [("began", "before"), ("resolved", "before")]
    assert made.told[2, "one"].held == "silence 1"
    made.wait(1000)
    assert made.said()[2:] == [("began", "long")]
    assert made.alerts[2].state == "resolved"


def test_a_silence_that_is_ended_early_is_seen_within_a_minute():
    made = desk()
    silence(made, 100_000)
    made.report(finding())
    made.wait(1000)
    made.silences.clear()
    made.wait(60 + WAIT)
    assert made.said() == [("began", "uptime")]


def test_a_silence_holds_reminders_and_escalations():
    made = desk(
        rule(remind=300, escalation=Escalation(after=600, channels=("two",))),
        channels=("one", "two"),
    )
    made.report(finding())
    made.wait(60)
    silence(made, 3000, key="uptime")
    made.wait(2900)
    assert made.said() == [("began", "uptime")]
    made.wait(300)
    assert sorted(made.said()[1:]) == [("escalated", "uptime"), ("reminder", "uptime")]


def test_what_is_not_over_after_a_while_is_told_to_others_as_is_its_end():
    made = desk(
        rule(remind=0, escalation=Escalation(after=1800, channels=("two",))),
        channels=("one", "two"),
    )
    made.report(finding("long"), finding("short"))
    made.wait(1000)
    made.report(over("short"))
    made.wait(1000)
    assert made.said("two") == [("escalated", "long")]
    made.report(over("long"))
    made.wait(1000)
    assert made.said("two") == [("escalated", "long"), ("resolved", "long")]
