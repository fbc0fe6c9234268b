"""What of an app's folder decides on its CI files. Pure.

Errors:
    CiError   the folder is none that files can be made for; says why and what to do
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from msgspec import Struct

from agents.deployment.ci import pins

NODE_FILE = ".nvmrc"


class CiError(Exception):
    """CI files cannot be made, or not be written: why, and what to do next."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


class Project(Struct, frozen=True, kw_only=True):
    """A folder as far as its pipelines need to know.

    `scripts` are those of its package.json. `served` apps have a server and answer at /api/health;
    of others `output` is the folder of plain files that their build writes. `node` is the version
    in digits, `node_file` the file that says so, "" for none.
    """

    name: str
    scripts: frozenset[str]
    database: bool
    served: bool
    output: str
    node: str
    node_file: str


def read(files: Mapping[str, bytes], *, name: str, output: str | None) -> Project:
    """The project of a folder's files by path; `output` is None for an app with a server.

    Raises CiError.
    """
    scripts = _scripts(files)
    if "package-lock.json" not in files:
        raise CiError(
            "the folder has no package-lock.json, and `npm ci` needs one",
            "make it with `npm install`, and commit it",
        )
    if output is None and "server/node.ts" not in files:
        raise CiError(
            "the folder is neither an app that Genesis made nor a site of a framework that it"
            " knows (Vite, Next, Astro, SvelteKit)",
            "name an app's folder: genesis ci --provider github ./recipe-box",
        )
    if "build" not in scripts:
        raise CiError(
            "its package.json has no script `build`, so there would be nothing to deploy",
            "add one that writes what is to be deployed",
        )
    said = files.get(NODE_FILE, b"").decode("utf-8", "replace").strip()
    version = re.fullmatch(r"v?(\d+(?:\.\d+){0,2})", said)
    return Project(
        name=name,
        scripts=scripts,
        database=output is None and "migrate" in scripts and _has_migrations(files),
        served=output is None,
        output=output or "",
        node=version[1] if version else pins.NODE,
        node_file=NODE_FILE if said else "",
    )


def _scripts(files: Mapping[str, bytes]) -> frozenset[str]:
    if "package.json" not in files:
        raise CiError(
            "the folder has no package.json, so there is nothing to check or build",
            "name an app's folder: genesis ci --provider github ./recipe-box",
        )
    try:
        found = json.loads(files["package.json"])
    except ValueError as error:
        raise CiError(f"its package.json cannot be read: {error}", "mend it") from None
    scripts = found.get("scripts") if isinstance(found, dict) else None
    return frozenset(scripts) if isinstance(scripts, dict) else frozenset()


def _has_migrations(files: Mapping[str, bytes]) -> bool:
    return any(re.fullmatch(r"migrations/[^/]+\.sql", path) for path in files)
