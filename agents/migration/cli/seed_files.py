"""`genesis migrate seed create` and `template`: from a live table to a file."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from agents.migration.cli import output
from agents.migration.cli.seeding import Options, execute, opened
from agents.migration.errors import InvalidInput
from agents.migration.seeds import capture

_USUAL = Options()

Columns = Annotated[list[str] | None, Parameter(negative="", help="Columns; `*` stands for any.")]


def create(
    table: str,
    /,
    *,
    redact: Columns = None,
    keep: Columns = None,
    exclude: Columns = None,
    limit: Annotated[int | None, Parameter(help="At most so many rows.")] = None,
    csv: Annotated[bool, Parameter(negative="", help="CSV in place of JSON.")] = False,
    force: Annotated[bool, Parameter(negative="", help="Replace a file that is there.")] = False,
    options: Options = _USUAL,
) -> int:
    """Write a table's rows to a seed; its help stands where it is registered."""

    async def work() -> int:
        found = options.target()
        if limit is not None and limit < 0:
            raise InvalidInput("bad_option", f"--limit {limit}: no fewer than 0")
        async with opened(options, found) as connection:
            captured = await capture.create(
                connection, table, options.folder(found), environment=options.environment,
                redact=redact or (), keep=keep or (), exclude=exclude or (), limit=limit,
                as_csv=csv, overwrite=force,
            )  # fmt: skip
        return _captured(captured, as_json=options.json)

    return execute(work(), options)


def template(
    table: str,
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace a file that is there.")] = False,
    options: Options = _USUAL,
) -> int:
    """Write a seed with one row to fill in; it does not run before it is renamed."""

    async def work() -> int:
        found = options.target()
        async with opened(options, found) as connection:
            captured = await capture.template(
                connection, table, options.folder(found), overwrite=force
            )
        return _captured(captured, as_json=options.json)

    return execute(work(), options)


def _captured(captured: capture.Captured, *, as_json: bool) -> int:
    if as_json:
        output.dump(captured)
    else:
        replaced = f"; replaced: {', '.join(captured.redacted)}" if captured.redacted else ""
        output.say(f"{captured.path}: {captured.rows} rows of {captured.table}{replaced}")
    return output.DONE
