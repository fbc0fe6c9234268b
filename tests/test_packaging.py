"""What is installed is this repository, all of it, and made of pinned parts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("agents", "bus", "contracts", "coordinator")
AREAS = ("scout", "plan", "build", "migration", "deployment", "monitoring")
NOT_INSTALLED = (
    f"genesis-agents is not installed in {sys.prefix}, so its packages are found only by chance:"
    " run `python -m pip install --no-deps --no-build-isolation -e .` there"
)
REGISTRIES = (
    "py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com",
    "yarn" + "pkg.com", "npm" + "mirror.com", "proxy.go" + "lang.org", "crates" + ".io",
    "ruby" + "gems.org", "deb." + "debian.org", "security." + "debian.org",
)  # fmt: skip
"""Hosts in two pieces, since this file is searched as well."""


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def repository_files(*paths: str) -> list[Path]:
    """Files of the repository, relative to it: tracked ones, and those to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths],
        cwd=ROOT, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    names = os.fsdecode(listed.stdout).split("\0")
    return sorted({Path(name) for name in names if name and (ROOT / name).is_file()})


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_ours_from_anywhere(package: str) -> None:
    found = subprocess.run(
        [sys.executable, "-P", "-c", f"import {package}; print({package}.__file__)"],
        cwd="/", capture_output=True, text=True, check=False, timeout=60,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert "No module named" not in found.stderr, NOT_INSTALLED
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()) == ROOT / package / "__init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_installs_a_package_of_our_name(package: str) -> None:
    owners = metadata.packages_distributions().get(package, [])
    assert set(owners) <= {"genesis-agents"}


def test_the_installed_version_is_the_repository_s() -> None:
    try:
        installed = metadata.version("genesis-agents")
    except metadata.PackageNotFoundError:
        pytest.fail(NOT_INSTALLED)
    assert installed == project()["project"]["version"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel, really built from this repository."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("*.whl")
    return zipfile.Path(file)


def wheel_files(wheel: zipfile.Path) -> set[Path]:
    return {Path(name) for name in wheel.root.namelist() if not name.endswith("/")}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: zipfile.Path) -> None:
    held = {file for file in wheel_files(wheel) if not file.parts[0].endswith(".dist-info")}
    assert held == set(repository_files(*PACKAGES))


def test_the_wheel_holds_all_six_agents_and_their_data(wheel: zipfile.Path) -> None:
    held = wheel_files(wheel)
    assert {Path("agents", area, "__init__.py") for area in AREAS} <= held
    for folder in ("agents/build/templates", "agents/scout/patterns"):
        assert any(file.is_relative_to(folder) for file in held), folder
    assert Path("contracts/asyncapi.json") in held
    assert Path("coordinator/projection.sql") in held


def test_the_wheel_has_the_version_the_command_and_is_never_published(wheel: zipfile.Path) -> None:
    about = project()["project"]
    info = wheel / f"genesis_agents-{about['version']}.dist-info"
    lines = (info / "METADATA").read_text(encoding="utf-8").splitlines()
    assert "Name: genesis-agents" in lines
    assert f"Version: {about['version']}" in lines
    assert "Classifier: Private :: Do Not Upload" in lines
    assert "genesis = coordinator.cli:main" in (info / "entry_points.txt").read_text()


def test_no_file_names_a_package_registry_s_host() -> None:
    hosts = re.compile("|".join(map(re.escape, REGISTRIES)).encode(), re.IGNORECASE)
    naming = [str(file) for file in repository_files() if hosts.search((ROOT / file).read_bytes())]
    assert naming == [], "a host depends on where it runs: leave it to the client's configuration"


def pins(name: str) -> dict[str, tuple[str, ...]]:
    """The pinned versions of each distribution: more than one where Python's version decides."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for match in re.finditer(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)", text, re.MULTILINE):
        key = canonicalize_name(match["name"])
        found[key] = (*found.get(key, ()), match["version"])
    return found


@pytest.mark.parametrize(
    ("name", "extras"),
    [("requirements.txt", ("local", "lint")), ("requirements-dev.txt", ("local", "lint", "dev"))],
)
def test_the_pinned_requirements_satisfy_the_project(name: str, extras: tuple[str, ...]) -> None:
    about = project()["project"]
    wanted = [*about["dependencies"]]
    for extra in extras:
        wanted += about["optional-dependencies"][extra]
    pinned = pins(name)
    here = {key: str(value) for key, value in default_environment().items()}
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate(here):
            versions = pinned.get(canonicalize_name(requirement.name))
            assert versions is not None, f"{name} lacks {requirement}: compile it again"
            for version in versions:
                assert requirement.specifier.contains(version), f"{requirement} and {version}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pinned_requirement_has_its_digest(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == sum(map(len, pins(name).values()))
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_development_runs_on_the_versions_that_the_product_runs_on() -> None:
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime == {name: development[name] for name in runtime}
