"""What npm's registry knows against the packages that an app runs with.

The registry is the one that npm is set up for, also by a `.npmrc` in the folder. When it cannot be
asked, nothing is known, and that is said and not held against the app.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from agents.deployment.validation import SHOWN, Finding
from bus.node import NodeMissing, find_node, find_npm
from bus.settings import Settings

CHECK = "audit"
FILES = ("package.json", "package-lock.json", ".npmrc")
GRAVE = ("high", "critical")
"""Severities that a deployment to production does not pass with."""
PATIENCE = 60.0
"""Seconds that npm may take."""


class Advisory(Struct, frozen=True):
    """A problem of a package itself, as npm tells it."""

    title: str = ""
    url: str = ""


class Vulnerability(Struct, frozen=True):
    """A package with a problem, of its own or of what it needs (then `via` has names)."""

    name: str
    severity: Literal["info", "low", "moderate", "high", "critical"]
    via: tuple[str | Advisory, ...] = ()


class Report(Struct, frozen=True):
    """What `npm audit --json` prints; without `vulnerabilities` it could not be made."""

    vulnerabilities: dict[str, Vulnerability] | None = None
    message: str = ""


class Audited(Struct, frozen=True):
    """What speaks against the packages; `unknown` is why nobody knows, "" when it is known."""

    findings: tuple[Finding, ...] = ()
    unknown: str = ""


def audit(files: Mapping[str, bytes], settings: Settings) -> Audited:
    """Ask about an app's packages, those that only its build needs left out. Blocking."""
    if "package-lock.json" not in files:
        return Audited()
    try:
        node = find_node(settings)
    except NodeMissing as error:
        return Audited(unknown=str(error))
    npm = find_npm(node)
    if npm is None:
        return Audited(unknown=f"there is no npm beside {node}")
    with tempfile.TemporaryDirectory() as place:
        for name in FILES:
            if name in files:
                (Path(place) / name).write_bytes(files[name])
        try:
            done = subprocess.run(
                [
                    node, npm, "audit", "--json", "--package-lock-only", "--omit=dev",
                    "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
                ],
                cwd=place, capture_output=True, text=True, errors="replace", timeout=PATIENCE,
                check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Audited(unknown=f"npm did not answer within {PATIENCE:g} s")
    return read(done.stdout)


def read(printed: str) -> Audited:
    """What npm's report says. Pure."""
    try:
        report = msgspec.json.decode(printed or "{}", type=Report)
    except msgspec.DecodeError as error:
        return Audited(unknown=f"what npm said cannot be read: {error}")
    if report.vulnerabilities is None:
        return Audited(unknown=(report.message or "npm said nothing")[:200])
    grave = [one for one in report.vulnerabilities.values() if one.severity in GRAVE]
    if not grave:
        return Audited()
    worst = sorted(grave, key=lambda one: (GRAVE[::-1].index(one.severity), one.name))
    more = f"; and {len(worst) - SHOWN} more" if len(worst) > SHOWN else ""
    problem = "; ".join(_said(one) for one in worst[:SHOWN]) + more
    return Audited((Finding(CHECK, problem, "run `npm audit fix`, or replace the package"),))


def _said(one: Vulnerability) -> str:
    own = next((each for each in one.via if isinstance(each, Advisory)), None)
    why = f"{own.title} ({own.url})" if own else f"by {', '.join(map(str, one.via))}"
    return f"{one.name} ({one.severity}): {why}"
