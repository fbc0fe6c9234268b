"""A folder of migrations, whichever tool wrote it.

Errors:
    InvalidInput `no_folder`           the folder is missing or cannot be read
    InvalidInput `unknown_format`      files of two tools, or of none that is known
    InvalidInput `invalid_migration`   a file that cannot be used; names file, line, column
    InvalidInput `duplicate_version`   two files of one version
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from agents.migration.errors import InvalidInput, Place
from agents.migration.files import single
from agents.migration.files.model import Folder, Migration
from agents.migration.files.text import invalid

_GOOSE = re.compile(rb"^[ \t]*--[ \t]*\+goose[ \t]+up\b", re.IGNORECASE | re.MULTILINE)
_FLYWAY = re.compile(r"(?:[VUB][0-9][0-9._]*|R)__.*\.sql", re.DOTALL)
_GO = re.compile(r"[0-9]+_.*(?<!_test)\.go", re.DOTALL)


def read_folder(path: Path | str, format: str | None = None) -> Folder:  # noqa: A002
    """Every migration of a folder. `format` is one of READERS, found out when it is None."""
    folder = Path(path)
    try:
        # Paths take ten times as long to sort.
        names = sorted(name for name in os.listdir(folder) if name[0] != ".")  # noqa: PTH208
        entries = [folder / name for name in names]
        chosen = format or _format(folder, entries)
        if chosen not in READERS:
            raise InvalidInput(
                "unknown_format", f"{chosen!r} is no format of migrations; nothing was run",
                hint=f"one of {', '.join(READERS)}",
            )  # fmt: skip
        _refuse_programs(entries)
        migrations = READERS[chosen](entries)
    except NotADirectoryError:
        raise _no_folder(folder, "is no folder") from None
    except FileNotFoundError as error:
        if folder.is_dir():
            raise invalid(str(error.filename), "is missing", "add it") from None
        raise _no_folder(folder, "does not exist") from None
    except OSError as error:
        place = str(error.filename or folder)
        raise invalid(place, f"cannot be read ({error.strerror})", "let it be read") from None
    return Folder(path=folder, format=chosen, migrations=ordered(migrations))


def ordered(migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """In the order in which they are applied. Raises InvalidInput for two of one version."""
    found: dict[str, Migration] = {}
    for migration in migrations:
        other = found.setdefault(migration.version, migration)
        if other is not migration:
            raise InvalidInput(
                "duplicate_version",
                f"{other.path} and {migration.path} have the same number {migration.version}. "
                "Nothing was run.",
                hint="renumber the one that is applied nowhere yet",
                place=Place(file=str(migration.path)),
            )
    return tuple(sorted(found.values(), key=lambda each: (each.repeatable, each.order, each.name)))


def _format(folder: Path, entries: Sequence[Path]) -> str:
    found: dict[str, Path] = {}
    for entry in entries:
        name = entry.name
        if name.endswith(".sql"):
            if name.endswith((".up.sql", ".down.sql")):
                found.setdefault("golang-migrate", entry)
            elif _FLYWAY.fullmatch(name):
                found.setdefault("flyway", entry)
            elif not {"goose", "native"} & set(found):
                # All files of a folder are of one kind; the first one tells goose from the others.
                kind = "goose" if _GOOSE.search(entry.read_bytes()) else "native"
                found[kind] = entry
        elif (entry / "up.sql").is_file():
            found.setdefault("diesel", entry)
    if len(found) > 1:
        (one, first), (two, second) = list(found.items())[:2]
        raise InvalidInput(
            "unknown_format",
            f"{folder} holds files of two kinds: {first.name} ({one}) and {second.name} ({two}). "
            "Nothing was run.",
            hint="move the files of one kind away",
            place=Place(file=str(second)),
        )
    return next(iter(found), "native")


def _refuse_programs(entries: Sequence[Path]) -> None:
    for entry in entries:
        if entry.name.endswith(".go") and _GO.fullmatch(entry.name):
            raise invalid(
                str(entry), "is a migration written in Go, which only its own tool can run",
                "apply it with that tool, then `genesis migrate baseline`, or rewrite it in SQL",
            )  # fmt: skip


def _no_folder(folder: Path, what: str) -> InvalidInput:
    return InvalidInput(
        "no_folder", f"{folder} {what}; nothing was run",
        hint="name the folder with --dir, or make a migration with `genesis migrate create`",
        place=Place(file=str(folder)),
    )  # fmt: skip


def _sql_files(entries: Sequence[Path]) -> list[Path]:
    return [entry for entry in entries if entry.name.endswith(".sql")]


def _native(entries: Sequence[Path]) -> list[Migration]:
    return [single.read_marked(each, str(each), each.read_bytes()) for each in _sql_files(entries)]


def _goose(entries: Sequence[Path]) -> list[Migration]:
    return [single.read_goose(each, str(each), each.read_bytes()) for each in _sql_files(entries)]


def _golang(entries: Sequence[Path]) -> list[Migration]:
    from agents.migration.files.pairs import read_golang  # noqa: PLC0415

    return read_golang(_sql_files(entries))


def _diesel(entries: Sequence[Path]) -> list[Migration]:
    from agents.migration.files.pairs import read_diesel  # noqa: PLC0415

    return read_diesel([each for each in entries if (each / "up.sql").is_file()])


def _flyway(entries: Sequence[Path]) -> list[Migration]:
    from agents.migration.files.pairs import read_flyway  # noqa: PLC0415

    return read_flyway(_sql_files(entries))


READERS: dict[str, Callable[[Sequence[Path]], list[Migration]]] = {
    "native": _native,
    "dbmate": _native,
    "node-pg-migrate": _native,
    "goose": _goose,
    "golang-migrate": _golang,
    "diesel": _diesel,
    "flyway": _flyway,
}
