"""Windows in which an app may be down without anybody being told. Pure.

Errors:
    BadWindow   a window cannot be understood
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

Repeats = Literal["once", "daily", "weekly"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = 7 * 86_400
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


class BadWindow(ValueError):
    """A window that cannot be understood."""


class Window(Struct, frozen=True, kw_only=True):
    """A window: `once` from `begins` to `ends` (seconds since 1970), else at a time of day.

    `minute` is the minute of the local day in `zone` at which it begins, `minutes` how long it
    takes; `days` are the days of the week on which it begins (0 is Monday).
    """

    repeats: Repeats
    begins: float = 0
    ends: float = 0
    minute: int = 0
    minutes: int = 0
    days: tuple[int, ...] = ()
    zone: str = "UTC"


def is_active(window: Window, at: float) -> bool:
    """Whether `at` lies within the window. Its end is not in it."""
    if window.repeats == "once":
        return window.begins <= at < window.ends
    zone = ZoneInfo(window.zone)
    today = datetime.fromtimestamp(at, zone).date()
    # A window that began on an earlier day may go on over midnight.
    back = range(window.minutes // 1440 + 2)
    return any(_began(window, today - timedelta(days=n), zone, at) for n in back)


def _began(window: Window, day: date, zone: ZoneInfo, at: float) -> bool:
    if window.repeats == "weekly" and day.weekday() not in window.days:
        return False
    # The wall clock says when it begins; from there it takes its time, also when clocks change.
    local = datetime.combine(day, time(*divmod(window.minute, 60)), zone)
    begins = local.astimezone(UTC).timestamp()
    return begins <= at < begins + window.minutes * 60


def once(begins: float, seconds: float) -> Window:
    """From a time, for so many seconds. Raises BadWindow."""
    if not 0 < seconds <= LONGEST:
        raise BadWindow("a window takes more than nothing and a week at most")
    return Window(repeats="once", begins=begins, ends=begins + seconds)


def repeating(span: str, *, days: str, zone: str) -> Window:
    """`02:00-03:30`, on the `days` (`mon,sun`; "" for every day), by the clocks of `zone`.

    Raises BadWindow.
    """
    match = _SPAN.fullmatch(span.strip())
    if match is None:
        raise BadWindow(f"{span!r} is no span of a day such as 02:00-03:30")
    first, last = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    if first == last:
        raise BadWindow(f"{span!r} begins when it ends")
    chosen = _days(days) if days else ()
    return Window(
        repeats="weekly" if chosen else "daily", minute=first, minutes=(last - first) % 1440,
        days=chosen, zone=zone_of(zone).key,
    )  # fmt: skip


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises BadWindow."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadWindow(f"{name!r} is no time zone such as Europe/Berlin") from None


def _days(text: str) -> tuple[int, ...]:
    found = set()
    for word in text.lower().split(","):
        if word.strip()[:3] not in DAYS:
            raise BadWindow(f"{word.strip()!r} is no day: use {','.join(DAYS)}")
        found.add(DAYS.index(word.strip()[:3]))
    return tuple(sorted(found))


def described(window: Window) -> str:
    """The window as people write it."""
    if window.repeats == "once":
        first, last = (
            datetime.fromtimestamp(each, UTC).strftime("%Y-%m-%d %H:%M")
            for each in (window.begins, window.ends)
        )
        return f"once, {first} to {last} UTC"
    ends = (window.minute + window.minutes) % 1440
    hours = "{:02}:{:02}-{:02}:{:02}".format(*divmod(window.minute, 60), *divmod(ends, 60))
    when = "daily" if window.repeats == "daily" else ",".join(DAYS[day] for day in window.days)
    return f"{when} {hours} {window.zone}"
