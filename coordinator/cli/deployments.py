"""`genesis deployments`: what was put live, when and by whom; and another release instead.

The list is the log's, failures included. Errors: CliError with what the platform says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App

from coordinator.cli.output import CliError, Exit, ago, dump, duration, note, say
from coordinator.cli.platforms import (
    acting,
    previews,
    remove,
    said,
    tell_monitoring,
    with_platforms,
)
from coordinator.cli.session import session

if TYPE_CHECKING:
    from coordinator.deployments import Deployment

app = App(name="deployments", help="What was put live, and putting another release live.")
app.command(previews)
app.command(remove)


@app.command(name="list")
async def list_(
    name: str = "", /, *, environment: str = "", platform: str = "", limit: int = 20,
    json: bool = False,
) -> int:  # fmt: skip
    """List deployments, newest first, those that failed too.

    Of an app on a platform, with what the platform has that somebody else put there.

    Parameters
    ----------
    name
        Only of this app.
    environment
        Only of staging, or of production.
    platform
        Only of local, netlify or vercel.
    limit
        How many at most.

    """
    if limit < 1:
        raise CliError(
            f"--limit {limit} leaves nothing to list", hint="use 1 or more", code=Exit.USAGE
        )
    found = [
        one
        for one in await _all()
        if name in ("", one.app)
        and environment in ("", one.environment)
        and platform in ("", one.platform)
    ]
    if name and platform:
        found = await with_platforms(found, name, platform, environment, limit)
    found = found[:limit]
    if json:
        dump(found)
    elif not found:
        say("No deployments yet. Start one with `genesis deploy`.")
    for one in [] if json else found:
        say(_line(one))
    return Exit.DONE


@app.command
async def show(pipeline: str, /, *, json: bool = False) -> int:
    """Show one deployment: who, what, how long, its checks, and why it failed."""
    one = await _one(pipeline)
    if json:
        dump(one)
        return Exit.DONE
    rows = (
        ("app", f"{one.app} in {one.environment} on {one.platform}"), ("branch", one.branch),
        ("outcome", one.status), ("why", one.error), ("who", one.who),
        ("approved by", one.approved_by), ("commit", one.commit), ("build", one.build),
        ("release", one.release), ("before", (one.previous or "nothing") if one.release else ""),
        ("url", one.url), ("begun", ago(one.at)),
        ("took", duration(one.seconds) if one.seconds is not None else ""),
        ("left out", ", ".join(one.skipped)), ("not known", "; ".join(one.inconclusive)),
    )  # fmt: skip
    for label, text in rows:
        if text:
            say(f"{label:<12} {text}")
    for check in one.checks:
        say(f"{'✓' if check.ok else '✗'} {check.name:<10} {check.summary}")
    return Exit.DONE


@app.command
async def promote(
    name: str, release: str, /, *, platform: str, environment: str = "production",
    yes: bool = False, json: bool = False,
) -> int:  # fmt: skip
    """Let a release that a platform has be live, checked before and after the switch.

    The database stays as it is: a release must fit its present schema.

    Parameters
    ----------
    name
        The app.
    release
        The platform's id of it, its build, or its pipeline.
    platform
        local, netlify or vercel.
    yes
        Do not ask.

    """
    from agents.deployment import cli as deployment  # noqa: PLC0415
    from coordinator.cli.people import asked  # noqa: PLC0415

    if not yes and not asked(f"Put {release} of {name} live in {environment} on {platform}?"):
        raise CliError("nothing was changed", hint="answer yes, or pass --yes", code=Exit.WAITING)

    async def tell(step: str, _percent: float) -> None:
        note(step)

    with said():
        done = await deployment.promote(
            acting(platform), platform, name, environment, release, tell
        )
    await tell_monitoring(name, environment, done.build)
    if json:
        dump(done)
    else:
        say(f"{done.release} is live at {done.url}; before: {done.previous or 'nothing'}")
    return Exit.DONE


@app.command
async def rollback(
    name: str, /, *, platform: str, to: str = "", environment: str = "production",
    yes: bool = False, json: bool = False,
) -> int:  # fmt: skip
    """Go back to the release before the live one, or to a chosen one.

    The database stays as it is; `genesis rollback PIPELINE` takes back a pipeline's migrations too.

    Parameters
    ----------
    name
        The app.
    platform
        local, netlify or vercel.
    to
        The release to go back to: the platform's id of it, its build, or its pipeline.
    yes
        Do not ask.

    """
    return await promote(
        name, to or await _before(name, platform, environment), platform=platform,
        environment=environment, yes=yes, json=json,
    )  # fmt: skip


@app.command
async def logs(
    name: str, release: str, /, *, platform: str, environment: str = "production"
) -> int:
    """Print what a platform says of a release; on local, the newest that its server printed."""
    from agents.deployment import cli as deployment  # noqa: PLC0415

    with said():
        lines = await deployment.logs(acting(platform), platform, name, environment, release)
    for line in lines:
        say(line)
    return Exit.DONE


@app.command
async def cancel(pipeline: str, /, *, reason: str = "") -> int:
    """Stop a deployment that goes on, and take back what it did."""
    from coordinator.cli.people import cancel as stop  # noqa: PLC0415

    await _one(pipeline)
    return await stop(pipeline, reason=reason)


async def _all() -> list[Deployment]:
    from coordinator.deployments import deployments  # noqa: PLC0415

    async with session() as (_, bus):
        return deployments([entry async for entry in bus.history()])


async def _one(pipeline: str) -> Deployment:
    for one in await _all():
        if one.pipeline == pipeline:
            return one
    raise CliError(
        f"there is no deployment by a pipeline {pipeline!r}", hint="see `genesis deployments list`"
    )


async def _before(name: str, platform: str, environment: str) -> str:
    """What was live before the live release, as the log has it."""
    from agents.deployment import cli as deployment  # noqa: PLC0415

    with said():
        live = await deployment.live_release(acting(platform), platform, name, environment)
    for one in await _all():
        if (one.app, one.platform, one.environment) != (name, platform, environment):
            continue
        if one.release == live and one.previous:
            return one.previous
    raise CliError(
        f"the log does not say what was live before {live or 'nothing'}; nothing was changed",
        hint="choose one: genesis deployments list, then --to RELEASE",
    )


def _line(one: Deployment) -> str:
    took = duration(one.seconds) if one.seconds is not None else ""
    shown = f" ({one.branch})" if one.branch else ""
    where = f"{one.app} {one.environment}{shown} {one.platform}"
    what = one.commit[:12] or one.build
    why = " ".join(one.error.split())[:80]
    return (
        f"{one.pipeline or '-':<12}  {one.status:<17} {ago(one.at):<16} {took:>6}  {where:<36} "
        f"{what:<16} {one.who}{f'  {why}' if why else ''}"
    ).rstrip()
