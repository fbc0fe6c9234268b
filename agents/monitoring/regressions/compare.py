"""Whether a release does worse than the one before it. Pure.

Nothing is said of a release that too little is known of: each rule has the least that must have
been measured, of both releases where it compares them, and how much worse is worse.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

LEAST_CHECKS = 20
LEAST_FAILED = 3
MORE_FAILED = 0.05
LEAST_TIMES = 30
SLOWER, SLOWER_BY = 1.5, 100.0
LEAST_ERRORS = 10
MORE_ERRORS, MORE_A_MINUTE = 3.0, 0.5
LEAST_SESSIONS = 50
MORE_BROKEN, BROKEN_BY = 2.0, 0.02
LEAST_VISITS = 50
WORSE_VITAL = 1.2


class Measured(Struct, frozen=True, kw_only=True):
    """What was measured of a release.

    `checks` those that count and how many of them `failed`; `p95` milliseconds of the `times` of
    those that were up; `errors` events in `minutes`; `sessions` and how many of them were `broken`;
    `vitals` the 75th percentile of each metric, with how many visits it is of.
    """

    checks: int = 0
    failed: int = 0
    p95: float | None = None
    times: int = 0
    errors: int = 0
    minutes: float = 0
    sessions: int = 0
    broken: int = 0
    vitals: Mapping[str, tuple[float, int]] = {}


def regressions(
    before: Measured, after: Measured, thresholds: Mapping[str, float]
) -> tuple[str, ...]:
    """What the later release does worse, in words; up to its threshold a vital is good."""
    rules = (_failing(before, after), _slower(before, after), _errors(before, after),
             _broken(before, after), *_vitals(before, after, thresholds))  # fmt: skip
    return tuple(filter(None, rules))


def _failing(before: Measured, after: Measured) -> str:
    if after.checks < LEAST_CHECKS or after.failed < LEAST_FAILED:
        return ""
    was = before.failed / before.checks if before.checks else 0.0
    share = after.failed / after.checks
    if share < was + MORE_FAILED:
        return ""
    return f"{share:.0%} of {after.checks} checks failed, {was:.0%} before"


def _slower(before: Measured, after: Measured) -> str:
    if before.p95 is None or after.p95 is None or min(before.times, after.times) < LEAST_TIMES:
        return ""
    if after.p95 < before.p95 * SLOWER or after.p95 < before.p95 + SLOWER_BY:
        return ""
    return f"95 % of checks answer within {after.p95:.0f} ms, {before.p95:.0f} ms before"


def _errors(before: Measured, after: Measured) -> str:
    if after.errors < LEAST_ERRORS:
        return ""
    was = before.errors / before.minutes if before.minutes else 0.0
    # Of a burst in the first seconds a whole minute is thought.
    rate = after.errors / max(1.0, after.minutes)
    if rate < was * MORE_ERRORS or rate < was + MORE_A_MINUTE:
        return ""
    return f"{rate:.1f} errors a minute, {was:.1f} before"


def _broken(before: Measured, after: Measured) -> str:
    if min(before.sessions, after.sessions) < LEAST_SESSIONS:
        return ""
    was, share = before.broken / before.sessions, after.broken / after.sessions
    if share < was * MORE_BROKEN or share < was + BROKEN_BY:
        return ""
    return f"{share:.1%} of sessions have errors, {was:.1%} before"


def _vitals(before: Measured, after: Measured, thresholds: Mapping[str, float]) -> list[str]:
    said = []
    for metric, (value, visits) in sorted(after.vitals.items()):
        was, visits_before = before.vitals.get(metric, (0.0, 0))
        if min(visits, visits_before) < LEAST_VISITS or metric not in thresholds:
            continue
        if value > thresholds[metric] and value >= was * WORSE_VITAL:
            said.append(f"{metric} is {value:.4g}, {was:.4g} before")
    return said
