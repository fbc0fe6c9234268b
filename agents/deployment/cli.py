"""What the command line may ask of deployments, without a bus.

Of this machine: pure reads, and `stop_all`. Of any platform: its list and logs, and to let a chosen
release be live. Of an app's folder: what speaks against it, and its CI files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from agents.deployment import (
    audit,
    caddy,
    choosing,
    commits,
    previewing,
    servers,
    state,
    validation,
)
from agents.deployment.agent import PLATFORMS
from agents.deployment.ci.choice import Choice, Platform, Provider
from agents.deployment.ci.delivery import Delivery, prepare
from agents.deployment.ci.project import CiError, read
from agents.deployment.ci.writing import write
from agents.deployment.machine import Hosted
from agents.deployment.platform import Deployed, Tell
from agents.deployment.port import Past
from agents.deployment.stopping import stop_all
from agents.work import AgentError
from bus.errors import Retry
from bus.settings import Settings

__all__ = [
    "Delivery",
    "Looked",
    "Refused",
    "Status",
    "deliver",
    "delivery",
    "hosted",
    "list_apps",
    "live",
    "live_release",
    "logs",
    "look",
    "promote",
    "stop_all",
]


class Refused(Exception):
    """A platform, or what it is asked with, does not allow it: why, and what to do next."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except AgentError as error:
        raise Refused(error.message, error.hint) from error
    except Retry as error:
        raise Refused(f"{error}; nothing was changed", "try again in a moment") from error


class Status(Struct, frozen=True, kw_only=True):
    """An app in an environment. Times are seconds since 1970; `url` is None when not live.

    `running` says whether the live release's server process is alive right now.
    """

    app: str
    environment: str
    live: str | None
    build: str | None
    pipeline: str | None
    since: float
    url: str | None
    running: bool
    releases: tuple[state.Release, ...]


def live(home: Path, app: str, environment: str) -> Status | None:
    """What is live of an app; None when nothing is. Raises AgentError `damaged_state`."""
    found = _status(state.load(home, app, environment))
    return found if found.live is not None else None


def list_apps(home: Path) -> list[Status]:
    """All apps of this machine by name; those with an unreadable state are left out."""
    return [_status(app) for app in state.load_all(home)[0]]


def _status(app: state.AppState) -> Status:
    release = app.releases.get(app.live) if app.live else None
    return Status(
        app=app.app,
        environment=app.environment,
        live=app.live,
        build=release.build if release else None,
        pipeline=release.pipeline if release else None,
        since=app.since,
        url=caddy.url(app) if app.live else None,
        running=servers.is_running(app.servers.get(app.live)) if app.live else False,
        releases=tuple(sorted(app.releases.values(), key=lambda one: one.at, reverse=True)),
    )


async def live_release(settings: Settings, platform: str, app: str, environment: str) -> str | None:
    """The release that is live on a platform, "" for none. Raises Refused."""
    with _refusing():
        site = await hosted(settings, platform).remote.find(app, environment)
    return (site.live if site else None) or ""


async def logs(
    settings: Settings, platform: str, app: str, environment: str, release: str
) -> tuple[str, ...]:
    """What a platform says of a release. Raises Refused."""
    with _refusing():
        machine = hosted(settings, platform)
        site = await choosing.found(machine, app, environment)
        chosen = await choosing.chosen(machine, site, release)
        return await machine.remote.logs(site, chosen.release)


async def promote(
    settings: Settings, platform: str, app: str, environment: str, release: str, tell: Tell
) -> Deployed:
    """Let a release that a platform has be live, named by its id, build or pipeline.

    Checked before and after; when it fails, what was live is so again. Raises AgentError, Retry.
    """
    with _refusing():
        machine = hosted(settings, platform)
        return await choosing.promote(machine, app, environment, release, tell)


async def previews(
    settings: Settings, platform: str, app: str, environment: str
) -> tuple[Past, ...]:
    """The previews that a platform has, newest first. Raises Refused."""
    with _refusing():
        found = await previewing.previews(hosted(settings, platform), app, environment)
    return _plain(found)


async def remove(
    settings: Settings, platform: str, app: str, environment: str, branch: str
) -> tuple[str, ...]:
    """Remove a branch's previews from a platform; their releases. Raises Refused."""
    with _refusing():
        return await previewing.remove(hosted(settings, platform), app, environment, branch)


async def past(
    settings: Settings, platform: str, app: str, environment: str, limit: int
) -> tuple[Past, ...]:
    """The platform's own list, newest first; nothing where the app is not. Raises Refused."""
    with _refusing():
        remote = hosted(settings, platform).remote
        site = await remote.find(app, environment)
        found = await remote.past(site, limit) if site else ()
    return _plain(found)


def _plain(past: tuple[Past, ...]) -> tuple[Past, ...]:
    """Without what would let anybody in."""
    return tuple(replace(one, headers={}) for one in past)


def hosted(settings: Settings, platform: str) -> Hosted:
    """The machine of a platform. Raises AgentError for one that is not there."""
    make = PLATFORMS.get(platform)
    if make is None:
        raise AgentError(
            "unknown_platform",
            f"there is no platform {platform!r}; nothing was changed",
            hint=f"use one of: {', '.join(sorted(PLATFORMS))}",
        )
    return make(settings)


def branch(folder: Path) -> str:
    """The git branch that a folder is on; "" for none. Blocking."""
    return commits.branch(folder)


class Looked(Struct, frozen=True):
    """A folder before it is sent: what speaks against it, and what is to be known of it.

    `inconclusive` are checks that could not be made, and why.
    """

    findings: tuple[validation.Finding, ...]
    commit: str
    changes: tuple[str, ...]
    variables: tuple[str, ...]
    inconclusive: tuple[str, ...] = ()


def look(
    settings: Settings,
    folder: Path,
    files: Mapping[str, bytes],
    *,
    production: bool,
    skip: tuple[str, ...],
) -> Looked:
    """Look at a folder's files by all checks that are not left out. Blocking. Raises Refused."""
    for name in skip:
        if name not in validation.CHECKS:
            known = ", ".join(validation.CHECKS)
            raise Refused(f"there is no check {name!r}; nothing was deployed", f"known: {known}")
    commit = commits.read(folder)
    found = validation.findings(files, commit, production=production)
    wanted = production and audit.CHECK not in skip
    packages = audit.audit(files, settings) if wanted else audit.Audited()
    kept = tuple(each for each in (*found, *packages.findings) if each.check not in skip)
    unknown = (f"{audit.CHECK}: {packages.unknown}",) if packages.unknown else ()
    return Looked(kept, commit.name, commit.changes, validation.variables(files), unknown)


def delivery(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    name: str,
    output: str | None,
    provider: Provider,
    platform: Platform,
    standalone: bool,
    branch: str,
) -> Delivery:
    """The CI files of an app, beside what its folder holds. Blocking. Raises Refused.

    `output` is the folder that a site's build writes, None for an app with a server; `branch` is
    what is deployed, "" for the one that git says.
    """
    try:
        choice = Choice(
            provider=provider, platform=platform, standalone=standalone,
            branch=branch or commits.default_branch(folder),
        )  # fmt: skip
        return prepare(folder, read(files, name=name, output=output), choice)
    except CiError as error:
        raise Refused(str(error), error.hint) from None


def deliver(made: Delivery) -> None:
    """Write what is new or different. Blocking. Raises Refused; it says what was written."""
    try:
        write(made.folder, made.files, made.changes)
    except CiError as error:
        raise Refused(str(error), error.hint) from None
