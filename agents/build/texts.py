"""Folders of texts that are part of this package."""

from __future__ import annotations

from importlib.resources.abc import Traversable

_RENAMED = {
    "gitignore": ".gitignore", "env.example": ".env.example", "oxlintrc.json": ".oxlintrc.json",
}  # fmt: skip
"""Names that packaging tools treat in their own way are stored without their dot."""


def read(folder: Traversable, prefix: str = "") -> dict[str, str]:
    """Every file below a folder: relative POSIX path and text."""
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= read(entry, f"{prefix}{entry.name}/")
        else:
            found[prefix + _RENAMED.get(entry.name, entry.name)] = entry.read_text(encoding="utf-8")
    return found
