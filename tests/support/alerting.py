"""Alerts in tests: findings, notices and channels with what is usual filled in."""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
from hypothesis import strategies as st

from agents.monitoring.alerts.alert import take
from agents.monitoring.alerts.judging import World, judge
from agents.monitoring.alerts.notices import ENTRIES, Entry, Notice
from agents.monitoring.alerts.planning import Judged, Past, plan
from agents.monitoring.alerts.rules import Channel, Configuration, Quiet, Rule
from agents.monitoring.alerts.silences import Silence
from agents.monitoring.findings import Finding
from bus.settings import Secret

BERLIN = Quiet(start=22 * 60, end=7 * 60, zone="Europe/Berlin")
NASTY = (
    "<script>alert(1)</script>", "<!here> <!channel> <@U123> <http://evil|bank>", "@everyone @here",
    "```rm -rf```", "[bank](http://evil)", "👩‍👩‍👧‍👦" * 100,
    "\u202egnp.exe\x00\x1b[31m", "x" * 4500,
    "a\r\nBcc: everybody@example.com", "&lt;&amp;", "*_~|>#", "   ", "",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=400),
    st.text(alphabet="<>&*_`@😀\n|\\", max_size=1500),
    st.builds(lambda text, n: text * n, st.text(min_size=1, max_size=10), st.integers(1, 500)),
)


def finding(key="uptime", *, firing=True, at=0.0, **fields):
    usual = {
        "app": "shop", "environment": "production", "kind": "uptime", "severity": "critical",
        "title": f"{key} is not well", "detail": "status 500",
    }  # fmt: skip
    return Finding(key=key, firing=firing, at=at, **(usual | fields))


def entry(alert=1, what="began", **fields):
    usual = {
        "app": "shop", "environment": "production", "kind": "uptime", "key": "uptime",
        "severity": "critical", "title": "shop is down", "detail": "status 500", "opened": 1e9,
    }  # fmt: skip
    return Entry(alert=alert, what=what, **(usual | fields))


def notice(*entries, **fields):
    return Notice(entries=entries or (entry(),), at=fields.pop("at", 1e9), **fields)


def channel(kind="slack", url="https://hooks.example/services/T/B/secretsecret", **fields):
    return Channel(name=fields.pop("name", kind), kind=kind, address=Secret(url), **fields)


def configured(*rules, channels=("one",), per_hour=30, **fields):
    """A configuration with these channels, and rules or one for everything."""
    made = tuple(channel(name=name, per_hour=per_hour) for name in channels)
    usual = (Rule(name="all", channels=tuple(channels)),)
    return Configuration(channels=made, rules=rules or usual, **fields)


ENTRY = st.builds(
    Entry,
    alert=st.integers(1, 99),
    what=st.sampled_from(
        ["began", "worse", "flapping", "reminder", "escalated", "resolved", "passed", "test"]
    ),
    app=st.sampled_from(["shop", "a-" * 19 + "z"]),
    environment=st.sampled_from(["staging", "production"]),
    kind=st.sampled_from(["uptime", "error"]),
    key=TEXTS,
    severity=st.sampled_from(["info", "warning", "critical"]),
    title=TEXTS,
    detail=TEXTS,
    url=st.one_of(
        TEXTS,
        st.sampled_from(["https://example.com/a?b=c&d=e", "javascript:alert(1)", "https://x/ y"]),
        st.text(alphabet="abc/", min_size=1, max_size=2500).map("https://example.com/".__add__),
    ),
    opened=st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    over=st.one_of(st.none(), st.floats(0, 4e9)),
    findings=st.integers(1, 10**9),
)
NOTICES = st.builds(
    Notice,
    at=st.floats(0, 4e9),
    entries=st.lists(ENTRY, min_size=1, max_size=ENTRIES).map(tuple),
    more=st.integers(0, 10**6),
    bound=st.sampled_from([0, 0, 30]),
)


class Desk:
    """What the store does, in memory: keeps alerts, and every message with its time.

    Time passes from one thing that is due to the next, so days take no time.
    """

    def __init__(self, configuration, *, now=1_000_000.0):
        self.configuration = configuration
        self.now = now
        self.silences = []
        self.dead = {}
        self.alerts = {}
        self.told = {}
        self.due = {}
        self.messages = []

    def report(self, *findings):
        """Findings that arrive together, now."""
        for one in findings:
            self._take(msgspec.structs.replace(one, at=self.now))
        self._round()

    def wait(self, seconds):
        """Let time pass."""
        end = self.now + seconds
        while True:
            following = min((due for due in self.due.values() if due is not None), default=math.inf)
            if following > end:
                break
            # As the service, which goes round once in a second.
            self.now = max(self.now + 0.5, following)
            self._round()
        self.now = max(self.now, end)

    def _take(self, one):
        thing = (one.app, one.environment, one.key)
        same = [a for a in self.alerts.values() if (a.app, a.environment, a.key) == thing]
        live = next((a for a in same if a.state != "resolved"), None)
        earlier = next((a for a in reversed(same) if a.state == "resolved"), None)
        after = take(one, live, earlier, self.configuration.damping, self.now)
        if after is not None:
            number = after.alert or len(self.alerts) + 1
            self.alerts[number] = msgspec.structs.replace(after, alert=number)
            self.due[number] = self.now

    def _round(self):
        damping = self.configuration.damping
        due = [n for n, at in self.due.items() if at is not None and at <= self.now + damping.wait]
        world = World(
            configuration=self.configuration, silences=self.silences, dead=self.dead, now=self.now
        )
        judged = []
        told_of = defaultdict(dict)
        for (number, name), one in self.told.items():
            told_of[number][name] = one
        for number in due:
            told, one = told_of[number], self.alerts[number]
            judged.append(Judged(alert=one, told=told, verdict=judge(one, told, world)))
        made = plan(judged, self.configuration, self._past(), self.now)
        self.messages += [(self.now, one) for one in made.messages]
        self.told |= made.told
        self.due |= made.due
        for number in made.closed:
            self.alerts[number] = msgspec.structs.replace(self.alerts[number], state="resolved")

    def _past(self):
        free, last = defaultdict(list), {}
        for at, one in reversed(self.messages):
            if at <= self.now - 3600:
                break
            free[one.channel].insert(0, at + 3600)
            last.setdefault((one.channel, one.app, one.environment), at)
        return Past(free=free, last=last)

    def said(self, channel=None):
        """What was said of which alert, in order."""
        return [
            (what, self.alerts[number].key)
            for _, one in self.messages
            if channel in {None, one.channel}
            for number, what in one.alerts
        ]


WAIT = 10.0
"""Seconds that a first alert waits for others."""


def desk(*rules, **fields):
    return Desk(configured(*rules, **fields))


def rule(**fields):
    return Rule(name=fields.pop("name", "all"), channels=fields.pop("channels", ("one",)), **fields)


def warning(key="uptime", **fields):
    return finding(key, severity="warning", **fields)


def over(key="uptime", **fields):
    return finding(key, firing=False, **fields)


def silence(desk, seconds, **fields):
    usual = {"app": "", "environment": "", "key": "", "why": "", "who": ""}
    desk.silences.append(
        Silence(silence=1, since=desk.now, until=desk.now + seconds, **(usual | fields))
    )
