"""What a monitoring provider is: find or make, verify, remove."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from agents.work import AgentError


class NotSetUp(AgentError):
    """A provider is not set up; `status` is the answer's, 0 for none."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__("provider_not_set_up", message, hint=hint)
        self.status = status


class Target(Struct, frozen=True, kw_only=True):
    """The app that is to be monitored, live at `url` as `build_id`."""

    app: str
    environment: str
    url: str
    build_id: str
    pipeline: str

    @property
    def name(self) -> str:
        """What the app is called where names are for machines; 60 characters at most."""
        return f"{self.app}-{self.environment}"

    @property
    def host(self) -> str:
        """The name of the app's host."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_public(self) -> bool:
        """Whether somebody elsewhere could reach the app at all."""
        try:
            return ip_address(self.host).is_global
        except ValueError:
            return "." in self.host and not self.host.endswith(
                (".localhost", ".local", ".internal")
            )


class Thing(Struct, frozen=True, kw_only=True):
    """Something that an account has: `kind` is the provider's word for it.

    `previous` is what is put back instead of removing it: JSON of the provider's own, "" for a
    thing that was made.
    """

    kind: str
    id: str
    name: str
    previous: str = ""


class Done(Struct, frozen=True):
    """A provider is set up: what was seen, and the variables by which an app sends to it.

    None of them is a secret: they are what every visitor's browser may see.
    """

    summary: str
    variables: Mapping[str, str] = {}


class Ledger(Protocol):
    """Remembers what is made while it is made, so that a killed agent leaves no orphan."""

    async def ours(self, kind: str, name: str) -> bool:
        """Whether this pipeline was about to make this thing, or has made it."""
        ...

    async def begin(self, kind: str, name: str) -> None:
        """It is not there, and is made now."""
        ...

    async def keep(self, thing: Thing) -> None:
        """It is there, and is ours to remove."""
        ...


class Provider(Protocol):
    """One service, with one account."""

    name: str

    def refuses(self, target: Target, /) -> str:
        """Why it cannot monitor this app; "" when it can."""
        ...

    async def set_up(self, target: Target, ledger: Ledger) -> Done:
        """Find or make what the app needs, and verify it. Raises NotSetUp."""
        ...

    async def remove(self, thing: Thing) -> str:
        """Take a thing back; says what was done. Twice is once. Raises NotSetUp."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
