"""What runs, out of a built app: the server, the public files, the migrations, who it is. Pure.

`sourcemaps/` has the source maps of all scripts: beside what runs, never below what is published.
What only Netlify and Vercel take of it is in `netlify/` and `vercel/`: functions, and public files
that are not below `public/` already.

Errors:
    AgentError `not_deployable`   the build left no server or no page
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from msgspec import Struct

from agents.work import AgentError
from bus import archive

SERVER = "server.mjs"
ABOUT = "build.json"
_HIDDEN = re.compile(r"\.map$|/\.(?!well-known/)")
"""Public files that are not sent anyway, as in the app's server/public.ts."""

_SECRET = re.compile(r"\.map$|(^|/)\.env[^/]*$")


class Bundle(Struct, frozen=True, kw_only=True):
    """Files by relative path; `build_id` is 16 hex digits that follow from the others."""

    build_id: str
    files: dict[str, bytes]

    def pack(self) -> bytes:
        """The bundle as a gzipped tar."""
        return archive.pack(self.files)


def bundle(
    app: str,
    source: Mapping[str, bytes],
    built: Mapping[str, bytes],
    vercel: Mapping[str, bytes] | None = None,
) -> Bundle:
    """The bundle of an app: `source` are its own files, `built` those below `dist/`.

    `vercel` are those below `.vercel/output/`. An app whose build makes nothing for these two
    platforms has nothing in its bundle for them.
    """
    migrations = {
        path: content
        for path, content in source.items()
        if path.startswith("migrations/") and path.endswith(".sql")
    }
    public = {
        path: content
        for path, content in built.items()
        if path.startswith("public/") and not _HIDDEN.search(path)
    }
    if SERVER not in built or "public/index.html" not in public:
        raise AgentError(
            "not_deployable",
            "The build ended well but left no dist/server.mjs or no dist/public/index.html:"
            " there is nothing to run. Nothing was deployed.",
            hint="let `npm run build` write both, as in an app made by Genesis",
        )
    files = {SERVER: built[SERVER], **public, **migrations}
    identity = build_id(files)
    maps = {path: content for path, content in built.items() if path.startswith("sourcemaps/")}
    elsewhere = {
        **_only_there("netlify", "public", _below("netlify", built), public),
        **_only_there("vercel", "static", vercel or {}, public),
    }
    about = json.dumps({"app": app, "build": identity}, indent=2) + "\n"
    return Bundle(build_id=identity, files={**files, **maps, **elsewhere, ABOUT: about.encode()})


def site_bundle(app: str, built: Mapping[str, bytes], output: str) -> Bundle:
    """The bundle of a site without a server: `built` are the files of its build, all public."""
    if "index.html" not in built:
        raise AgentError(
            "not_deployable",
            f"The build ended well but left no index.html in {output or 'its folder'}: there is"
            " nothing to show. Nothing was deployed.",
            hint="see where the build writes to, and let it write its start page there",
        )
    public = {f"public/{path}": built[path] for path in built}
    files = {path: content for path, content in public.items() if not _HIDDEN.search(path)}
    identity = build_id(files)
    about = json.dumps({"app": app, "build": identity}, indent=2) + "\n"
    return Bundle(build_id=identity, files={**files, ABOUT: about.encode()})


def _below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    prefix = f"{folder}/"
    return {p.removeprefix(prefix): files[p] for p in files if p.startswith(prefix)}


def _only_there(
    platform: str, pages: str, files: Mapping[str, bytes], public: Mapping[str, bytes]
) -> dict[str, bytes]:
    """What a platform has besides the public files; `pages` is where it has those."""
    common = {f"{pages}/{path.removeprefix('public/')}": public[path] for path in public}
    return {
        f"{platform}/{path}": content
        for path, content in files.items()
        if common.get(path) != content and not _SECRET.search(path)
    }


def build_id(files: Mapping[str, bytes]) -> str:
    """16 hex digits of the files' names and contents; their order does not matter."""
    digest = hashlib.sha256()
    for path in sorted(files):
        name = path.encode()
        digest.update(f"{len(name)} {len(files[path])} ".encode() + name + files[path])
    return digest.hexdigest()[:16]
