"""All rules over a row of migrations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from agents.migration.files import Migration, Section
from agents.migration.lint import dangerous, ignores, locking, practice
from agents.migration.lint.context import Context, Hit
from agents.migration.lint.findings import Finding, finding
from agents.migration.lint.parser import Parsed, SyntaxProblem, parse
from agents.migration.lint.squawk import Remarks, Told
from agents.migration.lint.squawk_findings import by_statement, findings, without_echo
from agents.migration.sql import SqlError

_GROUPS = (dangerous.CHECKS, locking.CHECKS, practice.CHECKS)
_KEPT = 1024
"""So many sections stay split in the cache, with room for their downs."""


def check(
    migrations: Iterable[Migration],
    *,
    sizes: Mapping[str, int] | None = None,
    squawk: Callable[[], Remarks] | None = None,
) -> list[Finding]:
    """Every finding in the ups, and the syntax errors of the downs; `sizes` as in Context.

    `squawk` gives what squawk tells of the ups, in their order; it is asked when it is needed.
    Raises InvalidInput `no_parser`.
    """
    migrations = list(migrations)
    context = Context(sizes=sizes)
    found: list[Finding] = []
    remarks = _asked(squawk, migrations) if squawk is not None else {}
    for index, migration in enumerate(migrations):
        context.transaction = migration.up.transaction
        found += _section(migration.up, context, remarks.get(index, ()))
        found += _at_the_end(migration.up, context)
        if migration.down is not None:
            found += [each for each in _syntax(migration.down) if isinstance(each, Finding)]
    return sorted(found, key=lambda each: (each.file, each.line, each.column))


def _asked(squawk: Callable[[], Remarks], migrations: Sequence[Migration]) -> Remarks:
    # Splitting has to be done anyway, and squawk works meanwhile.
    for migration in migrations[:_KEPT]:
        with suppress(SqlError):
            migration.up.statements()
    return squawk()


def _section(section: Section, context: Context, told: Sequence[Told]) -> list[Finding]:
    found: list[Finding] = []
    allowed = list(ignores.find(section.text, section.line))
    found += [
        finding(section, "ignore-without-reason", each.line, 1, 0, "")
        for each in allowed
        if not each.why
    ]
    previous = section.line - 1
    beside = by_statement(section, told) if told else {}
    for number, each in enumerate(_syntax(section), start=1):
        if isinstance(each, Finding):
            found.append(each)
            continue
        statement = each.statement
        silent = _silent(allowed, previous, statement.line) if allowed else set()
        previous = statement.line
        hits = [hit for hit in _hits(each, context) if hit.rule not in silent]
        found += [_at(section, each, number, hit) for hit in hits]
        if number in beside:
            found += findings(
                section, each, number, beside[number], context, {hit.rule for hit in hits}, silent
            )
        practice.remember(each, context)
        _silence(context, each, silent)
    return without_echo(found) if told else found


def _silent(allowed: Sequence[ignores.Ignore], after: int, until: int) -> set[str]:
    """The rules that ignores on the lines above a statement name, with a reason."""
    near = (each for each in allowed if each.why and after < each.line <= until)
    return {rule for each in near for rule in each.rules}


def _hits(parsed: Parsed, context: Context) -> Iterator[Hit]:
    for checks in _GROUPS:
        rule_of = checks.get(parsed.kind)
        if rule_of is not None:
            yield from rule_of(parsed, context)


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
        yield finding(section, "syntax", error.line, error.column, 1, str(error))
        return
    for number, statement in enumerate(statements, start=1):
        try:
            yield parse(statement)
        except SyntaxProblem as problem:
            place = statement.line_at(problem.position), statement.column_at(problem.position)
            yield finding(section, "syntax", *place, number, str(problem), statement)


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
    return finding(
        section, hit.rule, statement.line_at(position), statement.column_at(position), number,
        hit.about, statement,
    )  # fmt: skip
