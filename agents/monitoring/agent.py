"""`monitoring.run` and `monitoring.rollback`: begin to watch an app, and watch as before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from agents.monitoring import store
from agents.monitoring.alerts import service as alerting
from agents.monitoring.errors import built
from agents.monitoring.ingest import server
from agents.monitoring.parts import side_by_side
from agents.monitoring.providers import setup
from agents.monitoring.providers.port import Target
from agents.monitoring.regressions import releases
from agents.monitoring.upkeep import upkeep
from agents.monitoring.uptime.conditions import health
from agents.monitoring.uptime.options import Options, target
from agents.monitoring.uptime.probe import Look, look
from agents.monitoring.watcher import Tell, watch
from agents.work import AgentError, Context
from bus.archive import ArchiveError
from bus.errors import ArtifactDamaged, ArtifactMissing, Retry
from bus.settings import Settings
from contracts.messages import (
    Check,
    MonitoringCompleted,
    MonitoringRollback,
    MonitoringRolledBack,
    MonitoringRun,
)

log = structlog.get_logger()

LOOKS = 5
"""First looks at an app before it counts as down."""
PAUSE = 1.0


async def run(command: MonitoringRun, context: Context) -> MonitoringCompleted:
    """Look at the app; when it is up, watch it from now on."""
    database = _database(context.settings)
    await context.progress("looking at the app for the first time", 20)
    seen = await _first_looks(command)
    if not seen.up:
        raise AgentError(
            "app_down",
            f"{command.app} at {command.url} is not up: {seen.detail}; it is not watched",
            hint="`genesis logs --service deployment` shows what its server printed",
        )
    monitor = store.Monitor(
        app=command.app,
        environment=command.environment,
        url=command.url,
        build_id=command.build_id,
        pipeline=command.pipeline,
    )
    await context.progress("registering the app", 80)
    with _patient():
        async with store.connected(database) as connection, connection.transaction():
            now = await store.clock(connection)
            await store.register(connection, monitor, now=now)
            await releases.begin(connection, command.pipeline, _policy(command, context), now)
    maps = await _source_maps(command, context)
    await context.progress("setting up the providers", 90)
    others = await _set_up(command, context)
    check = Check(
        name="first check",
        ok=True,
        seconds=seen.milliseconds / 1000,
        summary=f"up, build {command.build_id}",
    )
    return MonitoringCompleted(
        pipeline=command.pipeline,
        monitor=f"{command.app}-{command.environment}",
        interval=context.settings.monitor_interval,
        checks=(check, *maps, *others),
    )


async def _source_maps(command: MonitoringRun, context: Context) -> tuple[Check, ...]:
    """Keep the source maps of the build; a check that says so where there are any."""
    if command.bundle is None:
        return ()
    begun = time.monotonic()
    try:
        packed = await context.artifacts.get(command.bundle)
        with _patient():
            async with store.connected(_database(context.settings)) as connection:
                count = await built.keep(
                    connection, command.app, command.environment, command.build_id, packed,
                    await store.clock(connection),
                )  # fmt: skip
        ok, summary = True, f"{count} kept: errors are shown in the app's own files"
    except (ArtifactMissing, ArtifactDamaged, ArchiveError) as error:
        # The app is watched all the same; its errors are shown as they come.
        count, ok, summary = 1, False, f"not kept: {error}"
    seconds = time.monotonic() - begun
    check = Check(name="source maps", ok=ok, seconds=seconds, summary=summary)
    return (check,) if count else ()


def _policy(command: MonitoringRun, context: Context) -> releases.Policy:
    settings = context.settings
    return releases.Policy(
        seconds=settings.monitor_watch,
        rollback=settings.monitor_rollback and command.auto_rollback,
    )


async def rollback(command: MonitoringRollback, context: Context) -> MonitoringRolledBack:
    """Watch what was watched before this pipeline, or nothing."""
    with _patient():
        async with store.connected(_database(context.settings)) as connection:
            undone = await store.unregister(
                connection, command.pipeline, command.app, command.environment
            )
            async with setup.configured(context.settings) as providers:
                removed = await setup.take_back(providers, connection, command.pipeline)
    return MonitoringRolledBack(pipeline=command.pipeline, undone=(*undone, *removed))


async def background(settings: Settings, stop: asyncio.Event, tell: Tell) -> None:
    """Check every live app, take what they send, and tell people of it, for ever."""
    if settings.database_url:
        database = settings.database_url.reveal()
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "uptime": lambda: watch(database, settings.monitor_interval, stop, tell),
            "ingest": lambda: server.serve(settings, stop),
            "upkeep": lambda: upkeep(database, stop),
            "alerts": lambda: alerting.alert(settings, stop),
        }
        await side_by_side(parts, stop)
    else:
        log.warning("nothing is monitored: DATABASE_URL is not set")
        await stop.wait()


async def _set_up(command: MonitoringRun, context: Context) -> tuple[Check, ...]:
    """The app at every provider that is configured."""
    target = Target(
        app=command.app,
        environment=command.environment,
        url=command.url,
        build_id=command.build_id,
        pipeline=command.pipeline,
    )
    database = _database(context.settings)
    async with setup.configured(context.settings) as providers:
        with _patient():
            return await setup.set_up(providers, lambda: store.connected(database), target)


async def _first_looks(command: MonitoringRun) -> Look:
    asked, wanted = target(command.url, Options()), health(command.build_id)
    seen = await look(asked, wanted)
    for _ in range(LOOKS - 1):
        if seen.up:
            break
        await asyncio.sleep(PAUSE)
        seen = await look(asked, wanted)
    return seen


@contextmanager
def _patient() -> Iterator[None]:
    """What the store raises, as what the pipeline is told."""
    try:
        yield
    except store.Undone as error:
        raise AgentError(
            "withdrawn",
            f"pipeline {error} was rolled back; the app is not watched for it any more",
            hint="start a new pipeline",
        ) from None
    except store.Superseded as error:
        by = f"pipeline {error}" if str(error) else "nobody"
        raise AgentError(
            "superseded",
            f"{by} watches the app by now; nothing was changed",
            hint=f"roll back {error} first" if str(error) else "",
        ) from None
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise AgentError(
            "database_refused",
            f"PostgreSQL refuses the account of DATABASE_URL ({error.sqlstate}); "
            "nothing was changed",
            hint="correct the account or its password in DATABASE_URL",
        ) from None
    except store.TRANSIENT as error:
        raise Retry(f"the monitoring database is away: {error}", after=2) from error


def _database(settings: Settings) -> str:
    if not settings.database_url:
        raise AgentError(
            "no_database",
            "the monitoring agent has no database; the app is not watched",
            hint="set DATABASE_URL for the monitoring agent",
        )
    return settings.database_url.reveal()
