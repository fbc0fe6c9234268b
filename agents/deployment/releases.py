"""Release folders: filled under a temporary name, renamed when they are whole.

Errors:
    AgentError `bad_bundle`   the bundle lacks something, or is of another app or build
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import re
import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from agents.deployment import state
from agents.work import AgentError

KEPT = 5
"""Release folders that stay besides the live one and the one before it."""
_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BuildFile(Struct, frozen=True):
    """`build.json` of a bundle."""

    app: str
    build: str


def release_id(build_id: str, pipeline: str) -> str:
    """The release's name: the build, and which pipeline brings it."""
    if _BUILD_ID.fullmatch(build_id) is None:
        raise bad_bundle(f"the build id {build_id[:80]!r} is no plain name")
    return f"{build_id}-{hashlib.sha256(pipeline.encode()).hexdigest()[:8]}"


def place(home: Path, app: str, environment: str, release: str) -> Path:
    """The folder of a release."""
    return state.folder(home, app, environment) / "releases" / release


def log_file(home: Path, app: str, environment: str, release: str) -> Path:
    """Where a release's server writes what it prints."""
    return state.folder(home, app, environment) / "logs" / f"{release}.log"


def lay(bundle: Path, folder: Path, like: Path | None) -> tuple[int, int]:
    """Make the release's folder of an unpacked bundle, which is used up, unless it is there.

    Answers how many files were laid there, and how many are the same as in the folder `like` and
    shared with it: nobody writes to the files of a release. Blocking.
    """
    if folder.is_dir():
        return 0, sum(1 for path in folder.rglob("*") if path.is_file())
    if not (bundle / "server.mjs").is_file():
        raise bad_bundle("it has no server.mjs")
    unfinished = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(unfinished, ignore_errors=True)
    laid = shared = 0
    for path in sorted(bundle.rglob("*")):
        name = path.relative_to(bundle)
        if path.is_dir():
            continue
        (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
        if like is not None and _same(like / name, path):
            os.link(like / name, unfinished / name)
            shared += 1
        else:
            path.replace(unfinished / name)
            laid += 1
    unfinished.rename(folder)
    state.sync_folder(folder.parent)
    return laid, shared


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and filecmp.cmp(one, other, shallow=False)


def check(folder: Path, holds: tuple[str, ...], *, app: str, build_id: str) -> None:
    """Raise unless an unpacked bundle holds what it must, and is of that app and build."""
    for needed in (*holds, "build.json"):
        if not (folder / needed).is_file():
            raise bad_bundle(f"it has no {needed}")
    try:
        found = msgspec.json.decode((folder / "build.json").read_bytes(), type=BuildFile)
    except msgspec.DecodeError as error:
        raise bad_bundle(f"its build.json cannot be read: {error}") from None
    if (found.app, found.build) != (app, build_id):
        raise bad_bundle(
            f"it is build {found.build} of {found.app}, and build {build_id} of {app} was asked for"
        )


def remove(folder: Path) -> None:
    """Remove a release's folder, if it is there. Blocking."""
    if folder.exists():
        shutil.rmtree(folder)


def to_keep(app: state.AppState) -> dict[str, state.Release]:
    """The releases whose folders stay: the newest, the live one, and what it would go back to."""
    newest = sorted(app.releases.values(), key=lambda release: release.at)[-KEPT:]
    kept = {release.release for release in newest} | {app.live}
    kept |= {one.previous for one in app.releases.values() if one.release in kept}
    return {name: release for name, release in app.releases.items() if name in kept}


def bad_bundle(why: str) -> AgentError:
    """What an archive that cannot be used is answered with."""
    return AgentError(
        "bad_bundle",
        f"the app's bundle cannot be deployed: {why}; nothing was changed",
        hint="build the app again",
    )
