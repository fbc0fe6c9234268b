"""Letting a release be live that somebody chose from a platform's list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from agents.deployment import restoring, watching
from agents.deployment.platform import Deployed, Tell
from agents.deployment.port import Past, Site
from agents.deployment.restoring import SEARCHED
from agents.deployment.state import locked
from agents.work import AgentError

if TYPE_CHECKING:
    from agents.deployment.machine import Hosted


async def promote(
    machine: Hosted, app: str, environment: str, release: str, tell: Tell
) -> Deployed:
    """Let a release of the platform's list be live, checked and watched; a person's choice."""
    place = machine.place(app, environment)
    async with locked(place / "lock"):
        site = await found(machine, app, environment)
        past = await chosen(machine, site, release)
        if past.release == site.live:
            url = f"{site.url.rstrip('/')}/"
            return Deployed(url, past.release, past.release, (), past.build)
        kept = f"{site.live or 'nothing'} stays live as before"
        expected = await restoring.known(machine, past)
        if past.url:
            await tell(f"checking {past.url}", 30)
            await machine.check(past.url, expected, past.release, kept)
        await tell("switching", 60)
        await machine.remote.switch(site, past.release)
        try:
            checks = await machine.confirm(site, replace(expected, headers={}), tell)
        except watching.Unhealthy as error:
            became = await _go_back(machine, site, past.release)
            raise AgentError(
                "failed_watch",
                f"{past.release} failed at {site.url} after the switch: {error}; {became}",
                hint="choose another release",
            ) from error
        await machine.remote.settle(site)
    return Deployed(f"{site.url.rstrip('/')}/", past.release, site.live, checks, past.build)


async def _go_back(machine: Hosted, site: Site, release: str) -> str:
    """Let what was live before a chosen release be so again, if it is fit to; what became of it."""
    before = site.live or "nothing"
    if wrong := await restoring.unfit(machine, site, site.live):
        return f"it stays live: {before}, which was before, is not healthy either: {wrong}"
    await restoring.restore(machine, site, release, site.live)
    wrong = await restoring.health(machine, site, site.live)
    also = f", and is not healthy either: {wrong}" if wrong else ""
    return f"{before} is live again, as before{also}"


async def found(machine: Hosted, app: str, environment: str) -> Site:
    """The site as it is. Raises AgentError `no_site`."""
    site = await machine.remote.find(app, environment)
    if site is None:
        raise AgentError(
            "no_site",
            f"{machine.name} has no site for {app} in {environment}; nothing was changed",
            hint="deploy it first",
        )
    return site


async def chosen(machine: Hosted, site: Site, release: str) -> Past:
    """A release of ours by its id, build or pipeline. Raises AgentError `release_gone`."""
    listed = await machine.remote.past(site, SEARCHED)
    # A build may have been shown as a preview too, which is not what may go live.
    for past in sorted(listed, key=lambda one: bool(one.branch)):
        if release in (past.release, past.build, past.pipeline) and past.build:
            return past
    raise AgentError(
        "release_gone",
        f"there is no release {release} of Genesis among the last {SEARCHED} at {site.url}; "
        "nothing was changed",
        hint="see which there are: genesis deployments list",
    )
