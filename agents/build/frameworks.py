"""Which framework makes a folder's site of plain files, and where its build puts them. Pure.

Errors:
    AgentError `needs_server`   the app is made for a server of its framework
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from agents.work import AgentError

_CODE = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")

_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"])//[^\n]*", re.DOTALL)


class Site(Struct, frozen=True):
    """A site of plain files; `output` is the folder of its build, "" for the folder itself."""

    framework: str
    output: str


def detect(files: Mapping[str, bytes]) -> Site | None:
    """What a folder is, by its package.json and configuration; None for what Genesis makes.

    An app with a server of its own, as Genesis makes it, is no site of plain files, and neither is
    what no framework is found of. Raises AgentError `needs_server`.
    """
    if "package.json" not in files:
        return Site("html", "") if "index.html" in files else None
    if "server/node.ts" in files:
        return None
    known = _dependencies(files["package.json"])
    for name, find in _FRAMEWORKS.items():
        if name in known:
            return find(files)
    return None


def _dependencies(package: bytes) -> frozenset[str]:
    try:
        found = json.loads(package)
    except ValueError:
        return frozenset()
    if not isinstance(found, dict):
        return frozenset()
    kinds = (found.get("dependencies"), found.get("devDependencies"))
    return frozenset(name for kind in kinds if isinstance(kind, dict) for name in kind)


def _config(files: Mapping[str, bytes], name: str) -> str:
    """The text of a configuration file without its comments; "" when there is none."""
    text = next((files[name + end] for end in _CODE if name + end in files), b"")
    return _COMMENT.sub("", text.decode("utf-8", "replace"))


def _set(text: str, key: str) -> str:
    """What a key is set to, where that is plain text; "" otherwise."""
    found = re.search(rf"\b{key}\s*:\s*(['\"`])([^'\"`$]+)\1", text)
    return found[2].removeprefix("./").rstrip("/") if found else ""


def _next(files: Mapping[str, bytes]) -> Site:
    config = _config(files, "next.config")
    if _set(config, "output") != "export":
        raise _needs_server("Next", "set `output: 'export'` in its next.config")
    return Site("next", _set(config, "distDir") or "out")


def _sveltekit(files: Mapping[str, bytes]) -> Site:
    if "@sveltejs/adapter-static" not in _dependencies(files["package.json"]):
        raise _needs_server("SvelteKit", "use @sveltejs/adapter-static")
    return Site("sveltekit", _set(_config(files, "svelte.config"), "pages") or "build")


def _astro(files: Mapping[str, bytes]) -> Site:
    config = _config(files, "astro.config")
    if _set(config, "output") in ("server", "hybrid"):
        raise _needs_server("Astro", "set `output: 'static'` in its astro.config")
    return Site("astro", _set(config, "outDir") or "dist")


def _vite(files: Mapping[str, bytes]) -> Site:
    return Site("vite", _set(_config(files, "vite.config"), "outDir") or "dist")


_FRAMEWORKS: dict[str, Callable[[Mapping[str, bytes]], Site]] = {
    "next": _next, "@sveltejs/kit": _sveltekit, "astro": _astro, "vite": _vite,
}  # fmt: skip
"""By the package that tells; those that bring Vite with them before Vite itself."""


def _needs_server(framework: str, hint: str) -> AgentError:
    return AgentError(
        "needs_server",
        f"The app is made for a server of {framework}, and only its plain files could be deployed."
        " Nothing was deployed.",
        hint=f"{hint}, so that its build writes plain files",
    )
