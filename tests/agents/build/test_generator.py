from __future__ import annotations

import json
import re
import subprocess
import sys

import msgspec
import pytest

from agents.build.generator import MODEL_FILE, generate
from agents.build.modules import modules
from agents.plan.features import OFFERED
from agents.plan.rules import problems
from contracts.model import AppModel, ModelError, Relation
from tests.support.builder import MODELS, NAMES, model

DIGEST = """
import hashlib, sys, msgspec
from agents.build.generator import generate
from agents.build.modules import modules
from agents.plan.features import OFFERED
from agents.plan.rules import problems
from contracts.model import AppModel
files = generate(msgspec.json.decode(open(sys.argv[1], "rb").read(), type=AppModel))
print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())
"""


def digest(name: str, seed: str) -> str:
    """What another process, with another order of its sets, makes of the model."""
    return subprocess.run(
        [sys.executable, "-c", DIGEST, str(MODELS / f"{name}.json")],
        env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("name", ["everything", "nasty"])
def test_the_same_model_gives_the_same_bytes(name):
    assert digest(name, "1") == digest(name, "2")


@pytest.mark.parametrize("name", NAMES)
def test_an_app_keeps_its_model(name):
    files = generate(model(name))
    assert msgspec.json.decode(files[MODEL_FILE], type=AppModel) == model(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_migration_can_be_taken_back(name):
    files = generate(model(name))
    scripts = [text.decode() for path, text in files.items() if path.startswith("migrations/")]
    assert scripts
    for script in scripts:
        assert re.findall(r"^-- migrate:(\w+)$", script, re.MULTILINE) == ["up", "down"]


@pytest.mark.parametrize("name", NAMES)
def test_every_table_forces_its_row_level_security(name):
    sql = "\n".join(
        text.decode() for path, text in generate(model(name)).items() if path.endswith(".sql")
    )
    tables = re.findall(r'^create table ("?\w+"?)', sql, re.MULTILINE)
    assert len(tables) > len(model(name).entities)
    for table in tables:
        assert f"alter table {table} force row level security" in sql, table


def test_a_name_with_markup_is_text_everywhere():
    files = generate(model("nasty"))
    assert b"<script>alert" not in files["index.html"]
    assert b"<script>alert" not in files["public/favicon.svg"]
    assert json.loads(files["package.json"])["name"] == "nasty"


def test_no_file_names_a_registry():
    lock = json.loads(generate(model("recipes"))["package-lock.json"])
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]


def test_a_relation_to_nothing_is_named():
    recipes = model("recipes")
    broken = msgspec.structs.replace(
        recipes,
        relations=(
            *recipes.relations,
            Relation(key="cook", source="recipe", target="cook", title="Cook"),
        ),
    )
    with pytest.raises(ModelError, match="cook"):
        generate(broken)


def test_plan_offers_what_build_has_folders_for():
    """Agents import nothing of each other: this holds the two lists together."""
    automatic = {"rules", "thread", "workflow"}
    assert {module.key for module in modules()} - automatic <= OFFERED


@pytest.mark.parametrize("name", sorted({*NAMES} - {"everything", "nasty", "views"}))
def test_the_models_are_plans_that_plan_accepts(name):
    assert problems(model(name)) == []
