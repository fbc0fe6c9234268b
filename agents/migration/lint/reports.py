"""Findings as text for people and as SARIF 2.1.0 for code hosts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agents.migration.lint.findings import RULES, Finding

_COLOURS = {"error": "31", "warning": "33", "note": "36"}


def people(findings: Sequence[Finding], *, colour: bool) -> Iterator[str]:
    """Each finding with its line of SQL, where in it, and what to do instead."""
    for each in findings:
        word = f"\x1b[{_COLOURS[each.severity]}m{each.severity}\x1b[0m" if colour else each.severity
        yield f"{each.file}:{each.line}:{each.column}: {word} [{each.rule}] {each.message}"
        if each.source:
            yield f"    {each.source.strip()}"
        yield f"    instead: {each.hint}"


def summary(findings: Sequence[Finding], migrations: int) -> str:
    """`2 errors, 1 warning in 40 migrations`."""
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in ("error", "warning", "note")
        if (count := sum(each.severity == severity for each in findings))
    ]
    return f"{', '.join(counts) or 'nothing found'} in {migrations} migrations"


def sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log with one run."""
    used = sorted({each.rule for each in findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "genesis migrate lint",
                        "version": version,
                        "rules": [_rule(name) for name in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, used) for each in findings],
            }
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": rule.what},
        "help": {"text": rule.instead},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(each: Finding, used: Sequence[str]) -> dict[str, Any]:
    return {
        "ruleId": each.rule,
        "ruleIndex": used.index(each.rule),
        "level": each.severity,
        "message": {"text": f"{each.message}. Instead: {each.hint}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": each.file},
                    "region": {"startLine": each.line, "startColumn": each.column},
                }
            }
        ],
    }
