"""`deployment.run`: a release goes live. `deployment.rollback`: exactly what was live before."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from agents.deployment import local, source_maps
from agents.deployment.fleet import Fleet
from agents.deployment.machine import Hosted
from agents.deployment.platform import Order, Platform
from agents.deployment.reconcile import keep
from agents.work import AgentError, Context
from bus.errors import ArtifactDamaged, ArtifactMissing
from bus.settings import Settings
from contracts.messages import (
    DeploymentCompleted,
    DeploymentRollback,
    DeploymentRolledBack,
    DeploymentRun,
    Message,
)


def _netlify(settings: Settings) -> Hosted:
    from agents.deployment.netlify.platform import Netlify  # noqa: PLC0415  # only when used

    return Hosted(settings, "netlify", Netlify(settings))


def _vercel(settings: Settings) -> Hosted:
    from agents.deployment.vercel.platform import Vercel  # noqa: PLC0415  # only when used

    return Hosted(settings, "vercel", Vercel(settings))


PLATFORMS: dict[str, Callable[[Settings], Hosted]] = {
    local.NAME: local.machine, "netlify": _netlify, "vercel": _vercel,
}  # fmt: skip


async def run(command: DeploymentRun, context: Context) -> DeploymentCompleted:
    """Put the bundle's release live and answer where it is."""
    platform = _platform(command.platform, context.settings)
    try:
        content = await context.artifacts.get(command.bundle)
    except (ArtifactMissing, ArtifactDamaged) as error:
        raise AgentError(
            "bad_bundle",
            f"the app's bundle cannot be used: {error}; nothing was changed",
            hint="build the app again",
        ) from error
    order = Order(
        pipeline=command.pipeline, app=command.app, environment=command.environment,
        build_id=command.build_id, content=content, expected_live=command.expected_live,
        auto_rollback=command.auto_rollback, branch=command.branch or "",
    )  # fmt: skip
    if said := await source_maps.hand_over(context.settings, order):
        await context.progress(said)
    with _disk():
        done = await platform.deploy(order, context.progress)
    await context.progress(f"{'shown' if command.branch else 'live'} at {done.url}", 100)
    return DeploymentCompleted(
        pipeline=command.pipeline, url=done.url, release=done.release, previous=done.previous,
        checks=done.checks,
    )  # fmt: skip


async def rollback(command: DeploymentRollback, context: Context) -> DeploymentRolledBack:
    """Put back what was live before this pipeline, and bar it from going live."""
    platform = _platform(command.platform, context.settings)
    with _disk():
        done = await platform.take_back(
            command.pipeline, command.app, command.environment, context.progress
        )
    await context.progress(f"{done.live or 'nothing'} is live", 100)
    return DeploymentRolledBack(
        pipeline=command.pipeline, undone=done.undone, live=done.live, unhealthy=done.unhealthy
    )


async def background(
    settings: Settings, stop: asyncio.Event, _tell: Callable[[Message], Awaitable[None]]
) -> None:
    """Keep the live releases running and routed until `stop` is set."""
    await keep(Fleet(settings), stop)


def _platform(name: str, settings: Settings) -> Platform:
    make = PLATFORMS.get(name)
    if make is None:
        raise AgentError(
            "unknown_platform",
            f"there is no platform {name!r}; nothing was changed",
            hint=f"use one of: {', '.join(sorted(PLATFORMS))}",
        )
    return make(settings)


@contextmanager
def _disk() -> Iterator[None]:
    """A disk that is full or not writable, said as such."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        raise AgentError(
            "disk",
            f"{error.filename or 'a file'} cannot be written: {error.strerror}; "
            "what is live stays live",
            hint="free space below GENESIS_HOME or make it writable, then try again",
            retryable=True,
        ) from error
