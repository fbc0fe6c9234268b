"""Where a command's database and migrations are: flag, genesis.toml, environment.

`genesis.toml` stands in the working folder or one above it:

    [environments.staging]
    database_url_env = "STAGING_DATABASE_URL"    # or database_url_file, or database_url
    migrations = "db/migrations"                 # default ./migrations
    production = true                            # asks for --allow-production where that counts

Errors:
    InvalidInput `no_database` `bad_config` `no_environment`
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from agents.migration.errors import InvalidInput, Place

CONFIG = "genesis.toml"
DEFAULT_FOLDER = Path("migrations")


class Environment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry `[environments.NAME]` of genesis.toml."""

    database_url: str = ""
    database_url_env: str = ""
    database_url_file: str = ""
    migrations: str = ""
    production: bool = False


class Target(Struct, frozen=True, kw_only=True):
    """What a command works on; `url` carries a secret and never prints."""

    url: str
    folder: Path
    environment: str | None = None
    production: bool = False

    def __repr__(self) -> str:
        return f"Target(folder={self.folder}, environment={self.environment})"


def resolve(
    url: str | None = None,
    folder: Path | None = None,
    environment: str | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    start: Path | None = None,
    need_url: bool = True,
) -> Target:
    """The flag, else the environment's entry, else DATABASE_URL. Raises InvalidInput."""
    env = os.environ if variables is None else variables
    entry, base = _entry(environment, start or Path.cwd()) if environment else (None, Path())
    found = url or (_entry_url(entry, env, base) if entry else "") or env.get("DATABASE_URL", "")
    if not found and need_url:
        raise InvalidInput(
            "no_database", "no database is named; nothing was run",
            hint="set DATABASE_URL, or give --database-url or --environment",
        )  # fmt: skip
    entry_folder = base / entry.migrations if entry and entry.migrations else DEFAULT_FOLDER
    return Target(
        url=found, folder=folder or entry_folder, environment=environment,
        production=bool(entry and entry.production) or environment in {"production", "prod"},
    )  # fmt: skip


def _entry(name: str, start: Path) -> tuple[Environment, Path]:
    """The entry, and the folder of the file that holds it."""
    for folder in (start, *start.parents):
        file = folder / CONFIG
        if file.is_file():
            break
    else:
        raise InvalidInput(
            "no_environment", f"there is no {CONFIG} that could say what {name!r} is",
            hint=f"write one with [environments.{name}], or give --database-url",
        )  # fmt: skip
    # A database named by a flag or a variable needs none of it.
    import tomllib  # noqa: PLC0415

    try:
        entries = tomllib.loads(file.read_text("utf-8")).get("environments", {})
        if name not in entries:
            raise InvalidInput(
                "no_environment", f"{file} has no entry [environments.{name}]",
                hint=f"it knows {', '.join(entries) or 'none'}", place=Place(file=str(file)),
            )  # fmt: skip
        return msgspec.convert(entries[name], Environment), folder
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidInput(
            "bad_config", f"{file} cannot be used: {error}; nothing was run",
            hint="correct it", place=Place(file=str(file)),
        ) from None  # fmt: skip


def _entry_url(entry: Environment, env: Mapping[str, str], base: Path) -> str:
    if entry.database_url_env:
        if entry.database_url_env not in env:
            raise InvalidInput(
                "no_database", f"the variable {entry.database_url_env} is not set",
                hint="set it to the database's URL",
            )  # fmt: skip
        return env[entry.database_url_env]
    if entry.database_url_file:
        file = base / entry.database_url_file
        try:
            return file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                "no_database", f"{file} cannot be read: {error}", hint="write the URL into it",
                place=Place(file=str(file)),
            ) from None  # fmt: skip
    return entry.database_url
