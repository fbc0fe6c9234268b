"""`lint`: what is wrong or risky about migrations, before a database sees them."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Literal

from agents.migration import history, planning
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.errors import CheckFailed
from agents.migration.files import Folder, Migration, read_folder
from agents.migration.lint import check, reports
from agents.migration.lint.findings import RULES
from agents.migration.session import connect
from agents.migration.version import VERSION

_SIZES = """
select n.nspname || '.' || c.relname as name, c.relname, pg_table_size(c.oid) as size
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""


def lint(
    *,
    pending: Annotated[
        bool, Parameter(negative="", help="Only those that are not applied yet.")
    ] = False,
    connected: Annotated[
        bool, Parameter(negative="", help="Let the live tables' sizes decide.")
    ] = False,
    form: Annotated[
        Literal["people", "json", "sarif"], Parameter(name="--output", help="How to report.")
    ] = "people",
    rules: Annotated[bool, Parameter(negative="", help="Only show all rules.")] = False,
    options: Options = USUAL,
) -> int:
    """Check syntax, dangers, locks, breaking changes and practice; exit code 7 for errors."""
    as_json = options.json or form != "people"
    if rules:
        for name, rule in RULES.items():
            output.say(f"{name:<28} {rule.severity:<8} {rule.what}; {rule.instead}")
        return output.DONE
    work = _lint(
        options, pending=pending, connected=connected, form="json" if options.json else form
    )
    return output.run(work, as_json=as_json)


async def _lint(options: Options, *, pending: bool, connected: bool, form: str) -> int:
    live = pending or connected
    target = options.target(need_url=live)
    folder = read_folder(target.folder, options.format)
    migrations: tuple[Migration, ...] = folder.migrations
    sizes: dict[str, int] | None = None
    if live:
        async with connect(target.url) as connection:
            if pending:
                migrations = await _pending(folder, connection, options.table)
            if connected:
                rows = await connection.fetch(_SIZES)
                sizes = {row[name]: row["size"] for row in rows for name in ("relname", "name")}
    found = check(migrations, sizes=sizes)
    errors = sum(each.severity == "error" for each in found)
    if form == "sarif":
        output.dump(reports.sarif(found, VERSION))
    elif form == "json":
        output.dump({"ok": not errors, "findings": found})
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        for line in reports.people(found, colour=colour):
            output.say(line)
        output.say(reports.summary(found, len(migrations)))
    return CheckFailed.exit_code if errors else output.DONE


async def _pending(folder: Folder, connection: object, table: str) -> tuple[Migration, ...]:
    rows = await history.rows(connection, await history.find(connection, table))  # type: ignore[arg-type]
    waiting = {each.version for each in planning.compare(folder, rows).having(*planning.APPLICABLE)}
    return tuple(each for each in folder.migrations if each.version in waiting)
