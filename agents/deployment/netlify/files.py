"""Which files of a folder go to Netlify, by the path that each is served at.

Errors:
    AgentError `empty_site`     there is nothing to publish
               `project_root`   the folder is a project's source, and not what its build made
               `bad_file_name`  Netlify takes no such name
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from msgspec import Struct

from agents.deployment.publishing import is_sent, refuse_source
from agents.work import AgentError

SHOWN = 5


class Layout(Struct, frozen=True):
    """`public` by the path that a file is served at, `functions` by name."""

    public: dict[str, Path]
    functions: dict[str, Path]


def layout(folder: Path) -> Layout:
    """What a folder has for Netlify: an app of Genesis, its bundle, or an output folder. Blocking.

    What an app has for Netlify alone (`_headers`, `_redirects`, functions) is in `netlify/` of its
    bundle, and in `dist/netlify/` after its build.
    """
    for own in (folder / "dist" / "netlify", folder / "netlify"):
        if (own / "public").is_dir():
            common = folder / "public" if own.parent == folder else own / "public"
            public = {**_public(common), **_public(own / "public")}
            return _checked(folder, Layout(public, _functions(own / "functions")))
    refuse_source(folder, "Netlify", "dist/netlify")
    return _checked(folder, Layout(_public(folder), {}))


def _public(folder: Path) -> dict[str, Path]:
    """Regular files; a link could lead out of the folder."""
    found: dict[str, Path] = {}
    for place_name, folders, names in os.walk(folder):
        place = Path(place_name)
        inside = PurePosixPath(place.relative_to(folder).as_posix())
        folders[:] = sorted(name for name in folders if is_sent(inside / name))
        for name in sorted(names):
            path = place / name
            if is_sent(inside / name) and path.is_file() and not path.is_symlink():
                found[(inside / name).as_posix()] = path
    return found


def _functions(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in sorted(folder.glob("*.mjs")) if path.is_file()}


def _checked(folder: Path, found: Layout) -> Layout:
    if not found.public:
        raise AgentError(
            "empty_site",
            f"{folder} holds no file to publish; nothing was sent",
            hint="build the project first, and give the folder that its build writes",
        )
    bad = [path for path in found.public if _is_bad(path)]
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        shown = ", ".join(ascii(path) for path in bad[:SHOWN])
        raise AgentError(
            "bad_file_name",
            f"Netlify takes no file whose name has # or ?, or is no Unicode: {shown}{more};"
            " nothing was sent",
            hint="rename them, or leave them out of the build",
        )
    return found


def _is_bad(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return True
    return "#" in path or "?" in path
