"""What the `seed` commands share: their options, their connection, how they complain."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from agents.migration.cli import output
from agents.migration.errors import InvalidInput
from agents.migration.seeds.model import SeedInvalid
from agents.migration.session import STATEMENT_TIMEOUT, Connection, connect, told
from agents.migration.target import Target, resolve


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Options:
    """Where to work, and how to speak."""

    database_url: Annotated[str | None, Parameter(help="Default: DATABASE_URL.")] = None
    environment: Annotated[
        str,
        Parameter(name=["--environment", "-e"], help="Which files run; an entry of genesis.toml."),
    ] = "development"
    seeds: Annotated[
        Path | None, Parameter(help="The folder. Default: seeds beside the migrations.")
    ] = None
    dir: Annotated[Path | None, Parameter(help="The folder of migrations.")] = None
    statement_timeout: Annotated[
        float, Parameter(help="Seconds that a statement runs; 0 is for ever.")
    ] = STATEMENT_TIMEOUT
    json: Annotated[bool, Parameter(negative="", help="Print JSON for machines.")] = False

    def target(self, *, need_url: bool = True) -> Target:
        """The database; the environment needs no entry where a URL is given."""
        try:
            return resolve(self.database_url, self.dir, self.environment, need_url=need_url)
        except InvalidInput as error:
            given = self.database_url or os.environ.get("DATABASE_URL")
            if error.code != "no_environment" or (need_url and not given):
                if error.code == "no_environment" and self.environment == "development":
                    # Nobody asked for that environment: what is missing is a database.
                    resolve(self.database_url, self.dir)
                raise
            return resolve(self.database_url, self.dir, need_url=need_url)

    def folder(self, found: Target) -> Path:
        """The folder of seeds."""
        return self.seeds or found.folder.absolute().parent / "seeds"


@asynccontextmanager
async def opened(options: Options, found: Target) -> AsyncIterator[Connection]:
    with told(found.url):
        async with connect(
            found.url, statement_timeout=options.statement_timeout,
            application_name="genesis migrate seed",
        ) as connection:  # fmt: skip
            yield connection


def execute(work: Coroutine[Any, Any, int], options: Options) -> int:
    async def complaining() -> int:
        try:
            return await work
        except SeedInvalid as error:
            if not options.json:
                raise
            output.dump(
                {
                    "error": {
                        "code": error.code, "message": error.message, "hint": error.hint,
                        "place": error.place, "problems": error.problems,
                    },
                    "exit_code": error.exit_code,
                }
            )  # fmt: skip
            return error.exit_code

    return output.run(complaining(), as_json=options.json)
