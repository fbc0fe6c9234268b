"""The way back: exactly what was live before a release is so again, and how it is then.

A release that is not healthy itself is not gone back to by itself: that would help nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from agents.deployment import records, watching
from agents.deployment.platform import Tell
from agents.deployment.port import Past, Site
from agents.deployment.probes import Expected
from agents.deployment.records import Book
from agents.deployment.state import Deed
from agents.work import AgentError

if TYPE_CHECKING:
    from agents.deployment.machine import Hosted

SEARCHED = 50
"""Deploys of the platform's list in which those that a pipeline left are looked for."""
TAKEN = frozenset({"live", "leaving", "withdrawn"})
"""Stages of a pipeline whose release was live."""
FAILURES = 3
"""Bad rounds in a row that a release to go back to may not have: it needs no time to get about."""


async def leave(
    machine: Hosted, place: Path, book: Book, site: Site, pipeline: str, deed: Deed, tell: Tell
) -> Book:
    """Restore what was live before, remove what the pipeline made, and bar it."""
    live = await machine.remote.live(site)
    undone: tuple[str, ...] = ()
    if deed.release is not None and (live == deed.release or deed.stage in TAKEN):
        if live not in (deed.release, deed.previous):
            raise superseded(pipeline, live, "nothing was taken back")
        book = records.record(place, book, pipeline, replace(deed, stage="leaving"))
        await tell(f"restoring {deed.previous or 'nothing'}", 40)
        await restore(machine, site, deed.release, deed.previous)
        undone = (deed.release,)
    await tell("removing what was uploaded", 70)
    await _discard(machine, site, pipeline, deed)
    gone = replace(deed, stage="withdrawn", undone=undone)
    return records.record(place, book, pipeline, gone)


async def restore(machine: Hosted, site: Site, release: str, previous: str | None) -> None:
    """Let what was live before a release be so again. Raises AgentError."""
    if previous is None:
        await machine.remote.take_down(site, release)
    else:
        await machine.remote.switch(site, previous)
    live = await machine.remote.live(site)
    if live != previous:
        raise AgentError(
            "not_restored",
            f"the platform was asked to make {previous or 'nothing'} live again, and "
            f"{live or 'nothing'} is",
            hint=f"look at the site's deploys at {site.url}, then try again",
            retryable=True,
        )


async def unfit(machine: Hosted, site: Site, release: str | None) -> str:
    """What is wrong with a release to go back to, where it answers by itself; "" for nothing.

    Nothing is held against one that cannot be asked, or that somebody else made.
    """
    past = await _past(machine, site, release)
    if past is None or not past.build or not past.url:
        return ""
    expected = await known(machine, past)
    return await _wrong(machine, past.url, expected)


async def health(machine: Hosted, site: Site, release: str | None) -> str:
    """What is wrong with a release where people reach it, now that it is live; "" for nothing."""
    past = await _past(machine, site, release)
    if past is None or not past.build:
        return ""
    return await _wrong(machine, site.url, replace(await known(machine, past), headers={}))


async def known(machine: Hosted, past: Past) -> Expected:
    """What a release that was made earlier must answer."""
    if not past.url:
        return Expected(past.build)
    return await watching.known(
        machine.asking, past.url, Expected(past.build, headers=past.headers), machine.limits
    )


async def _wrong(machine: Hosted, url: str, expected: Expected) -> str:
    limits = replace(machine.limits, warm_up=0, failures=FAILURES)
    try:
        await watching.verify(machine.asking, url, expected, limits)
    except watching.Unhealthy as error:
        return str(error)
    except watching.Inconclusive:
        return ""
    return ""


async def _past(machine: Hosted, site: Site, release: str | None) -> Past | None:
    listed = await machine.remote.past(site, SEARCHED) if release else ()
    return next((past for past in listed if past.release == release), None)


async def _discard(machine: Hosted, site: Site, pipeline: str, deed: Deed) -> None:
    """Remove every release of the pipeline; none of them is live."""
    listed = await machine.remote.past(site, SEARCHED)
    found = {past.release: None for past in listed if past.pipeline == pipeline}
    if deed.release is not None and deed.release not in found:
        found[deed.release] = None
    for release in found:
        await machine.remote.discard(site, release)


def superseded(pipeline: str, live: str | None, untouched: str) -> AgentError:
    """What a pipeline is told whose release is no longer the live one."""
    return AgentError(
        "superseded",
        f"{f'release {live}' if live else 'nothing'} is live by now, and no longer the release of "
        f"{pipeline}; {untouched}",
        hint="see what was put live since: genesis deployments list",
    )
