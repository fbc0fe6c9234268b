"""Letting a release be live that somebody chose from a hosting platform's list."""

from __future__ import annotations

from agents.deployment import watching
from agents.deployment.machine import SEARCHED, Hosted
from agents.deployment.platform import Deployed, Tell
from agents.deployment.port import Past, Site
from agents.deployment.state import locked
from agents.work import AgentError


async def promote(
    machine: Hosted, app: str, environment: str, release: str, tell: Tell
) -> Deployed:
    """Let a release of the platform's list be live, checked and watched; a person's choice."""
    place = machine.place(app, environment)
    async with locked(place / "lock"):
        site = await found(machine, app, environment)
        past = await chosen(machine, site, release)
        if past.release == site.live:
            return Deployed(f"{site.url.rstrip('/')}/", past.release, past.release, ())
        kept = f"{site.live or 'nothing'} stays live as before"
        await tell(f"checking {past.url}", 30)
        expected = await watching.known(machine.asking, past.url, past.build, machine.limits)
        await machine.check(past.url, expected, past.release, kept)
        await tell("switching", 60)
        await machine.remote.switch(site, past.release)
        await tell(f"checking {site.url}", 80)
        try:
            checks = await watching.verify(machine.asking, site.url, expected, machine.limits)
        except (watching.Unhealthy, watching.Inconclusive) as error:
            await machine.restore(site, past.release, site.live)
            raise AgentError(
                "not_reachable",
                f"{release} does not answer at {site.url}: {error}; "
                f"{site.live or 'nothing'} is live again, as before",
                hint="choose another release",
            ) from error
    return Deployed(f"{site.url.rstrip('/')}/", past.release, site.live, checks)


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
    for past in await machine.remote.past(site, SEARCHED):
        if release in (past.release, past.build, past.pipeline) and past.build:
            return past
    raise AgentError(
        "release_gone",
        f"there is no release {release} of Genesis among the last {SEARCHED} at {site.url}; "
        "nothing was changed",
        hint="see which there are: genesis deployments list",
    )
