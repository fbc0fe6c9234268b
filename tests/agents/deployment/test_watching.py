"""What answers mean: healthy, ill, or nothing known."""

from __future__ import annotations

import asyncio
import socket

import pytest

from agents.deployment import probes
from agents.deployment.probes import Answer, Expected
from agents.deployment.watching import (
    Inconclusive,
    Limits,
    Sample,
    Unhealthy,
    Window,
    judge,
    verify,
    watch,
)
from tests.support.processes import free_port

pytestmark = pytest.mark.timeout(60)

GOOD = Answer(200, '{"ok": true, "build": "b1", "database": "ok"}', 0.1, "application/json")
PAGE = Answer(200, "<html></html>", 0.1, "text/html")
NOT_KNOWN = Answer(0, "no answer (the name is not known)", 0.0, own=True)
REFUSED = Answer(0, "no answer (refused)", 0.0)
QUICK = Limits(warm_up=0, deadline=0.2, pause=0.001, in_a_row=3, failures=4)


def saying(*healths, page=PAGE):
    """One who asks and hears these answers of /api/health, the last for ever."""
    left = list(healths)
    asked = []

    async def ask(url, _seconds):
        asked.append(url)
        if not url.endswith("/api/health"):
            return page
        return left.pop(0) if len(left) > 1 else left[0]

    ask.asked = asked
    return ask


def said(body, status=200):
    return Answer(status, body, 0.1, "application/json")


async def test_good_rounds_in_a_row_are_what_it_takes():
    ill = said('{"ok": false, "build": "b1"}')
    asking = saying(GOOD, GOOD, ill, GOOD, GOOD, GOOD)
    checks = await verify(asking, "http://app.test", Expected("b1"), QUICK)
    assert [check.name for check in checks] == ["health", "page", "time"]
    assert len([url for url in asking.asked if url.endswith("/api/health")]) == 6


@pytest.mark.parametrize(
    ("health", "page", "reason"),
    [
        (said("{}", 500), PAGE, "/api/health answers 500"),
        (said('{"ok": true, "build": "b0"}'), PAGE, "build 'b0' answers instead of b1"),
        (said('{"ok": true, "build": "b1", "database": "gone"}', 503), PAGE, "database is 'gone'"),
        (GOOD, Answer(404, "", 0.1), "the start page answers 404"),
        (GOOD, Answer(200, "words", 0.1, "text/plain"), "the start page is no HTML"),
        (GOOD, Answer(200, "<html>", 30.0, "text/html"), "answers in 30.00 s of at most 10 s"),
        (REFUSED, PAGE, "refused"),
    ],
)
async def test_what_is_wrong_is_named(health, page, reason):
    with pytest.raises(Unhealthy, match=reason.replace("(", r"\(")) as caught:
        await verify(saying(health, page=page), "http://app.test", Expected("b1"), QUICK)
    assert [check for check in caught.value.checks if not check.ok]


async def test_what_cannot_be_asked_is_not_ill():
    with pytest.raises(Inconclusive, match="the name is not known"):
        await verify(saying(NOT_KNOWN), "http://app.test", Expected("b1"), QUICK)


async def test_a_name_that_becomes_known_in_time_is_waited_for():
    asking = saying(*[NOT_KNOWN] * 20, GOOD)
    limits = Limits(warm_up=0, deadline=20, pause=0.001, in_a_row=1, failures=2)
    assert await verify(asking, "http://app.test", Expected("b1"), limits)


async def test_what_is_bad_while_it_warms_up_is_not_counted():
    asking = saying(*[REFUSED] * 6, GOOD)
    limits = Limits(warm_up=20, deadline=30, pause=0.001, in_a_row=2, failures=2)
    assert await verify(asking, "http://app.test", Expected("b1"), limits)


def samples(good=0, wrong=0, unanswered=0, unknown=0, seconds=0.1):
    kinds = (
        (good, Sample("good", True, seconds)),
        (wrong, Sample("bad", True, seconds, "/api/health answers 500")),
        (unanswered, Sample("bad", False, seconds, "no answer")),
        (unknown, Sample("unknown", False, seconds)),
    )
    most = max(number for number, _ in kinds)
    # One after the other, so that the same kind does not come in a row more than it must.
    return [one for turn in range(most) for number, one in kinds if turn < number]


WIDE = Window(uptime=0.9, error_rate=0.1, p95=2.0, failures=100, least=3)


@pytest.mark.parametrize(
    ("found", "window", "verdict"),
    [
        (samples(good=20), WIDE, "good"),
        (samples(good=19, wrong=1), WIDE, "good"),
        (samples(good=17, wrong=3), WIDE, "bad"),
        (samples(good=17, unanswered=3), WIDE, "bad"),
        (samples(good=20, seconds=2.5), WIDE, "bad"),
        (samples(unknown=20), WIDE, "unknown"),
        (samples(good=2, unknown=18), WIDE, "unknown"),
        (samples(good=5, unknown=15), WIDE, "good"),
        ([*samples(good=90), *samples(wrong=3)], Window(failures=3), "bad"),
        ([*samples(good=90), *samples(wrong=2), *samples(unknown=1)], Window(failures=3), "good"),
    ],
)
def test_a_window_is_judged_by_uptime_errors_and_time(found, window, verdict):
    assert judge(found, window)[0] == verdict


async def test_a_window_that_fails_says_its_numbers():
    with pytest.raises(Unhealthy) as caught:
        await watch(
            saying(said("{}", 500)), "http://app.test", Expected("b1"),
            Window(seconds=5, interval=0.001, failures=3), QUICK,
        )  # fmt: skip
    assert "3 rounds, uptime 100%, errors 100%" in str(caught.value)
    assert "/api/health answers 500" in str(caught.value)


async def test_a_window_in_which_nobody_could_ask_says_that_and_passes():
    check = await watch(
        saying(NOT_KNOWN), "http://app.test", Expected("b1"),
        Window(seconds=0.05, interval=0.001), QUICK,
    )  # fmt: skip
    assert check.ok
    assert check.summary.startswith("inconclusive: ")


def test_of_few_answers_the_slowest_is_the_95th_of_100():
    assert probes.p95([]) == 0.0
    assert probes.p95([0.3, 0.1]) == 0.3
    assert probes.p95([float(number) for number in range(1, 101)]) == 95.0


async def test_a_name_that_is_nowhere_is_not_the_apps_fault_and_a_closed_port_is(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    def nowhere(*_arguments, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", nowhere)
    lost = await probes.ask("http://no-such-app.invalid/", 5)
    monkeypatch.undo()
    closed = await probes.ask(f"http://127.0.0.1:{free_port()}/", 5)
    assert (lost.status, lost.own) == (0, True)
    assert (closed.status, closed.own) == (0, False)
