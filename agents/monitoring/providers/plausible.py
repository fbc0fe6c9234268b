"""Plausible: a site for the app's host (Sites API), proved by an event that it takes."""

from __future__ import annotations

from urllib.parse import quote

from agents.monitoring.providers.api import NOT_FOUND, Api, Pace
from agents.monitoring.providers.port import Done, Ledger, NotSetUp, Target, Thing

SITE = "site"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Genesis/1"


class Plausible:
    """An account at Plausible, with a key for its Sites API."""

    name = "Plausible"

    def __init__(self, *, base: str, key: str, pace: Pace) -> None:
        self._api = Api(self.name, base, pace, {"authorization": f"Bearer {key}"}, (key,))

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def refuses(self, target: Target) -> str:
        """A site is named by a domain of the public internet."""
        return "" if target.is_public else f"a site needs a public domain, not {target.host}"

    async def set_up(self, target: Target, ledger: Ledger) -> Done:
        """The site, and an event that it took."""
        domain = target.host
        doing = f"site {domain} cannot be set up"
        found = await self._api.call(
            "GET", f"/api/v1/sites/{quote(domain, safe='')}", doing, accept=(NOT_FOUND,)
        )
        ours = await ledger.ours(SITE, domain)
        if found.status_code == NOT_FOUND:
            await ledger.begin(SITE, domain)
            await self._api.call(
                "POST", "/api/v1/sites", doing, form={"domain": domain, "timezone": "Etc/UTC"}
            )
            ours = True
        if ours:
            await ledger.keep(Thing(kind=SITE, id=domain, name=domain))
        answer = await self._api.call(
            "POST", "/api/event", f"an event for {domain} cannot be sent",
            body={"name": "Genesis set-up", "url": target.url, "domain": domain},
            # The account's key is not the app's business, and a robot's agent would be dropped.
            headers={"authorization": "", "user-agent": BROWSER},
        )  # fmt: skip
        if answer.headers.get("x-plausible-dropped"):
            raise NotSetUp(
                f"Plausible dropped the test event for {domain}",
                hint="see the site's shields and whether it is locked",
            )
        summary = f"site {domain} {'made' if ours else 'found'}, a test event was taken"
        return Done(summary, {"PLAUSIBLE_DOMAIN": domain, "PLAUSIBLE_HOST": self._api.base})

    async def remove(self, thing: Thing) -> str:
        """Delete the site with all its figures."""
        await self._api.call(
            "DELETE", f"/api/v1/sites/{quote(thing.id or thing.name, safe='')}",
            f"site {thing.name} cannot be removed", accept=(NOT_FOUND,),
        )  # fmt: skip
        return f"Plausible: site {thing.name} removed"
