"""`genesis deploy`: a folder is looked at, sent, and followed until it is live.

Errors: CliError with exit code 2 for what cannot be used, 1 for what a check does not let pass;
nothing was started then.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from coordinator.cli.given import Name, check_name, is_name
from coordinator.cli.output import CliError, Exit, dump, note, say
from coordinator.cli.requests import check_platform, environment_of, run
from coordinator.cli.session import session

if TYPE_CHECKING:
    from agents.deployment.cli import Looked

MOST_VARIABLES = 200
"""Names that travel with a request, whose size is limited."""


async def deploy(
    path: Path = Path(),
    /,
    *,
    staging: bool = False,
    production: bool = False,
    platform: str = "local",
    preview: bool = False,
    branch: str = "",
    name: Name = "",
    skip_migrations: bool = False,
    skip_monitoring: bool = False,
    auto_rollback: bool = True,
    skip: tuple[str, ...] = (),
    dry_run: bool = False,
    yes: bool = False,
    detach: bool = False,
    json: bool = False,
) -> int:
    """Check an app folder by its own tests and put it live.

    Parameters
    ----------
    path
        The folder with the app's package.json: an app that Genesis made, or a site that Vite, Next
        (static export), Astro, SvelteKit (static) or nothing at all builds.
    staging
        Deploy to staging (the default).
    production
        Deploy to production, once somebody approved.
    platform
        Where to deploy to: local, netlify, vercel.
    preview
        Only show it, at an address of its own; what is live is not touched. It takes the place of
        its branch's preview before, and has the data of staging.
    branch
        What the preview is of; the folder's own git branch unless given.
    skip_migrations
        Leave the app's database as it is.
    skip_monitoring
        Do not watch the app afterwards.
    auto_rollback
        Put back what was live when the release fails while it is watched after the switch.
    skip
        A check to leave out before: secrets, size, git, audit. It is recorded.
    dry_run
        Show what would be deployed, and start nothing.
    yes
        Approve production in advance; recorded as such.
    detach
        Start it and return at once.
    json
        Print each event, then the result, as JSON.

    """
    import asyncio  # noqa: PLC0415

    from bus.archive import pack  # noqa: PLC0415
    from contracts import messages as m  # noqa: PLC0415

    environment = environment_of(staging=staging, production=production)
    _check_preview(preview=preview, branch=branch, production=production)
    folder = await asyncio.to_thread(path.resolve)
    app = _app_in(folder, name)
    check_platform(platform)
    files, looked = await asyncio.to_thread(
        _looked, folder, production=environment == "production", skip=skip
    )
    plain = _is_plain(files)
    shown = await asyncio.to_thread(_branch, folder, branch) if preview else None
    content = await asyncio.to_thread(pack, files)
    if dry_run:
        where = f"a preview of {shown} in {environment}" if shown else environment
        return _show(app, where, platform, files, len(content), looked, as_json=json)
    if looked.findings:
        raise _refused(looked)
    async with session(start=True) as (settings, bus):
        request = m.DeployRequested(
            request_id=str(uuid.uuid4()),
            requested_by=settings.nats_account,
            app=app,
            source=await bus.artifacts.put(content, f"{app}.tar.gz"),
            environment=environment,
            platform=platform,
            branch=shown,
            auto_rollback=auto_rollback,
            skip_migrations=skip_migrations or plain,
            skip_monitoring=skip_monitoring or plain,
            skipped=skip,
            inconclusive=looked.inconclusive,
            commit=looked.commit,
            changes=looked.changes,
            variables=looked.variables[:MOST_VARIABLES],
        )
        return await run(settings, bus, request, yes=yes, detach=detach, as_json=json)


def _app_in(folder: Path, name: str) -> str:
    """The name of the app in a folder: the one that was given, or the folder's own."""
    if not any((folder / file).is_file() for file in ("package.json", "index.html")):
        raise CliError(
            f"{folder} has no package.json, so there is nothing to build; nothing was deployed",
            hint="name an app's folder: genesis deploy ./recipe-box",
            code=Exit.USAGE,
        )
    check_name(name)
    app = name or re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    if not is_name(app):
        raise CliError(
            f"the folder {folder.name!r} gives no name for the app; nothing was deployed",
            hint="say which: genesis deploy FOLDER --name recipe-box",
            code=Exit.USAGE,
        )
    return app


def _check_preview(*, preview: bool, branch: str, production: bool) -> None:
    if branch and not preview:
        raise CliError(
            "--branch was given without --preview; nothing was deployed",
            hint="a preview is of a branch: --preview --branch NAME",
            code=Exit.USAGE,
        )
    if preview and production:
        raise CliError(
            "--preview and --production were given; nothing was deployed",
            hint="a preview has the data of staging; leave --production out",
            code=Exit.USAGE,
        )


def _branch(folder: Path, given: str) -> str:
    """What a preview is of, as a name that addresses may have. Blocking."""
    from agents.deployment import cli as deployment  # noqa: PLC0415

    name = given or deployment.branch(folder)
    if not name:
        raise CliError(
            f"{folder} is on no git branch; nothing was deployed",
            hint="say what the preview is of: --branch NAME",
            code=Exit.USAGE,
        )
    return branch_name(name)


def branch_name(name: str) -> str:
    """A git branch's name as addresses may have it, such as `feature-x` for `feature/x`."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return (plain if plain[:1].isalpha() else f"b-{plain}")[:40].strip("-")


def _looked(
    folder: Path, *, production: bool, skip: tuple[str, ...]
) -> tuple[dict[str, bytes], Looked]:
    from agents.deployment import cli as deployment  # noqa: PLC0415
    from bus.archive import IGNORED, read_folder  # noqa: PLC0415
    from coordinator.cli.session import settings  # noqa: PLC0415

    try:
        files = read_folder(folder, ignored=IGNORED | {".genesis"})
        looked = deployment.look(settings(), folder, files, production=production, skip=skip)
    except OSError as error:
        raise CliError(
            f"the folder is not readable: {error}; nothing was deployed",
            hint="make its files readable, or move away what is no part of the app",
            code=Exit.USAGE,
        ) from None
    except deployment.Refused as error:
        raise CliError(str(error), hint=error.hint, code=Exit.USAGE) from None
    for text in looked.inconclusive:
        note(f"inconclusive, and recorded as such: {text}")
    return files, looked


def _is_plain(files: dict[str, bytes]) -> bool:
    """Whether it is a site of plain files, which is told; an app as Genesis makes it is none."""
    from agents.build import cli as builds  # noqa: PLC0415

    try:
        framework = builds.framework(files)
    except builds.IntoError as error:
        raise CliError(str(error), hint=error.hint, code=Exit.USAGE) from None
    if framework:
        note(f"a site of plain files ({framework}): no database, and not watched afterwards")
    return bool(framework)


def _refused(looked: Looked) -> CliError:
    lines = "".join(f"\n         {each.check}: {each.problem}" for each in looked.findings)
    names = " ".join(dict.fromkeys(f"--skip {each.check}" for each in looked.findings))
    return CliError(
        f"the folder does not pass what is looked at before; nothing was deployed:{lines}",
        hint=f"{looked.findings[0].hint}; or, on record: {names}",
    )


def _show(
    app: str, environment: str, platform: str, files: dict[str, bytes], packed: int,
    looked: Looked, *, as_json: bool,
) -> int:  # fmt: skip
    """What would be deployed; exit code 1 when a check would not let it pass."""
    code = Exit.FAILED if looked.findings else Exit.DONE
    migrations = sorted(
        path for path in files if path.startswith("migrations/") and path.endswith(".sql")
    )
    if as_json:
        dump(
            {
                "app": app, "environment": environment, "platform": platform,
                "files": len(files), "bytes": sum(map(len, files.values())), "packed": packed,
                "migrations": migrations, "commit": looked.commit, "changes": looked.changes,
                "variables": looked.variables, "findings": looked.findings,
                "inconclusive": looked.inconclusive,
            }
        )  # fmt: skip
        return code
    say(f"would deploy  {app} to {environment} on {platform}; nothing was started")
    say(f"files         {len(files)}, {packed / 1e6:.1f} MB packed")
    rows = (
        ("commit", (looked.commit,)), ("changes", looked.changes), ("migrations", migrations),
        ("variables", looked.variables),
        ("against it", [f"{each.check}: {each.problem}" for each in looked.findings]),
    )  # fmt: skip
    for label, texts in rows:
        for text in filter(None, texts):
            say(f"{label:<13} {text}")
    return code
