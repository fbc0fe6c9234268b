"""Real servers for all tests: PostgreSQL once for a run, nats-server as often as asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.support.nats import NatsServer
from tests.support.postgres import Postgres

StartNats = Callable[..., NatsServer]
"""`start_nats(strict=False, extra="")`: a started server that ends with the test."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL 18 for the whole run; make a database of your own in it."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def start_nats() -> Iterator[StartNats]:
    """Starts real nats-servers; each ends with the test."""
    servers: list[NatsServer] = []

    def start(*, strict: bool = False, extra: str = "") -> NatsServer:
        server = NatsServer(strict=strict, extra=extra)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def nats_server(start_nats: StartNats) -> NatsServer:
    """A real nats-server that fsyncs every message, as the product's does."""
    return start_nats(strict=True)


def pytest_xdist_auto_num_workers() -> int:
    """Two workers more than there are cores: much of a test's time is spent waiting for servers."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts whole systems goes first: it would be left to one worker in the end."""
    items.sort(key=lambda item: "system" not in item.path.parts)
