from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.monitoring.uptime.judging import (
    HOUR,
    REMEMBERED,
    Policy,
    State,
    is_flapping,
    next_look,
    step,
)

POLICY = Policy()


def run(looks, *, policy=POLICY, every=10.0, at=1000.0):
    """What a row of looks (`.` up, `x` down) does: (opens or resolves, number of the look)."""
    state, is_open, said = State(), False, []
    for number, mark in enumerate(looks, start=1):
        at += every
        state, verdict = step(state, policy, up=mark == ".", at=at, is_open=is_open)
        if verdict != "stays":
            is_open = verdict == "opens"
            said.append((verdict, number))
    return said


def test_three_failed_looks_in_a_row_open_and_two_good_ones_resolve():
    assert run("..xx.xx.x") == []
    assert run("xxx") == [("opens", 3)]
    assert run("xxxxx.x.xx..") == [("opens", 3), ("resolves", 12)]
    assert run("x.", policy=Policy(failures=1, recoveries=1)) == [("opens", 1), ("resolves", 2)]


def test_an_app_that_comes_and_goes_stays_open_longer_each_time():
    outage = "xxx.."
    said = run(outage * 40)
    assert said[:4] == [("opens", 3), ("resolves", 5), ("opens", 8), ("resolves", 10)]
    assert said[4:] == [("opens", 13)]
    steady = run(outage * 3 + "." * 20)
    assert steady[-1] == ("resolves", 20)


def test_whoever_fails_is_looked_at_again_sooner():
    state = State()
    for expected in (2.5, 2.5, 10.0):
        state, verdict = step(state, POLICY, up=False, at=1.0, is_open=False)
        assert next_look(state, POLICY, 10.0, is_open=verdict == "opens") == expected
    state, _ = step(state, POLICY, up=True, at=2.0, is_open=True)
    assert next_look(state, POLICY, 10.0, is_open=True) == 2.5
    assert next_look(State(streak=2), POLICY, 10.0, is_open=False) == 10.0


LOOKS = st.lists(st.tuples(st.booleans(), st.floats(0.5, 400)), max_size=2000)


@settings(max_examples=60, deadline=None)
@given(LOOKS, st.integers(1, 5), st.integers(1, 5))
def test_flapping_opens_a_bounded_number_of_incidents_in_any_hour(looks, failures, recoveries):
    state, is_open, at, opened = State(), False, 0.0, []
    policy = Policy(failures=failures, recoveries=recoveries)
    for up, later in looks:
        at += later
        state, verdict = step(state, policy, up=up, at=at, is_open=is_open)
        assert verdict != ("opens" if is_open else "resolves")
        if verdict == "opens":
            opened.append(at)
        is_open = (verdict == "opens") if verdict != "stays" else is_open
    assert len(state.openings) <= REMEMBERED
    for first in opened:
        assert sum(first <= each < first + HOUR for each in opened) <= 8


def test_the_worst_flapping_opens_no_more_than_eight_an_hour():
    state, is_open, opened = State(), False, []
    policy = Policy(failures=1, recoveries=1)
    for second in range(10 * 3600):
        # It fails the moment that the incident is over.
        state, verdict = step(state, policy, up=is_open, at=float(second), is_open=is_open)
        if verdict == "opens":
            opened.append(second)
        is_open = (verdict == "opens") if verdict != "stays" else is_open
    assert max(sum(x <= y < x + 3600 for y in opened) for x in opened) <= 8
    assert is_flapping(state, 36_000.0)


def test_a_clock_that_is_set_back_keeps_no_incident_open():
    state = State(openings=(5000.0, 5100.0, 5200.0))
    for at in (5300.0, 100.0, 200.0, 300.0):
        state, verdict = step(state, POLICY, up=True, at=at, is_open=True)
    assert verdict == "resolves"
