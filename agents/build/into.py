"""An app's folder brought to another model: files merged, tables by a forward migration. Pure,
but for git.

Existing migrations are never changed, as they may be applied already. Generated anew they are
read only to see what is different now.

Errors:
    IntoError   this folder or this model cannot be used; says why and what to do
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from agents.build import merge, record, threeway
from agents.build.evolution import Change, EvolutionError, evolve, read
from agents.build.generator import MODEL_FILE, generate_app
from agents.build.merge import Action
from contracts.model import AppModel, ModelError

_MIGRATIONS = "migrations/"


class IntoError(Exception):
    """Nothing was changed."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Merged(Struct, frozen=True, kw_only=True):
    """The whole folder as it shall be. `conflicts` are the actions that need a person.

    `removed` are paths that go. `notes` say what is done to rows, `simulated` what the app only
    stands in for; `migration` is the path of the new one, "" for none.
    """

    files: dict[str, bytes]
    removed: tuple[str, ...]
    actions: tuple[Action, ...]
    conflicts: tuple[Action, ...]
    migration: str
    notes: tuple[str, ...]
    simulated: tuple[str, ...]


def into(model: AppModel, folder: Mapping[str, bytes]) -> Merged:
    """The folder's app after the model. Blocking. Raises IntoError."""
    base = _base(folder)
    try:
        made = generate_app(model)
    except ModelError as error:
        raise IntoError(f"no app can be made of the plan: {error}", "correct the plan") from None
    own = {path: folder[path] for path in folder if _merges(path)}
    before = {path: base[path] for path in base if _merges(path)}
    after = {path: made.files[path] for path in made.files if _merges(path)}
    files, found = _files(before, after, own)
    path, change = _migration(base, made.files, folder)
    kept = {path: folder[path] for path in folder if not _merges(path)}
    records = {path: made.files[path] for path in (MODEL_FILE, record.MANIFEST, record.BASE)}
    added = {path: change.script.encode()} if change else {}
    return Merged(
        files={**kept, **files, **added, **records},
        removed=tuple(action.path for action in found if action.kind == "delete"),
        actions=found,
        conflicts=tuple(action for action in found if action.kind == "conflict"),
        migration=path if change else "",
        notes=change.notes if change else (),
        simulated=made.notes,
    )


def _base(folder: Mapping[str, bytes]) -> dict[str, bytes]:
    try:
        base = record.generated(folder)
    except record.RecordError as error:
        raise IntoError(
            f"the folder cannot be told from what was generated: {error}",
            "restore .genesis/ from your version control, or build into a new folder",
        ) from None
    marked = [path for path in sorted(folder) if path in base and merge.marked(folder[path])]
    if marked:
        raise IntoError(
            f"conflicts are still marked in {', '.join(marked)}",
            "choose between the versions there, remove the marks, and build again",
        )
    return base


def _merges(path: str) -> bool:
    """Whether a path is a file like any other: neither a migration nor a record of Genesis."""
    return not path.startswith((_MIGRATIONS, record.FOLDER)) and path != MODEL_FILE


def _files(
    base: Mapping[str, bytes], theirs: Mapping[str, bytes], ours: Mapping[str, bytes]
) -> tuple[dict[str, bytes], tuple[Action, ...]]:
    """The files after the merge, and what was done to each."""
    files, done = dict(ours), []
    for action in merge.decide(base, theirs, ours):
        path, found = action.path, action
        match action.kind:
            case "add" | "update":
                files[path] = theirs[path]
            case "delete":
                del files[path]
            case "merge":
                content, conflicts = _merged(base.get(path, b""), theirs[path], ours[path])
                files[path] = content
                if conflicts:
                    why = f"{conflicts} conflict{'s' if conflicts > 1 else ''} in it"
                    found = msgspec.structs.replace(action, kind="conflict", why=why)
            case _:
                pass
        done.append(found)
    return files, tuple(done)


def _merged(base: bytes, theirs: bytes, ours: bytes) -> tuple[bytes, int]:
    try:
        return threeway.merged(base, theirs, ours)
    except threeway.GitMissing as error:
        raise IntoError(str(error), "install git, and build again") from None


def _migration(
    base: Mapping[str, bytes], theirs: Mapping[str, bytes], folder: Mapping[str, bytes]
) -> tuple[str, Change | None]:
    """The path and the content of the new migration, if there is something to migrate."""
    there = sorted(path for path in folder if _is_migration(path))
    newest = there[-1] if there else ""
    try:
        before, after = read(_scripts(base)), read(_scripts(theirs))
        if newest and newest not in base:
            # A run before this one may have written it, and no more.
            again = evolve(before, after, int(_number(newest)))
            if again and again.script.encode() == folder[newest]:
                return newest, again
        number = _next(newest)
        change = evolve(before, after, int(number))
    except EvolutionError as error:
        raise IntoError(f"the tables cannot follow the model: {error}", "report this") from None
    return (f"{_MIGRATIONS}{number}_{change.title}.sql", change) if change else ("", None)


def _is_migration(path: str) -> bool:
    return path.startswith(_MIGRATIONS) and path.endswith(".sql")


def _scripts(files: Mapping[str, bytes]) -> list[str]:
    return [files[path].decode() for path in sorted(files) if _is_migration(path)]


def _number(path: str) -> str:
    found = re.match(r"\d+", path.removeprefix(_MIGRATIONS))
    if not found:
        raise IntoError(
            f"{path} has no number, so no migration can be put after it",
            "begin its name with a number",
        )
    return found[0]


def _next(newest: str) -> str:
    """The number after the newest file's, in as many digits: files are applied by their names."""
    last = _number(newest) if newest else "000"
    number = str(int(last) + 1).zfill(len(last))
    if len(number) > len(last):
        raise IntoError(
            f"no name can follow {newest}: files are applied in the order of their names",
            "give that migration a lower number, if no database has it yet",
        )
    return number
