from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agents.monitoring.uptime.maintenance import BadWindow, described, is_active, once, repeating

BERLIN = ZoneInfo("Europe/Berlin")


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def test_a_single_window_covers_its_time_and_not_its_end():
    window = once(1000.0, 60)
    assert [is_active(window, each) for each in (999, 1000, 1059.9, 1060)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_daily_window_goes_by_the_clocks_of_its_zone():
    window = repeating("02:00-03:30", days="", zone="Europe/Berlin")
    for day in ("2026-01-10", "2026-07-10"):
        assert is_active(window, at(f"{day} 02:00"))
        assert is_active(window, at(f"{day} 03:29"))
        assert not is_active(window, at(f"{day} 03:30"))
        assert not is_active(window, at(f"{day} 01:59"))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins():
    window = repeating("23:00-01:00", days="sat", zone="Europe/Berlin")
    assert is_active(window, at("2026-11-28 23:30"))
    assert is_active(window, at("2026-11-29 00:30"))
    assert not is_active(window, at("2026-11-28 00:30"))
    assert not is_active(window, at("2026-11-29 23:30"))


def test_a_window_takes_its_time_also_when_the_clocks_change():
    window = repeating("01:30-03:30", days="", zone="Europe/Berlin")
    # On the 29th of March 2026 two o'clock is three: two hours later it is 04:30.
    assert is_active(window, at("2026-03-29 04:29"))
    assert not is_active(window, at("2026-03-29 04:30"))
    # On the 25th of October three o'clock is two: two hours later it is 02:30 for the second time.
    second = at("2026-10-25 01:30") + 2 * 3600
    assert is_active(window, second - 1)
    assert not is_active(window, second)


@pytest.mark.parametrize(
    ("span", "days", "zone"),
    [
        ("2-3", "", "UTC"), ("02:00-02:00", "", "UTC"), ("25:00-26:00", "", "UTC"),
        ("02:00-03:00", "someday", "UTC"), ("02:00-03:00", "", "Middle/Earth"),
        ("02:00-03:00", "", "../etc/passwd"),
    ],
)  # fmt: skip
def test_a_window_that_cannot_be_understood_is_refused(span, days, zone):
    with pytest.raises(BadWindow):
        repeating(span, days=days, zone=zone)


@pytest.mark.parametrize("seconds", [0, -5, 8 * 86_400])
def test_a_single_window_is_neither_empty_nor_endless(seconds):
    with pytest.raises(BadWindow):
        once(0, seconds)


def test_windows_are_described_as_people_write_them():
    assert described(once(0, 3600)) == "once, 1970-01-01 00:00 to 1970-01-01 01:00 UTC"
    window = repeating("23:00-01:00", days="Sunday,mon", zone="Europe/Berlin")
    assert described(window) == "mon,sun 23:00-01:00 Europe/Berlin"
    assert described(repeating("2:00-03:00", days="", zone="UTC")) == "daily 02:00-03:00 UTC"
