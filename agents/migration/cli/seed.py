"""`genesis migrate seed`: rows from files into the tables, and from tables into files."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from agents.migration.cli import output, seeding
from agents.migration.cli.seeding import Options, opened
from agents.migration.errors import CheckFailed, InvalidInput
from agents.migration.seeds import checking, running
from agents.migration.seeds.reports import Report

_USUAL = Options()

app = App(
    name="seed",
    help="Rows from JSON and CSV files into the tables, once; and from tables into files.",
    help_format="plaintext",
    result_action="return_value",
)
_FILES = {
    "create": (
        "Write a table's rows to a seed; what looks personal is replaced, always the same way.\n\n"
        "Columns called like email, password, token, phone … are replaced without being asked, and "
        "e-mail addresses in any text; --keep says which are not. GENESIS_REDACTION_KEY is the "
        "secret behind the replacements; without it they hold for one server."
    ),
    "template": "Write a seed with one row to fill in; it does not run before it is renamed.",
}
for _name, _text in _FILES.items():
    app.command(f"agents.migration.cli.seed_files:{_name}", name=_name, help=_text)

Files = Annotated[list[str] | None, Parameter(help="Only these files; default: all of them.")]
Leave = Annotated[bool, Parameter(negative="", help="Needed where the environment is production.")]
Yes = Annotated[bool, Parameter(negative="", help="Delete all rows of the tables, as asked for.")]


@app.command
def run(
    files: Files = None,
    /,
    *,
    force: Annotated[
        bool, Parameter(negative="", help="Also what is in already and did not change.")
    ] = False,
    transaction: Annotated[
        str, Parameter(help="auto, run (one for all) or file (one for each).")
    ] = "auto",
    allow_production: Leave = False,
    options: Options = _USUAL,
) -> int:
    """Bring in what is new or changed: all of it or nothing, referred rows first."""

    async def work() -> int:
        if transaction not in ("auto", "run", "file"):
            raise InvalidInput(
                "bad_option", f"--transaction {transaction}: there are auto, run and file; "
                "nothing was changed",
            )  # fmt: skip
        found = options.target()
        async with opened(options, found) as connection:
            report = await running.run(
                connection, options.folder(found), environment=options.environment,
                production=found.production, allow_production=allow_production,
                only=files or (), force=force, transaction=transaction,
            )  # fmt: skip
        _report(report, as_json=options.json)
        return output.DONE

    return seeding.execute(work(), options)


def _report(report: Report, *, as_json: bool) -> None:
    if as_json:
        output.dump(report)
        return
    for table in report.emptied:
        output.say(f"emptied {table}")
    for file in report.files:
        if file.state == "unchanged":
            continue
        said = ", ".join(
            f"{each.table} {each.rows} rows ({each.changed} written)" for each in file.tables
        )
        output.say(f"+ {file.file} ({file.why}): {said or 'no rows'}")
    same = sum(file.state == "unchanged" for file in report.files)
    if not report.files:
        output.say(f"no seeds for {report.environment}")
    elif same == len(report.files):
        output.say(f"nothing to do: {same} files are in")
    else:
        note = f"; {report.note}" if report.note else "; one transaction"
        output.say(
            f"{len(report.files) - same} files brought in, {same} unchanged, in "
            f"{output.seconds(report.seconds)}{note}"
        )


@app.command
def validate(
    files: Files = None,
    /,
    *,
    offline: Annotated[
        bool, Parameter(negative="", help="Only the files' form, without a database.")
    ] = False,
    execute: Annotated[
        bool,
        Parameter(negative="", help="Run everything and take it back; only sequences move on."),
    ] = False,
    allow_production: Leave = False,
    options: Options = _USUAL,
) -> int:
    """Check files against the live tables: types, NOT NULL, lengths, enums, unknown columns."""

    async def work() -> int:
        found = options.target(need_url=not offline)
        folder, only = options.folder(found), files or ()
        if offline:
            checked = await checking.validate(
                None, folder, environment=options.environment, only=only
            )
        else:
            async with opened(options, found) as connection:
                checked = await checking.validate(
                    connection, folder, environment=options.environment, only=only
                )
                if execute and not any(each.problems for each in checked):
                    await running.run(
                        connection, folder, environment=options.environment,
                        production=found.production, allow_production=allow_production,
                        only=only, force=True, rehearse=True,
                    )  # fmt: skip
        return _checked(checked, as_json=options.json)

    return seeding.execute(work(), options)


def _checked(checked: list[checking.Checked], *, as_json: bool) -> int:
    wrong = sum(len(each.problems) for each in checked)
    if as_json:
        output.dump({"files": checked, "problems": wrong})
    else:
        for each in checked:
            sign = "✗" if each.problems else "✓"
            output.say(f"{sign} {each.file}: {each.rows} rows, {', '.join(each.tables) or '-'}")
            for problem in each.problems:
                output.say(f"    {problem}")
        output.say(f"{wrong} problems" if wrong else f"{len(checked)} files fit")
    return CheckFailed.exit_code if wrong else output.DONE


@app.command
def status(*, options: Options = _USUAL) -> int:
    """Say of every file whether it is in, new, changed, gone or needed again."""

    async def work() -> int:
        found = options.target()
        async with opened(options, found) as connection:
            lines = await checking.status(
                connection, options.folder(found), environment=options.environment
            )
        if options.json:
            output.dump(lines)
        elif lines:
            output.table([
                (each.file, each.state, ", ".join(each.tables),
                 "" if each.rows is None else f"{each.rows} rows",
                 f"{each.applied_at:%Y-%m-%d %H:%M}" if each.applied_at else "", each.note)
                for each in lines
            ])  # fmt: skip
        else:
            output.say("no seeds")
        return output.DONE

    return seeding.execute(work(), options)


@app.command
def clear(
    files: Files = None, /, *, yes: Yes = False, allow_production: Leave = False,
    options: Options = _USUAL,
) -> int:  # fmt: skip
    """Empty the tables of the seeds: all rows, also those that no seed brought."""

    async def work() -> int:
        found = options.target()
        async with opened(options, found) as connection:
            gone = await running.clear(
                connection, options.folder(found), environment=options.environment,
                production=found.production, allow_production=allow_production,
                only=files or (), confirmed=yes,
            )  # fmt: skip
        if options.json:
            output.dump({"emptied": gone})
        else:
            for table, rows in gone.items():
                output.say(f"emptied {table}: {rows} rows")
        return output.DONE

    return seeding.execute(work(), options)


@app.command
def reseed(
    files: Files = None, /, *, yes: Yes = False, allow_production: Leave = False,
    options: Options = _USUAL,
) -> int:  # fmt: skip
    """Empty the tables of the seeds and bring everything in again, in one transaction."""

    async def work() -> int:
        found = options.target()
        async with opened(options, found) as connection:
            report = await running.reseed(
                connection, options.folder(found), environment=options.environment,
                production=found.production, allow_production=allow_production,
                only=files or (), confirmed=yes,
            )  # fmt: skip
        _report(report, as_json=options.json)
        return output.DONE

    return seeding.execute(work(), options)
