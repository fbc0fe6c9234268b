from __future__ import annotations

import pytest

from agents.monitoring import store
from tests.support.watching import Watching


@pytest.fixture
async def watching(url):
    """A replica on a database of its own."""
    async with store.connected(url) as connection:
        yield Watching(connection)
