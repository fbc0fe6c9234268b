"""Commands about pipelines: build, deploy, source, list, show, watch, explain."""

from __future__ import annotations

import asyncio
import re
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from coordinator.cli.output import CliError, Exit, ago, dump, duration, note, say
from coordinator.cli.session import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bus.nats import NatsBus
    from bus.port import Recorded
    from bus.settings import Settings
    from contracts import messages as m
    from coordinator.cli.live import Board

MAX_IDEA = 32_000
"""Characters of an idea; the bus takes no more."""
PLAN_FILE = "genesis.plan.json"
"""The plan that an app was built from, in the app's folder: edit it and build again."""
SLUG = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
Name = Annotated[str, Parameter(help="The app's name: lower-case words joined by hyphens.")]


async def build(
    idea: str = "",
    /,
    *,
    deploy: bool = False,
    staging: bool = False,
    production: bool = False,
    platform: str = "local",
    name: Name = "",
    plan: Path | None = None,
    yes: bool = False,
    detach: bool = False,
    json: bool = False,
) -> int:
    """Turn an idea into an app, checked by its own tests; with --deploy, put it live.

    The source lands in ./<name>/; a folder that is there is never overwritten.

    Parameters
    ----------
    idea: What the app should do, in plain words; - reads it from standard input.
    deploy: Put the app live when its tests pass.
    staging: Deploy to staging (the default with --deploy).
    production: Deploy to production, once somebody approved.
    platform: Where to deploy to.
    plan: A plan file to build from, as a run before wrote it and you edited it.
    yes: Approve production in advance; recorded as such.
    detach: Start it and return at once.
    json: Print each event, then the result, as JSON.

    """
    from contracts import messages as m  # noqa: PLC0415

    deploy = deploy or staging or production
    environment = _environment(staging=staging, production=production)
    plan_text = _read_plan(plan)
    idea = _idea(idea, has_plan=plan is not None)
    _check_name(name)
    _check_platform(platform)
    if name and _taken(Path(name)):
        raise CliError(
            f"the folder ./{name} is there and not empty; it was not touched",
            hint="choose another --name, or move the folder away",
            code=Exit.USAGE,
        )
    async with session(start=True) as (settings, bus):
        artifact = await bus.artifacts.put(plan_text, "plan.json") if plan_text else None
        request = m.BuildRequested(
            request_id=str(uuid.uuid4()),
            requested_by=settings.nats_account,
            idea=idea,
            name=name or None,
            plan=artifact,
            deploy=deploy,
            environment=environment,
            platform=platform,
        )
        return await _run(settings, bus, request, yes=yes, detach=detach, as_json=json)


async def deploy(
    path: Path = Path(),
    /,
    *,
    staging: bool = False,
    production: bool = False,
    platform: str = "local",
    name: Name = "",
    yes: bool = False,
    detach: bool = False,
    json: bool = False,
) -> int:
    """Check an app folder by its own tests and put it live.

    Parameters
    ----------
    path: The folder with the app's package.json.
    staging: Deploy to staging (the default).
    production: Deploy to production, once somebody approved.
    platform: Where to deploy to.
    yes: Approve production in advance; recorded as such.
    detach: Start it and return at once.
    json: Print each event, then the result, as JSON.

    """
    from bus.archive import pack, read_folder  # noqa: PLC0415
    from contracts import messages as m  # noqa: PLC0415

    environment = _environment(staging=staging, production=production)
    folder = await asyncio.to_thread(path.resolve)
    if not (folder / "package.json").is_file():
        raise CliError(
            f"{folder} has no package.json, so there is nothing to build; nothing was deployed",
            code=Exit.USAGE,
        )
    app = name or re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    _check_name(app)
    _check_platform(platform)
    async with session(start=True) as (settings, bus):
        archive = await bus.artifacts.put(pack(read_folder(folder)), f"{app}.tar.gz")
        request = m.DeployRequested(
            request_id=str(uuid.uuid4()),
            requested_by=settings.nats_account,
            app=app,
            source=archive,
            environment=environment,
            platform=platform,
        )
        return await _run(settings, bus, request, yes=yes, detach=detach, as_json=json)


async def watch(pipeline: str, /, *, json: bool = False) -> int:
    """Watch a pipeline until it ends, or waits for a person."""
    async with session() as (_, bus):
        await known(bus, pipeline)
        return await follow(bus, pipeline, as_json=json)


async def source(pipeline: str, /, *, to: Path | None = None) -> int:
    """Write the source that a pipeline built into a folder.

    Parameters
    ----------
    to: The folder; ./<app>/ when not given. It must not be there yet.

    """
    from contracts import messages as m  # noqa: PLC0415

    async with session() as (_, bus):
        built = [
            entry.message
            for entry in await known(bus, pipeline)
            if isinstance(entry.message, m.BuildCompleted)
        ]
        if not built:
            raise CliError(
                f"pipeline {pipeline} has built nothing", hint=f"genesis show {pipeline}"
            )
        folder = await land(bus, built[-1], to)
    say(str(folder))
    return Exit.DONE


async def list_(*, limit: int = 20, status: str = "", json: bool = False) -> int:
    """List pipelines, newest first.

    Parameters
    ----------
    limit: How many at most.
    status: Only those that are running, awaiting_approval, completed, failed, rolled_back, stuck.

    """
    import asyncpg  # noqa: PLC0415

    from coordinator.cli.session import quiet, reach  # noqa: PLC0415
    from coordinator.projection import recent  # noqa: PLC0415

    quiet()
    settings = await reach(start=False)
    try:
        rows = await recent(settings.database_url.reveal(), limit=limit, status=status)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CliError(
            f"the list is not readable: {error}", hint="pipelines go on; see `genesis doctor`"
        ) from None
    if json:
        dump(rows)
    elif not rows:
        say('No pipelines yet. Start one with `genesis build "…"`.')
    for row in [] if json else rows:
        where = f"{row.environment} " if row.environment else ""
        what = " ".join(row.subject.split())[:60]
        say(f"{row.id}  {row.status:<17} {row.step:<11} {ago(row.started_at):<18} {where}{what}")
    return Exit.DONE


async def show(pipeline: str, /, *, json: bool = False) -> int:
    """Show the log of a pipeline: every command and event."""
    async with session() as (_, bus):
        entries = await known(bus, pipeline)
    if json:
        dump([{"sequence": e.sequence, "time": e.time, "message": e.message} for e in entries])
        return Exit.DONE
    from contracts import messages as m  # noqa: PLC0415
    from coordinator.cli.live import summary  # noqa: PLC0415

    first = entries[0].time
    for entry in entries:
        message = entry.message
        about = summary(message)
        if isinstance(message, m.Failed | m.PipelineFailed | m.PipelineRolledBack):
            about = f"{message.code}: {message.message}"
        elif isinstance(message, m.Approval | m.Cancel | m.Resolution):
            about = f"by {message.who}" + (f": {message.reason}" if message.reason else "")
        when = f"+{duration(entry.time - first)}"
        say(f"{entry.sequence:>6}  {when:<13} {m.tag(type(message)):<27} {about}")
    return Exit.DONE


async def explain(pipeline: str, /, *, json: bool = False) -> int:
    """Say what a pipeline waits for, until when, what happens then, and who may act."""
    from coordinator import saga  # noqa: PLC0415
    from coordinator.explain import explain as explanation_of  # noqa: PLC0415

    async with session() as (_, bus):
        entries = await known(bus, pipeline)
    state = saga.State()
    for entry in entries:
        state = saga.fold(state, entry)
    found = explanation_of(pipeline, state)
    if json:
        dump(found)
        return Exit.DONE
    say(f"{found.pipeline} is {found.status}")
    say(f"waits for   {found.waits_for}")
    if found.since is not None and found.until is not None:
        import time  # noqa: PLC0415

        left = duration(max(0.0, found.until - time.time()))
        say(f"since       {ago(found.since)}; {left} left")
    for label, text in (("then", found.then), ("who", found.who)):
        if text:
            say(f"{label:<11} {text}")
    for step in found.what_to_do:
        say(f"you can     {step}")
    return Exit.DONE


async def _run(
    settings: Settings,
    bus: NatsBus,
    request: m.BuildRequested | m.DeployRequested,
    *,
    yes: bool,
    detach: bool,
    as_json: bool,
) -> int:
    from contracts.naming import pipeline_id  # noqa: PLC0415
    from coordinator.cli.people import approve_in_advance  # noqa: PLC0415

    pipeline = pipeline_id(request.request_id or "")
    await bus.publish(request)
    if yes and request.environment == "production":
        await approve_in_advance(settings, bus, pipeline)
    if detach:
        if as_json:
            dump({"pipeline": pipeline})
        else:
            say(pipeline)
            note(f"It runs. Come back with `genesis watch {pipeline}`.")
        return Exit.DONE
    return await follow(bus, pipeline, as_json=as_json)


async def follow(bus: NatsBus, pipeline: str, *, as_json: bool, after: int = 0) -> int:
    """Show a pipeline to its end and land its source; the exit code. Ctrl-C only detaches."""
    from coordinator.cli import live  # noqa: PLC0415

    note(f"pipeline {pipeline}")
    try:
        board = await live.watch(bus, pipeline, live.view(as_json=as_json), after=after)
    except (KeyboardInterrupt, asyncio.CancelledError):
        note(f"Detached; the pipeline goes on. Come back with `genesis watch {pipeline}`,")
        note(f"or stop it with `genesis cancel {pipeline}`.")
        raise KeyboardInterrupt from None
    return await _conclude(bus, board, as_json=as_json)


async def _conclude(bus: NatsBus, board: Board, *, as_json: bool) -> int:
    from contracts import messages as m  # noqa: PLC0415

    state, pipeline = board.state, board.pipeline
    if state.verdict == "completed" and state.failure is None:
        await _report_done(bus, board, as_json=as_json)
        return Exit.DONE
    if state.stuck is not None:
        raise CliError(
            f"{pipeline} is stuck: taking back {state.stuck.area} failed: {state.stuck.why}",
            hint=f"genesis retry {pipeline}   or   genesis retry {pipeline} --skip --reason …",
            code=Exit.STUCK,
        )
    if state.open is not None and isinstance(state.open.message, m.AwaitingApproval):
        raise CliError(
            f"{pipeline} waits for approval; production is untouched",
            hint=f"genesis approve {pipeline}   or   genesis reject {pipeline}",
            code=Exit.WAITING,
        )
    failure = state.failure
    assert failure is not None
    undone = ", ".join(state.undone)
    raise CliError(
        f"{failure.area or 'pipeline'} failed ({failure.code}): {failure.message}"
        + (f"\n         taken back: {undone}" if undone else ""),
        hint=failure.hint,
    )


async def _report_done(bus: NatsBus, board: Board, *, as_json: bool) -> None:
    from contracts import messages as m  # noqa: PLC0415

    built = board.answers.get("build")
    planned = board.answers.get("plan")
    deployed = board.answers.get("deployment")
    assert isinstance(built, m.BuildCompleted)
    started = board.state.started
    folder = None
    if started is not None and isinstance(started.request, m.BuildRequested):
        folder = await land(bus, built, None)
        if isinstance(planned, m.PlanCompleted):
            plan = await bus.artifacts.get(planned.plan)
            await asyncio.to_thread((folder / PLAN_FILE).write_bytes, plan)
    unmapped = planned.unmapped if isinstance(planned, m.PlanCompleted) else ()
    url = deployed.url if isinstance(deployed, m.DeploymentCompleted) else None
    tests = [check for check in built.checks if check.passed is not None]
    passed = sum(check.passed or 0 for check in tests)
    failed = sum(check.failed or 0 for check in tests)
    if as_json:
        dump(
            {
                "pipeline": board.pipeline, "app": built.app, "url": url,
                "folder": str(folder) if folder else None,
                "tests": {"passed": passed, "failed": failed},
                "unmapped": unmapped, "simulated": built.simulated,
            }
        )  # fmt: skip
        return
    say("")
    say(f"tests   {passed} passed, {failed} failed")
    if folder is not None:
        say(f"folder  {folder}")
    for sentence in unmapped:
        say(f"not in the app yet: {sentence}")
    for feature in built.simulated:
        say(f"simulated until configured: {feature}")
    if url is not None:
        say(f"url     {url}")


async def land(bus: NatsBus, built: m.BuildCompleted, to: Path | None) -> Path:
    """Write the built source into a folder that is not there yet, or is the same; the folder."""
    from bus.archive import unpack  # noqa: PLC0415

    content = await bus.artifacts.get(built.source)
    folder = to if to is not None else _free(Path(built.app))
    if to is not None and _taken(to):
        raise CliError(f"{to} is there and not empty; it was not touched", code=Exit.USAGE)
    unpack(content, folder)
    return folder.resolve()


def _free(folder: Path) -> Path:
    """The folder, or the first of its numbered names that is free."""
    if not _taken(folder):
        return folder
    number = 2
    while _taken(free := folder.with_name(f"{folder.name}-{number}")):
        number += 1
    note(f"./{folder} is there and was not touched; this build is in ./{free}")
    return free


def _taken(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _idea(idea: str, *, has_plan: bool) -> str:
    if idea == "-":
        idea = sys.stdin.read()
    idea = idea.encode("utf-8", "replace").decode()
    if not idea.strip():
        if has_plan:
            return "(from a plan file)"
        raise CliError(
            "the idea is empty; nothing was started",
            hint='say what the app should do: genesis build "A recipe box for my family"',
            code=Exit.USAGE,
        )
    if len(idea) > MAX_IDEA:
        raise CliError(
            f"the idea has {len(idea)} characters; the limit is {MAX_IDEA}. Nothing was started",
            hint="keep what the app should do, and leave out the rest",
            code=Exit.USAGE,
        )
    return idea


def _read_plan(plan: Path | None) -> bytes:
    from contracts.model import ModelError, decode_plan  # noqa: PLC0415

    if plan is None:
        return b""
    try:
        text = plan.read_bytes()
        decode_plan(text)
    except OSError as error:
        raise CliError(f"the plan is not readable: {error}", code=Exit.USAGE) from None
    except ModelError as error:
        raise CliError(f"{plan}: {error}; nothing was started", code=Exit.USAGE) from None
    return text


def _environment(*, staging: bool, production: bool) -> m.Environment:
    if staging and production:
        raise CliError("choose one of --staging and --production", code=Exit.USAGE)
    return "production" if production else "staging"


def _check_name(name: str) -> None:
    if name and (len(name) > 40 or not SLUG.match(name)):  # noqa: PLR2004  as contracts.Slug
        raise CliError(
            f"{name!r} is no name for an app; nothing was started",
            hint="use lower-case words joined by hyphens, up to 40 characters: recipe-box",
            code=Exit.USAGE,
        )


def _check_platform(platform: str) -> None:
    if platform != "local":
        raise CliError(
            f"there is no platform {platform!r}; nothing was started",
            hint="known: local",
            code=Exit.USAGE,
        )


async def known(bus: NatsBus, pipeline: str) -> Sequence[Recorded]:
    """The log of a pipeline. Raises CliError when there is no such pipeline."""
    entries = await bus.read(pipeline) if re.fullmatch(r"[a-z0-9]{6,32}", pipeline) else ()
    if not entries:
        raise CliError(f"there is no pipeline {pipeline!r}", hint="see `genesis list`")
    return entries
