"""What would make the server refuse a section, found before anything is run. Pure.

Errors:
    InvalidInput `invalid_sql`            a quote that never ends, a command of psql
    InvalidInput `empty_migration`        nothing but comments
    InvalidInput `transaction_control`    BEGIN or COMMIT where the runner has its own
    InvalidInput `needs_no_transaction`   what the server refuses inside a transaction
    InvalidInput `enum_value_used`        a new enum value used before it is committed
    InvalidInput `policy_recursion`       a policy that reads its own table
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.migration.errors import InvalidInput, Place
from agents.migration.files import Migration, Section
from agents.migration.policies import recursive
from agents.migration.sql import SqlError, Statement, tokens
from agents.migration.statements import (
    begins,
    commits,
    controls_transaction,
    new_enum_value,
    outside_transaction,
    string_value,
)


def statements_of(section: Section) -> tuple[Statement, ...]:
    """The statements of a section. Raises InvalidInput with the place."""
    try:
        return section.statements()
    except SqlError as error:
        place = Place(file=section.file, line=error.line, column=error.column)
        raise InvalidInput(
            "invalid_sql", f"{place}: {error}. Nothing was run.", hint="correct it", place=place
        ) from None


def check(migration: Migration, *, direction: str = "up", strict: bool = True) -> None:
    """Refuse what cannot run. `strict` also refuses a section without statements."""
    section = migration.up if direction == "up" else migration.down
    if section is None:
        return
    found = statements_of(section)
    if not found and strict:
        raise _error(
            "empty_migration", section, None, "has no statement, only comments",
            "write one, or delete the file",
        )  # fmt: skip
    if section.transaction:
        _check_in_transaction(section, unwrapped(found), migration.allowed)
    else:
        _check_alone(section, found)


def unwrapped(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Without a BEGIN at the start and its COMMIT at the end: the runner has its own."""
    if len(statements) > 1 and begins(statements[0]) and commits(statements[-1]):
        return tuple(statements[1:-1])
    return tuple(statements)


def _check_in_transaction(
    section: Section, statements: Sequence[Statement], allowed: frozenset[str]
) -> None:
    for number, statement in enumerate(statements, 1):
        if outside_transaction(statement):
            raise _error(
                "needs_no_transaction", section, statement,
                f"{_said(statement)} cannot run inside a transaction",
                "put it into a file of its own, with `transaction:false` behind the marker",
                number,
            )  # fmt: skip
        if controls_transaction(statement):
            raise _error(
                "transaction_control", section, statement,
                f"{statement.words[0].upper()} controls the transaction that the file runs in",
                "remove it, or write `transaction:false` behind the marker", number,
            )  # fmt: skip
    if "enum-value" not in allowed:
        _check_enum_values(section, statements)
    if "policy-recursion" not in allowed:
        _check_policies(section, statements)


def _check_policies(section: Section, statements: Sequence[Statement]) -> None:
    for number, statement in enumerate(statements, 1):
        found = recursive(statement)
        if found is not None:
            raise _error(
                "policy_recursion", section, statement,
                f"this policy reads its own table {found.text}, which PostgreSQL answers with "
                "`infinite recursion detected in policy` whenever somebody reads it",
                "ask another table, or a SECURITY DEFINER function; where it is meant, write a "
                "line `-- migrate:allow policy-recursion`",
                number, statement.line_at(found.start + 1), statement.column_at(found.start + 1),
            )  # fmt: skip


def _check_alone(section: Section, statements: Sequence[Statement]) -> None:
    inside: Statement | None = None
    for number, statement in enumerate(statements, 1):
        if begins(statement):
            if inside is not None:
                raise _error(
                    "transaction_control", section, statement,
                    "begins a transaction inside another",
                    "end the first one", number,
                )  # fmt: skip
            inside = statement
        elif commits(statement) and inside is not None:
            inside = None
        elif controls_transaction(statement):
            raise _error(
                "transaction_control", section, statement,
                f"{statement.words[0].upper()} ends a transaction that it would be unknown to have "
                "kept",
                "end transactions with COMMIT", number,
            )  # fmt: skip
        elif inside is not None and outside_transaction(statement):
            raise _error(
                "needs_no_transaction", section, statement,
                f"{_said(statement)} cannot run inside a transaction",
                "move it behind the COMMIT", number,
            )  # fmt: skip
    if inside is not None:
        raise _error(
            "transaction_control", section, inside, "this transaction never ends",
            "end it with COMMIT",
        )  # fmt: skip


def _check_enum_values(section: Section, statements: Sequence[Statement]) -> None:
    added: dict[str, tuple[str, str]] = {}
    made: set[str] = set()
    for number, statement in enumerate(statements, 1):
        if statement.words[:2] == ("create", "type"):
            made.add(_type_name(statement))
        new = new_enum_value(statement)
        if new is not None:
            # The values of a type that is made here as well are usable at once.
            if new.type.lower() not in made:
                added[new.value] = (new.type, section.file)
            continue
        if not added:
            continue
        for token in tokens(statement.sql):
            value = string_value(token.text) if token.kind == "string" else None
            if value in added:
                raise _error(
                    "enum_value_used", section, statement,
                    f"uses {token.text}, which this transaction adds to the enum "
                    f"{added[value][0]}: PostgreSQL allows that only after it is committed",
                    "move the use to the next migration; where the text is no value of the enum, "
                    "write a line `-- migrate:allow enum-value`",
                    number, statement.line_at(token.start + 1),
                    statement.column_at(token.start + 1),
                )  # fmt: skip


def _type_name(statement: Statement) -> str:
    parts = [token.text for token in tokens(statement.sql)][2:]
    name = parts[0] if parts else ""
    at = 1
    while parts[at : at + 1] == ["."]:
        name += f".{parts[at + 1]}"
        at += 2
    return name.lower()


def _said(statement: Statement) -> str:
    return " ".join(statement.words[:4]).upper()


def _error(
    code: str, section: Section, statement: Statement | None, what: str, hint: str,
    number: int | None = None, line: int | None = None, column: int | None = None,
) -> InvalidInput:  # fmt: skip
    place = Place(
        file=section.file,
        line=line or (statement.line if statement else section.line),
        column=column or (statement.column if statement else 1),
        statement=number,
    )
    return InvalidInput(code, f"{place}: {what}. Nothing was run.", hint=hint, place=place)
