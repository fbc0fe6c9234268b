"""All rules over a row of migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agents.migration.files import Migration, Section
from agents.migration.lint import dangerous, ignores, locking, practice
from agents.migration.lint.context import Context, Hit
from agents.migration.lint.findings import RULES, Finding
from agents.migration.lint.parser import Parsed, SyntaxProblem, parse
from agents.migration.sql import SqlError, Statement

_GROUPS = (dangerous.CHECKS, locking.CHECKS, practice.CHECKS)


def check(
    migrations: Iterable[Migration], *, sizes: Mapping[str, int] | None = None
) -> list[Finding]:
    """Every finding in the ups, and the syntax errors of the downs; `sizes` as in Context.

    Raises InvalidInput `no_parser`.
    """
    context = Context(sizes=sizes)
    found: list[Finding] = []
    for migration in migrations:
        context.transaction = migration.up.transaction
        found += _section(migration.up, context)
        found += _at_the_end(migration.up, context)
        if migration.down is not None:
            found += [each for each in _syntax(migration.down) if isinstance(each, Finding)]
    return sorted(found, key=lambda each: (each.file, each.line, each.column))


def _section(section: Section, context: Context) -> list[Finding]:
    found: list[Finding] = []
    allowed = list(ignores.find(section.text, section.line))
    found += [
        _finding(section, "ignore-without-reason", each.line, 1, 0, "")
        for each in allowed
        if not each.why
    ]
    previous = section.line - 1
    for number, each in enumerate(_syntax(section), start=1):
        if isinstance(each, Finding):
            found.append(each)
            continue
        statement = each.statement
        silent = {
            rule
            for ignore in allowed
            if ignore.why and previous < ignore.line <= statement.line
            for rule in ignore.rules
        }
        previous = statement.line
        for checks in _GROUPS:
            rule_of = checks.get(each.kind)
            hits = rule_of(each, context) if rule_of is not None else ()
            found += [_at(section, each, number, hit) for hit in hits if hit.rule not in silent]
        practice.remember(each, context)
        _silence(context, each, silent)
    return found


def _silence(context: Context, parsed: Parsed, silent: set[str]) -> None:
    """What was allowed here is not told at the end either."""
    for rule, waiting in (
        ("no-row-security", context.unprotected), ("foreign-key-without-index", context.referring),
    ):  # fmt: skip
        if rule in silent:
            for key in [key for key, (other, _) in waiting.items() if other is parsed]:
                del waiting[key]


def _syntax(section: Section) -> Iterator[Parsed | Finding]:
    """The statements of a section as trees, or as a finding what cannot be read."""
    try:
        statements = section.statements()
    except SqlError as error:
        yield _finding(section, "syntax", error.line, error.column, 1, str(error))
        return
    for number, statement in enumerate(statements, start=1):
        try:
            yield parse(statement)
        except SyntaxProblem as problem:
            place = statement.line_at(problem.position), statement.column_at(problem.position)
            yield _finding(section, "syntax", *place, number, str(problem), statement)


def _at_the_end(section: Section, context: Context) -> list[Finding]:
    """What only the whole of a migration tells."""
    found = [
        _at(section, parsed, 0, Hit("no-row-security", place, table))
        for table, (parsed, place) in context.unprotected.items()
    ]
    found += [
        _at(section, parsed, 0, Hit("foreign-key-without-index", place, column))
        for column, (parsed, place) in context.referring.items()
        if column not in context.indexed
    ]
    context.unprotected.clear()
    context.referring.clear()
    return found


def _at(section: Section, parsed: Parsed, number: int, hit: Hit) -> Finding:
    position = parsed.position(hit.location)
    statement = parsed.statement
    return _finding(
        section, hit.rule, statement.line_at(position), statement.column_at(position), number,
        hit.about, statement,
    )  # fmt: skip


def _finding(
    section: Section,
    rule: str,
    line: int,
    column: int,
    number: int,
    about: str,
    statement: Statement | None = None,
) -> Finding:
    known = RULES[rule]
    what = f"{known.what}: {about}" if about else known.what
    source = ""
    if statement is not None:
        lines = statement.sql.split("\n")
        source = lines[min(max(line - statement.line, 0), len(lines) - 1)]
    return Finding(
        rule=rule, severity=known.severity, message=what, hint=known.instead, file=section.file,
        line=line, column=column, statement=number, source=source,
    )  # fmt: skip
