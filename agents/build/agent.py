"""`build.run`: a plan becomes an app that has passed its own checks; `build.rollback` undoes it.

Everything happens in a folder of `<genesis_home>/work/`, which is gone afterwards; what stays
are the artefacts. The same command gives the same result however often it is run.

Errors:
    AgentError `invalid_plan`, `invalid_source`, `not_deployable`, `disk_full`
    AgentError `<check>_failed`   a check of the app failed; its report is attached
    and those of toolchain, dependencies and database
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import structlog

from agents.build import fallback, frameworks, places, report, toolchain
from agents.build.bundle import Bundle, bundle, site_bundle
from agents.build.generator import Generated, generate_app
from agents.build.report import App
from agents.build.toolchain import Toolchain
from agents.build.verify import NAMES, Plan, Verified, verify
from agents.work import AgentError, Context
from bus import archive
from bus.errors import ArtifactDamaged, ArtifactMissing
from bus.settings import Settings
from contracts.messages import (
    Artifact,
    BuildCompleted,
    BuildRollback,
    BuildRolledBack,
    BuildRun,
    Message,
)
from contracts.model import ModelError, decode_plan
from contracts.model import Plan as ModelPlan

log = structlog.get_logger()

SWEEP_PERIOD = 10.0
"""Seconds between looks for tools whose agent was killed."""
_BLAME = ("migrations", "typecheck", "build", "tests", "lint", "install")
"""Of several failed checks, the first of these gives the failure its code."""


async def run(command: BuildRun, context: Context) -> BuildCompleted:
    """Make the app, or take the one given; check it; store source, bundle and report.

    When the plan as a language model left it does not pass, the one from before is built.
    """
    try:
        return await _built(command, context)
    except Exception as error:
        again = fallback.instead(command, error)
        if again is None:
            raise
        why = fallback.told(error)
    log.warning("falling back to the plan from before the language model", why=why)
    await context.progress("again, without the language model", 0, why.splitlines())
    try:
        return await _built(again, context, why)
    except AgentError as error:
        raise fallback.neither(error) from None


async def _built(command: BuildRun, context: Context, fell_back: str = "") -> BuildCompleted:
    home = context.settings.genesis_home
    tools = await toolchain.find(context.settings.node, context.settings.build_memory)
    try:
        async with places.place(home / "work", command.pipeline) as folder:
            return await _checked(command, context, folder, tools, fell_back)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise AgentError(
            "disk_full", f"The disk that holds {home} is full. Nothing was built.",
            hint="make room there and try again", retryable=True,
        ) from error  # fmt: skip


async def _checked(
    command: BuildRun, context: Context, folder: Path, tools: Toolchain, fell_back: str
) -> BuildCompleted:
    app = await _app(command, context, folder)
    site = frameworks.detect(app.files)
    plan = Plan(
        folder=folder, toolchain=tools, cache=context.settings.genesis_home / "cache",
        pipeline=command.pipeline, admin_dsn=context.settings.app_database_url.reveal(),
        scripts=_scripts(app.files) if site is None or site.output else {},
        ours=command.source is None,
    )  # fmt: skip
    verified = await _verify(plan, context) if plan.scripts else Verified(checks=(), output={})
    told = await _report(command, context, verified, app, fell_back)
    if not verified.ok:
        raise _failure(verified, told)
    await context.progress("bundle", 92)
    made = _bundle(command.app, app, folder, site)
    done = await _store(command, context, app, made, told, verified)
    return msgspec.structs.replace(done, plan=command.plan, fell_back=fell_back)


def _bundle(name: str, app: App, folder: Path, site: frameworks.Site | None) -> Bundle:
    """What goes live, out of what the build wrote."""
    if site is not None and not (folder / "dist" / "server.mjs").is_file():
        return site_bundle(name, archive.read_folder(folder / site.output), site.output)
    output = archive.read_folder(folder / ".vercel" / "output")
    return bundle(name, app.files, archive.read_folder(folder / "dist"), output)


async def rollback(command: BuildRollback, context: Context) -> BuildRolledBack:
    """Remove the working folder, if a killed build left one; artefacts are not in use."""
    left = await places.clear(context.settings.genesis_home / "work", command.pipeline)
    return BuildRolledBack(pipeline=command.pipeline, undone=("working folder",) if left else ())


async def background(
    settings: Settings, stop: asyncio.Event, _tell: Callable[[Message], Awaitable[None]]
) -> None:
    """End what killed agents left running, until `stop` is set."""
    while not stop.is_set():
        await places.end_orphans(settings.genesis_home / "work")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SWEEP_PERIOD)


async def _app(command: BuildRun, context: Context, folder: Path) -> App:
    if command.source is not None:
        await context.progress("unpack", 2)
        app = await _unpacked(command.source, context, folder)
        if command.plan is None:
            return app
        plan, made = await _generated(command.plan, context)
        return App(files=app.files, simulated=made.notes, made=made, plan=plan)
    if command.plan is None:
        raise AgentError(
            "invalid_plan", "The command names neither a plan nor a source. Nothing was built.",
            hint="send build.run with one of them",
        )  # fmt: skip
    await context.progress("generate", 2)
    plan, made = await _generated(command.plan, context)
    await asyncio.to_thread(_write, folder, made.files)
    return App(files=made.files, simulated=made.notes, made=made, plan=plan)


async def _generated(artifact: Artifact, context: Context) -> tuple[ModelPlan, Generated]:
    try:
        plan = decode_plan(await _content(artifact, context))
        return plan, generate_app(plan.model)
    except ModelError as error:
        raise AgentError(
            "invalid_plan", f"No app can be made from the plan: {error}. Nothing was built.",
            hint="correct the plan and pass it with --plan",
        ) from None  # fmt: skip


async def _unpacked(source: Artifact, context: Context, folder: Path) -> App:
    content = await _content(source, context)
    try:
        await asyncio.to_thread(archive.unpack, content, folder)
    except archive.ArchiveError as error:
        raise _unusable(str(error)) from None
    return App(files=await asyncio.to_thread(archive.read_folder, folder))


async def _content(artifact: Artifact, context: Context) -> bytes:
    try:
        return await context.artifacts.get(artifact)
    except (ArtifactMissing, ArtifactDamaged) as error:
        raise AgentError(
            "artifact_missing", f"{artifact.name or artifact.sha256}: {error}. Nothing was built.",
            hint="start the pipeline again, so that it is stored again",
        ) from None  # fmt: skip


def _scripts(files: Mapping[str, bytes]) -> dict[str, str]:
    """The app's scripts that are checks. Raises AgentError when it cannot be built."""
    try:
        package = json.loads(files.get("package.json", b""))
        scripts = package.get("scripts", {})
        known = {name: scripts[name] for name in NAMES if isinstance(scripts.get(name), str)}
    except (ValueError, AttributeError):
        raise _unusable("its package.json is missing or cannot be read") from None
    if "build" not in known:
        raise _unusable("its package.json has no script `build`")
    return known


def _unusable(why: str) -> AgentError:
    return AgentError(
        "invalid_source", f"The app's folder cannot be built: {why}. Nothing was deployed.",
        hint="give the folder of an app that `npm run build` builds",
    )  # fmt: skip


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


async def _verify(plan: Plan, context: Context) -> Verified:
    async def progress(step: str, percent: float, lines: Sequence[str]) -> None:
        await context.progress(step, 5 + 0.85 * percent, lines)

    try:
        return await verify(plan, progress)
    except ExceptionGroup as group:
        raise _first(group) from group


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The failure to tell of: what an agent says in words before anything else."""
    flat = list(_flatten(group))
    return next((error for error in flat if isinstance(error, AgentError)), flat[0])


def _flatten(error: BaseException) -> Sequence[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [each for part in error.exceptions for each in _flatten(part)]
    return [error]


async def _report(
    command: BuildRun, context: Context, verified: Verified, app: App, fell_back: str
) -> Artifact:
    text = report.of(command, app, verified, fell_back)
    return await context.artifacts.put(text, f"{command.app}-report.json")


def _failure(verified: Verified, report: Artifact) -> AgentError:
    failed = {check.name: check for check in verified.checks if not check.ok}
    worst = next(failed[name] for name in _BLAME if name in failed)
    others = ", ".join(name for name in failed if name != worst.name)
    also = f"\nAlso failed: {others}." if others else ""
    counts = f" ({worst.failed} failed, {worst.passed} passed)" if worst.failed else ""
    return AgentError(
        f"{worst.name}_failed",
        f"The app does not pass its own check `{worst.name}`{counts}; nothing was deployed."
        f" It printed:\n{worst.summary}{also}",
        hint="the report holds everything that was printed",
        report=report,
    )


async def _store(
    command: BuildRun,
    context: Context,
    app: App,
    made: Bundle,
    report: Artifact,
    verified: Verified,
) -> BuildCompleted:
    await context.progress("store", 95)
    source = await asyncio.to_thread(archive.pack, app.files)
    packed = await asyncio.to_thread(made.pack)
    put = context.artifacts.put
    return BuildCompleted(
        pipeline=command.pipeline,
        app=command.app,
        source=await put(source, f"{command.app}-source.tar.gz"),
        bundle=await put(packed, f"{command.app}-bundle.tar.gz"),
        report=report,
        build_id=made.build_id,
        checks=verified.checks,
        migrations=tuple(
            Path(path).stem for path in sorted(made.files) if path.startswith("migrations/")
        ),
        simulated=app.simulated,
    )
