"""What a platform must offer to the agent: put a release live, and take it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from contracts.messages import Check

Tell = Callable[[str, float], Awaitable[None]]
"""Reports a step and how far it is, 0 to 100."""


class Order(Struct, frozen=True, kw_only=True):
    """A release to put live: `content` is the bundle's bytes.

    With `expected_live`, only if that release is live now ("" for none). Without `auto_rollback`
    a release that fails after the switch stays live, and its checks say so. With `branch` it is
    a preview of that branch, which does not go live.
    """

    pipeline: str
    app: str
    environment: str
    build_id: str
    content: bytes
    expected_live: str | None = None
    auto_rollback: bool = True
    branch: str = ""


class Deployed(Struct, frozen=True):
    """`release` answers at `url`; `previous` was live before. `build` where a person chose it."""

    url: str
    release: str
    previous: str | None
    checks: tuple[Check, ...]
    build: str = ""


class TakenBack(Struct, frozen=True):
    """`live` is live now; `undone` names the releases that are not any more.

    `unhealthy` says what is wrong with the live one, "" when nothing is known to be.
    """

    live: str | None
    undone: tuple[str, ...]
    unhealthy: str = ""


class Platform(Protocol):
    """Every function may be called again after a crash at any point, with the same outcome."""

    async def deploy(self, order: Order, tell: Tell) -> Deployed:
        """Put a release live, checked, without a failed request. Raises AgentError, Retry."""
        ...

    async def take_back(self, pipeline: str, app: str, environment: str, tell: Tell) -> TakenBack:
        """Put back exactly what was live before the pipeline. Raises AgentError, Retry."""
        ...
