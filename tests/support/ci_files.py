"""Generated CI files as a provider reads them, and their shell steps, to be run on this machine.

What a provider brings and this machine has already is left out: the checkout, Node, the cache and
Debian's packages.
"""

from __future__ import annotations

import json
import subprocess
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
    "github": ".github/workflows/ci.yml",
    "gitlab": ".gitlab-ci.yml",
    "circleci": ".circleci/config.yml",
}
BROUGHT = ("apt-get ",)


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


def load(text: str) -> Any:
    """YAML as plain values; `on` stays a word, as in YAML 1.2."""
    return YAML(typ="safe", pure=True).load(text)


def steps(provider: Provider, files: Mapping[str, str], job: str) -> list[Step]:
    """The shell steps of a job that checks."""
    pipeline = load(files[PIPELINES[provider]])
    found = {"github": _github, "gitlab": _gitlab, "circleci": _circleci}[provider](pipeline, job)
    return [step for step in found if not step.run.startswith(BROUGHT)]


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
