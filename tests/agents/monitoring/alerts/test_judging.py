"""Who is told what, and when: one case after the other, and then whatever may happen."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.monitoring.alerts.rules import Damping, Escalation, Quiet, Rule
from agents.monitoring.alerts.silences import Silence
from tests.support.alerting import Desk, configured, finding

WAIT = 10.0


def desk(*rules, **fields):
    return Desk(configured(*rules, **fields))


def rule(**fields):
    return Rule(name=fields.pop("name", "all"), channels=fields.pop("channels", ("one",)), **fields)


def warning(key="uptime", **fields):
    return finding(key, severity="warning", **fields)


def over(key="uptime", **fields):
    return finding(key, firing=False, **fields)


def silence(desk, seconds, **fields):
    usual = {"app": "", "environment": "", "key": "", "why": "", "who": ""}
    desk.silences.append(
        Silence(silence=1, since=desk.now, until=desk.now + seconds, **(usual | fields))
    )


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


BERLIN = Quiet(start=22 * 60, end=7 * 60, zone="Europe/Berlin")


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


KEYS = ("uptime", "error:1", "error:2", "vitals")
STEP = st.one_of(
    st.tuples(
        st.just("report"), st.sampled_from(KEYS), st.sampled_from(["shop", "blog"]),
        st.booleans(), st.sampled_from(["info", "warning", "critical"]),
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 1.0, 9.0, 61.0, 700.0, 4000.0, 20_000.0])),
    st.tuples(st.just("silence"), st.sampled_from([30.0, 5000.0])),
    st.tuples(st.just("die"), st.booleans()),
    st.tuples(st.just("flood"), st.integers(1, 15)),
)  # fmt: skip
RULE = st.builds(
    Rule,
    name=st.just("drawn"),
    channels=st.sampled_from([("one",), ("one", "two")]),
    severity=st.sampled_from(["info", "warning"]),
    lasting=st.sampled_from([0.0, 0.0, 30.0]),
    count=st.sampled_from([1, 1, 2]),
    remind=st.sampled_from([0.0, 600.0, 3600.0]),
    resolved=st.sampled_from([True, True, False]),
    quiet=st.sampled_from([None, None, BERLIN]),
    escalation=st.sampled_from([None, Escalation(after=600, channels=("two",))]),
)
HELD = ("silence ", "quiet hours", "rule drawn: ", "no rule ", "bound of ", "dead: ")


@settings(max_examples=120, deadline=None)
@given(RULE, st.integers(4, 9), st.lists(STEP, max_size=25))
def test_whatever_happens_everybody_is_told_once_and_never_too_often(rule, per_hour, steps):
    made = Desk(configured(rule, channels=("one", "two"), per_hour=per_hour))
    for step in steps:
        match step:
            case ("report", key, app, firing, severity):
                made.report(finding(key, app=app, firing=firing, severity=severity))
            case ("wait", seconds):
                made.wait(seconds)
            case ("silence", seconds):
                silence(made, seconds)
            case ("die", dead):
                made.dead = {"one": "gone"} if dead else {}
            case ("flood", number):
                made.report(*(finding(f"flood:{n}", severity="warning") for n in range(number)))
    made.dead = {}
    made.wait(40_000)
    everybody_was_told(made, rule)
    never_too_often(made, per_hour)
    only_the_told_hear_the_end(made, rule)


def everybody_was_told(made, rule):
    for number in made.alerts:
        for name in rule.channels:
            told = made.told.get((number, name)) or made.told[number, ""]
            assert told.at is not None or told.held.startswith(HELD)


def never_too_often(made, per_hour):
    times = defaultdict(list)
    for when, one in made.messages:
        times[one.channel].append(when)
    for each in times.values():
        for first, later in zip(each, each[per_hour:], strict=False):
            assert later - first >= 3600


def only_the_told_hear_the_end(made, rule):
    knows = {}
    for when, one in made.messages:
        for number, what in one.alerts:
            thing = (number, one.channel)
            match what:
                case "began" | "escalated":
                    assert thing not in knows
                    knows[thing] = when
                case "passed":
                    assert thing not in knows
                case "resolved":
                    assert rule.resolved
                    del knows[thing]
                case "reminder":
                    assert when - knows[thing] >= (rule.remind or 0) >= 300
                    knows[thing] = when
                case "flapping":
                    knows[thing] = when
                case "worse":
                    assert thing in knows
                    knows[thing] = when
