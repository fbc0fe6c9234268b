"""`genesis ci`: the files by which a CI provider checks and deploys an app.

Errors: CliError with exit code 2 for what cannot be used, 1 where files are in the way; nothing
was written then.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coordinator.cli.given import Name, check_name, is_name, unusable
from coordinator.cli.output import CliError, Exit, dump, say

if TYPE_CHECKING:
    from agents.deployment.cli import Delivery

SO = "nothing was written"


def ci(
    path: Path = Path(),
    /,
    *,
    provider: Literal["github", "gitlab", "circleci"],
    platform: Literal["netlify", "vercel"] = "netlify",
    standalone: bool = False,
    name: Name = "",
    branch: str = "",
    force: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> int:
    """Write the files by which a CI checks, previews and deploys an app.

    No file is overwritten without --force.

    Parameters
    ----------
    path
        The app's folder, the top of its repository.
    provider
        Whose files they are.
    platform
        Where the app is hosted.
    standalone
        Files that name nothing of Genesis: npm, psql and the platform's own client.
    branch
        The branch that goes to staging and production. Default: the one that git says.
    force
        Replace files that differ.
    dry_run
        Show what would be written, and how it differs; write nothing.
    json
        Print JSON, with the whole text of each file.

    """
    made = _made(path, name, provider, platform, standalone=standalone, branch=branch)
    differing = [change for change in made.changes if change.state == "different"]
    refused = bool(differing) and not force
    if not dry_run and not refused:
        _deliver(made)
    if json:
        _dump(made, written=not dry_run and not refused)
    elif dry_run or not refused:
        _show(made, written=not dry_run)
    if refused and not dry_run and not json:
        lines = "".join(f"\n         {change.path}" for change in differing)
        raise CliError(
            f"these files are there and differ; {SO}:{lines}",
            hint="see how with --dry-run; replace them with --force",
        )
    return Exit.FAILED if refused else Exit.DONE


def _made(
    path: Path, name: str, provider: Literal["github", "gitlab", "circleci"],
    platform: Literal["netlify", "vercel"], *, standalone: bool, branch: str,
) -> Delivery:  # fmt: skip
    from agents.build import cli as builds  # noqa: PLC0415
    from agents.deployment import cli as deployment  # noqa: PLC0415
    from bus.archive import IGNORED, read_folder  # noqa: PLC0415

    folder = path.resolve()
    if not folder.is_dir():
        raise unusable(f"{folder} is no folder; {SO}", "name an app's folder")
    check_name(name, so=SO)
    app = name or re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    if not is_name(app):
        raise unusable(
            f"the folder {folder.name!r} gives no name for the app; {SO}",
            "say which: --name recipe-box",
        )
    try:
        files = read_folder(folder, ignored=IGNORED | {".genesis"})
        return deployment.delivery(
            folder, files, name=app, output=builds.output(files), provider=provider,
            platform=platform, standalone=standalone, branch=branch,
        )  # fmt: skip
    except OSError as error:
        raise unusable(f"the folder is not readable: {error}; {SO}", "make it readable") from None
    except (builds.IntoError, deployment.Refused) as error:
        said = str(error)
        raise unusable(said if SO in said else f"{said}; {SO}", error.hint) from None


def _deliver(made: Delivery) -> None:
    from agents.deployment import cli as deployment  # noqa: PLC0415

    try:
        deployment.deliver(made)
    except deployment.Refused as error:
        raise CliError(str(error), hint=error.hint) from None


def _dump(made: Delivery, *, written: bool) -> None:
    dump(
        {
            "written": written,
            "files": [
                {"path": each.path, "state": each.state, "text": made.files[each.path]}
                for each in made.changes
            ],
            "settings": made.places,
        }
    )


def _show(made: Delivery, *, written: bool) -> None:
    words = {"new": "written", "different": "replaced", "same": "as it was"}
    if not written:
        words = {"new": "new", "different": "differs", "same": "the same"}
    for change in made.changes:
        say(f"{words[change.state]:<10} {change.path}")
        if not written:
            for line in change.diff.splitlines():
                say(f"    {line}")
    if all(change.state == "same" for change in made.changes):
        return
    say("To be set before the first run:")
    for place in made.places:
        say(f"  in {place.where}")
        for need in place.needs:
            say(f"    {need.name}: {need.purpose}")
