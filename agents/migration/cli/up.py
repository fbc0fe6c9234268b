"""`up`: apply what is not applied yet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from agents.migration import plans, runner
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.cli.parameter import Parameter
from agents.migration.cli.running import USUAL_CARE, Care, execute


def up(
    *,
    steps: Annotated[int | None, Parameter(help="At most so many.")] = None,
    to: Annotated[str | None, Parameter(help="Up to and with this version.")] = None,
    plan: Annotated[Path | None, Parameter(help="Run exactly this plan, or nothing.")] = None,
    allow_out_of_order: Annotated[
        bool, Parameter(negative="", help="Apply also what is numbered below an applied one.")
    ] = False,
    allow_missing: Annotated[
        bool, Parameter(negative="", help="Go on although files of applied ones are missing.")
    ] = False,
    options: Options = USUAL,
    care: Care = USUAL_CARE,
) -> int:
    """Apply what is not applied yet, each migration in one transaction with its history row."""

    async def work() -> int:
        found = plans.read(plan) if plan else None
        return await execute(
            options, care, runner.up,
            steps=found.steps if found else steps, to=found.to if found else to, plan=found,
            allow_out_of_order=found.allow_out_of_order if found else allow_out_of_order,
            allow_missing=found.allow_missing if found else allow_missing,
        )  # fmt: skip

    return output.run(work(), as_json=options.json)
