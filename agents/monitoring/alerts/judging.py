"""What each channel has to be told of an alert at a given time. Pure.

Told are: that it began, that it got worse, that it comes and goes, that it is still so, that it
is not over after a while (to others), and that it is over (to whoever was told that it began).
What is not told is held, by something that has a name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from agents.monitoring.alerts.alert import Alert, Told, flapping
from agents.monitoring.alerts.notices import What
from agents.monitoring.alerts.rules import RANK, REMIND, Configuration, Rule, matching, reminds
from agents.monitoring.alerts.silences import Silence, silencing

LOOK_AGAIN = 60.0
"""Seconds after which it is seen whether a silence was ended."""
LONGEST_WAIT = 3600.0
"""Seconds after which any live alert is thought about again, whatever the clock did."""


class Want(Struct, frozen=True, kw_only=True):
    """Something to tell a channel; from `since` on it may wait for others of its app."""

    channel: str
    what: What
    since: float = -math.inf


class Verdict(Struct, frozen=True, kw_only=True):
    """What is to be told, what keeps the rest from it, and when to think about it again.

    `due` is None when only a finding or a change of the configuration can matter.
    """

    wants: tuple[Want, ...] = ()
    held: Mapping[str, str] = {}
    due: float | None = None
    closes: bool = False


class World(Struct, frozen=True, kw_only=True):
    """What decides besides the alert itself; `dead` says of channels why they are not called."""

    configuration: Configuration
    silences: Sequence[Silence] = ()
    dead: Mapping[str, str] = {}
    now: float


def judge(alert: Alert, told: Mapping[str, Told], world: World) -> Verdict:
    """What is to be told of an alert now."""
    if alert.kind == "test":
        return _test(alert, told, world)
    found = _Judged(alert, told, world)
    return found.firing() if alert.state == "firing" else found.over()


def _test(alert: Alert, told: Mapping[str, Told], world: World) -> Verdict:
    """A test goes to the channel that its key names, or to all, past every rule."""
    channels = world.configuration.channels
    named = alert.key.split(":")[1] if alert.key.count(":") > 1 else ""
    chosen = [one.name for one in channels if named in {"", one.name} and one.name not in told]
    held = {name: f"dead: {world.dead[name]}" for name in chosen if name in world.dead}
    if named and not chosen:
        held[named] = "there is no channel of that name"
    wants = tuple(Want(channel=name, what="test") for name in chosen if name not in held)
    return Verdict(wants=wants, held=held, closes=True)


class _Judged:
    """One alert and its rule."""

    def __init__(self, alert: Alert, told: Mapping[str, Told], world: World) -> None:
        self.alert, self.told, self.world, self.now = alert, told, world, world.now
        self.rule = matching(
            world.configuration.rules, app=alert.app, environment=alert.environment,
            kind=alert.kind, key=alert.key, severity=alert.severity,
        )  # fmt: skip
        self.flaps = flapping(alert, world.configuration.damping)
        self.quiet = self._quiet()
        self.wants: list[Want] = []
        self.held: dict[str, str] = {}
        self.dues: list[float] = [self.now + LONGEST_WAIT]

    def _quiet(self) -> float | None:
        quiet = self.rule.quiet if self.rule else None
        if quiet is None or RANK[self.alert.severity] >= RANK[quiet.through]:
            return None
        return quiet.until(self.now)

    def _hold(self) -> str:
        """What keeps anything new from being told; "" when nothing does."""
        silence = silencing(
            self.world.silences, self.alert.app, self.alert.environment, self.alert.key, self.now
        )
        if silence is not None:
            self.dues.append(min(silence.until, self.now + LOOK_AGAIN))
            return f"silence {silence.silence}"
        if self.quiet is not None:
            self.dues.append(self.quiet)
            return "quiet hours"
        return ""

    def _unripe(self, rule: Rule) -> str:
        """Why its rule does not want it told yet; "" when it does."""
        alert = self.alert
        end = alert.over if alert.over is not None else self.now
        if end < alert.opened + rule.lasting:
            self.dues.append(alert.opened + rule.lasting)
            return f"rule {rule.name}: not for {rule.lasting:g} s"
        last = alert.seen[-1] if alert.seen else 0.0
        if sum(one > last - rule.within for one in alert.seen) < rule.count:
            return f"rule {rule.name}: not {rule.count} times within {rule.within:g} s"
        return ""

    def firing(self) -> Verdict:
        rule = self.rule
        if rule is None:
            self.held = {"": "no rule is about it"}
            return Verdict(held=self.held)
        unripe = "" if self._anybody_knows() else self._unripe(rule)
        hold = unripe or self._hold()
        for name in self._targets(rule):
            told = self.told.get(name, Told())
            fresh = told.at is None or told.ended
            stop = hold or self._dead(name)
            if not stop:
                self._tell(name, told, rule, fresh=fresh)
            elif fresh:
                self.held[name] = stop
        return self._verdict(closes=False)

    def _tell(self, name: str, told: Told, rule: Rule, *, fresh: bool) -> None:
        remind = reminds(rule, self.alert.kind) or (REMIND if told.failed else math.inf)
        at = min(told.at or 0.0, self.now)
        if fresh and name not in rule.channels:
            self.wants.append(Want(channel=name, what="escalated"))
        elif fresh:
            what: What = "flapping" if self.flaps else "began"
            since = self.alert.opened + rule.lasting
            self.wants.append(Want(channel=name, what=what, since=min(since, self.now)))
        elif self.flaps and not told.flapping:
            self.wants.append(Want(channel=name, what="flapping"))
        elif RANK[self.alert.severity] > RANK[told.severity]:
            self.wants.append(Want(channel=name, what="worse"))
        elif self.now >= at + remind:
            self.wants.append(Want(channel=name, what="reminder"))
        else:
            self.dues.append(at + remind)

    def _targets(self, rule: Rule) -> list[str]:
        """Whom the rule names, and those that are told as it is not over yet."""
        names = list(rule.channels)
        if rule.escalation is not None:
            at = self.alert.opened + rule.escalation.after
            if self.now >= at:
                names += [name for name in rule.escalation.channels if name not in names]
            else:
                self.dues.append(at)
        return [name for name in names if self.world.configuration.channel(name) is not None]

    def _anybody_knows(self) -> bool:
        return any(one.at is not None for one in self.told.values())

    def _dead(self, name: str) -> str:
        return f"dead: {self.world.dead[name]}" if name in self.world.dead else ""

    def over(self) -> Verdict:
        over = self.alert.over if self.alert.over is not None else self.now
        calm = over + self.world.configuration.damping.calm
        if self.flaps and self.now < calm:
            self.dues.append(calm)
            return self._verdict(closes=False)
        if self._resolve(min(over, self.now)):
            return self._verdict(closes=False)
        if self.rule is None:
            self.held = {"": "no rule is about it"}
        else:
            self._late(self.rule)
        return self._verdict(closes=not self.wants)

    def _resolve(self, over: float) -> bool:
        """Want it told that it is over; whether that has to wait for the end of quiet hours."""
        if self.rule is not None and not self.rule.resolved:
            return False
        names = [
            name
            for name, told in self.told.items()
            if told.at is not None and not (told.ended or told.failed)
            and self.world.configuration.channel(name) is not None and not self._dead(name)
        ]  # fmt: skip
        if names and self.quiet is not None:
            self.dues.append(self.quiet)
            return True
        self.wants += [Want(channel=name, what="resolved", since=over) for name in names]
        return False

    def _late(self, rule: Rule) -> None:
        """Tell of what was over before anybody was told, unless something kept it from that."""
        hold = "" if self._anybody_knows() else self._unripe(rule)
        hold = hold or self._hold()
        for name in rule.channels:
            if self.told.get(name, Told()).at is not None:
                continue
            if self.world.configuration.channel(name) is None:
                continue
            if stop := hold or self._dead(name):
                self.held[name] = stop
            else:
                since = min(self.alert.opened + rule.lasting, self.now)
                self.wants.append(Want(channel=name, what="passed", since=since))

    def _verdict(self, *, closes: bool) -> Verdict:
        return Verdict(wants=tuple(self.wants), held=self.held, due=min(self.dues), closes=closes)
