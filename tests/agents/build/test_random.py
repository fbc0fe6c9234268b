"""Random models: each becomes an app that typechecks, and whose tables come and go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from agents.build import database as databases
from agents.build import dependencies, processes, toolchain
from agents.build.generator import generate
from contracts.model import AppModel
from tests.support.builder import Builder
from tests.support.random_models import models


async def holds(builder: Builder, folder: Path, model: AppModel) -> None:
    """Generated twice alike, typechecked, linted, migrated up, down and up again."""
    files = generate(model)
    assert files == generate(model)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    tools = await toolchain.find()
    if not (folder / "node_modules").exists():
        await dependencies.install(folder, tools, builder.settings.genesis_home / "cache")
    scripts = {path[11:]: files[path].decode() for path in files if path.startswith("migrations/")}
    admin = builder.settings.app_database_url.reveal()
    async with databases.temporary(admin, "random") as database:
        await databases.apply(database, scripts)
    for command in (["tsc", "--noEmit"], ["oxlint"]):
        done = await processes.run(
            [tools.node, f"node_modules/.bin/{command[0]}", *command[1:]], cwd=folder,
            env=tools.env(), seconds=120,
        )  # fmt: skip
        assert done.ok, done.output
    left = [path for path in files if path.startswith(("migrations/", "shared/entities/"))]
    for path in [*left, *(path for path in files if "/features/" in path)]:
        (folder / path).unlink(missing_ok=True)


def check(builder: Builder, folder: Path, examples: int, *, always_the_same: bool) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=always_the_same,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(models())
    def run(model: AppModel) -> None:
        asyncio.run(holds(builder, folder, model))

    run()


@pytest.mark.timeout(240)
def test_any_valid_model_becomes_an_app(builder, tmp_path):
    check(builder, tmp_path, 5, always_the_same=True)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_two_hundred_valid_models_become_apps(builder, tmp_path):
    check(builder, tmp_path, 200, always_the_same=False)
