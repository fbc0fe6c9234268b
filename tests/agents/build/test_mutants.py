"""A control of the apps' own tests: with any one guard taken out, they must fail."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from agents.build import database as databases
from agents.build import dependencies, processes, toolchain
from agents.build.generator import generate
from bus.settings import Settings
from tests.support.builder import Builder, model
from tests.support.mutants import Mutant, mutants

MODELS = ("helpdesk",)


def texts(name: str) -> dict[str, str]:
    files = generate(model(name))
    return {path: text.decode() for path, text in files.items() if not path.endswith(".gz")}


async def caught(builder: Builder, folder: Path, files: dict[str, str]) -> bool:
    """Whether the app's own tests fail, or it cannot even be migrated."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    tools = await toolchain.find()
    settings: Settings = builder.settings
    if not (folder / "node_modules").exists():
        await dependencies.install(folder, tools, settings.genesis_home / "cache")
    admin = settings.app_database_url.reveal()
    async with databases.temporary(admin, folder.name) as database:
        scripts = {
            path[11:]: text for path, text in files.items() if path.startswith("migrations/")
        }
        await databases.apply(database, scripts)
        done = await processes.run(
            # One failure is enough to know.
            [tools.node, "node_modules/.bin/vitest", "run", "--bail=1"], cwd=folder,
            env=tools.env({"DATABASE_URL": database.app}), seconds=120,
        )  # fmt: skip
    return not done.ok


def one_of_each(found: list[Mutant], rounds: int) -> list[Mutant]:
    """Mutants of every kind in turn, so that a small sample has all kinds."""
    kinds: dict[str, list[Mutant]] = {}
    for mutant in found:
        kinds.setdefault(mutant.kind, []).append(mutant)
    turns = itertools.zip_longest(*kinds.values())
    return [each for turn in itertools.islice(turns, rounds) for each in turn if each]


async def survivors(builder: Builder, folder: Path, name: str, chosen: list[Mutant]) -> list[str]:
    """Prints the table; the mutants that no test noticed."""
    whole = texts(name)
    assert not await caught(builder, folder, whole), "the app itself must pass"
    left = []
    for mutant in chosen:
        seen = await caught(builder, folder, {**whole, mutant.path: mutant.text})
        (folder / mutant.path).write_text(whole[mutant.path])
        print(f"{name:12} {mutant.kind:22} {mutant.what:60} {'caught' if seen else 'SURVIVED'}")
        left += [] if seen else [f"{name}: {mutant.kind}: {mutant.what}"]
    return left


@pytest.mark.timeout(240)
async def test_an_app_without_one_of_its_guards_fails_its_own_tests(builder, tmp_path):
    chosen = one_of_each(list(mutants(texts("helpdesk"))), 1)[:4]
    assert await survivors(builder, tmp_path / "sample", "helpdesk", chosen) == []


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", MODELS)
async def test_no_guard_can_be_taken_out_unnoticed(builder, tmp_path, name):
    found = list(mutants(texts(name)))
    assert len(found) >= 20
    assert await survivors(builder, tmp_path / "all", name, found) == []


def test_every_kind_of_guard_has_a_mutant():
    kinds = {mutant.kind for mutant in mutants(texts("helpdesk"))}
    assert kinds >= {
        "row-level security",
        "check of the database",
        "access",
        "validation",
        "workflow",
    }
