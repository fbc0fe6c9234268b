"""`plan`: what `up` would run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from agents.migration import atomic, history, planning, plans
from agents.migration.checks import check
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.files import read_folder
from agents.migration.session import connect, told


def plan(
    *,
    steps: Annotated[int | None, Parameter(help="At most so many.")] = None,
    to: Annotated[str | None, Parameter(help="Up to and with this version.")] = None,
    allow_out_of_order: Annotated[
        bool, Parameter(negative="", help="Also what is numbered below an applied one.")
    ] = False,
    allow_missing: Annotated[
        bool, Parameter(negative="", help="Although files of applied ones are missing.")
    ] = False,
    file: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="Write the plan for `up --plan`.")
    ] = None,
    force: Annotated[bool, Parameter(negative="", help="Replace the file.")] = False,
    options: Options = USUAL,
) -> int:
    """Show every statement that `up` would run, in order; nothing is run."""

    async def work() -> int:
        found = await _plan(options, steps, to, allow_out_of_order, allow_missing)
        if file is not None:
            with atomic.replacing(file, overwrite=force) as stream:
                stream.write(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        if options.json:
            output.dump(found)
        else:
            _show(found)
        return output.DONE

    return output.run(work(), as_json=options.json)


async def _plan(
    options: Options, steps: int | None, to: str | None, allow_out_of_order: bool,
    allow_missing: bool,
) -> plans.PlanFile:  # fmt: skip
    target = options.target()
    folder = read_folder(target.folder, options.format)
    async with connect(target.url) as connection:
        with told(target.url):
            table = await history.find(connection, options.table)
            rows = await history.rows(connection, table)
    comparison = planning.compare(folder, rows)
    found = planning.up(
        comparison, steps=steps, to=to, allow_out_of_order=allow_out_of_order,
        allow_missing=allow_missing,
    )  # fmt: skip
    for migration in found.migrations:
        check(migration, strict=folder.format in {"native", "dbmate"})
    return plans.PlanFile(
        applied=plans.applied_hash(comparison), migrations=plans.planned(found),
        warnings=found.warnings, steps=steps, to=to, allow_out_of_order=allow_out_of_order,
        allow_missing=allow_missing,
    )  # fmt: skip


def _show(found: plans.PlanFile) -> None:
    for each in found.migrations:
        notes = [] if each.transaction else ["without a transaction"]
        if not each.reversible:
            notes.append(f"irreversible: {each.irreversible or 'no reason given'}")
        output.say(f"-- {each.name} ({', '.join(notes)})" if notes else f"-- {each.name}")
        for statement in each.statements[each.from_statement - 1 :]:
            output.say(f"{statement.sql};")
        output.say()
    for warning in found.warnings:
        output.note(f"note: {warning}")
    count = len(found.migrations)
    output.say(f"-- {count} migration{'' if count == 1 else 's'}; nothing was run")
