"""How a pipeline ends on the command line: shown live, its source landed, its exit code.

Errors: CliError with the exit code that the end means.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from coordinator.cli import refinement
from coordinator.cli.output import CliError, Exit, dump, note, say
from coordinator.cli.timed import remember
from coordinator.cli.traced import TRACE_FILE, document, trace_of

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from contracts import messages as m
    from coordinator.board import Board

PLAN_FILE = "genesis.plan.json"
"""The plan that an app was built from, in the app's folder: edit it and build again."""


Landing = Callable[["m.BuildCompleted"], Awaitable[Path]]
"""Writes what was built somewhere; the folder."""


async def follow(
    bus: NatsBus, pipeline: str, *, as_json: bool, after: int = 0, landing: Landing | None = None
) -> int:
    """Show a pipeline to its end and land its source; the exit code. Ctrl-C only detaches."""
    from contracts import messages as m  # noqa: PLC0415

    board = await shown(bus, pipeline, as_json=as_json, after=after)
    built = board.state.answers.get("build")
    # What passed its tests is written, whatever became of putting it live.
    place = await landing(built) if landing and isinstance(built, m.BuildCompleted) else None
    check(board)
    remember(board)
    await _report_done(bus, board, place, as_json=as_json)
    return _health(board)


async def shown(bus: NatsBus, pipeline: str, *, as_json: bool, after: int = 0) -> Board:
    """Show a pipeline to its end."""
    import asyncio  # noqa: PLC0415

    from coordinator.cli import live  # noqa: PLC0415

    note(f"pipeline {pipeline}")
    try:
        board = await live.watch(bus, pipeline, live.view(as_json=as_json), after=after)
    except (KeyboardInterrupt, asyncio.CancelledError):
        note(f"Detached; the pipeline goes on. Come back with `genesis watch {pipeline}`,")
        note(f"or stop it with `genesis cancel {pipeline}`.")
        raise KeyboardInterrupt from None
    return board


def check(board: Board) -> None:
    """Raise CliError, with the exit code that its end means, unless a pipeline is done."""
    from contracts import messages as m  # noqa: PLC0415

    state, pipeline = board.state, board.pipeline
    if state.verdict == "completed" and state.failure is None:
        return
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
    became = (
        ("taken back", state.undone), ("left as it is", state.skipped),
        ("what is live again is not healthy", (state.unwell,) if state.unwell else ()),
    )  # fmt: skip
    raise CliError(
        f"{failure.area or 'pipeline'} failed ({failure.code}): {failure.message}"
        + "".join(f"\n         {what}: {', '.join(areas)}" for what, areas in became if areas),
        hint=failure.hint or f"try again: genesis retry {pipeline}",
    )


async def _report_done(bus: NatsBus, board: Board, folder: Path | None, *, as_json: bool) -> None:
    from contracts import messages as m  # noqa: PLC0415

    answers = board.state.answers
    built, planned, deployed = (answers.get(area) for area in ("build", "plan", "deployment"))
    assert isinstance(built, m.BuildCompleted)
    started = board.state.started
    if folder is None and started is not None and isinstance(started.request, m.BuildRequested):
        plan = planned.plan if isinstance(planned, m.PlanCompleted) else None
        plan = built.plan if built.fell_back else plan
        folder = await land(bus, board.pipeline, built, None, plan=plan)
    unmapped = await refinement.unmapped(bus, planned, built)
    llm = refinement.used(planned, built)
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
                **({"llm": llm} if llm else {}),
            }
        )  # fmt: skip
        return
    say("")
    say(f"tests   {passed} passed, {failed} failed")
    if folder is not None:
        say(f"folder  {folder}")
    for sentence in unmapped:
        say(f"not in the app yet: {sentence}")
    for line in refinement.lines(planned, built):
        say(line)
    for feature in built.simulated:
        say(f"simulated until configured: {feature}")
    if url is not None:
        say(f"url     {url}")


def _health(board: Board) -> Exit:
    """A release that stays live although it fails, as somebody wished, is a failure still."""
    from contracts import messages as m  # noqa: PLC0415

    deployed = board.state.answers.get("deployment")
    checks = deployed.checks if isinstance(deployed, m.DeploymentCompleted) else ()
    for check in checks:
        if not check.ok:
            note(f"the live release fails: {check.name}: {check.summary}")
    return Exit.DONE if all(check.ok for check in checks) else Exit.FAILED


async def land(
    bus: NatsBus,
    pipeline: str,
    built: m.BuildCompleted,
    to: Path | None,
    *,
    plan: m.Artifact | None = None,
) -> Path:
    """Write what was built into a folder that is not there yet, or holds just that; the folder."""
    from bus.archive import ArchiveError, unpack  # noqa: PLC0415

    content = await bus.artifacts.get(built.source)
    beside = {PLAN_FILE: await bus.artifacts.get(plan)} if plan else {}
    if trace := await trace_of(bus, built.report):
        beside[TRACE_FILE] = document(trace).encode()
    if to is not None and taken(to):
        raise CliError(
            f"{to} is there and not empty; it was not touched",
            hint="choose another folder with --to",
            code=Exit.USAGE,
        )
    folder = to or Path(built.app)
    try:
        folder = to or _free(folder, content, beside)
        if not taken(folder):
            unpack(content, folder)
            for name, text in beside.items():
                (folder / name).write_bytes(text)
    except (ArchiveError, OSError) as error:
        raise CliError(
            f"the app is built, but its source could not be written to {folder}: {error}",
            hint=f"it is kept: genesis source {pipeline} --to FOLDER",
        ) from None
    return folder.resolve()


def _free(folder: Path, content: bytes, beside: dict[str, bytes]) -> Path:
    """The first of the folder's numbered names that is free, or holds just this already."""
    number, free = 1, folder
    while taken(free) and not _holds(free, content, beside):
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    if number > 1:
        note(f"./{folder} is there and was not touched; this build is in ./{free}")
    return free


def _holds(folder: Path, content: bytes, beside: dict[str, bytes]) -> bool:
    """Whether just these files are in the folder, but for what installing and building adds."""
    import tempfile  # noqa: PLC0415

    from bus.archive import read_folder, unpack  # noqa: PLC0415

    if not folder.is_dir():
        return False
    with tempfile.TemporaryDirectory() as fresh:
        unpack(content, Path(fresh))
        return read_folder(folder) == {**read_folder(Path(fresh)), **beside}


def taken(folder: Path) -> bool:
    """Whether something is there that must not be overwritten."""
    there = folder.exists() or folder.is_symlink()
    return there and (not folder.is_dir() or any(folder.iterdir()))
