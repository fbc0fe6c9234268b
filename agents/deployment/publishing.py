"""What of a folder may be published on any platform, and which folders are refused as a whole.

Errors:
    AgentError `empty_site`     a build that holds nothing for the platform
               `project_root`   the folder is a project's source, and not what its build made
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from agents.work import AgentError

UNSENT = frozenset({"node_modules", "__MACOSX", "__pycache__"})
"""Folders that never leave this machine; nor does what begins with a dot but `.well-known`."""
ROOT_SIGNS = ("package.json", "netlify.toml", "vercel.json", "pyproject.toml")
BUNDLE_SIGNS = ("server.mjs", "build.json")


def is_sent(path: PurePosixPath) -> bool:
    """Whether a file may be published at all: no secrets, no history, no source maps."""
    hidden = [part for part in path.parts if part.startswith(".") and part != ".well-known"]
    return not hidden and not UNSENT & set(path.parts) and path.suffix != ".map"


def refuse_source(folder: Path, platform: str, written: str) -> None:
    """Refuse a folder that is no output; `written` is what a build makes for the platform."""
    if all((folder / sign).is_file() for sign in BUNDLE_SIGNS):
        raise AgentError(
            "empty_site",
            f"the build in {folder} holds nothing for {platform}; nothing was sent",
            hint=f"build the app again: its build writes {written}",
        )
    signs = [sign for sign in ROOT_SIGNS if (folder / sign).exists()]
    if signs:
        raise AgentError(
            "project_root",
            f"{folder} is a project's own folder (it holds {signs[0]}): deploying it would publish"
            " its source; nothing was sent",
            hint="build the project, and give the folder that its build writes, such as dist",
        )
