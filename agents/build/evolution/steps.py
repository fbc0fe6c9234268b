"""Steps of a migration, each with its way back. Pure.

The owner of the tables is bound by their policies, as these are forced: where a step looks at
rows or changes them, this is lifted for its statement, and triggers of the app do not fire.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from agents.build.evolution.objects import Column, Constraint, Table
from agents.build.render.literals import name, sql


class Step(Struct, frozen=True):
    """SQL up, and SQL down that takes just this back."""

    up: str
    down: str


def guarded(statement: str, problems: str, message: str) -> str:
    """A statement whose failure for what rows hold is told in words; `problems` are SQL states."""
    tag = "$migrate$"
    while tag in statement or tag in message:
        tag = f"$m{len(tag)}{tag[1:]}"
    return (
        f"do {tag} begin\n  {statement}\nexception when {problems} then\n"
        f"  raise exception using errcode = 'check_violation', message = {sql(message)};\n"
        f"end {tag};"
    )


def update(table: str, values: str, condition: str) -> str:
    """An UPDATE, made of quoted names and of expressions of the generator alone."""
    return f"update {name(table)} set {values} where {condition};"  # noqa: S608


def rows(table: Table, statement: str) -> str:
    """A statement that changes rows of a table, whosever they are."""
    quoted = name(table.name)
    before = [f"alter table {quoted} disable trigger user;"]
    after = [f"alter table {quoted} enable trigger user;"]
    if table.forced:
        before.insert(0, f"alter table {quoted} no force row level security;")
        after.append(f"alter table {quoted} force row level security;")
    return "\n".join((*before, statement, *after))


def renamed(kind: str, place: str, old: str, new: str) -> Step:
    """`alter <kind> <place> rename …`; `place` is the table of a column, else ""."""
    if place:
        start = f"alter {kind} {name(place)} rename column"
        return Step(f"{start} {name(old)} to {name(new)};", f"{start} {name(new)} to {name(old)};")
    return Step(
        f"alter {kind} {name(old)} rename to {name(new)};",
        f"alter {kind} {name(new)} rename to {name(old)};",
    )


def renamed_constraint(table: str, old: str, new: str) -> Step:
    """`alter table … rename constraint`."""
    start = f"alter table {name(table)} rename constraint"
    return Step(f"{start} {name(old)} to {name(new)};", f"{start} {name(new)} to {name(old)};")


def not_null(table: str, column: str, why: str) -> str:
    """Make a column required; `why` is told when a row has no value."""
    statement = f"alter table {name(table)} alter column {name(column)} set not null;"
    return guarded(statement, "not_null_violation", why)


def optional(table: str, column: str) -> str:
    """Let a column be empty."""
    return f"alter table {name(table)} alter column {name(column)} drop not null;"


def default(table: str, column: Column) -> str:
    """Give a column its default, or none."""
    change = f"set default {column.default}" if column.default else "drop default"
    return f"alter table {name(table)} alter column {name(column.name)} {change};"


def added(table: str, column: Column, value: str = "") -> str:
    """`add column`; `value` fills the rows that are there and is no default afterwards."""
    start = f"alter table {name(table)} add column {name(column.name)}"
    if not value:
        return f"{start} {column.definition};"
    return (
        f"{start} {column.type} not null default {value};\n"
        f"alter table {name(table)} alter column {name(column.name)} drop default;"
    )


def constrained(table: str, constraint: Constraint) -> str:
    """`add constraint` on a table that may hold rows; refused in words when they break it."""
    statement = (
        f"alter table {name(table)} add constraint {name(constraint.name)} {constraint.definition};"
    )
    return guarded(
        statement,
        "check_violation or unique_violation or foreign_key_violation or exclusion_violation",
        f"There are {table} that do not fit: {_words(constraint)}."
        " Change or delete these first; nothing was migrated.",
    )


def _words(constraint: Constraint) -> str:
    columns = " and ".join(constraint.columns)
    if constraint.kind == "unique":
        return f"each {columns} may be there once"
    if constraint.kind == "foreign":
        return f"{columns} must name one of {constraint.target}"
    return f"{columns or constraint.name} must meet {constraint.definition}"


def together(steps: Sequence[Step]) -> tuple[str, str]:
    """SQL up and SQL down of steps in their order."""
    ups = [step.up for step in steps if step.up]
    downs = [step.down for step in reversed(steps) if step.down]
    return "\n".join(ups) + "\n", "\n".join(downs) + "\n"
