"""Whether a hosted release is healthy: until it is, before the switch; and for a while after it.

Errors:
    Unhealthy      it is not, and why; with the checks that were made
    Inconclusive   nobody could ask it until the deadline
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from agents.deployment import probes
from agents.deployment.probes import Ask, Expected, Finding, Verdict
from contracts.messages import Check


class Unhealthy(Exception):
    """The release does not serve what it should."""

    def __init__(self, reason: str, checks: tuple[Check, ...]) -> None:
        super().__init__(reason)
        self.checks = checks


class Inconclusive(Exception):
    """Nobody could ask the release; nothing is known about it."""


class Limits(Struct, frozen=True):
    """How patient a check is; times in seconds.

    warm_up      what is bad in this time is not counted
    deadline     in all
    request      for one answer, given up after
    slow         for one answer, bad after
    pause        between rounds
    in_a_row     good rounds in a row that it takes
    failures     bad rounds in a row that end it before the deadline
    certificate  days that the TLS certificate must still be good for
    """

    warm_up: float = 15.0
    deadline: float = 90.0
    request: float = 15.0
    slow: float = 10.0
    pause: float = 1.0
    in_a_row: int = 2
    failures: int = 10
    certificate: float = 3.0


class Window(Struct, frozen=True):
    """How long a release is watched after the switch, and what it may do; times in seconds.

    uptime       share of the asked rounds that must be answered
    error_rate   share of the answered rounds that may be wrong
    p95          within which 95 of 100 answers must come
    failures     bad rounds in a row that end it at once
    least        rounds that must tell something, for the shares to mean anything
    """

    seconds: float = 10.0
    interval: float = 1.0
    uptime: float = 0.9
    error_rate: float = 0.1
    p95: float = 5.0
    failures: int = 3
    least: int = 3


class Sample(Struct, frozen=True):
    """One round of the window; `wrong` is "" for a good one."""

    verdict: Verdict
    answered: bool
    seconds: float
    wrong: str = ""


async def verify(asking: Ask, url: str, expected: Expected, limits: Limits) -> tuple[Check, ...]:
    """Ask until enough rounds in a row were good; the checks of the last one."""
    started = time.monotonic()
    counted: list[Verdict] = []
    while True:
        findings = await probes.look(
            asking, url, expected, request=limits.request, slow=limits.slow
        )
        verdict, now = probes.verdict_of(findings), time.monotonic() - started
        if verdict != "bad" or now >= limits.warm_up:
            counted.append(verdict)
        else:
            counted.clear()
        if probes.streak(counted, "good") >= limits.in_a_row:
            return await _with_certificate(findings, url, limits)
        if probes.streak(counted, "bad") >= limits.failures or now >= limits.deadline:
            raise _not_good(findings, limits)
        await asyncio.sleep(limits.pause)


async def known(asking: Ask, url: str, expected: Expected, limits: Limits) -> Expected:
    """How a release that was made earlier says its build: by a server, or by a file."""
    carried = (expected.headers,) if expected.headers else ()
    said = await asking(f"{url.rstrip('/')}{probes.VERSION_PATH}", limits.request, *carried)
    file = replace(expected, path=probes.VERSION_PATH)
    return expected if probes.wrong_with_version(said, file) else file


async def _with_certificate(
    findings: Sequence[Finding], url: str, limits: Limits
) -> tuple[Check, ...]:
    found = await probes.certificate(url, limits.certificate, limits.request)
    checks = tuple(each.check() for each in (*findings, *((found,) if found else ())))
    if found is not None and found.verdict == "bad":
        raise Unhealthy(f"its TLS certificate: {found.summary}", checks)
    return checks


def _not_good(findings: Sequence[Finding], limits: Limits) -> Unhealthy | Inconclusive:
    wrong = next((each for each in findings if each.verdict == "bad"), None)
    if wrong is None:
        unknown = next((each for each in findings if each.verdict == "unknown"), findings[0])
        return Inconclusive(f"not known within {limits.deadline:g} s: {unknown.summary}")
    return Unhealthy(wrong.summary, tuple(each.check() for each in findings))


async def watch(asking: Ask, url: str, expected: Expected, window: Window, limits: Limits) -> Check:
    """Ask in intervals for the window's time and answer what that was like. Raises Unhealthy."""
    started = time.monotonic()
    samples: list[Sample] = []
    while time.monotonic() - started < window.seconds:
        findings = await probes.look(
            asking, url, expected, request=limits.request, slow=limits.slow
        )
        samples.append(_sample(findings))
        if probes.streak([each.verdict for each in samples], "bad") >= window.failures:
            break
        await asyncio.sleep(window.interval)
    verdict, summary = judge(samples, window)
    took = time.monotonic() - started
    check = Finding("watch", verdict, summary, took).check()
    if verdict == "bad":
        raise Unhealthy(summary, (check,))
    return check


def _sample(findings: Sequence[Finding]) -> Sample:
    wrong = next((each.summary for each in findings if each.verdict == "bad"), "")
    slowest = max(each.seconds for each in findings)
    # Only what was answered has a page.
    return Sample(probes.verdict_of(findings), len(findings) > 1, slowest, wrong)


def judge(samples: Sequence[Sample], window: Window) -> tuple[Verdict, str]:
    """What a window's rounds say, in numbers. Pure."""
    known = [each for each in samples if each.verdict != "unknown"]
    answered = [each for each in known if each.answered]
    wrong = [each for each in answered if each.verdict == "bad"]
    uptime = len(answered) / len(known) if known else 1.0
    rate = len(wrong) / len(answered) if answered else 0.0
    slow = probes.p95([each.seconds for each in answered])
    last = next((each.wrong for each in reversed(known) if each.wrong), "")
    summary = (
        f"{len(known)} rounds, uptime {uptime:.0%}, errors {rate:.0%}, p95 {slow:.2f} s"
        f"{f'; {last}' if last else ''}"
    )
    if probes.streak([each.verdict for each in samples], "bad") >= window.failures:
        return "bad", summary
    if len(known) < window.least:
        return "unknown", summary
    bad = uptime < window.uptime or rate > window.error_rate or slow > window.p95
    return ("bad" if bad else "good"), summary
