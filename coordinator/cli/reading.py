"""What the dashboard reads, joined from the projection and from the agents' own reads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import msgspec

from bus.settings import Settings
from coordinator import lists
from coordinator.projection import Row
from coordinator.web import facts, published

T = TypeVar("T")

CONNECTIONS = 4
PATIENCE = 10.0
"""Seconds that the database has for an answer."""


def joined(kind: type[T], found: object) -> T:
    """What an agent's read answered, in the shape that pages show."""
    return msgspec.convert(found, kind, from_attributes=True)


class Reading:
    """`coordinator.web.reads.Reads` of a running system."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._kept = AsyncExitStack()
        self._keeps = False

    async def close(self) -> None:
        """Let go of the database."""
        await self._kept.aclose()
        if self._pool is not None:
            self._pool.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        if not self._settings.database_url:
            raise facts.NotReadable("DATABASE_URL is not set: there is no database to read.")
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._settings.database_url.reveal(), min_size=0, max_size=CONNECTIONS,
                    timeout=5, command_timeout=PATIENCE, max_inactive_connection_lifetime=30,
                )  # fmt: skip
        async with self._pool.acquire(timeout=PATIENCE) as connection:
            yield connection  # type: ignore[misc]  # the pool's stand-in has every method of it

    @asynccontextmanager
    async def _projection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            async with self._connection() as connection:
                yield connection
        except asyncpg.UndefinedTableError:
            raise facts.NotReadable(
                "The list is being made; no coordinator wrote it yet."
            ) from None

    async def pipelines(
        self, which: lists.Filter, *, limit: int, after: lists.Key | None
    ) -> lists.Page:
        """Pipelines, newest first."""
        async with self._projection() as connection:
            return await lists.page(connection, which, limit=limit, after=after)

    async def counts(self) -> Mapping[str, int]:
        """How many pipelines there are by status."""
        async with self._projection() as connection:
            return await lists.counts(connection)

    async def position(self) -> int:
        """How far the projection has read the log."""
        async with self._projection() as connection:
            return await lists.position(connection)

    async def applications(self) -> Sequence[Row]:
        """The newest deployment of each app in each environment."""
        async with self._projection() as connection:
            return await lists.applications(connection)

    async def live_release(self, platform: str, app: str, environment: str) -> str:
        """The release that is live on this machine."""
        from agents.deployment import cli as deployment  # noqa: PLC0415

        if platform != "local":
            # Tokens of hosting platforms are the deployment agent's alone.
            raise facts.NotReadable(f"only the deployment agent may ask {platform}.")
        try:
            return await deployment.live_release(self._settings, platform, app, environment) or ""
        except deployment.Refused as error:
            raise facts.NotReadable(str(error)) from None

    async def watched(self, app: str = "", environment: str = "") -> Sequence[facts.Watched]:
        """The apps that are watched."""
        found = await self._monitoring("watched", app=app or None, environment=environment or None)
        return joined(list[facts.Watched], found)

    async def incidents(
        self, *, app: str, environment: str, limit: int
    ) -> Sequence[facts.Incident]:
        """Incidents, newest first."""
        found = await self._monitoring(
            "incidents", resolved=True, limit=limit, app=app or None,
            environment=environment or None,
        )  # fmt: skip
        return joined(list[facts.Incident], found)

    async def incident(self, incident: str) -> facts.IncidentDetail | None:
        """One incident."""
        found = await self._monitoring("incident", incident)
        return None if found is None else joined(facts.IncidentDetail, found)

    async def published(self) -> Mapping[tuple[str, str], str]:
        """Which status pages are public."""
        async with self._connection() as connection:
            return await published.published(connection)

    async def publish(self, app: str, environment: str, who: str, *, on: bool) -> None:
        """Switch a public status page on or off."""
        async with self._connection() as connection:
            await published.publish(connection, app, environment, who, on=on)

    async def _monitoring(self, name: str, *arguments: Any, **named: Any) -> Any:
        from agents.monitoring import cli as monitoring  # noqa: PLC0415

        if not self._settings.database_url:
            raise facts.NotReadable("DATABASE_URL is not set: there is no database to read.")
        async with self._opening:
            if not self._keeps:
                await self._kept.enter_async_context(monitoring.kept(self._settings))
                self._keeps = True
        return await getattr(monitoring, name)(self._settings, *arguments, **named)

    async def uptime_bars(
        self, app: str, environment: str, *, days: int
    ) -> Sequence[facts.UptimeDay]:
        """How much an app was up, day by day."""
        found = await self._monitoring("uptime_bars", app=app, environment=environment, days=days)
        return joined(list[facts.UptimeDay], found)

    async def response_times(
        self, app: str, environment: str, *, hours: int
    ) -> Sequence[facts.ResponsePoint]:
        """How long an app took to answer checks."""
        found = await self._monitoring(
            "response_times", app=app, environment=environment, hours=hours
        )
        return joined(list[facts.ResponsePoint], found)

    async def error_groups(
        self, *, app: str, environment: str, status: str, limit: int, after: int | None
    ) -> Sequence[facts.ErrorGroup]:
        """Groups of errors."""
        found = await self._monitoring(
            "error_groups", app=app or None, environment=environment or None,
            status=status or None, limit=limit, after=after,
        )  # fmt: skip
        return joined(list[facts.ErrorGroup], found)

    async def error_group(self, group: int) -> facts.ErrorDetail | None:
        """One group of errors."""
        found = await self._monitoring("error_group", group)
        return None if found is None else joined(facts.ErrorDetail, found)

    async def set_error_status(self, group: int, status: str, who: str) -> bool:
        """Mark a group of errors."""
        return bool(await self._monitoring("set_error_status", group, status, who))

    async def vitals(self, app: str, environment: str, *, days: int) -> Sequence[facts.Vital]:
        """Web Vitals by page and device."""
        found = await self._monitoring("vitals", app=app, environment=environment, days=days)
        return joined(list[facts.Vital], found)

    async def traffic(self, app: str, environment: str, *, days: int) -> facts.Traffic:
        """Page views, visitors, referrers and events."""
        found = await self._monitoring("traffic", app=app, environment=environment, days=days)
        return joined(facts.Traffic, found)

    async def alerts(self, *, limit: int) -> Sequence[facts.Alert]:
        """Alerts, newest first."""
        return joined(list[facts.Alert], await self._monitoring("alerts", limit=limit))

    async def silences(self) -> Sequence[facts.Silence]:
        """What nobody is told of at present."""
        return joined(list[facts.Silence], await self._monitoring("silences", now=time.time()))

    async def silence(self, app: str, until: float, why: str, who: str) -> None:
        """Tell nobody of an app until then."""
        await self._monitoring("silence", app, until, why, who, now=time.time())

    async def end_silence(self, silence: int) -> bool:
        """Tell people again."""
        return bool(await self._monitoring("end_silence", silence, now=time.time()))
