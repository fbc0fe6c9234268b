"""The folder of seeds: which files there are, for which environment, and their hashes.

A file whose name begins with an environment (`development_users.json`, also after a number:
`010_production.csv`) is for that environment only; every other file is for all of them. What
begins with `template` is never run.

Errors:
    InvalidInput `no_seeds`       the folder is not there
    InvalidInput `no_such_seed`   a file that was asked for is not in it
    InvalidInput `seed_unreadable` a file cannot be read
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from agents.migration.errors import InvalidInput, Place
from agents.migration.seeds.model import SeedFile

ENVIRONMENTS = ("development", "staging", "production")
SUFFIXES = (".json", ".csv")
_NUMBER = re.compile(r"^\d+[._-]+")
_CHUNK = 1 << 20


def find(folder: Path, environment: str = "development") -> list[SeedFile]:
    """Every seed file of the folder, sorted by name; `environment` may be one of your own."""
    if not folder.is_dir():
        raise InvalidInput(
            "no_seeds", f"there is no folder {folder}; nothing was done",
            hint="make it with `genesis migrate seed template TABLE`, or name it with --seeds",
        )  # fmt: skip
    paths = sorted(
        path for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )  # fmt: skip
    return [describe(path, environment) for path in paths]


def ignored(folder: Path) -> list[str]:
    """What lies in the folder and is no seed."""
    return sorted(
        path.name for path in folder.iterdir()
        if not path.name.startswith(".")
        and not path.name.lower().startswith("readme")
        and (path.is_dir() or path.suffix.lower() not in SUFFIXES)
    )  # fmt: skip


def describe(path: Path, environment: str = "development") -> SeedFile:
    """What a file's name says."""
    name = _NUMBER.sub("", path.name).lower()
    return SeedFile(
        path=path,
        environment=_environment(name, environment.lower()),
        is_template=name.startswith("template"),
    )


def _environment(name: str, current: str) -> str | None:
    # The three that everybody knows need no separator: a file meant for one must not run in all.
    found = next((each for each in ENVIRONMENTS if name.startswith(each)), None)
    if found is None and re.match(rf"{re.escape(current)}[._-]", name):
        return current
    return found


def select(files: Iterable[SeedFile], environment: str, only: Iterable[str] = ()) -> list[SeedFile]:
    """What runs in the environment, or of that only the named files. Raises InvalidInput."""
    files = list(files)
    mine = [
        file for file in files
        if not file.is_template and file.environment in (None, environment.lower())
    ]  # fmt: skip
    wanted = list(only)
    if not wanted:
        return mine
    names = {Path(each).name for each in wanted}
    absent = sorted(names - {file.name for file in mine})
    if absent:
        raise InvalidInput(
            "no_such_seed", f"not among the seeds for {environment}: {', '.join(absent)}; "
            "nothing was done",
            hint="see `genesis migrate seed status`",
        )  # fmt: skip
    return [file for file in mine if file.name in names]


def table_of(file: SeedFile) -> str:
    """The table that a CSV file's name means: `development_users.csv` is `users`."""
    stem = _NUMBER.sub("", file.path.stem)
    if file.environment and stem.lower().startswith(file.environment):
        stem = stem[len(file.environment) :].lstrip("._-")
    elif file.is_template:
        stem = stem[len("template") :].lstrip("._-")
    return _NUMBER.sub("", stem)


def checksum(file: SeedFile) -> str:
    """SHA-256 of the file's bytes, in hexadecimal. Raises InvalidInput."""
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise unreadable(file.path, error) from error
    return digest.hexdigest()


def unreadable(path: Path, error: OSError) -> InvalidInput:
    """The error for a file that cannot be read."""
    return InvalidInput(
        "seed_unreadable", f"{path} cannot be read: {error.strerror}; nothing was changed",
        hint="correct the file's permissions", place=Place(file=str(path)),
    )  # fmt: skip
