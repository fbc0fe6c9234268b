"""`genesis build`, and how a request becomes a pipeline that is followed.

Errors: CliError with exit code 2 for what cannot be used; nothing was started then.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from coordinator.cli.answers import AnswersFile, answered
from coordinator.cli.given import Idea, Name, check_name, idea_of, plan_in, unusable
from coordinator.cli.into import change, opened, planned
from coordinator.cli.outcome import follow, taken
from coordinator.cli.output import CliError, Exit, dump, note, say
from coordinator.cli.session import session

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.settings import Settings
    from contracts import messages as m
    from coordinator.cli.outcome import Landing

NOT_STARTED = "nothing was started"
PLATFORMS = ("local", "netlify", "vercel")


async def build(
    idea: Idea = "",
    /,
    *,
    deploy: bool = False,
    staging: bool = False,
    production: bool = False,
    platform: str = "local",
    name: Name = "",
    answers: AnswersFile = None,
    plan: Path | None = None,
    into: Path | None = None,
    keep_conflicts: bool = False,
    auto_rollback: bool = True,
    yes: bool = False,
    detach: bool = False,
    json: bool = False,
) -> int:
    """Turn an idea into an app, checked by its own tests; with --deploy, put it live.

    The source lands in ./<name>/; a folder that is there is never overwritten. With --into, an
    app that Genesis made is changed: by an idea, a --plan, or the plan in its folder.

    Parameters
    ----------
    idea
        What the app should do, in plain words; - reads it from standard input.
    deploy
        Put the app live when its tests pass.
    staging
        Deploy to staging (the default with --deploy).
    production
        Deploy to production, once somebody approved.
    platform
        Where to deploy to: local, netlify, vercel.
    plan
        A plan file to build from, as a run before wrote it and you edited it.
    into
        The folder of an app to change. What you changed there stays; its tables get a migration.
    keep_conflicts
        With --into: write files in which your changes and the app's collide, with both marked.
    auto_rollback
        Put back what was live when the release fails while it is watched after the switch.
    yes
        Approve production in advance; recorded as such.
    detach
        Start it and return at once.
    json
        Print each event, then the result, as JSON.

    """
    from contracts import messages as m  # noqa: PLC0415

    deploy = deploy or staging or production
    environment = environment_of(staging=staging, production=production)
    plan_text = plan_in(plan)[0] if plan is not None else b""
    if idea and plan is not None:
        note("the plan says what is built; the idea is only kept with it")
    of_idea = bool(idea) and plan is None
    known = plan is not None or into is not None
    idea = idea_of(idea, "build") if idea or not known else "(from a plan file)"
    check_name(name)
    check_platform(platform)
    _check_into(into, name=name, detach=detach, keep_conflicts=keep_conflicts)
    _check_answers(answers, of_idea=of_idea)
    folder = opened(into, plan_text, of_idea=of_idea) if into is not None else None
    _check_free(name)
    said = answered(idea, name, answers, ask=not json, so=NOT_STARTED) if of_idea else {}
    async with session(start=True) as (settings, bus):
        request = m.BuildRequested(
            request_id=str(uuid.uuid4()),
            requested_by=settings.nats_account,
            idea=idea,
            answers=said,
            name=name or None,
            plan=await bus.artifacts.put(plan_text, "plan.json") if plan_text else None,
            deploy=deploy,
            environment=environment,
            platform=platform,
            auto_rollback=auto_rollback,
        )
        if folder is None:
            return await run(settings, bus, request, yes=yes, detach=detach, as_json=json)
        wanted = await planned(bus, request, folder, as_json=json) if of_idea else folder.plan
        request, landing = await change(
            bus, request, folder, wanted, keep_conflicts=keep_conflicts, as_json=json
        )
        return await run(
            settings, bus, request, yes=yes, detach=False, as_json=json, landing=landing
        )


async def run(
    settings: Settings,
    bus: NatsBus,
    request: m.BuildRequested | m.DeployRequested,
    *,
    yes: bool,
    detach: bool,
    as_json: bool,
    landing: Landing | None = None,
) -> int:
    """Publish a request and follow its pipeline to the end; the exit code."""
    from contracts.naming import pipeline_id  # noqa: PLC0415
    from coordinator.cli.people import approve_in_advance  # noqa: PLC0415

    pipeline = pipeline_id(request.request_id or "")
    if yes and request.environment == "production":
        await approve_in_advance(settings, bus, pipeline)
    await bus.publish(request)
    if detach:
        if as_json:
            dump({"pipeline": pipeline})
        else:
            say(pipeline)
            note(f"It runs. Come back with `genesis watch {pipeline}`.")
        return Exit.DONE
    return await follow(bus, pipeline, as_json=as_json, landing=landing)


def environment_of(*, staging: bool, production: bool) -> m.Environment:
    """The environment that flags name. Raises CliError for both."""
    if staging and production:
        raise CliError(
            "--staging and --production were given; nothing was started",
            hint="choose one of them",
            code=Exit.USAGE,
        )
    return "production" if production else "staging"


def _check_answers(answers: Path | None, *, of_idea: bool) -> None:
    if answers is not None and not of_idea:
        raise unusable(
            "--answers was given without an idea to read; nothing was started",
            "a plan leaves nothing open; leave --answers out",
        )


def _check_free(name: str) -> None:
    """Raise CliError where the folder of that name holds something."""
    if name and taken(Path(name)):
        raise CliError(
            f"the folder ./{name} is there and not empty; it was not touched",
            hint="choose another --name, or move the folder away",
            code=Exit.USAGE,
        )


def _check_into(into: Path | None, *, name: str, detach: bool, keep_conflicts: bool) -> None:
    if into is None and keep_conflicts:
        raise CliError(
            "--keep-conflicts was given without --into; nothing was started",
            hint="name the folder of the app to change: --into ./recipe-box",
            code=Exit.USAGE,
        )
    if into is not None and (name or detach):
        raise CliError(
            f"{'--name' if name else '--detach'} and --into were given; nothing was started",
            hint="an app that is changed keeps its name, and is written when its tests passed",
            code=Exit.USAGE,
        )


def check_platform(platform: str) -> None:
    """Raise CliError for a platform that is not there."""
    if platform not in PLATFORMS:
        raise CliError(
            f"there is no platform {platform!r}; nothing was started",
            hint=f"known: {', '.join(PLATFORMS)}",
            code=Exit.USAGE,
        )
