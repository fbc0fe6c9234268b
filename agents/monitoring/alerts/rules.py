"""What a person wants to be told, where and when: channels and rules.

`matching` finds the rule of an alert, `Quiet` the hours in which only urgent things are told.
`configuration` reads them from a file and the environment. All of it is pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from agents.monitoring.findings import Severity
from bus.settings import Secret

ChannelKind = Literal["slack", "discord", "webhook", "email"]
RANK: dict[str, int] = {"info": 0, "warning": 1, "critical": 2}
REMIND = 3600.0
"""Seconds between reminders unless a rule says otherwise."""
REMIND_OF: dict[str, float] = {"error": 0.0, "vitals": 0.0, "certificate": 86_400.0}
"""The same for kinds of which that would be too often: an error is news, and lasts for weeks."""
SHORTEST_REMINDER = 300.0
PER_HOUR = 30
"""Messages that one channel gets in any hour at most, unless it says otherwise."""


class Channel(Struct, frozen=True, kw_only=True):
    """Where messages go. `address` is the URL, which is the secret, or that of a mail server."""

    name: str
    kind: ChannelKind
    address: Secret
    signing: Secret = Secret("")
    to: tuple[str, ...] = ()
    sender: str = ""
    per_hour: int = PER_HOUR


class Quiet(Struct, frozen=True, kw_only=True):
    """Hours of the day, by the clock of a place, in which only `through` and above is told.

    `start` and `end` are minutes since midnight; an end before its start is on the next day. A
    time belongs to the day (0 is Monday) on which its hours began; `days` are those they begin on.
    """

    start: int
    end: int
    zone: str
    days: frozenset[int] = frozenset(range(7))
    through: Severity = "critical"

    def until(self, now: float) -> float | None:
        """When the quiet hours end in which `now` lies; None outside of them."""
        zone = ZoneInfo(self.zone)
        here = datetime.fromtimestamp(now, UTC).astimezone(zone)
        for back in (1, 0):
            day = here.date() - timedelta(days=back)
            if day.weekday() not in self.days:
                continue
            begins = datetime.combine(day, _clock(self.start), zone)
            last = day if self.end > self.start else day + timedelta(days=1)
            ends = datetime.combine(last, _clock(self.end), zone).timestamp()
            if begins.timestamp() <= now < ends:
                return ends
        return None


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


class Escalation(Struct, frozen=True, kw_only=True):
    """Who else is told of what is not over `after` seconds after it began."""

    after: float
    channels: tuple[str, ...]


class Rule(Struct, frozen=True, kw_only=True):
    """Which alerts it is about, and who is told of them.

    An alert is told when it lasted for `lasting` seconds and `count` findings of it came within
    `within` seconds. `apps`, `environments`, `kinds` and `keys` are patterns as file names have
    them, none is any; `remind` is 0 for never, None for what is usual of a kind.
    """

    name: str
    channels: tuple[str, ...]
    apps: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    severity: Severity = "warning"
    lasting: float = 0.0
    count: int = 1
    within: float = 300.0
    remind: float | None = None
    resolved: bool = True
    quiet: Quiet | None = None
    escalation: Escalation | None = None


def reminds(rule: Rule, kind: str) -> float:
    """Seconds between two reminders of an alert of that kind; 0 for none."""
    return REMIND_OF.get(kind, REMIND) if rule.remind is None else rule.remind


class Damping(Struct, frozen=True, kw_only=True):
    """When what comes and goes is told as flapping, and when several things are one message.

    Flapping begins with more than `after` beginnings within `within` seconds and is over after
    `calm` seconds without one. `wait` is how long a first alert waits for others of its app,
    `interval` what lies between two messages about an app.
    """

    after: int = 3
    within: float = 1800.0
    calm: float = 600.0
    wait: float = 10.0
    interval: float = 60.0


class Configuration(Struct, frozen=True, kw_only=True):
    """All of it. `problems` says what a person wrote that could not be used."""

    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()
    damping: Damping = Damping()
    problems: tuple[str, ...] = ()

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((one for one in self.channels if one.name == name), None)


def matching(
    rules: Sequence[Rule], *, app: str, environment: str, kind: str, key: str, severity: str
) -> Rule | None:
    """The first rule that is about an alert; None when none is."""
    for rule in rules:
        if (
            RANK[severity] >= RANK[rule.severity]
            and _any(rule.apps, app)
            and _any(rule.environments, environment)
            and _any(rule.kinds, kind)
            and _any(rule.keys, key)
        ):
            return rule
    return None


def _any(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)
