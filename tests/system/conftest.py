"""One local stack for the tests of a process: each test uses apps of its own on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import netlify_server, vercel_server
from tests.support.local_stack import LocalStack
from tests.support.netlify_server import Netlify
from tests.support.vercel_answers import TEAM
from tests.support.vercel_server import Vercel


@pytest.fixture(scope="session")
def netlify() -> Iterator[Netlify]:
    """Netlify as the stack's agents know it."""
    server = Netlify().start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def vercel() -> Iterator[Vercel]:
    """Vercel as the stack's agents know it."""
    server = Vercel().start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def stack(netlify: Netlify, vercel: Vercel) -> Iterator[LocalStack]:
    """A running local stack with an empty home, whose platforms are emulated."""
    local = LocalStack()
    local.env |= {
        "NETLIFY_API_URL": netlify.api, "NETLIFY_AUTH_TOKEN": netlify_server.TOKEN,
        "VERCEL_API_URL": vercel.api, "VERCEL_TOKEN": vercel_server.TOKEN,
        "VERCEL_TEAM_ID": TEAM["id"], "WATCH_SECONDS": "0.3", "WATCH_INTERVAL": "0.05",
    }  # fmt: skip
    try:
        local.ok("up", timeout=90)
        yield local
    finally:
        local.close()
