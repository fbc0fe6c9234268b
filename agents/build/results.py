"""What an app's tests came to, as vitest writes it down. Pure but for reading its file."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct


class Outcome(Struct, frozen=True, kw_only=True):
    """One test: its file in the app, its headings with its own name last, and how it went.

    `passed` is None for a test that was skipped.
    """

    file: str
    names: tuple[str, ...]
    passed: bool | None


class Results(Struct, frozen=True, kw_only=True):
    """All tests of a run, with vitest's own counts, and a line for each that failed."""

    tests: tuple[Outcome, ...] = ()
    passed: int | None = None
    failed: int | None = None
    failures: tuple[str, ...] = ()


def read(file: Path, app: Path) -> Results | None:
    """The results of the app in a folder; None when vitest wrote none."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return results(content, app) if isinstance(content, dict) else None


def results(content: dict[str, Any], app: Path) -> Results:
    """The results in vitest's own JSON."""
    files = content.get("testResults") or []
    return Results(
        tests=tuple(
            Outcome(
                file=_within(str(file.get("name", "")), app),
                names=(*map(str, test.get("ancestorTitles") or ()), str(test.get("title", "?"))),
                passed={"passed": True, "failed": False}.get(test.get("status", "")),
            )
            for file in files
            for test in file.get("assertionResults", [])
        ),
        passed=content.get("numPassedTests"),
        failed=content.get("numFailedTests"),
        failures=tuple(
            f"FAILED {test.get('fullName', '?').strip()}: {_why(test)}"
            for file in files
            for test in file.get("assertionResults", [])
            if test.get("status") == "failed"
        ),
    )


def _within(name: str, app: Path) -> str:
    """A file's path in the app; vitest says where it is on the machine."""
    path = PurePosixPath(Path(name).as_posix())
    for folder in (app, app.resolve()):
        if path.is_relative_to(folder.as_posix()):
            return path.relative_to(folder.as_posix()).as_posix()
    return path.name


def _why(test: dict[str, Any]) -> str:
    messages = test.get("failureMessages") or ["?"]
    return str(messages[0]).strip().partition("\n")[0][:300]
