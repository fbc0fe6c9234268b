"""What the dashboard shows, in the shapes in which pages are made of it.

Times are seconds since 1970, durations milliseconds. What strangers wrote (errors, addresses,
referrers) is plain text here and is escaped where it is shown.

Errors:
    NotReadable   a part cannot be shown now; its text says why. Never an empty answer instead.
"""

from __future__ import annotations

from msgspec import Struct


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
    """A time in which something was wrong; `resolved` None while it is.

    `kind` is uptime, heartbeat or regression.
    """

    incident: str
    app: str
    environment: str
    summary: str
    opened: float
    resolved: float | None
    kind: str


class IncidentEvent(Struct, frozen=True, kw_only=True):
    """Something that happened in an incident."""

    at: float
    what: str
    detail: str


class IncidentDetail(Struct, frozen=True, kw_only=True):
    """An incident with what happened in it, oldest first."""

    incident: Incident
    resolution: str
    events: tuple[IncidentEvent, ...]


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
    release_first: str
    release_last: str
    per_hour: tuple[int, ...]


class Frame(Struct, frozen=True, kw_only=True):
    """A call, with its line and those around it where the source is known.

    `served` is where it is in the file that ran, when the rest is of the original file.
    """

    file: str
    function: str
    line: int | None
    column: int | None
    in_app: bool
    before: tuple[str, ...]
    source: str
    after: tuple[str, ...]
    served: str


class Exception_(Struct, frozen=True, kw_only=True):  # noqa: N801  `Exception` is Python's
    """One exception of a chain, its innermost call first; `handled` None when nobody said."""

    kind: str
    value: str
    frames: tuple[Frame, ...]
    handled: bool | None


class Crumb(Struct, frozen=True, kw_only=True):
    """Something that happened before an error."""

    at: float | None
    category: str
    level: str
    message: str


class ErrorEvent(Struct, frozen=True, kw_only=True):
    """One event as an SDK sent it: what was raised first, then what caused it."""

    event: str
    at: float
    platform: str
    release: str
    environment: str
    message: str
    exceptions: tuple[Exception_, ...]
    transaction: str
    tags: tuple[tuple[str, str], ...]
    user: str
    url: str
    breadcrumbs: tuple[Crumb, ...]
    sdk: str


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """A group and its newest event, None when it was forgotten; `who` gave it its status."""

    group: ErrorGroup
    latest: ErrorEvent | None
    who: str
    status_at: float | None


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
    """A message about an alert to one channel; `what` it says, such as began or resolved."""

    channel: str
    what: str
    state: str
    attempts: int
    at: float
    error: str


class Alert(Struct, frozen=True, kw_only=True):
    """Something that people are told; `state` is firing, over or resolved."""

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
    """Nobody is told of these until then; `app`, `environment` and `key` are "" for all."""

    silence: int
    app: str
    environment: str
    key: str
    until: float
    why: str
    who: str
