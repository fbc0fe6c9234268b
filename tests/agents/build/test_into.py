"""An app whose owner changed it in ten places, brought to another model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.build import agent, cli
from agents.build import database as databases
from agents.build.generator import generate, generate_app
from bus import archive
from contracts.messages import BuildRun
from contracts.model import AppModel, Plan, encode_plan
from tests.support import evolving
from tests.support.builder import model

ANN = "00000000-0000-7000-8000-00000000000a"
NEXT = "migrations/004_add_origin.sql"


def write(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def edit(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text()
    assert text.count(old) >= 1, (path, old)
    (folder / path).write_text(text.replace(old, new, 1))


def after() -> AppModel:
    """Recipes with an origin, a season that is required, a fourth difficulty, for guests too."""
    data: dict[str, Any] = msgspec.to_builtins(model("recipes"))
    recipe = data["entities"][0]
    fields = [each for each in recipe["fields"] if each["key"] != "vegetarian"]
    next(each for each in fields if each["key"] == "difficulty")["options"] += ("heroic",)
    recipe["fields"] = [
        *fields,
        {"key": "origin", "title": "Origin", "max_length": 60},
        {"key": "season", "title": "Season", "type": "enum", "options": ["summer", "winter"],
         "required": True},
    ]  # fmt: skip
    for row in recipe["seed"]:
        row.pop("vegetarian")
        row["season"] = "summer"
    data["features"] = [{"key": "comments", "entities": ["recipe"]}]
    return msgspec.convert(data, AppModel)


def plan(app: AppModel) -> Plan:
    return Plan(model=app)


@pytest.fixture
def folder(tmp_path) -> Path:
    """The recipes app as `genesis build` wrote it."""
    place = tmp_path / "recipe-box"
    write(place, generate(model("recipes")))
    (place / "genesis.plan.json").write_bytes(encode_plan(plan(model("recipes"))))
    (place / "node_modules").mkdir()
    (place / ".env").write_text("DATABASE_URL=postgres://mine\n")
    return place


def ten_edits(folder: Path) -> dict[str, str]:
    """Changes by hand, each in another kind of file; by path a text that must stay."""
    edit(
        folder, "shared/entities/recipe.ts", 'titlePlural: "Recipes"', 'titlePlural: "Our recipes"'
    )
    edit(folder, "src/pages/LogIn.tsx", "import ", "// Our own greeting.\nimport ")
    edit(folder, "src/styles.css", "\n", "\n.ours { color: var(--text); }\n")
    edit(folder, "README.md", "## Start", "Ask Ann about the kitchen.\n\n## Start")
    edit(folder, "package.json", '"private": true,', '"private": true,\n  "license": "MIT",')
    write(folder, {"src/lib/mine.ts": b"export const mine = 42;\n"})
    (folder / "src/pages/Text.tsx").rename(folder / "src/pages/Plain.tsx")
    app = (folder / "src/App.tsx").read_text()
    (folder / "src/App.tsx").write_text(app.replace("./pages/Text'", "./pages/Plain'"))
    edit(folder, "migrations/002_categories.sql", "-- migrate:up\n", "-- migrate:up\n-- Ours.\n")
    edit(folder, "tests/seed.test.ts", "\n", "\n// Checked on Fridays.\n")
    edit(
        folder, "server/app.ts", "app.get('/health'",
        "app.get('/hello', (c) => c.json({ hello: 'kitchen' }));\napp.get('/health'",
    )  # fmt: skip
    write(
        folder,
        {
            "tests/hello.test.ts": b"import { expect, it } from 'vitest';\n"
            b"import { app } from '../server/app';\nimport { mine } from '../src/lib/mine';\n\n"
            b"it('says hello', async () => {\n"
            b"  expect(mine).toBe(42);\n"
            b"  expect(await (await app.request('/api/hello')).json())"
            b".toEqual({ hello: 'kitchen' });\n});\n"
        },
    )
    return {
        "shared/entities/recipe.ts": "Our recipes",
        "src/pages/LogIn.tsx": "// Our own greeting.",
        "src/styles.css": ".ours { color",
        "README.md": "Ask Ann about the kitchen.",
        "package.json": '"license": "MIT"',
        "src/lib/mine.ts": "42",
        "src/pages/Plain.tsx": "",
        "migrations/002_categories.sql": "-- Ours.",
        "tests/seed.test.ts": "// Checked on Fridays.",
        "server/app.ts": "app.get('/hello'",
    }


@pytest.mark.timeout(240)
async def test_ten_edits_are_kept_rows_survive_and_its_tests_pass(folder, builder, postgres):
    kept = ten_edits(folder)
    applied = {path.name: path.read_text() for path in (folder / "migrations").glob("*.sql")}
    before = archive.read_folder(folder)
    opened = cli.read(folder)
    merged, text = cli.merge(opened, plan(after()))
    assert merged.conflicts == ()
    assert archive.read_folder(folder) == before

    artifacts = builder.artifacts
    command = BuildRun(
        pipeline="into", timeout=300, app="recipe-box",
        plan=await artifacts.put(text), source=await artifacts.put(archive.pack(merged.files)),
    )  # fmt: skip
    made = await agent.run(command, builder.context("into"))
    assert all(check.ok for check in made.checks)
    assert made.simulated == generate_app(after()).notes
    cli.write(opened, merged)

    for path, words in kept.items():
        assert words in (folder / path).read_text(), path
    assert not (folder / "src/pages/Text.tsx").exists()
    assert (folder / ".env").read_text() == "DATABASE_URL=postgres://mine\n"
    entity = (folder / "shared/entities/recipe.ts").read_text()
    assert "origin" in entity
    assert "vegetarian" not in entity
    now = {path.name: path.read_text() for path in sorted((folder / "migrations").glob("*.sql"))}
    assert {name: now[name] for name in applied} == applied
    (new,) = now.keys() - applied.keys()
    assert merged.migration == f"migrations/{new}"
    assert "Every row of recipes gets 'summer' as season, which is required" in merged.notes
    await rows_survive(applied, now[new], postgres.url())

    again, _ = cli.merge(cli.read(folder), plan(after()))
    assert again.migration == ""
    assert {action.kind for action in again.actions} <= {"keep", "absent"}
    assert again.files == archive.read_folder(folder)


async def rows_survive(applied: dict[str, str], new: str, url: str) -> None:
    """The database of the app before is the one of the app after, with every row."""
    async with databases.temporary(url, f"into{os.getpid()}") as database:
        connection = await evolving.owner(database.owner)
        await evolving.up(connection, dict(sorted(applied.items())))
        old = await evolving.schema(connection)
        async with connection.transaction():
            await connection.execute("select set_config('app.user_id', $1, true)", ANN)
            await connection.execute(
                "insert into app_users (id, email, name, password_hash, role)"
                " values ($1, 'ann@example.com', 'Ann', 'x', 'member')", ANN,
            )  # fmt: skip
            await connection.execute("insert into categories (name) values ('Soups')")
            await connection.execute(
                "insert into recipes (title, vegetarian, instructions, category_id)"
                " select 'Lentil soup', true, 'Simmer.', id from categories"
            )
        await evolving.up(connection, [new])
        schema = evolving.without_removed(await evolving.schema(connection))
        async with connection.transaction():
            await connection.execute("select set_config('app.user_id', $1, true)", ANN)
            (row,) = await connection.fetch("select * from recipes")
        assert (row["title"], row["origin"], row["season"]) == ("Lentil soup", None, "summer")
        assert [value for key, value in row.items() if key.startswith("vegetarian_removed")] == [
            True
        ]
        await evolving.down(connection, new)
        assert await evolving.schema(connection) == old
        await evolving.empty(connection)
        await evolving.up(connection, evolving.scripts(after()))
        assert await evolving.schema(connection) == schema
        await connection.close()


def test_both_versions_are_marked_and_must_be_chosen_from(folder):
    title = "# Recipe Box"
    edit(folder, "README.md", title, "# Ann's recipes")
    data = msgspec.to_builtins(model("recipes"))
    data["app"]["name"] = "Cook Book"
    renamed = plan(msgspec.convert(data, AppModel))
    opened = cli.read(folder)
    merged, _ = cli.merge(opened, renamed)
    assert [(action.path, action.why) for action in merged.conflicts] == [
        ("README.md", "1 conflict in it")
    ]
    cli.write(opened, merged)
    text = (folder / "README.md").read_text()
    assert text.startswith(
        "<<<<<<< yours\n# Ann's recipes\n||||||| generated before\n# Recipe Box\n=======\n"
        "# Cook Book\n>>>>>>> generated now\n"
    )
    with pytest.raises(cli.IntoError, match=r"still marked in README\.md"):
        cli.merge(cli.read(folder), renamed)
    (folder / "README.md").write_text(text.split(">>>>>>> generated now\n")[1])
    merged, _ = cli.merge(cli.read(folder), renamed)
    assert merged.conflicts == ()


def test_a_file_that_the_app_no_longer_has_is_removed_unless_it_was_changed(folder):
    data = msgspec.to_builtins(model("recipes"))
    data["features"] = [{"key": "comments", "entities": ["recipe"]}]
    with_comments = plan(msgspec.convert(data, AppModel))
    opened = cli.read(folder)
    merged, _ = cli.merge(opened, with_comments)
    cli.write(opened, merged)
    own = folder / "src/features/comments.tsx"
    assert own.exists()
    opened = cli.read(folder)
    assert opened.plan.model == with_comments.model
    merged, _ = cli.merge(opened, plan(model("recipes")))
    assert "src/features/comments.tsx" in merged.removed
    own.write_text(own.read_text() + "// Ours.\n")
    opened = cli.read(folder)
    merged, _ = cli.merge(opened, plan(model("recipes")))
    assert [(each.path, each.why) for each in merged.conflicts] == [
        ("src/features/comments.tsx", "you changed it, and the app no longer has it")
    ]
    own.write_bytes(generate(with_comments.model)["src/features/comments.tsx"])
    opened = cli.read(folder)
    merged, _ = cli.merge(opened, plan(model("recipes")))
    cli.write(opened, merged)
    assert not own.exists()
    names = sorted(path.name for path in (folder / "migrations").iterdir())
    assert names[-2:] == [
        "004_add_app_comments_recipes.sql", "005_remove_app_comments_recipes.sql",
    ]  # fmt: skip


def test_a_folder_that_changes_meanwhile_is_not_written(folder):
    opened = cli.read(folder)
    merged, _ = cli.merge(opened, plan(after()))
    edit(folder, "README.md", "## Start", "## Begin")
    before = archive.read_folder(folder)
    with pytest.raises(cli.IntoError, match="changed in the meantime; nothing was written"):
        cli.write(opened, merged)
    assert archive.read_folder(folder) == before


def test_a_run_that_was_cut_short_is_done_again_with_the_same_migration(folder):
    opened = cli.read(folder)
    merged, _ = cli.merge(opened, plan(after()))
    write(folder, {merged.migration: merged.files[merged.migration]})
    again, _ = cli.merge(cli.read(folder), plan(after()))
    assert again.migration == merged.migration
    assert again.files == merged.files


def test_a_migration_comes_after_those_of_the_owner(folder):
    mine = b"-- migrate:up\ncreate table mine (id int);\n-- migrate:down\ndrop table mine;\n"
    write(folder, {"migrations/020_mine.sql": mine})
    merged, _ = cli.merge(cli.read(folder), plan(after()))
    assert merged.migration.startswith("migrations/021_")
    write(folder, {"migrations/999_last.sql": mine})
    with pytest.raises(cli.IntoError, match=r"no name can follow migrations/999_last\.sql"):
        cli.merge(cli.read(folder), plan(after()))


@pytest.mark.parametrize("name", ["genesis.plan.json", "genesis.model.json"])
def test_the_model_in_the_folder_can_be_edited_itself(folder, name):
    data = after()
    content = encode_plan(plan(data)) if "plan" in name else msgspec.json.encode(data)
    (folder / name).write_bytes(content)
    opened = cli.read(folder)
    assert opened.edited == name
    assert opened.plan.model == data
    merged, _ = cli.merge(opened, opened.plan)
    cli.write(opened, merged)
    assert cli.read(folder).edited == ""
    assert (folder / "genesis.model.json").read_bytes() == generate(data)["genesis.model.json"]


def test_two_edited_models_are_refused(folder):
    (folder / "genesis.plan.json").write_bytes(encode_plan(plan(after())))
    data = msgspec.to_builtins(model("recipes"))
    data["app"]["name"] = "Other"
    (folder / "genesis.model.json").write_bytes(msgspec.json.encode(data))
    with pytest.raises(cli.IntoError, match="both changed, and say different things"):
        cli.read(folder)


def test_an_app_keeps_its_name(folder):
    data = msgspec.to_builtins(after())
    data["app"]["slug"] = "another"
    merged, text = cli.merge(cli.read(folder), plan(msgspec.convert(data, AppModel)))
    assert b'"slug": "recipe-box"' in merged.files["genesis.model.json"]
    assert merged.files["genesis.plan.json"] == text


def test_a_folder_that_genesis_did_not_make_is_refused(folder, tmp_path):
    with pytest.raises(cli.IntoError, match="is no folder"):
        cli.read(tmp_path / "none")
    (folder / ".genesis/manifest.json").unlink()
    with pytest.raises(cli.IntoError, match="is no app that Genesis can change: it has no"):
        cli.read(folder)


def test_without_git_nothing_is_merged(folder, monkeypatch):
    ten_edits(folder)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(cli.IntoError, match="git is not installed") as caught:
        cli.merge(cli.read(folder), plan(after()))
    assert caught.value.hint == "install git, and build again"
