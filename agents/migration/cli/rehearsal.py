"""`dry-run`: run what is pending for real, and take it back."""

from __future__ import annotations

from agents.migration import dry_run as rehearsals
from agents.migration import history, planning
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.files import read_folder
from agents.migration.session import connect


def dry_run(*, options: Options = USUAL) -> int:
    """Run what is pending in a transaction that is rolled back: locks, rewrites, rows, times."""
    return output.run(_dry_run(options), as_json=options.json)


async def _dry_run(options: Options) -> int:
    target = options.target()
    folder = read_folder(target.folder, options.format)
    async with connect(target.url) as connection:
        applied = await history.rows(connection, await history.find(connection, options.table))
    waiting = {
        each.version for each in planning.compare(folder, applied).having(*planning.APPLICABLE)
    }
    pending = [each for each in folder.migrations if each.version in waiting]
    report = await rehearsals.rehearse(target.url, pending)
    if options.json:
        output.dump(report)
        return output.DONE
    for step in report.steps:
        where = " (in a copy without rows)" if step.in_copy else ""
        output.say(f"{step.file}:{step.line}: {step.sql}")
        output.say(f"    {step.status}, {output.seconds(step.seconds)}{where}")
        for lock in step.locks:
            output.say(f"    locks {lock}")
        for name in step.rewrites:
            output.say(f"    rewrites {name}")
    for name in report.sequences:
        output.note(f"note: the sequence {name} moved; PostgreSQL takes no nextval back")
    output.say(f"{len(report.steps)} statements of {len(pending)} migrations ran, none stayed")
    return output.DONE
