"""`baseline` and `repair`: they change the history and nothing else."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from agents.migration import adoption, locking
from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.errors import InvalidInput
from agents.migration.files import read_folder


def baseline(
    *,
    to: Annotated[str | None, Parameter(help="Up to and with this version.")] = None,
    all: Annotated[bool, Parameter(negative="", help="Every file.")] = False,  # noqa: A002
    adopt: Annotated[
        bool, Parameter(negative="", help="What the table of another tool says is applied.")
    ] = False,
    by: Annotated[str | None, Parameter(help="Who acts.")] = None,
    lock_wait: Annotated[float, Parameter(help="Seconds to wait for a runner.")] = locking.WAIT,
    options: Options = USUAL,
) -> int:
    """Take migrations for applied without running them: the database has their effect already."""

    async def work() -> int:
        target = options.target()
        folder = read_folder(target.folder, options.format)
        done = await adoption.baseline(
            target.url, folder, table=options.table, to=to, everything=all, adopt=adopt, by=by,
            wait=lock_wait,
        )  # fmt: skip
        if options.json:
            output.dump(done)
            return output.DONE
        for name in done.names:
            output.say(f"= {name}")
        source = f", as {done.tool} says" if done.tool else ""
        output.say(f"{len(done.names)} taken for applied in {done.table}{source}; nothing was run")
        return output.DONE

    return output.run(work(), as_json=options.json)


def repair(
    version: Annotated[str, Parameter(help="The migration, by number or name.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; it is kept in the history.")],
    accept: Annotated[
        bool, Parameter(negative="", help="The file's present text is what was applied.")
    ] = False,
    forget: Annotated[
        bool, Parameter(negative="", help="It is not applied; its way back is not run.")
    ] = False,
    by: Annotated[str | None, Parameter(help="Who acts.")] = None,
    options: Options = USUAL,
) -> int:
    """Say what is meant where files and history disagree; nothing is run."""

    async def work() -> int:
        if accept == forget:
            raise InvalidInput(
                "nothing_to_repair", "say one of --accept and --forget; nothing was changed"
            )
        target = options.target()
        folder = read_folder(target.folder, options.format)
        act = adoption.accept if accept else adoption.forget
        name = await act(target.url, folder, version, reason, table=options.table, by=by)
        if options.json:
            output.dump({"name": name, "action": "accepted" if accept else "forgotten"})
        else:
            output.say(f"{name}: {'accepted as it reads now' if accept else 'forgotten'}")
        return output.DONE

    return output.run(work(), as_json=options.json)
