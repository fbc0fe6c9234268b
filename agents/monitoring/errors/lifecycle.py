"""What becomes of a group when errors arrive, and when nobody sees any more of it. Pure.

unresolved   → resolved    somebody says so, or it was not seen for QUIET
resolved     → unresolved  it happens again: after it was resolved, and not in a release that
is older than the newest one at that time
any          ↔ ignored     somebody says so; it is counted and nobody is told
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, structs

Status = Literal["unresolved", "resolved", "ignored"]
News = Literal["new", "reopened"]

KEPT_EACH_HOUR = 20
"""Events of a group that are kept whole in one hour; the others are counted."""
QUIET = 14 * 86_400.0
"""Seconds without an error after which a group counts as resolved."""
HOUR = 3_600


class Group(Struct, frozen=True, kw_only=True):
    """A group as it is kept; times are seconds since 1970."""

    group: int
    status: Status
    first: float
    last: float
    events: int
    release_first: str
    release_last: str
    resolved: float | None = None
    resolved_born: float | None = None
    kept_hour: int = 0
    kept: int = 0


class Seen(Struct, frozen=True):
    """An error of it: when, in which release, and when that one was first heard of."""

    at: float
    release: str = ""
    born: float | None = None


class Folded(Struct, frozen=True):
    """The group afterwards, which of the errors to keep whole, and what there is to tell."""

    group: Group
    keep: tuple[bool, ...]
    news: News | None


def fold(group: Group, seen: Sequence[Seen], now: float) -> Folded:
    """A group with more errors, in any order; one without any yet is new."""
    news: News | None = None
    if group.events == 0:
        news = "new"
    elif group.status == "resolved" and any(_again(group, one) for one in seen):
        news = "reopened"
    hour = int(now // HOUR)
    kept = group.kept if group.kept_hour == hour else 0
    room = max(0, KEPT_EACH_HOUR - kept)
    # What it looks like after it came back is worth more than the bound.
    room = max(room, 1) if news else room
    keep = tuple(place < room for place in range(len(seen)))
    in_order = sorted(seen, key=lambda one: one.at)
    named = [one.release for one in in_order if one.release]
    newest = bool(named) and (group.events == 0 or in_order[-1].at >= group.last)
    return Folded(
        structs.replace(
            group,
            status="unresolved" if news else group.status,
            first=min(in_order[0].at, group.first) if group.events else in_order[0].at,
            last=max(in_order[-1].at, group.last) if group.events else in_order[-1].at,
            events=group.events + len(seen),
            release_first=group.release_first or (named[0] if named else ""),
            release_last=named[-1] if newest else group.release_last,
            resolved=None if news else group.resolved,
            resolved_born=None if news else group.resolved_born,
            kept_hour=hour,
            kept=kept + sum(keep),
        ),
        keep,
        news,
    )


def _again(group: Group, one: Seen) -> bool:
    if group.resolved is not None and one.at <= group.resolved:
        return False
    return one.born is None or group.resolved_born is None or one.born >= group.resolved_born
