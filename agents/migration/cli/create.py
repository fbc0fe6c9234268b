"""`create`: a new migration from a template."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from agents.migration.cli import output
from agents.migration.cli.options import USUAL, Options
from agents.migration.errors import InvalidInput
from agents.migration.templates import Request
from agents.migration.templates import create as write


def create(
    words: Annotated[
        list[str] | None, Parameter(help="What it does, as create_users or add_email_to_users.")
    ] = None,
    /,
    *,
    name: Annotated[str | None, Parameter(help="The same as an option.")] = None,
    template: Annotated[
        str | None,
        Parameter(
            help="create_table, add_column, add_index, create_function, create_trigger, add_rls "
            "or blank. Default: as the name says."
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        Parameter(negative="", help="name:type:modifier…, as email:text:unique; repeatable."),
    ] = None,
    table: Annotated[str | None, Parameter(help="The table. Default: as the name says.")] = None,
    unique: Annotated[bool, Parameter(negative="", help="add_index: a unique one.")] = False,
    where: Annotated[str | None, Parameter(help="add_index: only these rows.")] = None,
    using: Annotated[str | None, Parameter(help="add_rls: who may see which rows.")] = None,
    returns: Annotated[str | None, Parameter(help="create_function: its type.")] = None,
    irreversible: Annotated[
        str | None, Parameter(help="There is no way back, for this reason.")
    ] = None,
    timestamp: Annotated[
        bool, Parameter(negative="", help="Number it by the time, in UTC.")
    ] = False,
    options: Options = USUAL,
) -> int:
    """Write a new migration with its way back."""

    async def work() -> int:
        said = name or "_".join(words or [])
        if not said:
            raise InvalidInput(
                "no_name", "the migration has no name; nothing was written",
                hint="say what it does: genesis migrate create add_email_to_users",
            )  # fmt: skip
        done = write(
            options.target(need_url=False).folder,
            Request(
                name=said, template=template, table=table, columns=tuple(column or ()),
                unique=unique, where=where, using=using, returns=returns,
                irreversible=irreversible, timestamp=timestamp,
            ),
        )  # fmt: skip
        if options.json:
            output.dump(done)
        else:
            output.say(f"{done.path} ({done.template})")
        return output.DONE

    return output.run(work(), as_json=options.json)
