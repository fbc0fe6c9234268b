"""The plain uses of the commands that run often, without importing a command-line library.

run(arguments) -> exit code, or None for what cyclopts has to read: help, mistakes, the rest
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Option(NamedTuple):
    """Where a value goes (`options`, `care` or the function itself), as what; None for a flag."""

    group: str
    field: str
    kind: Callable[[str], Any] | None = None
    value: bool = True


_OPTIONS = {
    "--database-url": Option("options", "database_url", str),
    "--environment": Option("options", "environment", str),
    "-e": Option("options", "environment", str),
    "--dir": Option("options", "dir", Path),
    "--format": Option("options", "format", str),
    "--history-table": Option("options", "table", str),
    "--json": Option("options", "json"),
}
_CARE = {
    "--lock-wait": Option("care", "lock_wait", float),
    "--lock-timeout": Option("care", "lock_timeout", float),
    "--statement-timeout": Option("care", "statement_timeout", float),
    "--retries": Option("care", "retries", int),
    "--backup": Option("care", "backup"),
    "--no-backup": Option("care", "backup", value=False),
    "--backup-dir": Option("care", "backup_dir", Path),
    "--fingerprints": Option("care", "fingerprints"),
    "--no-fingerprints": Option("care", "fingerprints", value=False),
    "--per-statement": Option("care", "per_statement"),
    "--by": Option("care", "by", str),
    "--approved-by": Option("care", "approved_by", str),
}
_UP = {
    "--steps": Option("", "steps", int),
    "--to": Option("", "to", str),
    "--plan": Option("", "plan", Path),
}
_DOWN = {
    "--steps": Option("", "steps", int),
    "--to": Option("", "to", str),
    "--all": Option("", "all"),
}
_STATUS = {"--check": Option("", "check"), "--quiet": Option("", "quiet")}

COMMANDS: Mapping[str, tuple[str, str, Mapping[str, Option]]] = {
    "up": ("up", "up", {**_OPTIONS, **_CARE, **_UP}),
    "down": ("down", "down", {**_OPTIONS, **_CARE, **_DOWN}),
    "status": ("status", "status", {**_OPTIONS, **_STATUS}),
    "list": ("status", "list_", dict(_OPTIONS)),
}


def parse(arguments: Sequence[str]) -> dict[str, dict[str, Any]] | None:
    """The values by group, `""` being the function's own; None when it is not that simple."""
    if not arguments or arguments[0] not in COMMANDS:
        return None
    known = COMMANDS[arguments[0]][2]
    found: dict[str, dict[str, Any]] = {"": {}, "options": {}, "care": {}}
    rest = list(arguments[:0:-1])
    while rest:
        name, equals, value = rest.pop().partition("=")
        option = known.get(name)
        if option is None or option.field in found[option.group]:
            return None
        if option.kind is None:
            if equals:
                return None
            found[option.group][option.field] = option.value
            continue
        if not equals:
            if not rest or rest[-1].startswith("-"):
                return None
            value = rest.pop()
        try:
            found[option.group][option.field] = option.kind(value)
        except ValueError:
            return None
    return found


def run(arguments: Sequence[str]) -> int | None:
    """Run what is simple enough; its exit code."""
    found = parse(arguments)
    if found is None or "cyclopts" in sys.modules:
        return None
    module, function, known = COMMANDS[arguments[0]]
    values: dict[str, Any] = dict(found[""])
    options = import_module("agents.migration.cli.options")
    values["options"] = options.Options(**found["options"])
    if any(option.group == "care" for option in known.values()):
        running = import_module("agents.migration.cli.running")
        values["care"] = running.Care(**found["care"])
    work = getattr(import_module(f"agents.migration.cli.{module}"), function)
    return int(work(**values))
