"""When a job with a crontab schedule is due. Pure.

Five fields as in crontab(5): minute, hour, day of month, month, day of week; lists, ranges, steps,
names, and the shorthands @hourly, @daily, @weekly, @monthly, @yearly. When both days are given,
either is enough.

Errors:
    BadSchedule     a schedule cannot be understood
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
SHORTHANDS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}  # fmt: skip
FIELDS = 5
FARTHEST_DAYS = 366 * 8 + 2
"""The 29th of February of a leap year may be eight years away."""


class BadSchedule(ValueError):
    """A schedule that cannot be understood."""


class Crontab(Struct, frozen=True):
    """The minutes, hours, days and months that fit; the week begins on Sunday, 0.

    `either` says that one of both kinds of days is enough.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    week: frozenset[int]
    either: bool


def parse(text: str) -> Crontab:
    """A crontab schedule. Raises BadSchedule."""
    fields = SHORTHANDS.get(text.strip().lower(), text).split()
    if len(fields) != FIELDS:
        raise BadSchedule(f"{text!r:.100} has not the five fields of a crontab")
    minute, hour, day, month, week = fields
    return Crontab(
        minutes=_field(minute, 0, 59), hours=_field(hour, 0, 23), days=_field(day, 1, 31),
        months=_field(month, 1, 12, MONTHS, first=1),
        week=frozenset(each % 7 for each in _field(week, 0, 7, WEEK)),
        either=not (day.startswith("*") or week.startswith("*")),
    )  # fmt: skip


def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises BadSchedule."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSchedule(f"{name!r:.100} is no time zone") from None


def due_after(schedule: Crontab, at: float, where: ZoneInfo) -> float | None:
    """The first time after `at` that fits, in seconds since 1970; None when none ever does.

    A time that the clocks leave out in spring is due when they go on; one that they show twice in
    autumn is due the first time.
    """
    local = datetime.fromtimestamp(at, where).replace(tzinfo=None)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(FARTHEST_DAYS):
        if _fits(schedule, day):
            for hour in sorted(schedule.hours):
                for minute in sorted(schedule.minutes):
                    due = day.replace(hour=hour, minute=minute, tzinfo=where)
                    seconds = due.astimezone(UTC).timestamp()
                    if seconds > at:
                        return seconds
        day += timedelta(days=1)
    return None


def _fits(schedule: Crontab, day: datetime) -> bool:
    if day.month not in schedule.months:
        return False
    of_month = day.day in schedule.days
    of_week = day.isoweekday() % 7 in schedule.week
    return of_month or of_week if schedule.either else of_month and of_week


_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d{1,4}))?")


def _field(
    text: str, low: int, high: int, names: tuple[str, ...] = (), *, first: int = 0
) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadSchedule(f"{part!r:.40} is no part of a crontab")
        step = int(match["step"] or 1)
        if match["first"] == "*":
            begin, end = low, high
        else:
            begin = _number(match["first"], names, first)
            last = match["last"]
            end = _number(last, names, first) if last else high if match["step"] else begin
        if not (low <= begin <= end <= high) or step < 1:
            raise BadSchedule(f"{part!r:.40} is not within {low} to {high}")
        found.update(range(begin, end + 1, step))
    return frozenset(found)


def _number(text: str, names: tuple[str, ...], first: int) -> int:
    if text[:3] in names:
        return names.index(text[:3]) + first
    if not text.isdecimal():
        raise BadSchedule(f"{text!r:.40} is no number")
    return int(text)
