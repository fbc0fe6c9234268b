"""When a row of looks is an incident. Pure.

A monitor's state is small and bounded, whatever it saw. A look that is down is looked at again
soon, and counts only when it stays so (`failures` in a row); an incident is over when looks are up
`recoveries` times in a row. One that opens again and again stays open longer each time: from the
third opening within an hour on, it is over only when the app was up for a minute, for two, for
four …, half an hour at most, so that flapping opens a bounded number of incidents.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Verdict = Literal["opens", "resolves", "stays"]

HOUR = 3600.0
CALM_OPENINGS = 2
"""Openings within an hour after which an incident is over at once when it is."""
FIRST_HOLD = 60.0
LONGEST_HOLD = 1800.0
DEPLOYING = 180.0
"""Seconds for which another build may answer before the pipeline says that it is expected."""
REMEMBERED = 12
"""Openings that a state keeps: enough for the longest hold."""
SOONER = 0.25
"""The part of an interval after which a look is confirmed."""


class Policy(Struct, frozen=True, kw_only=True):
    """Looks in a row that must fail, or succeed, before it counts."""

    failures: int = 3
    recoveries: int = 2


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of a monitor's looks; times are seconds since 1970.

    `streak` counts the looks in a row that were up, or down (negative), no further than it
    matters; `since` is when the first of them was. `openings` are the last times an incident
    opened. `other` is since when another build answers than is expected, 0 for not; `certificate`
    what was told of the certificate: "" nothing, else the severity.
    """

    streak: int = 0
    since: float = 0
    openings: tuple[float, ...] = ()
    other: float = 0
    certificate: Literal["", "warning", "critical"] = ""


def step(
    state: State, policy: Policy, *, up: bool, at: float, is_open: bool
) -> tuple[State, Verdict]:
    """The state after one more look, and what it does to the incident."""
    same = state.streak > 0 if up else state.streak < 0
    enough = policy.recoveries if up else policy.failures
    count = min(enough, abs(state.streak) + 1) if same else 1
    # A clock that was set back must not keep an incident open for ever.
    since = min(state.since, at) if same else at
    state = replace(state, streak=count if up else -count, since=since)
    if count < enough:
        return state, "stays"
    if not up and not is_open:
        openings = (*recent(state, at), at)[-REMEMBERED:]
        return replace(state, openings=openings), "opens"
    if up and is_open and at - since >= hold(state, at):
        return state, "resolves"
    return state, "stays"


def being_deployed(state: State, at: float) -> tuple[State, bool]:
    """Another build answers, and is well: whether that is still taken for one being deployed."""
    other = state.other or at
    return replace(state, other=other), 0 <= at - other < DEPLOYING


def recent(state: State, at: float) -> tuple[float, ...]:
    """The openings of the last hour."""
    return tuple(each for each in state.openings if 0 <= at - each < HOUR)


def hold(state: State, at: float) -> float:
    """Seconds that an app must be up before its incident is over."""
    extra = len(recent(state, at)) - CALM_OPENINGS
    if extra <= 0:
        return 0.0
    return min(LONGEST_HOLD, FIRST_HOLD * 2.0 ** (extra - 1))


def is_flapping(state: State, at: float) -> bool:
    """Whether incidents of the monitor are held open because they come back."""
    return hold(state, at) > 0


def forgiven(state: State) -> State:
    """The state without its row of looks: what was seen does not count for what comes."""
    return replace(state, streak=0, since=0)


def next_look(state: State, policy: Policy, interval: float, *, is_open: bool) -> float:
    """Seconds until the next look: sooner while the last ones are to be confirmed."""
    enough = policy.recoveries if state.streak > 0 else policy.failures
    changing = is_open == (state.streak > 0)
    if changing and 0 < abs(state.streak) < enough:
        return interval * SOONER
    return interval
