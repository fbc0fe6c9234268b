"""When a job that reports by itself is due, and when it is late. Pure.

Errors:
    crontab.BadSchedule     a schedule cannot be understood
"""

from __future__ import annotations

from msgspec import Struct

from agents.monitoring.uptime import crontab
from agents.monitoring.uptime.crontab import BadSchedule
from agents.monitoring.uptime.judging import Policy

EARLY = 30.0
"""Seconds by which a job's clock may be ahead of ours and the report still be that run's."""
ABOUT = 3600.0
SHORTEST = 10.0
LONGEST = 400 * 86_400.0


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`every` so many seconds, or as a `crontab` says by the clocks of `zone`; neither is any time.

    `grace` is how many seconds late it may be, `runs` how long a run may take (0: any).
    """

    every: float = 0
    crontab: str = ""
    zone: str = "UTC"
    grace: float = 60
    runs: float = 0
    policy: Policy = Policy(failures=1, recoveries=1)


def checked(schedule: Schedule) -> Schedule:
    """The schedule, when it can be kept. Raises BadSchedule."""
    if schedule.crontab:
        crontab.zone(schedule.zone)
        if next_due(schedule, 0) is None:
            raise BadSchedule(f"{schedule.crontab!r} is never due")
    elif schedule.every and not SHORTEST <= schedule.every <= LONGEST:
        raise BadSchedule(f"every {schedule.every:g} s is not within 10 s and 400 days")
    if not (0 <= schedule.grace <= LONGEST and 0 <= schedule.runs <= LONGEST):
        raise BadSchedule("grace and run time are 0 to 400 days")
    return schedule


def next_due(schedule: Schedule, last: float) -> float | None:
    """When the report after the one at `last` is due; None when nobody can tell."""
    if schedule.crontab:
        where = crontab.zone(schedule.zone)
        return crontab.due_after(crontab.parse(schedule.crontab), last + EARLY, where)
    return last + schedule.every if schedule.every else None


def is_missed(schedule: Schedule, *, due: float | None, awake: float, now: float) -> bool:
    """Whether a report did not come that somebody who has been here since `awake` would have got.

    One that was due about when nobody was here may have come: then the next one has to.
    """
    if due is None:
        return False
    # A clock that jumped ahead brings a job's time nearer that goes by intervals.
    about = max(EARLY, schedule.grace, min(schedule.every, ABOUT))
    if awake > due - about:
        due = max(due, next_due(schedule, awake) or due)
    return now > due + schedule.grace


def is_overlong(schedule: Schedule, *, started: float | None, awake: float, now: float) -> bool:
    """Whether a run has not ended in the time that it may take; as `is_missed` for what was
    not heard.
    """
    if started is None or not schedule.runs:
        return False
    return now > max(started, awake) + schedule.runs
