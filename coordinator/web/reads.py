"""What the dashboard shows, as it has to be given to it: it asks no agent itself.

Times are seconds since 1970, durations milliseconds. What strangers wrote (errors, addresses,
referrers) is plain text here and is escaped where it is shown.

Errors:
    NotReadable   a part cannot be shown now; its text says why. Never an empty answer instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from coordinator.lists import Filter, Key, Page
from coordinator.projection import Row


class NotReadable(Exception):
    """A part cannot be shown now."""


class LastCheck(Struct, frozen=True, kw_only=True):
    """The newest look at an app; `status` None without an answer."""

    at: float
    up: bool
    status: int | None
    milliseconds: float
    detail: str


class Incident(Struct, frozen=True, kw_only=True):
    """A time in which an app was down; `resolved` None while it is."""

    incident: str
    app: str
    environment: str
    summary: str
    opened: float
    resolved: float | None


class Watched(Struct, frozen=True, kw_only=True):
    """An app that is watched; uptimes are per cent, None without a check."""

    app: str
    environment: str
    url: str
    build_id: str
    pipeline: str
    since: float
    uptime_day: float | None
    uptime_month: float | None
    median_milliseconds: float | None
    last: LastCheck | None
    open: Incident | None


class UptimeDay(Struct, frozen=True, kw_only=True):
    """A day, oldest first; `day` is ISO 8601, `up` per cent of its checks, None without any."""

    day: str
    up: float | None
    incidents: int


class ResponsePoint(Struct, frozen=True, kw_only=True):
    """What checks of a span of time came to, oldest first; quantiles None when none was up."""

    at: float
    p50: float | None
    p95: float | None
    checks: int
    failed: int


class ErrorGroup(Struct, frozen=True, kw_only=True):
    """Errors that are one; `per_hour` are the events of the last 24 hours, oldest first."""

    group: int
    app: str
    environment: str
    title: str
    culprit: str
    level: str
    status: str
    first: float
    last: float
    events: int
    users: int
    release_first: str | None
    release_last: str | None
    per_hour: tuple[int, ...]


class Frame(Struct, frozen=True, kw_only=True):
    """A line of a stack, with the lines around it where its source is known."""

    file: str
    function: str
    line: int | None
    column: int | None
    in_app: bool
    before: tuple[str, ...] = ()
    source: str | None = None
    after: tuple[str, ...] = ()


class Exception_(Struct, frozen=True, kw_only=True):  # noqa: N801  `Exception` is Python's
    """One exception of a chain; frames from the outermost call to where it was raised."""

    kind: str
    value: str
    frames: tuple[Frame, ...]


class Crumb(Struct, frozen=True, kw_only=True):
    """Something that happened before an error."""

    at: float | None
    category: str
    message: str
    level: str = ""


class ErrorEvent(Struct, frozen=True, kw_only=True):
    """One event as an SDK sent it."""

    event: str
    at: float
    release: str | None
    environment: str
    exceptions: tuple[Exception_, ...]
    tags: Mapping[str, str]
    user: str | None
    url: str | None
    breadcrumbs: tuple[Crumb, ...]
    sdk: str | None


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """A group and its newest event; None when the event was forgotten."""

    group: ErrorGroup
    latest: ErrorEvent | None


class Vital(Struct, frozen=True, kw_only=True):
    """A Web Vital of one page and device; CLS has no unit, the others are ms."""

    metric: str
    page: str
    device: str
    p75: float
    samples: int
    rating: str
    good: int
    middling: int
    poor: int


class Day(Struct, frozen=True, kw_only=True):
    """A day of traffic, oldest first; `day` is ISO 8601."""

    day: str
    views: int
    visitors: int


class Count(Struct, frozen=True, kw_only=True):
    """How often something occurred."""

    name: str
    count: int


class Traffic(Struct, frozen=True, kw_only=True):
    """Who came: sums of the span, its days, and what was most."""

    views: int
    visitors: int
    per_day: tuple[Day, ...]
    pages: tuple[Count, ...]
    referrers: tuple[Count, ...]
    events: tuple[Count, ...]


class Delivery(Struct, frozen=True, kw_only=True):
    """An alert on its way through one channel."""

    channel: str
    state: str
    attempts: int
    at: float | None
    error: str


class Alert(Struct, frozen=True, kw_only=True):
    """Something that people are told."""

    alert: int
    app: str
    environment: str
    kind: str
    severity: str
    state: str
    title: str
    opened: float
    resolved: float | None
    deliveries: tuple[Delivery, ...]


class Silence(Struct, frozen=True, kw_only=True):
    """Nobody is told of an app until then."""

    app: str
    until: float
    why: str
    who: str


class Reads(Protocol):
    """Everything that pages ask; each may raise NotReadable."""

    async def pipelines(self, which: Filter, *, limit: int, after: Key | None) -> Page:
        """Pipelines, newest first."""
        ...

    async def counts(self) -> Mapping[str, int]:
        """How many pipelines there are by status."""
        ...

    async def position(self) -> int:
        """A number that grows when the list of pipelines may have changed."""
        ...

    async def applications(self) -> Sequence[Row]:
        """The newest deployment of each app in each environment."""
        ...

    async def live_release(self, platform: str, app: str, environment: str) -> str:
        """The release that is live, "" for none."""
        ...

    async def watched(self) -> Sequence[Watched]:
        """The apps that are watched, by name."""
        ...

    async def incidents(self, *, limit: int) -> Sequence[Incident]:
        """Incidents, newest first, those that are over too."""
        ...

    async def uptime_bars(self, app: str, environment: str, *, days: int) -> Sequence[UptimeDay]:
        """How much an app was up, day by day."""
        ...

    async def response_times(
        self, app: str, environment: str, *, hours: int
    ) -> Sequence[ResponsePoint]:
        """How long an app took to answer checks."""
        ...

    async def error_groups(
        self, *, app: str, environment: str, status: str, limit: int
    ) -> Sequence[ErrorGroup]:
        """Groups of errors, those with the newest event first; "" is any."""
        ...

    async def error_group(self, group: int) -> ErrorDetail | None:
        """One group; None when there is none of this number."""
        ...

    async def set_error_status(self, group: int, status: str, who: str) -> None:
        """Mark a group as resolved, ignored or unresolved."""
        ...

    async def vitals(self, app: str, environment: str, *, days: int) -> Sequence[Vital]:
        """Web Vitals by page and device."""
        ...

    async def traffic(self, app: str, environment: str, *, days: int) -> Traffic:
        """Page views, visitors, referrers and events."""
        ...

    async def alerts(self, *, limit: int) -> Sequence[Alert]:
        """Alerts, newest first, with what became of each delivery."""
        ...

    async def silences(self) -> Sequence[Silence]:
        """Which apps nobody is told of at present."""
        ...

    async def silence(self, app: str, until: float, why: str, who: str) -> None:
        """Tell nobody of an app until then."""
        ...

    async def published(self) -> Mapping[tuple[str, str], str]:
        """The apps and environments whose status page is public, and who made it so."""
        ...

    async def publish(self, app: str, environment: str, who: str, *, on: bool) -> None:
        """Switch a public status page on or off."""
        ...
