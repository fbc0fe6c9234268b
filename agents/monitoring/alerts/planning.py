"""From what channels are to be told to messages: grouped, spaced and bounded. Pure.

A channel gets at most its number of messages in any hour; a quarter of them is kept for what is
critical. Before a bound is reached, one message stands for all that would go beyond it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from agents.monitoring.alerts.alert import Alert, Told, entry, flapping
from agents.monitoring.alerts.judging import Verdict, Want
from agents.monitoring.alerts.notices import OVER, Notice, What, notice
from agents.monitoring.alerts.rules import Channel, Configuration

HOUR = 3600.0
AGAIN = 60.0
"""Seconds after which it is seen whether a message that is under way has made room."""


class Message(Struct, frozen=True, kw_only=True):
    """What one channel gets; `alerts` are all that it tells of, also those it does not show.

    `app` and `environment` are "" for a message that is about several.
    """

    channel: str
    app: str
    environment: str
    notice: Notice
    alerts: tuple[tuple[int, What], ...]


class Judged(Struct, frozen=True, kw_only=True):
    """An alert, what its channels know, and what is to be done about it."""

    alert: Alert
    told: Mapping[str, Told]
    verdict: Verdict


class Past(Struct, frozen=True, kw_only=True):
    """What channels got before.

    `free` says of each message that still counts against its channel's bound until when it does,
    in order: infinity while it is under way. `last` is when the newest about an app in an
    environment was made.
    """

    free: Mapping[str, Sequence[float]] = {}
    last: Mapping[tuple[str, str, str], float] = {}


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be kept: messages, what channels know by them, and when to go on with each alert.

    `told` is by alert and channel, `due` by alert; those in `closed` are settled.
    """

    messages: tuple[Message, ...]
    told: Mapping[tuple[int, str], Told]
    due: Mapping[int, float | None]
    closed: frozenset[int]


class _Item(Struct, frozen=True):
    alert: Alert
    want: Want

    @property
    def urgent(self) -> bool:
        """Whether it may use what is kept for critical alerts."""
        return self.alert.severity == "critical" and self.want.what not in OVER


_Group = list[_Item]


def plan(judged: Sequence[Judged], configuration: Configuration, past: Past, now: float) -> Plan:
    """The messages to send now, and everything that changes with them."""
    made = _Planning(judged, configuration, past, now)
    for channel in configuration.channels:
        made.fill(channel)
    return made.done()


class _Planning:
    def __init__(
        self, judged: Sequence[Judged], configuration: Configuration, past: Past, now: float
    ) -> None:
        self.judged, self.configuration, self.past, self.now = judged, configuration, past, now
        self.damping = configuration.damping
        self.before = {
            (one.alert.alert, name): told for one in judged for name, told in one.told.items()
        }
        self.due = {one.alert.alert: one.verdict.due for one in judged}
        self.told: dict[tuple[int, str], Told] = {}
        self.messages: list[Message] = []
        for one in judged:
            for name, why in one.verdict.held.items():
                self._held(one.alert, name, why)

    def fill(self, channel: Channel) -> None:
        """Make the messages of one channel, the urgent ones first."""
        ready = [group for group in self._groups(channel.name) if self._is_ready(channel, group)]
        urgent = [group for group in ready if any(one.urgent for one in group)]
        others = [group for group in ready if not any(one.urgent for one in group)]
        used = len(self.past.free.get(channel.name, ()))
        used = self._spend(channel, urgent, used, channel.per_hour)
        self._spend(channel, others, used, channel.per_hour - channel.per_hour // 4)

    def _groups(self, channel: str) -> list[_Group]:
        """What a channel is to be told, by app and environment, the oldest first."""
        groups: dict[tuple[str, str], _Group] = defaultdict(list)
        for one in self.judged:
            for want in one.verdict.wants:
                if want.channel == channel:
                    where = (one.alert.app, one.alert.environment)
                    groups[where].append(_Item(one.alert, want))
        return sorted(groups.values(), key=lambda group: min(one.alert.opened for one in group))

    def _is_ready(self, channel: Channel, group: _Group) -> bool:
        """Whether a group is told now; else it is thought about again when it may be."""
        first = group[0].alert
        at = min(one.want.since for one in group) + self.damping.wait
        last = self.past.last.get((channel.name, first.app, first.environment), -math.inf)
        hurried = any(one.alert.severity == "critical" or one.want.what == "test" for one in group)
        if not hurried and last <= self.now:
            at = max(at, last + self.damping.interval)
        if at <= self.now:
            return True
        self._later(group, at)
        return False

    def _spend(self, channel: Channel, groups: list[_Group], used: int, limit: int) -> int:
        """Use a channel's room for these groups; what is used then."""
        for number, group in enumerate(groups):
            if used >= limit:
                at = self._room(channel, used - limit)
                for each in groups[number:]:
                    self._no_room(channel, each, at)
                break
            rest = groups[number:]
            if used == limit - 1 and len(rest) > 1:
                together = [item for each in rest for item in each]
                self._message(channel, together, bound=channel.per_hour)
                return used + 1
            self._message(channel, group)
            used += 1
        return used

    def _message(self, channel: Channel, items: _Group, *, bound: int = 0) -> None:
        first = items[0].alert
        made = notice([entry(one.alert, one.want.what) for one in items], at=self.now, bound=bound)
        self.messages.append(
            Message(
                channel=channel.name, notice=made,
                app="" if bound else first.app,
                environment="" if bound else first.environment,
                alerts=tuple((one.alert.alert, one.want.what) for one in items),
            )
        )  # fmt: skip
        for one in items:
            self._tell(channel.name, one)
        self._soon(items)

    def _tell(self, channel: str, item: _Item) -> None:
        over = item.want.what in OVER
        before = self.before.get((item.alert.alert, channel), Told())
        self.told[item.alert.alert, channel] = Told(
            at=self.now, severity=item.alert.severity, ended=over,
            flapping=(before.flapping and not before.ended)
            or (not over and flapping(item.alert, self.damping)),
        )  # fmt: skip

    def _room(self, channel: Channel, beyond: int) -> float:
        """When a channel has room again: all that is held waits for the same time."""
        free = self.past.free.get(channel.name, ())
        at = free[beyond] if beyond < len(free) else self.now + HOUR
        if math.isinf(at):
            at = self.now + AGAIN
        # One message can only stand for what is thought about together.
        return (max(at, self.now) // AGAIN + 1) * AGAIN

    def _no_room(self, channel: Channel, group: _Group, at: float) -> None:
        for one in group:
            self._held(one.alert, channel.name, f"bound of {channel.per_hour} messages an hour")
        self._later(group, at)

    def _held(self, alert: Alert, channel: str, why: str) -> None:
        before = self.before.get((alert.alert, channel), Told())
        if before.at is None and before.held != why:
            self.told[alert.alert, channel] = Told(held=why)

    def _later(self, group: _Group, at: float) -> None:
        for one in group:
            due = self.due[one.alert.alert]
            self.due[one.alert.alert] = at if due is None else min(due, at)

    def _soon(self, items: Iterable[_Item]) -> None:
        """What was told is thought about once more, to know when it is due next."""
        for one in items:
            self.due[one.alert.alert] = self.now

    def done(self) -> Plan:
        closed = frozenset(one.alert.alert for one in self.judged if one.verdict.closes)
        return Plan(
            messages=tuple(self.messages), told=self.told, closed=closed,
            due={alert: None if alert in closed else due for alert, due in self.due.items()},
        )  # fmt: skip
