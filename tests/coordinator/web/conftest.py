"""A dashboard in this process, and somebody who is signed in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.dashboards import Dashboard


@pytest.fixture
async def outside() -> AsyncIterator[Dashboard]:
    """A dashboard before which somebody stands who is not signed in."""
    made = Dashboard()
    yield made
    await made.browser.aclose()


@pytest.fixture
async def inside(outside: Dashboard) -> Dashboard:
    """A dashboard that `anna` is signed in to."""
    await outside.sign_in()
    return outside
