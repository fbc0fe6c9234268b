"""`lint`: what is wrong or risky about migrations, before a database sees them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.errors import CheckFailed
from agents.migration.files import Folder, Migration, read_folder
from agents.migration.lint import Finding, check, reports, squawk
from agents.migration.lint.findings import RULES
from agents.migration.version import VERSION

_SIZES = """
select n.nspname || '.' || c.relname as name, c.relname,
    case c.relkind
        when 'p' then (select sum(pg_table_size(relid))::bigint from pg_partition_tree(c.oid))
        else pg_table_size(c.oid)
    end as size
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
            output.say(f"{name:<36} {rule.severity:<8} {rule.what}; {rule.instead}")
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
        from agents.migration.session import connect  # noqa: PLC0415  asyncpg, without which it is quick

        async with connect(target.url) as connection:
            if pending:
                migrations = await _pending(folder, connection, options.table)
            if connected:
                rows = await connection.fetch(_SIZES)
                sizes = {row[name]: row["size"] for row in rows for name in ("relname", "name")}
    with squawk.Run(squawk.find(), [each.up for each in migrations]) as run:
        found = check(migrations, sizes=sizes, squawk=run.told)
    return _report(found, len(migrations), run, form)


def _report(found: Sequence[Finding], migrations: int, run: squawk.Run, form: str) -> int:
    # A check of which half is missing has not passed.
    ok = run.failure is None and all(each.severity != "error" for each in found)
    if form == "sarif":
        output.dump(reports.sarif(found, VERSION, squawk=run.version, failure=run.failure))
    elif form == "json":
        told = {"squawk": run.version, "squawk_failure": run.failure}
        output.dump({"ok": ok, "findings": found, **told})
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        for line in reports.people(found, colour=colour):
            output.say(line)
        output.say(reports.summary(found, migrations))
    if run.failure is not None:
        output.note(f"{run.failure}; only Genesis's own rules looked. {_REPAIR}")
    elif run.version is None:
        output.note(f"squawk is not installed; only Genesis's own rules looked. {_REPAIR}")
    return output.DONE if ok else CheckFailed.exit_code


_REPAIR = "Get it: pip install squawk-cli"


async def _pending(folder: Folder, connection: object, table: str) -> tuple[Migration, ...]:
    from agents.migration import history, planning  # noqa: PLC0415

    rows = await history.rows(connection, await history.find(connection, table))  # type: ignore[arg-type]
    waiting = {each.version for each in planning.compare(folder, rows).having(*planning.APPLICABLE)}
    return tuple(each for each in folder.migrations if each.version in waiting)
