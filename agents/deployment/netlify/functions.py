"""Functions as Netlify runs them: a zip with the handler's code and the platform's bootstrap.

The form is what `@netlify/zip-it-and-ship-it` makes of a function with `export default` and
`config.path`. The same code gives the same zip, so that an unchanged function is not sent again.

Errors:
    AgentError `no_route`   a function does not say which paths it answers
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from msgspec import Struct

from agents.deployment.netlify.bootstrap import VERSION
from agents.work import AgentError

RUNTIME = "nodejs22.x"
NEVER = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name."""
PRIORITY = 10
"""What the official bundler gives to functions of people's own."""
_CONFIG = re.compile(r"\bconfig\s*=\s*\{(.*?)\}", re.DOTALL)
_PATH = re.compile(r"""\bpath["']?\s*:\s*(\[[^\]]*\]|["'`][^"'`]*["'`])""")
_TEXT = re.compile(r"""["'`](/[^"'`]*)["'`]""")


class Function(Struct, frozen=True):
    """`archive` is the zip, `sha256` its digest in hex, `config` its part of the manifest."""

    name: str
    archive: bytes
    sha256: str
    config: dict[str, Any]


def function(name: str, code: bytes, bootstrap: bytes) -> Function:
    """The function whose module is `code`. Raises AgentError."""
    members = {
        "___netlify-bootstrap.mjs": bootstrap,
        "___netlify-entry-point.mjs": _entry(name).encode(),
        "___netlify-metadata.json": _json({"bootstrap_version": VERSION, "version": 1}),
        f"{name}.mjs": code,
    }
    archive = _zip(members)
    build = {"bootstrapVersion": VERSION, "runtimeAPIVersion": 2}
    config = {"routes": _routes(name, code), "build_data": build, "priority": PRIORITY}
    return Function(name, archive, hashlib.sha256(archive).hexdigest(), config)


def route(path: str) -> dict[str, Any]:
    """A path of `config.path` as the manifest has it: itself, or what it matches."""
    if "*" not in path and ":" not in path:
        return {"pattern": path, "literal": path}
    expression = "^"
    for part in path.strip("/").split("/"):
        if part == "*":
            expression += r"(?:\/(.*))"
        elif named := re.fullmatch(r":(\w+)(\?)?", part):
            expression += rf"(?:\/([^\/]+?)){named[2] or ''}"
        else:
            expression += r"\/" + re.sub(r"([.+*?^${}()[\]|/\\])", r"\\\1", part)
    return {"pattern": path, "expression": expression + r"\/?$"}


def read(files: dict[str, Path], bootstrap: bytes) -> tuple[Function, ...]:
    """The functions of a folder. Blocking."""
    return tuple(function(name, path.read_bytes(), bootstrap) for name, path in files.items())


def _routes(name: str, code: bytes) -> list[dict[str, Any]]:
    text = code.decode("utf-8", errors="replace")
    for config in _CONFIG.finditer(text):
        path = _PATH.search(config[1])
        if path and (found := _TEXT.findall(path[1])):
            return [route(each) for each in found]
    raise AgentError(
        "no_route",
        f"the function {name} does not say which paths it answers; nothing was sent",
        hint="let it have `export const config = { path: '/api/*' }`",
    )


def _entry(name: str) -> str:
    return (
        "import * as bootstrap from './___netlify-bootstrap.mjs';"
        f"export const handler = bootstrap.getLambdaHandler('./{name}.mjs')"
    )


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(members):
            entry = zipfile.ZipInfo(path, NEVER)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, members[path])
    return buffer.getvalue()
