"""The exact versions that generated files name.

An action is pinned by the commit of its release, since a tag can be moved. Source of the commits:
public workflows that name commit and version side by side, dozens of repositories for each, looked
up in a code index on 2026-11-27; among them gh-aw (upload-artifact), fast-uri and
secure-json-parse (checkout, setup-node). Dependabot and Renovate raise them afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ACTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "checkout": ("9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0", "v7.0.0"),
    "setup-node": ("820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"),
    "upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
}
"""By the name below `actions/`."""

CLIENTS: Final[Mapping[str, str]] = {
    "netlify": "netlify-cli@27.10.2",
    # Newer ones, up to 64.0.2, ask for a version of `sandbox` that npm does not have.
    "vercel": "vercel@60.1.3",
}
SQUAWK: Final = "squawk-cli@2.66.0"
POSTGRES: Final = "postgres:18"
"""What Genesis tests its apps with."""
NODE: Final = "22"
"""Used by apps that do not say; the same as in their netlify.toml and Vercel functions."""
NODE_IMAGE: Final = "node:{version}-bookworm"
RUNNER: Final = "ubuntu-24.04"
"""Has psql, python3 with venv, curl and git."""


def action(name: str) -> str:
    """`actions/checkout@<commit> # v7.0.0`."""
    commit, version = ACTIONS[name]
    return f"actions/{name}@{commit} # {version}"
