"""Whatever happens: everybody is told at least once, and nobody too often."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.monitoring.alerts.rules import Escalation, Rule
from tests.support.alerting import BERLIN, Desk, configured, finding, silence

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
