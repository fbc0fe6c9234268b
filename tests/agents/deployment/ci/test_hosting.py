"""Previews, releases and rollbacks of generated scripts, by the platforms' real clients."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from agents.deployment.ci import pins
from agents.deployment.ci.choice import Choice
from tests.agents.deployment.ci import clients
from tests.agents.deployment.ci.clients import Hosting
from tests.agents.deployment.ci.conftest import commit, git
from tests.support import ci_files
from tests.support.databases import fetch
from tests.support.netlify_server import Netlify
from tests.support.vercel_server import Vercel

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900), pytest.mark.xdist_group("ci-hosting")]
SERVERS = {"netlify": Netlify, "vercel": lambda: Vercel(loopback=False)}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=SERVERS)
def platform(request) -> str:
    return request.param


@pytest.fixture
def server(platform) -> Iterator[Netlify | Vercel]:
    made = SERVERS[platform]()
    made.start()
    yield made
    made.close()


@pytest.fixture
def hosting(platform, server, machine, tmp_path, tmp_path_factory) -> Hosting:
    client = pins.CLIENTS[platform]
    modules = clients.installed(client, tmp_path_factory.getbasetemp() / platform)
    return getattr(clients, platform)(server, tmp_path / "bin", modules, machine)


def script(folder: Path, hosting: Hosting) -> Run:
    """Runs the generated script in a folder."""

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "scripts/ci/hosting.sh", *words], cwd=folder, check=False,
            env=hosting.env | {"CHECK_TRIES": "2"} | more, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip

    return run


@pytest.fixture
def site(platform, hosting, tmp_path) -> Path:
    """A built site of one page in a repository."""
    folder = tmp_path / "site"
    choice = Choice(provider="github", platform=platform, standalone=True, branch="main")
    ci_files.write(folder, ci_files.site_project(), choice)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    build(folder, "one")
    return folder


def build(folder: Path, words: str) -> None:
    """The site with these words on its page; "" for none at all."""
    (folder / "dist").mkdir(exist_ok=True)
    (folder / "dist" / "style.css").write_text("p{}")
    (folder / "dist" / "index.html").write_text(f"<html>{words}</html>")
    if not words:
        (folder / "dist" / "index.html").unlink()
    commit(folder, words or "nothing")


def seen(hosting: Hosting, url: str) -> str:
    answer = httpx.get(hosting.address(url.strip()), follow_redirects=True)
    return answer.text if answer.status_code == 200 else f"{answer.status_code}"


def done(result: subprocess.CompletedProcess[str]) -> str:
    """The last line of what a step printed, which has to be an address and nothing else."""
    assert result.returncode == 0, result.stdout + result.stderr
    (line,) = result.stdout.splitlines()
    assert line.startswith("http")
    return line


def test_a_release_goes_live_and_back_by_itself_and_by_id(site, hosting):
    run = script(site, hosting)
    url = done(run("release"))
    first = hosting.live()
    assert seen(hosting, url) == "<html>one</html>"
    build(site, "two")
    done(run("release"))
    second = hosting.live()
    assert seen(hosting, url) == "<html>two</html>"
    build(site, "three")
    done(run("release"))
    assert seen(hosting, url) == "<html>three</html>"
    done(run("rollback"))
    assert (hosting.live(), seen(hosting, url)) == (second, "<html>two</html>")
    done(run("rollback"))
    assert (hosting.live(), seen(hosting, url)) == (first, "<html>one</html>")
    done(run("rollback", second))
    assert hosting.live() == second
    assert run("rollback", "nothing").returncode != 0
    assert hosting.live() == second


def test_a_release_that_does_not_answer_leaves_no_trace(site, hosting):
    run = script(site, hosting)
    url = done(run("release"))
    before, kept = hosting.live(), hosting.releases()
    build(site, "")
    failed = run("release")
    assert failed.returncode != 0
    assert "does not answer" in failed.stderr
    assert failed.stdout == ""
    assert (hosting.live(), hosting.releases()) == (before, kept)
    assert seen(hosting, url) == "<html>one</html>"


def test_the_first_release_has_nothing_to_go_back_to(site, hosting):
    run = script(site, hosting)
    done(run("release"))
    live = hosting.live()
    failed = run("rollback")
    assert failed.returncode != 0
    assert "there is no release before" in failed.stderr
    assert hosting.live() == live


def test_a_preview_is_seen_beside_what_is_live_and_is_removed(site, hosting):
    run = script(site, hosting)
    done(run("release"))
    live, kept = hosting.live(), hosting.releases()
    build(site, "seven")
    seven = done(run("preview", "pr-7"))
    build(site, "seven again")
    again = done(run("preview", "pr-7"))
    build(site, "eight")
    eight = done(run("preview", "pr-8"))
    assert seen(hosting, again) == "<html>seven again</html>"
    assert seen(hosting, eight) == "<html>eight</html>"
    assert hosting.live() == live
    assert run("remove", "pr-7").returncode == 0
    assert seen(hosting, seven) != "<html>seven</html>"
    assert seen(hosting, again) != "<html>seven again</html>"
    assert seen(hosting, eight) == "<html>eight</html>"
    assert run("remove", "pr-8").returncode == 0
    assert run("remove", "pr-8").returncode == 0
    assert (hosting.live(), hosting.releases()) == (live, kept)


def test_previews_of_branches_that_are_gone_are_swept(site, hosting, tmp_path):
    run = script(site, hosting)
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    git(site, "remote", "add", "origin", str(tmp_path / "origin.git"))
    for branch in ("feature/One", "feature/two"):
        git(site, "push", "--quiet", "origin", f"main:{branch}")
    gone = done(run("preview", "branch-feature/One"))
    stays = done(run("preview", "branch-feature/two"))
    git(site, "push", "--quiet", "origin", "--delete", "feature/One")
    assert run("sweep", "branch").returncode == 0
    assert seen(hosting, gone) == "404"
    assert seen(hosting, stays) == "<html>one</html>"


def test_a_job_without_its_secrets_says_which_is_missing(site, hosting, platform):
    name = "NETLIFY_AUTH_TOKEN" if platform == "netlify" else "VERCEL_TOKEN"
    failed = script(site, hosting)("release", **{name: ""})
    assert failed.returncode == 1
    assert f"{name} is not set" in failed.stderr


@pytest.mark.parametrize("platform", ["netlify"])
def test_an_app_is_migrated_and_released_with_its_very_build(
    app, machine, server, hosting, service
):
    choice = ci_files.CHOICES["github-netlify-standalone"]
    files = ci_files.write(app, ci_files.app_project(), choice)
    for step in ci_files.steps("github", files, "code"):
        assert ci_files.run(step, app, machine).returncode == 0, step.run
    here = f"127.0.0.1:{service.port}"
    env = machine | {
        "PGHOST": "127.0.0.1", "PGPORT": str(service.port), "PGUSER": "postgres",
        "DATABASE_URL": f"postgres://app@{here}/app",
        "MIGRATE_DATABASE_URL": f"postgres://app_owner@{here}/app",
    }  # fmt: skip
    subprocess.run(["bash", "scripts/ci/database.sh"], cwd=app, env=env, check=True)
    secrets = {
        "DEPLOY_DATABASE_URL": env["DATABASE_URL"],
        "DEPLOY_MIGRATE_DATABASE_URL": env["MIGRATE_DATABASE_URL"],
    }
    server.variables[server.site("shop").id] = {
        "DATABASE_URL": {
            "key": "DATABASE_URL", "scopes": ["builds", "functions", "runtime"],
            "is_secret": False, "values": [{"context": "all", "value": env["DATABASE_URL"]}],
        }
    }  # fmt: skip
    run = script(app, hosting)
    url = done(run("release", **secrets))
    health = httpx.get(f"{url}/api/health").json()
    assert (health["ok"], health["database"]) == (True, "ok")
    assert f'"{health["build"]}"' in (app / "dist" / "build.json").read_text()
    names = asyncio.run(fetch(service.url("app"), "select name from app_migrations order by name"))
    assert names[0] == ("001_accounts.sql",)
    live = hosting.live()
    service.kill()
    failed = run("release", **secrets)
    assert failed.returncode != 0
    assert f"the migrations failed; {live} stays live" in failed.stderr
    assert (hosting.live(), hosting.releases()) == (live, {live})
