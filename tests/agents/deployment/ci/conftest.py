"""A generated app in a repository of its own, and a PostgreSQL as CI services are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.build.generator import generate
from bus.node import find_node
from bus.settings import load
from tests.support.builder import model
from tests.support.postgres import Postgres, binaries
from tests.support.processes import open_folder, remove_folder


class Trusting(Postgres):
    """A PostgreSQL that believes whoever comes, as POSTGRES_HOST_AUTH_METHOD=trust makes it."""

    def _create(self) -> None:
        super()._create()
        (self.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")


@pytest.fixture
def service() -> Iterator[Postgres]:
    """Empty, and gone after the test."""
    server = Trusting()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def npm_cache() -> Iterator[Path]:
    """What npm fetched for one test is there for the next."""
    folder = open_folder("genesis-test-ci-")
    yield folder
    remove_folder(folder)


@pytest.fixture(scope="session")
def machine(npm_cache: Path) -> dict[str, str]:
    """The environment of a runner: Node, npm and psql, no variable of a database."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "GIT_"))}
    kept.pop("DATABASE_URL", None)
    places = (Path(sys.executable).parent, Path(find_node(load())).parent, binaries())
    return kept | {
        "PATH": ":".join((*map(str, places), os.environ["PATH"])), "CI": "true",
        "npm_config_cache": str(npm_cache), "npm_config_update_notifier": "false",
    }  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


@pytest.fixture(scope="session")
def modules(machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of the recipes app, installed once."""
    folder = tmp_path_factory.mktemp("modules")
    files = generate(model("recipes"))
    for name in ("package.json", "package-lock.json"):
        (folder / name).write_bytes(files[name])
    subprocess.run(["npm", "ci"], cwd=folder, env=machine, check=True, capture_output=True)
    return folder / "node_modules"


@pytest.fixture
def installed(app: Path, modules: Path) -> Path:
    """The app after `npm ci`."""
    subprocess.run(["cp", "-al", str(modules), str(app / "node_modules")], check=True)
    return app


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The recipes app, committed on `main`, which `origin` has as well."""
    folder = tmp_path / "recipe-box"
    for path, content in generate(model("recipes")).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", str(tmp_path / "origin.git"))
    commit(folder, "the app")
    return folder
