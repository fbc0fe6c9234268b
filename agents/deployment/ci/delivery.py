"""The CI files of an app, ready to be written into its folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from agents.deployment import commits
from agents.deployment.ci.choice import Choice
from agents.deployment.ci.needed import Place, needed
from agents.deployment.ci.project import CiError, Project
from agents.deployment.ci.writing import Change, compare


class Delivery(Struct, frozen=True, kw_only=True):
    """Texts by path, what writing them into `folder` changes, and what a person sets afterwards."""

    folder: Path
    files: Mapping[str, str]
    changes: tuple[Change, ...]
    places: tuple[Place, ...]


def prepare(folder: Path, project: Project, choice: Choice) -> Delivery:
    """Blocking. Raises CiError; nothing was written."""
    if re.fullmatch(r"[\w.][\w./-]*", choice.branch, re.ASCII) is None:
        raise CiError(
            f"the branch {choice.branch!r} has a name that these files cannot hold",
            "use one of letters, digits and . _ / -: --branch main",
        )
    below = commits.place_in_repository(folder)
    if below:
        raise CiError(
            f"the folder is {below} of its repository, and CI files are looked for at the top",
            "give the app a repository of its own",
        )
    from agents.deployment.ci.rendering import render  # noqa: PLC0415  brings jinja

    files = render(project, choice)
    return Delivery(
        folder=folder, files=files, changes=compare(folder, files), places=needed(project, choice)
    )
