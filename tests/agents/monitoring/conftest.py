from __future__ import annotations

import pytest

from tests.support.databases import database
from tests.support.ingest import sending as sending_at


@pytest.fixture
def url(postgres):
    """A database of its own."""
    with database(postgres) as made:
        yield made


@pytest.fixture
async def sending(url, tmp_path):
    """An app that may send signals to a server that is not up yet."""
    async with sending_at(url, tmp_path) as made:
        yield made
