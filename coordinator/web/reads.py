"""What has to be given to the dashboard to show: it asks no agent itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from coordinator.lists import Filter, Key, Page
from coordinator.projection import Row
from coordinator.web.facts import (
    Alert,
    ErrorDetail,
    ErrorGroup,
    Incident,
    IncidentDetail,
    ResponsePoint,
    Silence,
    Traffic,
    UptimeDay,
    Vital,
    Watched,
)


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

    async def watched(self, app: str = "", environment: str = "") -> Sequence[Watched]:
        """The apps that are watched, by name; "" is any."""
        ...

    async def incidents(self, *, app: str, environment: str, limit: int) -> Sequence[Incident]:
        """Incidents, newest first, those that are over too; "" is any."""
        ...

    async def incident(self, incident: str) -> IncidentDetail | None:
        """One incident; None when there is none of that id."""
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
        self, *, app: str, environment: str, status: str, limit: int, after: int | None
    ) -> Sequence[ErrorGroup]:
        """Groups of errors, the last seen first; "" is any, `after` ended the page before."""
        ...

    async def error_group(self, group: int) -> ErrorDetail | None:
        """One group; None when there is none of this number."""
        ...

    async def set_error_status(self, group: int, status: str, who: str) -> bool:
        """Mark a group as resolved, ignored or unresolved; False when there is no such group."""
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
        """Tell nobody of an app until then; "" is every app."""
        ...

    async def end_silence(self, silence: int) -> bool:
        """Tell people again; False when there is no such silence that lasts."""
        ...

    async def published(self) -> Mapping[tuple[str, str], str]:
        """The apps and environments whose status page is public, and who made it so."""
        ...

    async def publish(self, app: str, environment: str, who: str, *, on: bool) -> None:
        """Switch a public status page on or off."""
        ...
