"""`genesis plan`: make, check and compare plan files, without a running system.

Errors: CliError with exit code 2 for what cannot be used; 1 for a plan that breaks its rules.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from coordinator.cli.answers import AnswersFile, settled, unanswered
from coordinator.cli.given import SO, Idea, Name, check_name, content_of, idea_of, plan_in, unusable
from coordinator.cli.output import CliError, Exit, dump, note, say
from coordinator.cli.session import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.plan.cli import Problem
    from contracts.model import AppModel, Plan

LOOK = "nothing was changed"
SCHEMA = "plan.schema.json"
Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]

app = App(name="plan", help="Plan files: make one from an idea, check, compare.")


@app.default
def plan(
    idea: Idea = "",
    /,
    *,
    output: Output = None,
    name: Name = "",
    answers: AnswersFile = None,
    schema: bool = False,
    force: bool = False,
    json: bool = False,
) -> int:
    """Make a plan file from an idea, to be read, edited, and built with `genesis build --plan`.

    Parameters
    ----------
    idea
        What the app should do, in plain words; - reads it from standard input.
    output
        Where the plan goes; ./<name>.plan.json when not given.
    schema
        Write plan.schema.json beside it as well, so that editors complete and check the plan.
    force
        Replace a file that is there.
    json
        Print the plan and what is known about it as JSON.

    """
    from msgspec.structs import replace  # noqa: PLC0415

    from agents.plan import cli  # noqa: PLC0415
    from contracts.model import encode_plan  # noqa: PLC0415

    check_name(name, so=SO)
    report, said = settled(idea_of(idea, "plan", so=SO), name, answers, ask=not json)
    known = cli.timings.read(settings().genesis_home)
    made = cli.made(report, name or None, known)
    if schema:
        made = replace(made, json_schema=f"./{SCHEMA}")
    text = encode_plan(made)
    file = output or Path(f"{made.model.app.slug}.plan.json")
    found, simulated = _looked_at(made, text)
    _write(file, text, force=force)
    if schema:
        _write(file.with_name(SCHEMA), _schema().encode(), force=True)
    if json:
        dump(_facts(file, made, found, simulated) | {"plan": made})
    else:
        from coordinator.cli.planned import sheet_of  # noqa: PLC0415

        sheet_of(made, simulated=simulated, builds=len(known)).show()
        say(f"\nplan    {file}")
        say(f"build   genesis build --plan {file}")
        unanswered(report, said)
        if found:
            _tell(file, found)
    return Exit.FAILED if found else Exit.DONE


@app.command
def check(file: Path, /, *, json: bool = False) -> int:
    """Check a plan file as a build would: each rule that it breaks, with its place in the file.

    Parameters
    ----------
    json
        Print what is known about the plan, and each problem with its path and line, as JSON.

    """
    from agents.plan import cli  # noqa: PLC0415
    from contracts.model import ModelError, decode_plan  # noqa: PLC0415

    text = content_of(file, "the plan", LOOK)
    try:
        given = decode_plan(text)
    except ModelError as error:
        problem = cli.unreadable(str(error), text)
        if json:
            dump({"file": str(file), "problems": [problem]})
        else:
            _tell(file, [problem])
        return Exit.USAGE
    found, simulated = _looked_at(given, text)
    if json:
        dump(_facts(file, given, found, simulated))
    elif found:
        _tell(file, found)
    else:
        app_, model = given.model.app, given.model
        say(f"{file}: {app_.name} can be built: {_counts(model)}")
        for each in simulated:
            say(f"simulated until configured: {each}")
    return Exit.FAILED if found else Exit.DONE


@app.command
def diff(before: Path, after: Path, /, *, json: bool = False) -> int:
    """Say in words what makes two plans different; exit code 0 for nothing, 1 for something.

    Parameters
    ----------
    json
        Print each change with its element as JSON.

    """
    from agents.plan import cli  # noqa: PLC0415

    (_, old), (_, new) = plan_in(before, so=LOOK), plan_in(after, so=LOOK)
    changes = cli.difference(old.model, new.model)
    marks = {"added": "+", "removed": "-", "changed": "~"}
    if json:
        dump(changes)
    for change in () if json else changes:
        say(f"{marks[change.kind]} {change.element}: {change.text}")
    if not changes and not json:
        note("The plans make the same app.")
    return Exit.FAILED if changes else Exit.DONE


@app.command(name="schema")
def schema_() -> int:
    """Print the JSON Schema (2020-12) of plan files, for editors that complete and check them."""
    sys.stdout.write(_schema())
    return Exit.DONE


def _schema() -> str:
    from contracts.asyncapi import plan_schema  # noqa: PLC0415
    from contracts.documents import encode  # noqa: PLC0415

    return encode(plan_schema())


def _looked_at(plan: Plan, text: bytes) -> tuple[Sequence[Problem], Sequence[str]]:
    """The rules that a plan breaks, and what its app would only stand in for."""
    from agents.build import cli as build  # noqa: PLC0415
    from agents.plan import cli  # noqa: PLC0415
    from contracts.model import ModelError  # noqa: PLC0415

    if found := cli.problems(plan, text):
        return found, ()
    try:
        return (), build.stood_in(plan.model)
    except ModelError as error:
        return (cli.Problem(text=str(error)),), ()


def _write(file: Path, text: bytes, *, force: bool) -> None:
    """Write a plan file. Raises CliError when something is there, or it cannot be written."""
    try:
        with file.open("wb" if force else "xb") as opened:
            opened.write(text)
    except FileExistsError:
        raise unusable(
            f"{file} is there; it was not touched", "choose another --output, or pass --force"
        ) from None
    except (OSError, ValueError) as error:
        raise CliError(
            f"the plan could not be written: {error}", hint="choose another --output"
        ) from None


def _facts(
    file: Path, plan: Plan, found: Sequence[Problem], simulated: Sequence[str]
) -> dict[str, object]:
    from agents.plan import cli  # noqa: PLC0415

    path = cli.critical_path(plan.tasks)
    return {
        "file": str(file), "app": plan.model.app.slug, "problems": found,
        "simulated": simulated, "unmapped": plan.model.unmapped,
        "critical_path": [task.id for task in path.tasks], "seconds": path.seconds,
        "work_seconds": path.work,
    }  # fmt: skip


def _counts(model: AppModel) -> str:
    counted = (
        (len(model.entities), "kinds of records"), (len(model.pages), "pages"),
        (len(model.features), "features"), (len(model.roles), "roles"),
    )  # fmt: skip
    return ", ".join(f"{count} {what}" for count, what in counted)


def _tell(file: Path, found: Sequence[Problem]) -> None:
    """Each problem as compilers say it, so that editors can go there."""
    for each in found:
        place = f"{file}:{each.line}" if each.line else str(file)
        note(f"{place}: {each.text}" + (f"  ({each.path})" if each.path else ""))
    many = "one rule is" if len(found) == 1 else f"{len(found)} rules are"
    note(f"genesis: {many} broken; mend the file at the places that are named")
