"""squawk's remarks as findings: at the file's own places, with our severities. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from agents.migration.files import Section
from agents.migration.lint.context import Context
from agents.migration.lint.findings import RULES, Finding, Rule, finding
from agents.migration.lint.parser import Parsed, is_sql_function
from agents.migration.lint.squawk import Told
from agents.migration.lint.squawk_rules import OURS, is_worth_telling
from agents.migration.sql import SqlError

SYNTAX, UNREAD = "syntax-error", "squawk-unread"
_WORDS = 80
"""So much of the SQL that a finding is about is told with it."""


class Remark(NamedTuple):
    """A remark at its place in the file, from 1 in characters, and the SQL that it is about."""

    told: Told
    line: int
    column: int
    words: str


def _placed(told: Told, section: Section, lines: Sequence[str]) -> Remark:
    row = min(told.line, len(lines) - 1)
    text = lines[row].encode()
    column = len(text[: told.column].decode(errors="ignore")) + 1
    end = told.column_end if told.line_end == told.line else len(text)
    words = " ".join(text[told.column : end].decode(errors="ignore").split()).rstrip(";")
    return Remark(told, section.line + row, column, words)


def by_statement(section: Section, told: Sequence[Told]) -> dict[int, list[Remark]]:
    """The remarks on each statement, by its number from 1."""
    try:
        starts = [(each.line, each.column) for each in section.statements()]
    except SqlError:
        return {}
    found: dict[int, list[Remark]] = {}
    lines = section.text.split("\n")
    for each in told:
        remark = _placed(each, section, lines)
        # A comment above the first statement belongs to that one.
        number = max(bisect_right(starts, (remark.line, remark.column)), 1)
        found.setdefault(number, []).append(remark)
    return found


def findings(
    section: Section, parsed: Parsed, number: int, remarks: Sequence[Remark], context: Context,
    spoken: AbstractSet[str], silent: AbstractSet[str],
) -> list[Finding]:  # fmt: skip
    """What is worth telling about a statement of which our rules said `spoken`."""
    found = []
    said = spoken | silent
    for each in remarks:
        rule = each.told.rule
        if rule == SYNTAX:
            # One error makes squawk stumble on; only the first is one.
            found = _syntax(section, parsed, number, each)
            break
        if silent.isdisjoint({rule, *OURS.get(rule, ())}) and is_worth_telling(
            rule, each.words, parsed, context, said
        ):
            found.append(_told(section, parsed, number, each, rule))
    return [each for each in found if each.rule not in silent]


def _syntax(section: Section, parsed: Parsed, number: int, remark: Remark) -> list[Finding]:
    """PostgreSQL's parser has read the statement: what it takes for text can still be wrong."""
    if is_sql_function(parsed):
        about = f"in the function's body, {remark.told.message}"
        return [_told(section, parsed, number, remark, "syntax", about)]
    return [_told(section, parsed, number, remark, UNREAD, remark.told.message)]


def _told(
    section: Section, parsed: Parsed, number: int, remark: Remark, rule: str, about: str = ""
) -> Finding:
    known = RULES.get(rule)
    if known is None:
        told = remark.told
        known = Rule("warning", told.message, told.help or f"see squawk's own page on {rule}")
    elif not about:
        about = remark.words if len(remark.words) <= _WORDS else f"{remark.words[:_WORDS]}…"
    return finding(
        section, rule, remark.line, remark.column, number, about, parsed.statement, known
    )


def without_echo(found: Sequence[Finding]) -> list[Finding]:
    """A section's findings with one UNREAD at most, and none where something cannot be read."""
    seen = any(each.rule == "syntax" for each in found)
    kept = []
    for each in found:
        if each.rule != UNREAD or not seen:
            kept.append(each)
            seen = seen or each.rule == UNREAD
    return kept
