"""What becomes of groups, in pure rules."""

from __future__ import annotations

import random

import pytest

from agents.monitoring.errors import users
from agents.monitoring.errors.clock import DRIFT, OLDEST, happened
from agents.monitoring.errors.deciding import is_spike
from agents.monitoring.errors.lifecycle import KEPT_EACH_HOUR, Group, Seen, fold
from agents.monitoring.errors.rows import SessionRow
from agents.monitoring.errors.sessions import counted

NOW = 1_000_000.0


def group(**more):
    values = {
        "group": 1, "status": "unresolved", "first": 100.0, "last": 200.0, "events": 5,
        "release_first": "r1", "release_last": "r2", **more,
    }  # fmt: skip
    return Group(**values)


def test_the_first_error_makes_a_group_news():
    made = group(events=0, first=NOW, last=NOW, release_first="", release_last="")
    folded = fold(made, [Seen(50.0, "r2"), Seen(40.0, "r1"), Seen(60.0)], NOW)
    assert folded.news == "new"
    after = folded.group
    assert (after.first, after.last, after.events) == (40.0, 60.0, 3)
    assert (after.release_first, after.release_last) == ("r1", "r2")


def test_errors_that_come_late_do_not_change_what_was_last():
    folded = fold(group(), [Seen(150.0, "r1")], NOW)
    assert folded.news is None
    assert (folded.group.last, folded.group.release_last) == (200.0, "r2")
    assert fold(group(), [Seen(50.0)], NOW).group.first == 50.0


@pytest.mark.parametrize(
    ("seen", "comes_back"),
    [
        (Seen(600.0), True),
        (Seen(600.0, "r2", 300.0), True),
        (Seen(600.0, "r3", 550.0), True),
        # It happened before it was resolved, and only came now.
        (Seen(400.0, "r2", 300.0), False),
        (Seen(500.0), False),
        # Somebody still uses the release before.
        (Seen(600.0, "r1", 100.0), False),
    ],
)
def test_a_resolved_group_comes_back(seen, comes_back):
    resolved = group(status="resolved", resolved=500.0, resolved_born=300.0)
    folded = fold(resolved, [seen], NOW)
    assert (folded.news == "reopened") is comes_back
    assert folded.group.status == ("unresolved" if comes_back else "resolved")
    assert folded.group.events == 6
    assert (folded.group.resolved is None) is comes_back


def test_an_ignored_group_is_counted_and_stays_so():
    folded = fold(group(status="ignored"), [Seen(600.0)], NOW)
    assert (folded.news, folded.group.status, folded.group.events) == (None, "ignored", 6)


def test_some_events_of_each_hour_are_kept_whole():
    first = fold(group(), [Seen(600.0)] * 15, NOW)
    assert first.keep == (True,) * 15
    second = fold(first.group, [Seen(600.0)] * 15, NOW + 1)
    assert sum(second.keep) == KEPT_EACH_HOUR - 15
    assert sum(fold(second.group, [Seen(600.0)] * 15, NOW + 3600).keep) == 15
    resolved = group(
        status="resolved", resolved=1.0, kept_hour=int(NOW // 3600), kept=KEPT_EACH_HOUR
    )
    assert fold(resolved, [Seen(600.0)] * 3, NOW).keep == (True, False, False)


def test_users_are_counted_exactly_while_they_are_few():
    hashes: list[int] = []
    for number in range(users.SMALLEST - 1):
        again = random.Random(number).randrange(number + 1)
        seen = [users.hashed(f"id:{number}"), users.hashed(f"id:{again}")]
        hashes = users.more(hashes, seen)
        assert users.count(hashes) == number + 1


def test_many_users_are_counted_nearly():
    """Each count is off by 6 % or so, and no more often up than down."""
    off = []
    for apps in range(40):
        seen = (users.hashed(f"{apps}:{number}") for number in range(5000))
        hashes = users.more([], seen)
        assert len(hashes) == users.SMALLEST
        off.append(users.count(hashes) / 5000 - 1)
    assert abs(sum(off) / len(off)) < 0.04
    assert all(abs(one) < 0.25 for one in off)


@pytest.mark.parametrize(
    ("counts", "age", "was", "spike"),
    [
        ([0] * 24 + [49], 24, False, False),
        ([0] * 24 + [50], 24, False, True),
        ([20] * 24 + [99], 24, False, False),
        ([20] * 24 + [100], 24, False, True),
        # Known for six hours, in each of which it was as frequent.
        ([0] * 18 + [60] * 6 + [70], 6, False, False),
        ([0] * 24 + [500], 5, False, False),
        # It goes on until a whole hour was quiet.
        ([0] * 23 + [80, 3], 24, True, True),
        ([0] * 22 + [80, 4, 3], 24, True, False),
        ([0] * 22 + [80, 4, 3], 24, False, False),
    ],
)
def test_a_spike_is_much_more_than_before(counts, age, was, spike):
    assert is_spike(counts, age, was=was) is spike


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "at"),
    [
        (NOW - 10, None, NOW - 10),
        (NOW - 10, NOW - 5, NOW - 10),
        (NOW + 5, None, NOW),
        (NOW + DRIFT + 1, None, NOW),
        (NOW - OLDEST - 1, None, NOW),
        # The sender's clock is an hour late, then a year early.
        (NOW - 3610, NOW - 3600, NOW - 10),
        (NOW + 31_536_000 - 10, NOW + 31_536_000, NOW - 10),
        ("1970-01-12T13:46:30Z", None, NOW - 10),
        ("1970-01-12T13:46:30.123456789+00:00", None, NOW - 10 + 0.123456),
        ("1970-01-12T13:46:30", None, NOW - 10),
        (str(NOW - 10), None, NOW - 10),
        (None, NOW - 3600, NOW),
        ("soon", None, NOW),
        (True, None, NOW),
        (float("inf"), "x" * 100, NOW),
        (-5, None, NOW),
    ],
)
def test_times_are_put_right(timestamp, sent_at, at):
    assert happened(timestamp, sent_at, NOW) == pytest.approx(at)


def test_a_session_counts_once_with_the_worst_that_was_heard():
    def row(outcome, session="s"):
        return SessionRow("shop", "staging", session, outcome, "r1", 7300.0)

    after, changes = counted({}, [row("fine"), row("crashed"), row("fine"), row("errored", "t")])
    place = ("shop", "staging", "r1", 7200.0)
    assert after["shop", "staging", "s"] == ("crashed", "r1", 7200.0)
    assert {outcome: n for (_, outcome), n in changes.items() if n} == {"crashed": 1, "errored": 1}
    _, more = counted(after, [row("abnormal"), row("unhandled", "t")])
    assert {key: n for key, n in more.items() if n} == {
        (place, "errored"): -1,
        (place, "unhandled"): 1,
    }
