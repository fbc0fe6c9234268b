"""What generated CI files say, for every provider, platform and mode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from agents.build.generator import generate
from agents.deployment.ci.needed import needed
from agents.deployment.ci.project import CiError, read
from agents.deployment.ci.rendering import render
from tests.support import ci_files
from tests.support.builder import model
from tests.support.ci_files import CHOICES

APP, SITE = ci_files.app_project(), ci_files.site_project()
EVERY = pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
GITHUB = pytest.mark.parametrize(
    "choice",
    [one for one in CHOICES.values() if one.provider == "github"],
    ids=[name for name, one in CHOICES.items() if one.provider == "github"],
)
PASSED = re.compile(r"\$\{\{ (?:(?:secrets|vars)\.[A-Z_]+(?: \|\| vars\.[A-Z_]+)?) \}\}")


def workflows(files: dict[str, str]) -> dict[str, Any]:
    return {
        path.rpartition("/")[2].removesuffix(".yml"): ci_files.load(text)
        for path, text in files.items()
        if path.startswith(".github/workflows/")
    }


def jobs(files: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for name, workflow in workflows(files).items():
        for job, content in workflow["jobs"].items():
            yield f"{name}.{job}", content


@EVERY
@pytest.mark.parametrize("project", [APP, SITE], ids=["app", "site"])
def test_the_same_folder_gets_the_same_files(project, choice):
    files = render(project, choice)
    assert files == render(project, choice)
    assert all(text.endswith("\n") and "\n\n\n" not in text for text in files.values())
    assert all("<%" not in text and "@{" not in text for text in files.values())


@EVERY
@pytest.mark.parametrize("project", [APP, SITE], ids=["app", "site"])
def test_standalone_files_name_nothing_of_genesis(project, choice):
    lines = "\n".join(render(project, choice).values()).splitlines()
    naming = [line for line in lines if "genesis" in line.lower() and "Made by" not in line]
    assert bool(naming) is not choice.standalone


@GITHUB
@pytest.mark.parametrize("project", [APP, SITE], ids=["app", "site"])
def test_actions_are_named_by_commit_with_their_version(project, choice):
    used = re.findall(r"uses: (.+)", "\n".join(render(project, choice).values()))
    others = [one for one in used if one != "./.github/workflows/ci.yml"]
    assert others
    for one in others:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)


@GITHUB
@pytest.mark.parametrize("project", [APP, SITE], ids=["app", "site"])
def test_jobs_may_read_the_repository_and_nothing_more_and_end_in_time(project, choice):
    files = render(project, choice)
    assert all(one["permissions"] == {"contents": "read"} for one in workflows(files).values())
    for name, job in jobs(files):
        assert job.get("permissions", {"contents": "read"}) == {"contents": "read"}, name
        assert "uses" in job or 0 < job["timeout-minutes"] <= 30, name


@GITHUB
def test_secrets_reach_single_steps_and_never_a_command(choice):
    for name, job in jobs(render(APP, choice)):
        assert "secrets." not in str(job.get("env", "")), name
        for step in job.get("steps", ()):
            assert "${{" not in step.get("run", ""), name
            for value in step.get("env", {}).values():
                assert "secrets." not in value or PASSED.fullmatch(value), value


@GITHUB
def test_production_comes_after_staging_in_an_environment_that_can_ask(choice):
    found = workflows(render(APP, choice))["deploy"]
    assert found["on"] == {"push": {"branches": ["main"]}}
    staging, production = found["jobs"]["staging"], found["jobs"]["production"]
    assert staging["needs"] == "checks"
    assert production["needs"] == "staging"
    assert production["environment"]["name"] == "production"
    assert production["concurrency"] == {"group": "production", "cancel-in-progress": False}
    rollback = workflows(render(APP, choice))["rollback"]
    assert set(rollback["on"]) == {"workflow_dispatch"}
    assert rollback["on"]["workflow_dispatch"]["inputs"]["release"]["required"] is False
    assert rollback["jobs"]["rollback"]["concurrency"]["group"] == "${{ inputs.environment }}"


@GITHUB
def test_a_preview_is_removed_when_its_pull_request_closes(choice):
    found = workflows(render(APP, choice))["preview"]
    assert found["on"]["pull_request"]["types"][-1] == "closed"
    deploy, remove = found["jobs"]["deploy"], found["jobs"]["remove"]
    assert deploy["if"].startswith("github.event.action != 'closed'")
    assert remove["if"].startswith("github.event.action == 'closed'")
    for job in (deploy, remove):
        assert "head.repo.full_name == github.repository" in job["if"]


@pytest.mark.parametrize("platform", ["netlify", "vercel"])
@pytest.mark.parametrize("mode", ["", "-standalone"])
def test_gitlab_waits_for_somebody_before_production_and_stops_previews(platform, mode):
    found = ci_files.load(render(APP, CHOICES[f"gitlab-{platform}{mode}"])[".gitlab-ci.yml"])
    (rule,) = found["production"]["rules"]
    assert (rule["when"], rule["allow_failure"]) == ("manual", False)
    assert found["production"]["resource_group"] == "production"
    assert found["rollback"]["resource_group"] == "$ROLLBACK"
    assert found["preview"]["environment"]["on_stop"] == "remove-preview"
    assert found["remove-preview"]["environment"]["action"] == "stop"


@pytest.mark.parametrize("platform", ["netlify", "vercel"])
@pytest.mark.parametrize("mode", ["", "-standalone"])
def test_circleci_waits_for_somebody_before_production(platform, mode):
    found = ci_files.load(
        render(APP, CHOICES[f"circleci-{platform}{mode}"])[".circleci/config.yml"]
    )
    steps = {name: one for each in found["workflows"]["delivery"]["jobs"] if isinstance(each, dict)
             for name, one in each.items()}  # fmt: skip
    assert steps["approve"] == {
        "type": "approval", "requires": ["staging"], "filters": steps["staging"]["filters"],
    }  # fmt: skip
    assert steps["production"]["requires"] == ["approve"]
    assert steps["staging"]["requires"] == ["code", "test", "migrations"]


@EVERY
def test_every_name_that_a_person_has_to_set_is_used_and_every_one_used_is_told(choice):
    text = "\n".join(render(APP, choice).values())
    told = {need.name for place in needed(APP, choice) for need in place.needs}
    names = {name for name in told if name.isupper()}
    assert all(re.search(rf"\b{name}\b", text) for name in names)
    used = set(re.findall(r"(?:secrets|vars)\.([A-Z_]+)", text))
    assert used <= names


@EVERY
def test_a_site_of_plain_files_has_no_database_and_no_test_that_is_not_there(choice):
    files = render(SITE, choice)
    text = "\n".join(files.values())
    assert "postgres" not in text
    assert "npm test" not in text
    assert "npm run typecheck" not in text
    assert "npm run lint" in text


def test_the_branch_and_the_version_of_node_are_the_projects_own():
    files = {**generate(model("recipes")), ".nvmrc": b"v24.1.0\n"}
    project = read(files, name="recipe-box", output=None)
    github = render(project, CHOICES["github-netlify"])[".github/workflows/ci.yml"]
    assert "node-version-file: .nvmrc" in github
    gitlab = ci_files.load(render(project, CHOICES["gitlab-netlify"])[".gitlab-ci.yml"])
    assert gitlab["default"]["image"] == "node:24.1.0-bookworm"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no package.json"),
        ({"package.json": b"{"}, "cannot be read"),
        ({"package.json": b'"x"', "package-lock.json": b""}, "neither an app"),
        ({"package.json": b'{"scripts": {"build": "x"}}'}, "no package-lock.json"),
        ({"package.json": b"{}", "package-lock.json": b"", "server/node.ts": b""}, "no script"),
    ],
)
def test_a_folder_that_nothing_can_be_made_for_is_told_why(files, said):
    with pytest.raises(CiError, match=said):
        read(files, name="x", output=None)
