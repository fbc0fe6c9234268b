"""Findings as text for people and as SARIF 2.1.0 for code hosts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agents.migration.lint.findings import RULES, Finding, Rule

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


def sarif(
    findings: Sequence[Finding],
    version: str,
    *,
    squawk: str | None = None,
    failure: str | None = None,
) -> dict[str, Any]:
    """A SARIF 2.1.0 log with one run; `squawk` is its version, `failure` why it does not tell."""
    rules = {each.rule: _rule(each) for each in sorted(findings, key=lambda each: each.rule)}
    run = {
        "tool": {
            "driver": {
                "name": "genesis migrate lint",
                "version": version,
                "rules": list(rules.values()),
            },
            "extensions": [{"name": "squawk", "version": squawk}] if squawk else [],
        },
        "invocations": [_invocation(failure)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, list(rules)) for each in findings],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return {"$schema": schema, "version": "2.1.0", "runs": [run]}


def _invocation(failure: str | None) -> dict[str, Any]:
    if failure is None:
        return {"executionSuccessful": True}
    told = [{"level": "error", "message": {"text": failure}}]
    return {"executionSuccessful": False, "toolExecutionNotifications": told}


def _rule(finding: Finding) -> dict[str, Any]:
    own_words = Rule(finding.severity, finding.message, finding.hint)
    rule = RULES.get(finding.rule, own_words)
    return {
        "id": finding.rule,
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
