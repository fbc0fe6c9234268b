"""A home whose package cache is filled once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bus.settings import Secret, Settings
from tests.support.browsing import axe_source
from tests.support.builder import Builder
from tests.support.postgres import Postgres
from tests.support.processes import open_folder, remove_folder


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Genesis's folder: what npm fetched for one test is there for the next."""
    folder = open_folder("genesis-test-build-")
    yield folder
    remove_folder(folder)


@pytest.fixture(scope="session")
def axe(home: Path) -> str:
    """The source of axe-core, for pages to run."""
    return axe_source(home / "cache")


@pytest.fixture
def builder(home: Path, postgres: Postgres) -> Builder:
    return Builder(Settings(genesis_home=home, app_database_url=Secret(postgres.url())))
