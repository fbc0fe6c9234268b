"""What a platform must offer: upload unseen, switch to it, switch back.

The platform is the truth: each of its deploys carries the pipeline that made it, so that every
method may be called again after a crash at any point, with the same outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from agents.deployment.platform import Tell
from bus.settings import Secret


class Variable(Struct, frozen=True):
    """An environment variable of the app; `hidden` keeps its value from the platform's pages."""

    value: Secret
    hidden: bool = True


class Shipment(Struct, frozen=True, kw_only=True):
    """A build to put on a platform.

    `folder` holds the unpacked bundle, or the output of another project's build. `site` is the
    platform's name or id of the site, "" for one that follows from app and environment.
    With `expected_live`, only if that release is live now ("" for none). With `branch` it becomes
    a preview: staged, and never switched to.
    """

    pipeline: str
    app: str
    environment: str
    build_id: str
    folder: Path
    site: str = ""
    branch: str = ""
    variables: Mapping[str, Variable] = {}
    expected_live: str | None = None


class Site(Struct, frozen=True):
    """A site as the platform has it: `live` is the release that answers at `url`.

    `notes` say what a person should know, such as variables that were changed.
    """

    id: str
    live: str | None
    url: str
    notes: tuple[str, ...] = ()


class Staged(Struct, frozen=True):
    """`release`, the platform's own id of a deploy, answers at `url` before it is live.

    Of its files, `uploaded` were sent and `skipped` were there already. Where the platform lets
    nobody see it without a login, a request with `headers` is let in; their values are SECRET.
    """

    release: str
    url: str
    uploaded: int
    skipped: int
    headers: Mapping[str, Secret] = {}


class Past(Struct, frozen=True, kw_only=True):
    """One line of the platform's list of deploys; `at` in seconds since 1970.

    `build` and `pipeline` are "" for a deploy that somebody else made; `url` is where it answers
    also when it is not live, "" for nowhere. Requests there carry `headers`, as for a Staged.
    `branch` is what a preview is of, "" for what may go live.
    """

    release: str
    build: str
    pipeline: str
    at: float
    state: str
    url: str
    branch: str = ""
    headers: Mapping[str, Secret] = {}


class Remote(Protocol):
    """A platform. Every method raises AgentError with the platform's own reason, or Retry."""

    async def prepare(self, order: Shipment) -> Site:
        """Look up or create the site and push the variables that differ."""
        ...

    async def find(self, app: str, environment: str) -> Site | None:
        """The site as it is, for whoever only looks; None when there is none."""
        ...

    async def stage(self, order: Shipment, site: Site, tell: Tell) -> Staged:
        """Upload without going live; what an earlier call left is found and continued."""
        ...

    async def switch(self, site: Site, release: str) -> None:
        """Make exactly this release live, without another build; twice is once."""
        ...

    async def live(self, site: Site) -> str | None:
        """The release that answers at the site's own address now."""
        ...

    async def take_down(self, site: Site, release: str) -> None:
        """Let nothing be live again, where `release` was the first; twice is once.

        When another release is live by now, it stays. `live` is None afterwards.
        """
        ...

    async def settle(self, site: Site) -> None:
        """End what was kept ready only to go back at once; what is live was confirmed."""
        ...

    async def discard(self, site: Site, release: str) -> None:
        """Cancel or remove what was staged; twice is once, and never what is live."""
        ...

    async def past(self, site: Site, limit: int) -> tuple[Past, ...]:
        """The newest deploys first, failed ones included."""
        ...

    async def logs(self, site: Site, release: str) -> tuple[str, ...]:
        """What the platform printed while it made the release, one line each."""
        ...
