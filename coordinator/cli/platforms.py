"""What `genesis deployments` asks a platform itself: its previews, its own list.

Errors: CliError with what the platform says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from coordinator.cli import session as sessions
from coordinator.cli.output import CliError, Exit, ago, dump, note, say

if TYPE_CHECKING:
    from bus.settings import Settings
    from coordinator.deployments import Deployment


@contextmanager
def said() -> Iterator[None]:
    """What a platform refuses, as the command line says it."""
    from agents.deployment.cli import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as error:
        raise CliError(str(error), hint=error.hint) from None


def acting(platform: str) -> Settings:
    """The settings with which a platform is asked: on this machine, what its agent is told."""
    from bus.settings import SettingsError  # noqa: PLC0415
    from coordinator.stack import api  # noqa: PLC0415
    from coordinator.stack.errors import StackError  # noqa: PLC0415

    found = sessions.settings()
    if platform != "local" or os.environ.get("NATS_URL"):
        return found
    try:
        return api.agent_settings(found, "deployment")
    except (StackError, SettingsError) as error:
        raise CliError(f"{error}; nothing was changed") from None


async def tell_monitoring(name: str, environment: str, build: str) -> None:
    """Have an app watched as the build that is live now; a note when that is not possible."""
    import asyncpg  # noqa: PLC0415

    from agents.monitoring import cli as monitoring  # noqa: PLC0415

    try:
        settings = await sessions.reach(start=False)
        if settings.database_url:
            await monitoring.expect(settings, name, environment, build)
    except (CliError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        note(f"monitoring does not know of it, and may call another build down: {error}")


async def previews(
    name: str, /, *, platform: str, environment: str = "staging", json: bool = False
) -> int:
    """List an app's previews: of which branch, where they answer.

    Parameters
    ----------
    name
        The app.
    platform
        local, netlify or vercel.

    """
    from agents.deployment import cli as deployment  # noqa: PLC0415

    with said():
        found = await deployment.previews(acting(platform), platform, name, environment)
    if json:
        dump(found)
    elif not found:
        say("No previews. Show one with `genesis deploy --preview`.")
    for one in [] if json else found:
        say(f"{one.branch:<24} {ago(one.at):<16} {one.state:<10} {one.url}")
    return Exit.DONE


async def remove(
    name: str, branch: str, /, *, platform: str, environment: str = "staging", json: bool = False
) -> int:
    """Remove a branch's preview from its platform; what is live is not touched.

    Parameters
    ----------
    name
        The app.
    branch
        The branch, as git or as `previews` has it.
    platform
        local, netlify or vercel.

    """
    from agents.deployment import cli as deployment  # noqa: PLC0415
    from coordinator.cli.deploying import branch_name  # noqa: PLC0415

    shown = branch_name(branch)
    with said():
        gone = await deployment.remove(acting(platform), platform, name, environment, shown)
    if json:
        dump({"branch": shown, "removed": gone})
    else:
        say(f"The preview of {shown} is removed: {', '.join(gone)}.")
    return Exit.DONE


async def with_platforms(
    found: list[Deployment], name: str, platform: str, environment: str, limit: int
) -> list[Deployment]:
    """The log's, and what only the platform knows; the log's alone when it cannot be asked."""
    from agents.deployment import cli as deployment  # noqa: PLC0415
    from coordinator.deployments import Deployment  # noqa: PLC0415

    known = {one.release for one in found} | {one.pipeline for one in found}
    for where in (environment,) if environment else ("staging", "production"):
        try:
            past = await deployment.past(acting(platform), platform, name, where, limit)
        except (deployment.Refused, CliError) as error:
            note(f"what {platform} has is not known: {error}")
            break
        found += [
            Deployment(
                pipeline=one.pipeline, app=name, environment=where, platform=platform,
                branch=one.branch, status=one.state, who="", build=one.build,
                release=one.release, url=one.url, at=one.at,
            )
            for one in past
            if not {one.release, one.pipeline} & known
        ]  # fmt: skip
    return sorted(found, key=lambda one: one.at, reverse=True)
