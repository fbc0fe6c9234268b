"""A plan as a file: what was reviewed is what runs, or nothing does. Pure but for reading it.

Errors:
    InvalidInput `bad_plan`      the file is no plan
    CheckFailed `stale_plan`     files or history are not what the plan was made for
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from agents.migration import planning
from agents.migration.errors import CheckFailed, InvalidInput, Place
from agents.migration.files.model import text_hash
from agents.migration.planning import Comparison, Entry, Plan
from agents.migration.version import VERSION

FORMAT = 1


class PlannedStatement(Struct, frozen=True, kw_only=True):
    """A statement and where it stands."""

    line: int
    column: int
    sql: str


class PlannedMigration(Struct, frozen=True, kw_only=True):
    """A migration that will be applied; `from_statement` counts from 1."""

    version: str
    name: str
    path: str
    checksum: str
    transaction: bool
    irreversible: str | None
    reversible: bool
    from_statement: int = 1
    statements: tuple[PlannedStatement, ...] = ()


class PlanFile(Struct, frozen=True, kw_only=True, tag_field="kind", tag="genesis-migration-plan"):
    """What `plan` writes and `up --plan` reads. `applied` is the hash of what is applied."""

    format: int = FORMAT
    tool_version: str = VERSION
    applied: str
    migrations: tuple[PlannedMigration, ...]
    warnings: tuple[str, ...] = ()
    steps: int | None = None
    to: str | None = None
    allow_out_of_order: bool = False
    allow_missing: bool = False


def applied_hash(comparison: Comparison) -> str:
    """One hash over every row of the history, in the order of application."""
    rows = sorted((entry.row for entry in comparison.entries if entry.row), key=lambda row: row.id)
    return text_hash(
        "\n".join(f"{row.version} {row.checksum} {row.statements_done}" for row in rows)
    )


def _first(entry: Entry) -> int:
    """The number of the statement with which an unfinished migration goes on."""
    return entry.row.statements_done + 1 if entry.state == "applying" and entry.row else 1


def planned(plan: Plan) -> tuple[PlannedMigration, ...]:
    """A plan's migrations with their statements."""
    return tuple(
        PlannedMigration(
            version=entry.version, name=entry.name, path=str(entry.migration.path),
            checksum=entry.migration.checksum, transaction=entry.migration.up.transaction,
            irreversible=entry.migration.irreversible,
            reversible=entry.migration.down is not None,
            from_statement=_first(entry),
            statements=tuple(
                PlannedStatement(line=each.line, column=each.column, sql=each.sql)
                for each in entry.migration.up.statements()
            ),
        )
        for entry in plan.entries
        if entry.migration is not None
    )  # fmt: skip


def read(path: Path) -> PlanFile:
    """A plan's file. Raises InvalidInput."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=PlanFile)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _bad(path, str(error)) from None
    if found.format != FORMAT:
        raise _bad(path, f"it has format {found.format}, this tool reads {FORMAT}")
    return found


def _bad(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        "bad_plan", f"{path} is no plan that can be used: {why}. Nothing was run.",
        hint="make one with `genesis migrate plan --output FILE`", place=Place(file=str(path)),
    )  # fmt: skip


def _is_done(plan: PlanFile, comparison: Comparison) -> bool:
    """Whether somebody has run exactly this plan already, as several replicas do."""
    done = {entry.row.version: entry.row for entry in comparison.entries if entry.row}
    return not comparison.having(*planning.APPLICABLE) and all(
        each.version in done and done[each.version].checksum == each.checksum
        for each in plan.migrations
    )


def refuse_stale(plan: PlanFile, comparison: Comparison) -> None:
    """Raise CheckFailed when running now would not do what the plan says."""
    if _is_done(plan, comparison):
        return
    said = []
    if applied_hash(comparison) != plan.applied:
        said.append("other migrations are applied to the database than when the plan was made")
    now = planning.up(
        comparison, steps=plan.steps, to=plan.to, allow_out_of_order=plan.allow_out_of_order,
        allow_missing=plan.allow_missing,
    )  # fmt: skip
    wanted = {each.version: each for each in plan.migrations}
    found = {entry.version: entry for entry in now.entries}
    for version, entry in found.items():
        if version not in wanted:
            said.append(f"{entry.name} is not in the plan")
        elif entry.migration and entry.migration.checksum != wanted[version].checksum:
            said.append(f"{entry.name} was edited since")
    said += [
        f"{each.name} is not there any more"
        for each in plan.migrations
        if each.version not in found
    ]
    if said:
        raise CheckFailed(
            "stale_plan", f"the plan does not match: {'; '.join(said)}. Nothing was run.",
            hint="make a new plan and have it reviewed",
        )  # fmt: skip
