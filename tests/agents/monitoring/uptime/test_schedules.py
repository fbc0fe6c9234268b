from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.monitoring.uptime import crontab
from agents.monitoring.uptime.crontab import BadSchedule
from agents.monitoring.uptime.schedules import (
    Schedule,
    checked,
    is_missed,
    is_overlong,
    next_due,
)

UTC_ZONE = ZoneInfo("UTC")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("* * * * *", "2026-11-27 18:30:10", "2026-11-27 18:31"),
        ("*/15 * * * *", "2026-11-27 18:46", "2026-11-27 19:00"),
        ("0 0 * * *", "2026-12-31 12:00", "2027-01-01 00:00"),
        ("30 6 1 * *", "2026-11-27 18:30", "2026-12-01 06:30"),
        ("0 9 * * mon-fri", "2026-11-27 10:00", "2026-11-30 09:00"),
        ("0 9 * * 7", "2026-11-27 10:00", "2026-11-29 09:00"),
        ("0 0 13 * fri", "2026-11-28 10:00", "2026-12-04 00:00"),
        ("0 0 29 2 *", "2026-11-27 10:00", "2028-02-29 00:00"),
        ("5,35 8-10/2 * jan,Dec *", "2026-11-27 10:00", "2026-12-01 08:05"),
        ("@hourly", "2026-11-27 18:00", "2026-11-27 19:00"),
        ("10/20 * * * *", "2026-11-27 18:31", "2026-11-27 18:50"),
    ],
)
def test_a_crontab_says_when_a_job_is_due(schedule, after, due):
    assert crontab.due_after(crontab.parse(schedule), at(after), UTC_ZONE) == at(due)


def test_a_day_that_never_comes_is_never_due():
    assert crontab.due_after(crontab.parse("0 0 31 2 *"), at("2026-01-01 00:00"), UTC_ZONE) is None
    with pytest.raises(BadSchedule):
        checked(Schedule(crontab="0 0 31 2 *"))


def test_clocks_that_change_leave_out_no_run_and_add_none():
    berlin, daily = ZoneInfo("Europe/Berlin"), crontab.parse("30 2 * * *")
    runs, time = [], at("2026-03-27 12:00")
    for _ in range(4):
        due = crontab.due_after(daily, time, berlin)
        assert due is not None
        runs.append(datetime.fromtimestamp(due, berlin).strftime("%d %H:%M"))
        time = due
    assert runs == ["28 02:30", "29 03:30", "30 02:30", "31 02:30"]
    autumn = crontab.due_after(daily, at("2026-10-25 00:30"), berlin)
    assert autumn == at("2026-10-26 01:30")


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "a * * * *",
     "*/0 * * * *", "5-1 * * * *", "* * * * * *", "1- * * * *", "@never"],
)  # fmt: skip
def test_a_crontab_that_cannot_be_understood_is_refused(text):
    with pytest.raises(BadSchedule):
        crontab.parse(text)


FIELDS = st.tuples(
    st.sampled_from(["*", "0", "*/7", "5-20/5", "59"]), st.sampled_from(["*", "0", "*/5", "3-4"]),
    st.sampled_from(["*", "1", "31", "*/10"]), st.sampled_from(["*", "2", "jan-mar"]),
    st.sampled_from(["*", "0", "sat,sun"]),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(FIELDS, st.integers(0, 2**31), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]))
def test_what_is_due_fits_and_lies_ahead(fields, now, zone):
    where = ZoneInfo(zone)
    schedule = crontab.parse(" ".join(fields))
    due = crontab.due_after(schedule, float(now), where)
    if due is None:
        return
    assert due > now
    local = datetime.fromtimestamp(due, where)
    assert local.minute in schedule.minutes
    assert local.month in schedule.months


def test_a_report_is_missed_only_when_somebody_would_have_heard_it():
    schedule = Schedule(every=600, grace=60)
    assert not is_missed(schedule, due=None, awake=0, now=1e9)
    assert not is_missed(schedule, due=1600, awake=0, now=1660)
    assert is_missed(schedule, due=1600, awake=0, now=1661)
    # Nobody was here when it was due: the next one has to come.
    assert not is_missed(schedule, due=1600, awake=1700, now=2300)
    assert is_missed(schedule, due=1600, awake=1700, now=2361)
    # The clock jumped ahead, or somebody was away, within the interval.
    assert not is_missed(schedule, due=1600, awake=1500, now=1661)
    # Somebody was back well before it was due.
    daily = Schedule(every=86_400, grace=60)
    assert is_missed(daily, due=90_000, awake=80_000, now=90_061)


def test_a_run_may_take_its_time_and_no_longer():
    schedule = Schedule(every=600, runs=100)
    assert not is_overlong(schedule, started=None, awake=0, now=1e9)
    assert not is_overlong(schedule, started=1000, awake=0, now=1100)
    assert is_overlong(schedule, started=1000, awake=0, now=1101)
    assert not is_overlong(schedule, started=1000, awake=1050, now=1101)


def test_a_report_that_comes_a_little_early_is_that_run_s():
    nightly = Schedule(crontab="0 2 * * *")
    assert next_due(nightly, at("2026-11-27 01:59:50")) == at("2026-11-28 02:00")
    assert next_due(Schedule(), 5) is None
    assert next_due(Schedule(every=60), 5) == 65


@pytest.mark.parametrize(
    "schedule",
    [Schedule(every=1), Schedule(every=1e9), Schedule(crontab="x"), Schedule(every=60, grace=-1),
     Schedule(crontab="* * * * *", zone="Middle/Earth"), Schedule(every=float("nan"))],
)  # fmt: skip
def test_a_schedule_that_cannot_be_kept_is_refused(schedule):
    with pytest.raises(BadSchedule):
        checked(schedule)
