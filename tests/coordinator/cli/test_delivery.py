"""`genesis ci` writes into a folder, and never over what somebody else wrote."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from agents.build.generator import generate
from coordinator.cli.commands import app as commands_of
from tests.support.builder import model

WORKFLOW = ".github/workflows/ci.yml"


@pytest.fixture
def app(work: Path) -> Path:
    for path, content in generate(model("recipes")).items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)
    return work


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


async def test_it_writes_the_files_and_says_what_has_to_be_set(genesis, app):
    done = await genesis("ci", "--provider", "github", "--name", "recipe-box")
    assert done.code == 0
    assert f"written    {WORKFLOW}" in done.out
    assert "NETLIFY_AUTH_TOKEN: secret" in done.out
    assert "--name recipe-box --production" in (app / ".github/workflows/deploy.yml").read_text()


async def test_a_second_time_changes_nothing(genesis, app):
    await genesis("ci", "--provider", "gitlab", "--standalone")
    before = genesis.files()
    done = await genesis("ci", "--provider", "gitlab", "--standalone")
    assert done.code == 0
    assert {line.partition("  ")[0] for line in done.out.splitlines()} == {"as it was"}
    assert genesis.files() == before


async def test_a_file_that_differs_stays_and_nothing_else_is_written(genesis, app):
    (app / ".github/workflows").mkdir(parents=True)
    (app / WORKFLOW).write_text("name: mine\n")
    before = genesis.files()
    done = await genesis("ci", "--provider", "github")
    assert done.code == 1
    assert WORKFLOW in done.err
    assert "--force" in done.err
    assert genesis.files() == before
    shown = await genesis("ci", "--provider", "github", "--dry-run")
    assert shown.code == 1
    assert f"differs    {WORKFLOW}" in shown.out
    assert "    -name: mine" in shown.out
    assert genesis.files() == before


async def test_force_replaces_it_with_the_rights_that_it_had(genesis, app):
    (app / "scripts/ci").mkdir(parents=True)
    script = app / "scripts/ci/hosting.sh"
    script.write_text("echo mine\n")
    script.chmod(0o755)
    done = await genesis("ci", "--provider", "github", "--force")
    assert done.code == 0
    assert "replaced   scripts/ci/hosting.sh" in done.out
    assert "echo mine" not in script.read_text()
    assert script.stat().st_mode & 0o777 == 0o755


async def test_a_dry_run_writes_nothing(genesis, app):
    before = genesis.files()
    done = await genesis("ci", "--provider", "circleci", "--dry-run")
    assert done.code == 0
    assert "new        .circleci/config.yml" in done.out
    assert genesis.files() == before


async def test_json_has_every_text_and_setting(genesis, app):
    done = await genesis("ci", "--provider", "github", "--json")
    (said,) = done.events
    assert said["written"] is True
    assert {one["path"]: one["text"] for one in said["files"]} == {
        one["path"]: (app / one["path"]).read_text() for one in said["files"]
    }
    assert said["settings"][0]["needs"][0]["name"] == "GENESIS_PACKAGE"
    (app / WORKFLOW).write_text("name: mine\n")
    refused = await genesis("ci", "--provider", "github", "--json")
    (said,) = refused.events
    assert (refused.code, said["written"]) == (1, False)
    assert (app / WORKFLOW).read_text() == "name: mine\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--provider"),
        (("--provider", "jenkins"), "jenkins"),
        (("--provider", "github", "--platform", "local"), "local"),
        (("--provider", "github", "--name", "Not A Name"), "no name for an app"),
        (("--provider", "github", "--branch", "x: {y}"), "cannot hold"),
        (("--provider", "github", "nowhere"), "is no folder"),
        (("--provider", "github", "src"), "no package.json"),
    ],
)
async def test_what_cannot_be_used_is_a_usage_error_and_writes_nothing(
    genesis, app, arguments, said
):
    before = genesis.files()
    done = await genesis("ci", *arguments)
    assert done.code == 2
    assert said in done.out + done.err
    assert genesis.files() == before


async def test_a_folder_inside_of_a_repository_is_refused(genesis, app):
    git(app.parent, "init", "--quiet")
    done = await genesis("ci", "--provider", "github")
    assert done.code == 2
    assert "work/ of its repository" in done.err
    assert not (app / ".github").exists()


async def test_a_link_out_of_the_folder_is_not_followed(genesis, app, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (app / ".github").symlink_to(tmp_path / "elsewhere")
    done = await genesis("ci", "--provider", "github")
    assert done.code == 2
    assert "leads out of the folder" in done.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_the_branch_is_the_one_that_git_says(genesis, app):
    git(app, "init", "--quiet", "--initial-branch", "trunk")
    git(app, "commit", "--quiet", "--allow-empty", "--message", "x")
    done = await genesis("ci", "--provider", "github", "--json")
    texts = {one["path"]: one["text"] for one in json.loads(done.out)["files"]}
    assert 'branches: ["trunk"]' in texts[".github/workflows/deploy.yml"]
    assert "origin/trunk" in texts["scripts/ci/migrations.sh"]


async def test_a_site_of_plain_files_gets_files_without_a_database(genesis, work):
    package = {"scripts": {"build": "vite build"}, "devDependencies": {"vite": "8"}}
    (work / "package.json").write_text(json.dumps(package))
    (work / "package-lock.json").write_text("{}")
    done = await genesis("ci", "--provider", "github", "--standalone", "--platform", "vercel")
    assert done.code == 0
    assert "postgres" not in (work / WORKFLOW).read_text()
    assert "cp -R dist .vercel/output/static" in (work / "scripts/ci/hosting.sh").read_text()


@pytest.mark.parametrize("provider", ["github", "gitlab", "circleci"])
async def test_what_the_files_ask_of_genesis_is_what_it_understands(genesis, app, provider):
    await genesis("ci", "--provider", provider, "--name", "recipe-box", "--platform", "vercel")
    texts = [path.read_text() for path in (*app.glob(".*.yml"), *app.glob(".*/**/*.yml"))]
    asked = re.findall(
        r"genesis\.sh ((?:deploy|deployments|migrate)\b.*(?:\\?\n +--.*)*)", "".join(texts)
    )
    commands = [shlex.split(re.sub(r"\\\n|\$\{RELEASE:\+(.*)\}", r"\1", one)) for one in asked]
    assert {words[0] for words in commands} == {"deploy", "deployments", "migrate"}
    for words in commands:
        if words[0] == "migrate":
            assert words[1] in ("lint", "verify")
            continue
        command, bound, _ = commands_of.parse_args(words, exit_on_error=False, print_error=False)
        assert command.__name__ == ("deploy" if words[0] == "deploy" else "rollback")
        assert bound.arguments["platform"] == "vercel"
        assert bound.arguments["yes"] is True
    staging = next(words for words in commands if "--staging" in words)
    shown = await genesis(*staging, "--dry-run")
    assert "would deploy  recipe-box to staging on vercel" in shown.out
