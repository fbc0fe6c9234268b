"""Files that several features need: each names its own, and the app gets them once. Pure.

`templates/parts/<name>/` holds files of an app by path, as `templates/app` does.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from agents.build import texts

_NEEDS = {
    "figures": ("zones",),
    "people": ("places",),
    "stream": ("people", "more"),
}
"""Parts that use others."""


def parts(*names: str) -> dict[str, str]:
    """The files of these parts and of those they need: text by path."""
    found: dict[str, str] = {}
    for name in names:
        found |= _files(name) | parts(*_NEEDS.get(name, ()))
    return found


@cache
def _files(name: str) -> dict[str, str]:
    return texts.read(files("agents.build") / "templates" / "parts" / name)
