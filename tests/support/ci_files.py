"""Generated CI files as a provider reads them, and their shell steps, to be run on this machine.

What a provider brings and this machine has already is left out: the checkout, Node, the cache and
Debian's packages.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from ruamel.yaml import YAML

from agents.build.generator import generate
from agents.deployment.ci.choice import PLATFORMS, PROVIDERS, Choice, Provider
from agents.deployment.ci.project import Project, read
from agents.deployment.ci.rendering import render
from tests.support.builder import model

CHOICES = {
    f"{provider}-{platform}{'-standalone' if standalone else ''}": Choice(
        provider=provider, platform=platform, standalone=standalone, branch="main"
    )
    for provider in PROVIDERS
    for platform in PLATFORMS
    for standalone in (False, True)
}
PIPELINES: dict[Provider, str] = {
    "github": ".github/workflows/",
    "gitlab": ".gitlab-ci.yml",
    "circleci": ".circleci/config.yml",
}
"""Where each has its jobs: below a folder, or in one file."""
ROOT = Path(__file__).parents[2]
BROUGHT = ("apt-get ",)
EXPRESSION = re.compile(r"\$\{\{ ([^}]+) \}\}|<< ([^>]+) >>")


class Step(Struct, frozen=True):
    """A shell step: its text, and what its job and it add to the environment."""

    run: str
    env: dict[str, str]


def app_project() -> Project:
    """The recipes app, as `genesis ci` sees its folder."""
    return read(generate(model("recipes")), name="recipe-box", output=None)


def site_project(output: str = "dist") -> Project:
    """A site of plain files with a linter and no tests."""
    scripts = {"scripts": {"build": "vite build", "lint": "eslint ."}}
    files = {"package.json": json.dumps(scripts).encode(), "package-lock.json": b"{}"}
    return read(files, name="site", output=output)


def write(folder: Path, project: Project, choice: Choice) -> dict[str, str]:
    """The files, put into a folder."""
    files = render(project, choice)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return files


def package(folder: Path) -> str:
    """This repository as pip takes it, made in a folder: what GENESIS_PACKAGE may be."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (file,) = folder.glob("*.whl")
    return f"genesis-agents[lint] @ {file.as_uri()}"


def load(text: str) -> Any:
    """YAML as plain values; `on` stays a word, as in YAML 1.2."""
    return YAML(typ="safe", pure=True).load(text)


def steps(provider: Provider, files: Mapping[str, str], job: str) -> list[Step]:
    """The shell steps of a job, in whichever of the provider's files it is."""
    pipelines = [load(files[path]) for path in files if path.startswith(PIPELINES[provider])]
    (pipeline,) = (one for one in pipelines if job in one.get("jobs", one))
    found = {"github": _github, "gitlab": _gitlab, "circleci": _circleci}[provider](pipeline, job)
    return [step for step in found if not step.run.startswith(BROUGHT)]


def filled(step: Step, given: Mapping[str, str]) -> Step:
    """A step whose environment has the provider's expressions by what a person set, "" if nobody.

    Secrets, variables, inputs and pipeline parameters are `given` by their own names.
    """

    def value(match: re.Match[str]) -> str:
        names = (one.rpartition(".")[2].strip() for one in (match[1] or match[2]).split("||"))
        return next(filter(None, (given.get(name) for name in names)), "")

    env = {name: EXPRESSION.sub(value, text) for name, text in step.env.items()}
    return Step(step.run, env)


def _github(pipeline: Any, name: str) -> Iterator[Step]:
    job = pipeline["jobs"][name]
    for step in job["steps"]:
        if "run" in step:
            yield Step(step["run"], {**job.get("env", {}), **step.get("env", {})})


def _gitlab(pipeline: Any, name: str) -> Iterator[Step]:
    job: dict[str, Any] = {}
    for parent in pipeline[name].get("extends", []):
        job |= pipeline[parent]
    job |= pipeline[name]
    for line in (*job.get("before_script", ()), *job["script"]):
        yield Step(line, dict(job.get("variables", {})))


def _circleci(pipeline: Any, name: str) -> Iterator[Step]:
    job = pipeline["jobs"][name]
    env = pipeline["executors"][job["executor"]]["docker"][0].get("environment", {})
    for step in job["steps"]:
        if step == "install":
            yield Step("npm ci --prefer-offline", dict(env))
        elif isinstance(step, dict) and "run" in step:
            run = step["run"] if isinstance(step["run"], dict) else {"command": step["run"]}
            yield Step(run["command"], {**env, **run.get("environment", {})})


def run(step: Step, folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does by itself: `bash -e`."""
    return subprocess.run(
        ["bash", "-e", "-c", step.run], cwd=folder, env={**env, **step.env}, check=False,
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600,
    )  # fmt: skip
