"""Set an app up at every provider that is configured, and take that back.

One provider that fails spoils nothing for the others, nor for the app: its check says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence

import asyncpg
import structlog

from agents.monitoring.providers import receivers, things
from agents.monitoring.providers.api import Pace
from agents.monitoring.providers.plausible import Plausible
from agents.monitoring.providers.port import NotSetUp, Provider, Target
from agents.monitoring.providers.posthog import PostHog
from agents.monitoring.providers.sentry import Sentry
from agents.monitoring.providers.things import Things
from agents.monitoring.providers.umami import Umami
from agents.monitoring.providers.uptimerobot import UptimeRobot
from bus.settings import Settings
from contracts.messages import Check

log = structlog.get_logger()

Connect = Callable[[], contextlib.AbstractAsyncContextManager[asyncpg.Connection]]
PATIENCE = 90.0
"""Seconds that one provider may take with everything."""


@contextlib.asynccontextmanager
async def configured(settings: Settings, pace: Pace | None = None) -> AsyncIterator[list[Provider]]:
    """The providers that have a key or a token, while open."""
    pace = pace or Pace()
    found: list[Provider] = []
    if token := settings.sentry_auth_token.reveal():
        found.append(
            Sentry(
                base=settings.sentry_url, token=token, organisation=settings.sentry_org,
                team=settings.sentry_team, pace=pace,
            )
        )  # fmt: skip
    if key := settings.uptimerobot_api_key.reveal():
        interval = settings.uptimerobot_interval
        found.append(
            UptimeRobot(base=settings.uptimerobot_url, key=key, interval=interval, pace=pace)
        )
    if key := settings.plausible_api_key.reveal():
        found.append(Plausible(base=settings.plausible_url, key=key, pace=pace))
    if settings.umami_api_key or settings.umami_password:
        found.append(_umami(settings, pace))
    if key := settings.posthog_api_key.reveal():
        found.append(
            PostHog(
                base=settings.posthog_url, collector=settings.posthog_collector_url, key=key,
                pace=pace,
            )
        )  # fmt: skip
    try:
        yield found
    finally:
        await asyncio.gather(*(provider.close() for provider in found))


def _umami(settings: Settings, pace: Pace) -> Umami:
    own = settings.umami_url.rstrip("/")
    return Umami(
        base=f"{own}/api" if own else "https://api.umami.is/v1",
        collector=f"{own}/api/send" if own else "https://cloud.umami.is/api/send",
        key=settings.umami_api_key.reveal(),
        user=settings.umami_username,
        password=settings.umami_password.reveal(),
        pace=pace,
    )


async def set_up(
    providers: Sequence[Provider], connect: Connect, target: Target, patience: float = PATIENCE
) -> tuple[Check, ...]:
    """A check of each provider, all at the same time; `ok` only for one that was verified."""
    return tuple(
        await asyncio.gather(*(_one(provider, connect, target, patience) for provider in providers))
    )


async def _one(provider: Provider, connect: Connect, target: Target, patience: float) -> Check:
    begun = time.monotonic()
    if why := provider.refuses(target):
        return Check(name=provider.name, ok=False, seconds=0.0, summary=f"not set up: {why}")
    ok, summary = False, ""
    try:
        async with asyncio.timeout(patience), connect() as connection:
            ledger = Things(connection, target.pipeline, provider.name)
            done = await provider.set_up(target, ledger)
            await receivers.keep(connection, target, provider.name, done.variables)
            ok, summary = True, done.summary
    except NotSetUp as error:
        summary = f"not set up: {error.message}{f'; {error.hint}' if error.hint else ''}"
    except TimeoutError:
        summary = f"not set up: {provider.name} was not done in {patience:.0f} s"
    if not ok:
        log.warning("provider", provider=provider.name, app=target.name, problem=summary)
    return Check(
        name=provider.name, ok=ok, seconds=time.monotonic() - begun, summary=summary[:1_900]
    )


async def take_back(
    providers: Sequence[Provider], connection: asyncpg.Connection, pipeline: str
) -> tuple[str, ...]:
    """Remove what this pipeline made, newest first; says what was done. Raises NotSetUp."""
    await receivers.drop(connection, pipeline)
    by_name = {provider.name: provider for provider in providers}
    said = []
    for name, thing in await things.of(connection, pipeline):
        provider = by_name.get(name)
        if provider is None:
            raise NotSetUp(
                f"{thing.kind} {thing.name} at {name} cannot be removed: it is not configured now",
                hint=f"configure {name} as it was, or remove it there by hand and skip this step",
            )
        said.append(await provider.remove(thing))
        await Things(connection, pipeline, name).drop(thing)
    return tuple(said)
