"""`down` and `redo`."""

from __future__ import annotations

from typing import Annotated

from agents.migration import runner
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.cli.running import USUAL_CARE, Care, execute


def down(
    *,
    steps: Annotated[int, Parameter(help="So many, the newest first.")] = 1,
    to: Annotated[
        str | None, Parameter(help="Everything above this version; 0 is everything.")
    ] = None,
    all: Annotated[bool, Parameter(negative="", help="Everything.")] = False,  # noqa: A002
    options: Options = USUAL,
    care: Care = USUAL_CARE,
) -> int:
    """Take back the newest migration, or more, in the reverse order of application."""
    work = execute(options, care, runner.down, steps=steps, to=to, everything=all)
    return output.run(work, as_json=options.json)


def redo(
    *,
    steps: Annotated[int, Parameter(help="So many.")] = 1,
    options: Options = USUAL,
    care: Care = USUAL_CARE,
) -> int:
    """Take back the newest migrations and apply them again."""
    return output.run(execute(options, care, runner.redo, steps=steps), as_json=options.json)
