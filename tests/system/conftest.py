"""One local stack for the tests of a process: each test uses apps of its own on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.local_stack import LocalStack


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """A running local stack with an empty home."""
    local = LocalStack()
    try:
        local.ok("up", timeout=90)
        yield local
    finally:
        local.close()
