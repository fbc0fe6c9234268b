"""What a person asks for in words, as what is kept. Pure. Errors: ValueError says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from agents.monitoring.uptime import maintenance
from agents.monitoring.uptime.conditions import Conditions, json_condition, status_ranges
from agents.monitoring.uptime.judging import Policy
from agents.monitoring.uptime.options import Options
from agents.monitoring.uptime.schedules import Schedule, checked

UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS")


def seconds(text: str) -> float:
    """`30s`, `5m`, `1h`, `2d` in seconds; a bare number is seconds. Raises ValueError."""
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no span of time such as 30s, 5m, 1h or 2d")
    return float(match[1]) * UNITS[match[2] or "s"]


def options(
    *,
    status: str = "2xx",
    contains: str = "",
    lacks: str = "",
    json: Sequence[str] = (),
    within: str = "",
    method: str = "GET",
    headers: Sequence[str] = (),
    every: str = "60s",
    timeout: str = "10s",
    failures: int = 3,
    recoveries: int = 2,
    certificate_days: int = 14,
) -> Options:
    """How an address is to be asked and judged. Raises ValueError."""
    if method.upper() not in METHODS:
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    return Options(
        conditions=Conditions(
            status=status_ranges(status), contains=contains, lacks=lacks,
            json=tuple(json_condition(each) for each in json),
            milliseconds=seconds(within) * 1000 if within else 0,
        ),
        method=method.upper(), headers=tuple(_header(each) for each in headers), follow=True,
        every=seconds(every), seconds=seconds(timeout),
        policy=Policy(failures=failures, recoveries=recoveries),
        certificate_days=certificate_days,
    )  # fmt: skip


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (colon and name.strip()):
        raise ValueError(f"{text!r:.60} is no header such as 'Name: value'")
    return name.strip(), value.strip()


def window(
    *, now: float, begins: str = "", lasts: str = "", hours: str = "", days: str = "",
    zone: str = "UTC",
) -> maintenance.Window:  # fmt: skip
    """A single window from `begins` (now without) for `lasts`, or one of some `hours` of the day.

    Raises ValueError.
    """
    if bool(lasts) == bool(hours):
        raise ValueError("say either how long it lasts, or at which hours of the day it is")
    if hours:
        return maintenance.repeating(hours, days=days, zone=zone)
    if days:
        raise ValueError("days go with hours of the day")
    return maintenance.once(_time(begins, zone) if begins else now, seconds(lasts))


def _time(text: str, zone: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 2026-11-27T22:00") from None
    return (found if found.tzinfo else found.replace(tzinfo=maintenance.zone_of(zone))).timestamp()


def schedule(
    *,
    every: str = "",
    crontab: str = "",
    zone: str = "UTC",
    grace: str = "5m",
    runs: str = "",
    failures: int = 1,
) -> Schedule:
    """When a job reports. Raises ValueError."""
    if bool(every) == bool(crontab):
        raise ValueError("say either how often the job reports, or its crontab")
    if failures < 1:
        raise ValueError("at least one report has to be missing")
    return checked(
        Schedule(
            every=seconds(every) if every else 0, crontab=crontab, zone=zone,
            grace=seconds(grace), runs=seconds(runs) if runs else 0,
            policy=Policy(failures=failures, recoveries=1),
        )
    )  # fmt: skip
