"""Which files of a folder go to Vercel: a Build Output, version 3, below `.vercel/output/`.

An app of Genesis and its bundle bring one; any other output folder becomes one that serves its
files, with and without `.html`.

Errors:
    AgentError `empty_site`       there is nothing to publish
               `project_root`     the folder is a project's source, and not what its build made
               `bad_file_name`    a name is no Unicode
               `linked_file`      a link in a Build Output
               `too_many_files`   more than Vercel takes
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import msgspec

from agents.deployment.publishing import is_sent, refuse_source
from agents.work import AgentError

OUTPUT = ".vercel/output"
MOST = 15_000
"""Files in a deployment (vercel.com/docs/limits)."""
MARK = "config.json"
PLACES = ("dist/vercel/.vercel/output", ".vercel/output")
IN_BUNDLE = "vercel"
"""Of a bundle, what is for Vercel alone; its static files are those in `public`."""
SHOWN = 5
OUTPUTS = Path(__file__).with_name("outputs")
_PLAIN = {False: "plain.json", True: "plain-with-404.json"}
"""How a plain folder is served: its files, `/about` from `about.html`, and its own 404.html."""


def layout(folder: Path) -> dict[str, Path]:
    """The files by the path that each has in the deployment. Blocking."""
    for place in PLACES:
        if (folder / place / MARK).is_file():
            return _checked(folder, _output(folder / place))
    own = folder / IN_BUNDLE
    if (own / MARK).is_file():
        static = {f"{OUTPUT}/static/{path}": at for path, at in _sent(folder / "public").items()}
        return _checked(folder, {**static, **_output(own)})
    if _is_output(folder):
        return _checked(folder, _output(folder))
    refuse_source(folder, "Vercel", ".vercel/output")
    static = _sent(folder)
    found = {f"{OUTPUT}/static/{path}": at for path, at in static.items()}
    if found:
        found[f"{OUTPUT}/{MARK}"] = OUTPUTS / _PLAIN["404.html" in static]
    return _checked(folder, found)


def _is_output(folder: Path) -> bool:
    """Whether the folder is a Build Output itself."""
    try:
        config = msgspec.json.decode((folder / MARK).read_bytes())
    except (OSError, msgspec.DecodeError):
        return False
    inside = (folder / "static").is_dir() or (folder / "functions").is_dir()
    return isinstance(config, dict) and config.get("version") == 3 and inside  # noqa: PLR2004  # the format's


def _output(folder: Path) -> dict[str, Path]:
    """All of a Build Output but what nobody should read at its address."""
    found: dict[str, Path] = {}
    for inside, path in _walk(folder):
        if path.is_symlink():
            raise AgentError(
                "linked_file",
                f"{path} is a link: what it names would be missing; nothing was sent",
                hint="let the build write the file itself",
            )  # fmt: skip
        static = inside.parts[:1] == ("static",)
        if path.is_file() and (not static or is_sent(inside)):
            found[f"{OUTPUT}/{inside}"] = path
    return found


def _sent(folder: Path) -> dict[str, Path]:
    """Regular files that may be published; a link could lead out of the folder."""
    return {
        str(inside): path
        for inside, path in _walk(folder)
        if is_sent(inside) and path.is_file() and not path.is_symlink()
    }


def _walk(folder: Path) -> list[tuple[PurePosixPath, Path]]:
    """Everything in a folder that is no folder itself, links to folders included."""
    found = []
    for place_name, folders, names in os.walk(folder):
        place = Path(place_name)
        inside = PurePosixPath(place.relative_to(folder).as_posix())
        links = [name for name in folders if (place / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name != "node_modules" or inside.parts)
        found += [(inside / name, place / name) for name in sorted([*names, *links])]
    return found


def _checked(folder: Path, found: dict[str, Path]) -> dict[str, Path]:
    if not any(not path.endswith(f"output/{MARK}") for path in found):
        raise AgentError(
            "empty_site",
            f"{folder} holds no file to publish; nothing was sent",
            hint="build the project first, and give the folder that its build writes",
        )
    bad = [path for path in found if not _is_unicode(path)]
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        shown = ", ".join(ascii(path) for path in bad[:SHOWN])
        raise AgentError(
            "bad_file_name",
            f"Vercel takes no file whose name is no Unicode: {shown}{more}; nothing was sent",
            hint="rename them, or leave them out of the build",
        )
    if len(found) > MOST:
        raise AgentError(
            "too_many_files",
            f"{folder} holds {len(found):,} files, and Vercel takes {MOST:,} in a deployment;"
            " nothing was sent",
            hint="leave out what nobody asks for, or keep large collections in a file store",
        )
    return found


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
