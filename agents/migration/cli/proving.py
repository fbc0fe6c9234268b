"""`verify`, `reverse`, `drift`, `dump`: what a schema is, and whether the ways back lead back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from agents.migration import drift as drifts
from agents.migration import history, planning, reversal
from agents.migration.catalog import Schema, difference, snapshot
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.errors import CheckFailed
from agents.migration.files import read_folder
from agents.migration.session import connect
from agents.migration.verify import Verdict
from agents.migration.verify import verify as check


def verify(
    *,
    pending: Annotated[
        bool, Parameter(negative="", help="Only those that are not applied yet.")
    ] = False,
    rows: Annotated[bool, Parameter(help="Put a row into every table to see what is lost.")] = True,
    options: Options = USUAL,
) -> int:
    """Prove in a throwaway database that every way back restores the schema."""
    return output.run(_verify(options, pending=pending, rows=rows), as_json=options.json)


async def _verify(options: Options, *, pending: bool, rows: bool) -> int:
    target = options.target()
    folder = read_folder(target.folder, options.format)
    only = None
    if pending:
        async with connect(target.url) as connection:
            applied = await history.rows(connection, await history.find(connection, options.table))
        compared = planning.compare(folder, applied)
        only = {each.version for each in compared.having(*planning.APPLICABLE)}
    told = (lambda _: None) if options.json else _show
    verdicts = await check(target.url, folder.migrations, only=only, rows=rows, told=told)
    bad = [each.name for each in verdicts if not each.ok]
    if options.json:
        output.dump({"ok": not bad, "migrations": verdicts})
        return CheckFailed.exit_code if bad else output.DONE
    if bad:
        raise CheckFailed(
            "not_reversible",
            f"{len(bad)} of {len(verdicts)} ways back do not restore the schema: {', '.join(bad)}",
            hint="`genesis migrate reverse VERSION` finds and proves one",
        )
    output.say(f"{len(verdicts)} proved")
    return output.DONE


def _show(verdict: Verdict) -> None:
    sign = "✓" if verdict.ok else "✗"
    output.say(f"{sign} {verdict.name:<40} {verdict.verdict}")
    if verdict.error:
        output.say(f"    {verdict.error}")
    for change in verdict.changes if not verdict.ok else ():
        output.say(f"    {change}")
    for sql in verdict.sql:
        output.say(f"    its way back lacks: {' '.join(sql.split())}")
    for name in verdict.lost:
        output.say(f"    loses data: {name}")


def reverse(
    version: str,
    /,
    *,
    write: Annotated[
        bool, Parameter(negative="", help="Append it to the file, which must not have one.")
    ] = False,
    options: Options = USUAL,
) -> int:
    """Find a migration's way back from what it does, and prove it."""

    async def work() -> int:
        target = options.target()
        folder = read_folder(target.folder, options.format)
        found = await reversal.find(target.url, folder.migrations, version)
        migration = next(each for each in folder.migrations if each.version == version)
        if write:
            if migration.down is not None:
                raise CheckFailed(
                    "has_a_way_back", f"{migration.name} has a way back; it was not touched",
                    hint="remove its `-- migrate:down` first",
                )  # fmt: skip
            with migration.path.open("a", encoding="utf-8") as file:
                file.write(f"\n-- migrate:down\n{found.text}")
        if options.json:
            output.dump(found)
        else:
            output.say(found.text.rstrip())
            output.note(f"proved{f'; written to {migration.path}' if write else ''}")
        return output.DONE

    return output.run(work(), as_json=options.json)


def drift(*, options: Options = USUAL) -> int:
    """Show what was changed by hand since the migrations, and the SQL that undoes it."""

    async def work() -> int:
        target = options.target()
        folder = read_folder(target.folder, options.format)
        found = await drifts.find(target.url, folder, options.table)
        if options.json:
            output.dump(found)
            return CheckFailed.exit_code if found.changes else output.DONE
        if not found.changes:
            output.say("no drift: the database is what its migrations say")
            return output.DONE
        for change in found.changes:
            output.say(change)
        output.say("\n-- makes it what the migrations say again:")
        for sql in found.sql:
            output.say(f"{sql};")
        raise CheckFailed(
            "drift", f"{len(found.changes)} things differ from what the migrations say",
            hint="undo them, or put them into a migration",
        )  # fmt: skip

    return output.run(work(), as_json=options.json)


def dump(
    *,
    to: Annotated[Path | None, Parameter(help="A file, instead of standard output.")] = None,
    options: Options = USUAL,
) -> int:
    """Write the live schema as SQL that makes it: the same schema gives the same text."""

    async def work() -> int:
        target = options.target()
        async with connect(target.url) as connection:
            live = await snapshot(connection)
        text = "".join(f"{sql};\n\n" for sql in difference(_bare(live), live).sql())
        if to is None:
            output.say(text.rstrip())
        else:
            to.write_text(text, encoding="utf-8")
            output.note(f"{to}: {len(live.items)} things")
        return output.DONE

    return output.run(work(), as_json=options.json)


def _bare(live: Schema) -> Schema:
    """What every new database has."""
    kept = {("schema", "", "public"), ("grant", "schema public", "public")}
    return Schema(
        {
            key: item
            for key, item in live.items.items()
            if key in kept or item.kind in ("owner", "column order")
        }
    )
