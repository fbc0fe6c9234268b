"""The shell steps of generated pipelines, run here for a generated app on a real PostgreSQL."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from agents.deployment.ci.choice import Choice
from tests.agents.deployment.ci.conftest import commit, git
from tests.support import ci_files
from tests.support.ci_files import CHOICES, Step
from tests.support.postgres import Postgres
from tests.support.sampling import drawn

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("ci-steps")]
APP = ci_files.app_project()
HEART = CHOICES["github-netlify-standalone"]


def run_job(
    choice: Choice, job: str, folder: Path, env: dict[str, str], service: Postgres | None = None
) -> list[str]:
    """Run all steps of a job; what each printed."""
    said = []
    for step in ci_files.steps(choice.provider, ci_files.write(folder, APP, choice), job):
        done = ci_files.run(moved(step, service), folder, env)
        assert done.returncode == 0, f"{step.run}\n{done.stdout}{done.stderr}"
        said.append(done.stdout)
    return said


def moved(step: Step, service: Postgres | None) -> Step:
    """A step with the service where it is here."""
    if service is None:
        return step
    there = f"@127.0.0.1:{service.port}/"
    env = {name: re.sub(r"@[\w.]+:5432/", there, value) for name, value in step.env.items()}
    return Step(step.run, {**env, "PGHOST": "127.0.0.1", "PGPORT": str(service.port)})


def test_an_app_passes_lint_types_build_and_its_own_tests(app, machine, service):
    run_job(HEART, "code", app, machine)
    assert (app / "dist" / "netlify" / "public" / "index.html").is_file()
    said = run_job(HEART, "test", app, machine, service)
    assert "applied 001_accounts.sql" in "".join(said)
    assert " passed" in said[-1]
    assert " failed" not in said[-1]


def migrations(choice: Choice, folder: Path, env: dict[str, str], service: Postgres) -> str:
    """Run the job of the migrations of an installed app; what its first failing step said."""
    files = ci_files.write(folder, APP, choice)
    for step in ci_files.steps(choice.provider, files, "migrations"):
        if step.run.startswith("npm ci"):
            continue
        done = ci_files.run(moved(step, service), folder, env)
        if done.returncode:
            return f"{step.run}\n{done.stdout}{done.stderr}"
    return ""


def add(folder: Path, name: str, up: str, down: str) -> None:
    """A migration on a branch; `main` has everything before it."""
    git(folder, "push", "--quiet", "origin", "main")
    (folder / "migrations" / name).write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")
    commit(folder, f"add {name}")


GOOD = (
    "004_notes.sql",
    "create table notes (id uuid primary key, words text not null);",
    "drop table notes;",
)
HARM = {
    "no way back": (
        "create table notes (id uuid primary key);", "", "004_notes.sql: its way back does not",
    ),
    "a way back that removes more": (
        "create index on recipes (title);", "drop index recipes_title_idx, recipes_label;",
        "004_notes.sql: its way back does not",
    ),
    "a column dropped": (
        "alter table recipes drop column rating;",
        "alter table recipes add column rating smallint;", "ban-drop-column",
    ),
    "no SQL": ("create tabel notes (id uuid);", "drop table notes;", "syntax-error"),
}  # fmt: skip


def test_migrations_that_lead_back_pass(installed, machine, service):
    add(installed, *GOOD)
    assert migrations(HEART, installed, machine, service) == ""


@pytest.mark.parametrize("harm", drawn(1, HARM))
def test_a_migration_that_would_do_harm_is_stopped(installed, machine, service, harm):
    up, down, said = HARM[harm]
    add(installed, "004_notes.sql", up, down)
    assert said in migrations(HEART, installed, machine, service)


def test_a_migration_that_was_merged_may_not_be_changed(installed, machine, service):
    add(installed, *GOOD)
    first = installed / "migrations" / "001_accounts.sql"
    first.write_text(first.read_text() + "-- a word more\n")
    commit(installed, "change what is applied")
    said = migrations(HEART, installed, machine, service)
    assert "may have been applied: migrations/001_accounts.sql" in said


def test_no_test_runs_on_a_database_that_a_variable_of_the_project_names(app, machine, service):
    files = ci_files.write(app, APP, CHOICES["gitlab-netlify-standalone"])
    found = ci_files.steps("gitlab", files, "test")
    (step,) = (moved(step, service) for step in found if "database.sh" in step.run)
    hidden = Step(step.run, {**step.env, "DATABASE_URL": "postgres://live.example.com/app"})
    done = ci_files.run(hidden, app, machine)
    assert done.returncode == 1
    assert "DATABASE_URL names another database" in done.stderr


def test_files_that_call_genesis_say_what_is_to_be_set_where_nobody_did(app, machine):
    files = ci_files.write(app, APP, CHOICES["github-netlify"])
    found = ci_files.steps("github", files, "migrations")
    (step,) = (step for step in found if step.run.endswith("genesis.sh migrate lint"))
    done = ci_files.run(Step(step.run, {"GENESIS_PACKAGE": ""}), app, machine)
    assert done.returncode == 2
    assert "GENESIS_PACKAGE is not set" in done.stderr
    assert "genesis ci --standalone" in done.stderr


def asked(choice: Choice, job: str, given: dict[str, str], folder: Path) -> list[list[str]]:
    """What the steps of a job ask Genesis for, word by word."""
    files = ci_files.write(folder, APP, choice)
    (folder / "scripts/ci/genesis.sh").write_text("printf '%s\\n' \"$@\" --end")
    env = {"PATH": os.environ["PATH"]} | ({} if choice.provider == "github" else given)
    steps = [ci_files.filled(one, given) for one in ci_files.steps(choice.provider, files, job)]
    said = "".join(ci_files.run(step, folder, env).stdout for step in steps)
    return [one.splitlines() for one in said.split("--end\n") if one]


@pytest.mark.parametrize("platform", ["netlify", "vercel"])
@pytest.mark.parametrize("provider", ["github", "gitlab", "circleci"])
def test_every_provider_asks_genesis_for_the_same(provider, platform, tmp_path):
    choice = CHOICES[f"{provider}-{platform}"]
    for environment in ("staging", "production"):
        assert asked(choice, environment, {}, tmp_path) == [
            ["deploy", ".", "--name", "recipe-box", f"--{environment}", "--platform", platform,
             "--yes"],
        ]  # fmt: skip
        before = ["deployments", "rollback", "recipe-box", "--yes", "--platform", platform,
                  "--environment", environment]  # fmt: skip
        for release, more in (("", []), ("a b", ["--to", "a b"])):
            given = {"environment": environment, "release": release}
            given |= {"ROLLBACK": environment, "RELEASE": release, "rollback": environment}
            assert asked(choice, "rollback", given, tmp_path) == [before + more]


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("provider", ["gitlab", "circleci"])
def test_the_steps_of_every_provider_pass(app, machine, service, provider):
    choice = CHOICES[f"{provider}-netlify-standalone"]
    run_job(choice, "code", app, machine)
    run_job(choice, "test", app, machine, service)


@pytest.mark.soak
@pytest.mark.parametrize("provider", ["gitlab", "circleci"])
def test_the_migrations_of_every_provider_pass(installed, machine, service, provider):
    add(installed, *GOOD)
    choice = CHOICES[f"{provider}-netlify-standalone"]
    assert migrations(choice, installed, machine, service) == ""


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> str:
    """This repository as pip takes it."""
    return ci_files.package(tmp_path_factory.mktemp("wheel"))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("provider", ["github", "gitlab", "circleci"])
def test_genesis_is_installed_and_lints_and_proves(
    app, machine, service, package, provider, tmp_path
):
    add(app, *GOOD)
    env = machine | {"RUNNER_TEMP": str(tmp_path / "runner"), "GENESIS_PACKAGE": package}
    choice = CHOICES[f"{provider}-netlify"]
    files = ci_files.write(app, APP, choice)
    said = ""
    for step in ci_files.steps(provider, files, "migrations"):
        there = moved(step, service)
        done = ci_files.run(Step(there.run, {**there.env, "GENESIS_PACKAGE": package}), app, env)
        assert done.returncode == 0, f"{step.run}\n{done.stdout}{done.stderr}"
        said += done.stdout
    assert "4 proved" in said
