"""What a channel is told, before it has the form of that channel. Pure.

Titles and details may hold text of anybody: whoever shows them escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from agents.monitoring.alerts.rules import RANK

What = Literal["began", "worse", "flapping", "reminder", "escalated", "resolved", "passed", "test"]
ENTRIES = 10
"""Alerts that one message shows; of others it says how many they are."""
DETAIL = 1000
"""UTF-16 units of a detail that a message shows."""
_BEFORE: dict[What, str] = {
    "began": "", "worse": "Worse: ", "flapping": "Comes and goes: ", "reminder": "Still: ",
    "escalated": "Not over: ", "resolved": "Over: ", "passed": "Was, and is over: ", "test": "",
}  # fmt: skip
OVER: frozenset[What] = frozenset({"resolved", "passed"})


class Entry(Struct, frozen=True, kw_only=True):
    """One alert in a message; times are seconds since 1970, `over` None while it lasts."""

    alert: int
    what: What
    app: str
    environment: str
    kind: str
    key: str
    severity: str
    title: str
    detail: str = ""
    url: str = ""
    opened: float
    over: float | None = None
    findings: int = 1


class Notice(Struct, frozen=True, kw_only=True):
    """A message. `more` alerts are in it and not shown; `bound` is set where it stands for others.

    `bound` is the number of messages an hour that made it necessary.
    """

    at: float
    entries: tuple[Entry, ...]
    more: int = 0
    bound: int = 0


def notice(entries: Sequence[Entry], *, at: float, bound: int = 0) -> Notice:
    """A message of these alerts, the worst first."""
    by_weight = sorted(entries, key=lambda one: (-RANK[one.severity], one.opened, one.alert))
    shown = tuple(by_weight[:ENTRIES])
    return Notice(at=at, entries=shown, more=len(by_weight) - len(shown), bound=bound)


def headline(notice: Notice) -> str:
    """The message in one line."""
    if notice.bound:
        return f"{_alerts(notice)} held back: no more than {notice.bound} messages an hour"
    first = notice.entries[0]
    if len(notice.entries) == 1:
        return heading(first)
    where = {(one.app, one.environment) for one in notice.entries}
    over = "over: " if all(one.what in OVER for one in notice.entries) else ""
    if len(where) > 1:
        return f"{over}{_alerts(notice)} of {len(where)} apps"
    return f"{over}{_alerts(notice)} of {first.app} ({first.environment})"


def _alerts(notice: Notice) -> str:
    number = len(notice.entries) + notice.more
    return f"{number} alert{'' if number == 1 else 's'}"


def heading(entry: Entry) -> str:
    """What happened to an alert, in one line."""
    return f"{_BEFORE[entry.what]}{entry.title or entry.key}"


def facts(entry: Entry) -> str:
    """Where, how bad and since when, in one line."""
    parts = [f"{entry.app} ({entry.environment})", entry.severity, entry.kind]
    parts.append(f"since {moment(entry.opened)}")
    if entry.over is not None:
        parts.append(f"over after {lasting(entry.over - entry.opened)}")
    if entry.findings > 1:
        parts.append(f"seen {entry.findings} times")
    return " · ".join(parts)


def moment(at: float) -> str:
    """A time as people read it, in UTC; "an unknown time" for one that no calendar has."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "an unknown time"


def lasting(seconds: float) -> str:
    """A duration as people read it."""
    whole = max(0, round(seconds))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= 2 * size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def colour(notice: Notice) -> int:
    """As 0xRRGGBB: green when all of it is over, else by what is worst."""
    if all(one.what in OVER for one in notice.entries):
        return 0x2E7D32
    worst = max(RANK[one.severity] for one in notice.entries if one.what not in OVER)
    return (0x1565C0, 0xEF6C00, 0xC62828)[worst]


def plain(notice: Notice) -> str:
    """The message as text alone, one paragraph for each alert."""
    parts = [headline(notice)]
    for one in notice.entries:
        lines = [heading(one), facts(one), clip(one.detail, DETAIL), safe_url(one.url)]
        parts.append("\n".join(line for line in lines if line))
    if notice.more:
        parts.append(f"… and {notice.more} more")
    return "\n\n".join(parts)


def clip(text: str, longest: int) -> str:
    """The text without control characters, in at most so many UTF-16 units, "…" for the rest.

    That is never less than a service counts, whichever way it counts.
    """
    clean = "".join(one for one in text if one in "\n\t" or one.isprintable())
    if units(clean) <= longest:
        return clean
    used, kept = 1, []
    for one in clean:
        used += units(one)
        if used > longest:
            break
        kept.append(one)
    return "".join(kept).rstrip() + "…"


def escaped(text: str, longest: int, written: Callable[[str], str]) -> str:
    """As `clip`, with each character written so that it means nothing; none is cut in half."""
    used = 0
    kept: list[str] = []
    for one in clip(text, longest):
        as_written = written(one)
        used += units(as_written)
        if used > longest - 1:
            return "".join(kept) + "…"
        kept.append(as_written)
    return "".join(kept)


def units(text: str) -> int:
    """How long a text is in UTF-16 units."""
    return len(text) + sum(one > "\uffff" for one in text)


def one_line(text: str, longest: int) -> str:
    """As `clip`, with its lines joined."""
    return clip(" ".join(text.split()), longest)


def safe_url(url: str) -> str:
    """An address of the web that may stand in a message, "" for anything else."""
    ordinary = url.isascii() and url.isprintable() and not set(url) & set(' "<>|\\^`{}')
    return url if ordinary and url.startswith(("https://", "http://")) else ""
