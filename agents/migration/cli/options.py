"""The options that every command has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from agents.migration import target
from agents.migration.cli.parameter import Parameter


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Options:
    """Where to work, and how to speak."""

    database_url: Annotated[str | None, Parameter(help="Default: DATABASE_URL.")] = None
    environment: Annotated[
        str | None, Parameter(name=["--environment", "-e"], help="An entry of genesis.toml.")
    ] = None
    dir: Annotated[
        Path | None, Parameter(help="The folder of migrations. Default: ./migrations.")
    ] = None
    format: Annotated[
        str | None,
        Parameter(help="Whose files they are: native, dbmate, goose, golang-migrate, diesel, "
                       "flyway. Default: seen by the files."),
    ] = None  # fmt: skip
    table: Annotated[
        str,
        Parameter(
            name="--history-table",
            help="The history's table; with a schema when it is not the first one.",
        ),
    ] = "schema_migrations"
    json: Annotated[bool, Parameter(negative="", help="Print JSON for machines.")] = False

    def target(self, *, need_url: bool = True) -> target.Target:
        """The database and the folder. Raises InvalidInput."""
        return target.resolve(self.database_url, self.dir, self.environment, need_url=need_url)


USUAL = Options()
