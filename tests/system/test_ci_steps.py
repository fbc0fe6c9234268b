"""The steps by which generated CI files have Genesis deploy and roll back, run as a CI does.

Their text and environment are the files'. The runner knows neither the stack's home nor its keys,
only what a person is told to set; the platforms are the emulators that the stack's agents use.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from agents.build.generator import generate
from agents.deployment.ci.project import read
from bus.node import find_node
from bus.settings import load
from coordinator.stack import api
from tests.support import ci_files, netlify_server, vercel_server
from tests.support.builder import model
from tests.support.ci_files import CHOICES, ROOT
from tests.support.local_stack import NODE_CACHE, LocalStack
from tests.support.netlify_server import Netlify
from tests.support.vercel_answers import TEAM
from tests.support.vercel_server import Vercel

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("stack")]
HTML = "<!doctype html>\n<html>\n  <body>one</body>\n</html>\n"
NOTE = "public/ünï cödé.txt"
ASTRAY = ("app.fetch(request", "app.fetch(new Request('https://shop.example/gone', request)")
VITE = {
    "name": "leaflet", "private": True, "type": "module",
    "scripts": {"build": "vite build"}, "devDependencies": {"vite": "8.3.8"},
}  # fmt: skip
KNOWN = ("NATS_", "GENESIS_", "NETLIFY_", "VERCEL_", "GIT_", "PG")
Done = subprocess.CompletedProcess[str]


class Runner:
    """A job's machine, with what a person has set at the provider."""

    def __init__(self, stack: LocalStack, emulated: Netlify | Vercel, place: Path) -> None:
        self.place = place
        place.mkdir()
        here = (Path(sys.executable).parent, Path(find_node(load())).parent)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(KNOWN)}
        self.env = kept | {
            "PATH": ":".join((*map(str, here), os.environ["PATH"])), "CI": "true",
            "GENESIS_HOME": str(place / "genesis"), "RUNNER_TEMP": str(place),
            "WATCH_SECONDS": "0.3", "WATCH_INTERVAL": "0.05",
            "NETLIFY_API_URL": emulated.api, "VERCEL_API_URL": emulated.api,
        }  # fmt: skip
        account = api.person_settings(load(stack.env))
        self.set = {
            "GENESIS_PACKAGE": "the one that is installed", "NATS_URL": account.nats_url,
            "NATS_ACCOUNT": account.nats_account, "NATS_SEED": account.nats_seed.reveal(),
            "NETLIFY_AUTH_TOKEN": netlify_server.TOKEN, "VERCEL_TOKEN": vercel_server.TOKEN,
            "VERCEL_ORG_ID": TEAM["id"],
        }  # fmt: skip

    def has_genesis(self) -> None:
        """Let an earlier step of the job have installed this very Genesis."""
        name = self.set["GENESIS_PACKAGE"]
        summed = subprocess.run(
            ["cksum"], input=name, capture_output=True, text=True, check=True
        ).stdout.strip()  # fmt: skip
        program = self.place / f"genesis-{summed.replace(' ', '-')}" / "bin" / "genesis"
        program.parent.mkdir(parents=True)
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m coordinator.cli "$@"\n'
        )
        program.chmod(0o755)

    def run(self, job: str, files: dict[str, str], folder: Path, choice: str, **asked: str) -> Done:
        """Run a job's steps until one fails; what the last one came to.

        GitHub hands on what the file names; the others have all variables in the environment.
        """
        provider = CHOICES[choice].provider
        given = self.set | asked
        env = self.env if provider == "github" else self.env | given
        done = None
        for step in ci_files.steps(provider, files, job):
            done = ci_files.run(ci_files.filled(step, given), folder, env)
            if done.returncode:
                break
        assert done is not None
        return done


def asked_for(choice: str, environment: str, release: str = "") -> dict[str, str]:
    """What a person fills in for a rollback, by the names that each provider has."""
    where = {"github": "environment", "gitlab": "ROLLBACK", "circleci": "rollback"}
    which = {"github": "release", "gitlab": "RELEASE", "circleci": "release"}
    provider = CHOICES[choice].provider
    return {where[provider]: environment, which[provider]: release}


def commit(folder: Path, message: str) -> None:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", message)):
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def put(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)


def passed(done: Done) -> Done:
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_a_site_goes_live_stays_when_the_next_fails_and_comes_back(
    stack: LocalStack, netlify: Netlify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice, name = "github-netlify", "leaflet"
    folder = tmp_path / name
    put(folder, {"package.json": json.dumps(VITE), "index.html": HTML, NOTE: "one"})
    runner = Runner(stack, netlify, tmp_path / "runner")
    runner.has_genesis()
    lock = ("npm", "install", "--package-lock-only", "--prefer-offline", "--no-audit", "--no-fund")
    cache = {"npm_config_cache": str(NODE_CACHE)}
    subprocess.run(lock, cwd=folder, env=runner.env | cache, check=True, capture_output=True)
    there = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    files = ci_files.write(folder, read(there, name=name, output="dist"), CHOICES[choice])
    commit(folder, "one")

    passed(runner.run("production", files, folder, choice))
    first = netlify.site(name).live
    sent = netlify.bytes_of(first)
    assert json.loads(sent.pop("__version.json"))["build"]
    assert sent == {"index.html": HTML.encode(), "ünï cödé.txt": b"one"}

    put(folder, {NOTE: "two"})
    commit(folder, "two")
    passed(runner.run("production", files, folder, choice))
    second = netlify.site(name).live
    assert netlify.bytes_of(second)["ünï cödé.txt"] == b"two"

    monkeypatch.setattr(netlify, "fails_processing", "the disk of the platform is full")
    put(folder, {NOTE: "three"})
    commit(folder, "three")
    failed = runner.run("production", files, folder, choice)
    assert failed.returncode == 1
    assert "the disk of the platform is full" in failed.stderr
    assert netlify.site(name).live is second

    back = runner.run("rollback", files, folder, choice, **asked_for(choice, "production"))
    assert f"{first.id} is live at" in passed(back).stdout
    assert netlify.site(name).live is first


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("choice", ["github-netlify", "gitlab-vercel", "circleci-netlify"])
def test_an_app_goes_live_stays_when_the_next_is_not_healthy_and_comes_back(
    stack: LocalStack, netlify: Netlify, vercel: Vercel, tmp_path: Path, choice: str
) -> None:
    provider, platform = CHOICES[choice].provider, CHOICES[choice].platform
    emulated: Netlify | Vercel = netlify if platform == "netlify" else vercel
    name, folder = f"recipes-{provider}", tmp_path / "app"
    app = {**generate(model("recipes")), NOTE: b"one"}
    put(folder, app)
    files = ci_files.write(folder, read(app, name=name, output=None), CHOICES[choice])
    commit(folder, "one")
    runner = Runner(stack, emulated, tmp_path / "runner")
    runner.set["GENESIS_PACKAGE"] = ci_files.package(tmp_path)
    address = f"{emulated.http.url}/~/{name}/"

    def served() -> tuple[str, str]:
        """The release that is live, and what it says."""
        site = netlify.site(name) if platform == "netlify" else vercel.project(name)
        health = httpx.get(f"{address}api/health").raise_for_status().json()
        assert (health["ok"], health["database"]) == (True, "ok")
        return site.live.id, httpx.get(f"{address}ünï cödé.txt").text

    passed(runner.run("production", files, folder, choice))
    first = served()
    assert first[1] == "one"

    put(folder, {NOTE: "two"})
    commit(folder, "two")
    passed(runner.run("production", files, folder, choice))
    second = served()
    assert second[1] == "two"

    entry = folder / "server" / f"{platform}.ts"
    entry.write_text(entry.read_text().replace(*ASTRAY))
    commit(folder, "an entry of the platform that leads nowhere")
    failed = runner.run("production", files, folder, choice)
    assert failed.returncode == 1
    assert "is not healthy at" in failed.stderr
    assert served() == second

    passed(runner.run("rollback", files, folder, choice, **asked_for(choice, "production")))
    assert served() == first
    forth = asked_for(choice, "production", second[0])
    passed(runner.run("rollback", files, folder, choice, **forth))
    assert served() == second
    unknown = asked_for(choice, "production", "no-such-release")
    failed = runner.run("rollback", files, folder, choice, **unknown)
    assert failed.returncode == 1
    assert "there is no release no-such-release" in failed.stderr
    assert served() == second
