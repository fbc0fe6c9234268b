"""What the owner of an app asks CI files for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Provider = Literal["github", "gitlab", "circleci"]
Platform = Literal["netlify", "vercel"]
PROVIDERS: tuple[Provider, ...] = ("github", "gitlab", "circleci")
PLATFORMS: tuple[Platform, ...] = ("netlify", "vercel")


class Choice(Struct, frozen=True, kw_only=True):
    """`standalone` files name nothing of Genesis. `branch` is what goes to staging and on."""

    provider: Provider
    platform: Platform
    standalone: bool
    branch: str
