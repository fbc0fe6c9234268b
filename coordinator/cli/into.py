"""`genesis build --into`: an app that is there is changed, with what its owner changed kept.

It is merged here, checked by the pipeline, and written into its folder when its tests passed.

Errors: CliError; exit code 2 for what cannot be used, 1 when changes collide.
"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from coordinator.cli.outcome import check, shown
from coordinator.cli.output import CliError, Exit, dump, note
from coordinator.cli.traced import TRACE_FILE, document, trace_of

if TYPE_CHECKING:
    from agents.build.cli import Folder, Merged
    from bus.nats import NatsBus
    from contracts import messages as m
    from contracts.model import Plan
    from coordinator.cli.outcome import Landing


def opened(path: Path, plan: bytes, *, of_idea: bool) -> Folder:
    """The app's folder, with what it shall be: `plan` if it says something, else what it holds."""
    import msgspec  # noqa: PLC0415

    from agents.build import cli  # noqa: PLC0415
    from contracts.model import decode_plan  # noqa: PLC0415

    try:
        folder = cli.read(path)
    except cli.IntoError as error:
        raise _usage(error) from None
    given = decode_plan(plan) if plan else None
    other = of_idea or (given is not None and given.model != folder.plan.model)
    if folder.edited and other:
        raise CliError(
            f"{folder.edited} was changed, and would be replaced; nothing was started",
            hint=f"build from it: genesis build --into {path}; or restore it",
            code=Exit.USAGE,
        )
    return msgspec.structs.replace(folder, plan=given) if given else folder


def _usage(error: Exception) -> CliError:
    hint = str(getattr(error, "hint", ""))
    return CliError(f"{error}; nothing was started", hint=hint, code=Exit.USAGE)


async def planned(
    bus: NatsBus, request: m.BuildRequested, folder: Folder, *, as_json: bool
) -> Plan:
    """The plan of an idea, from a pipeline of its own that builds the app by itself."""
    import msgspec  # noqa: PLC0415

    from contracts import messages as m  # noqa: PLC0415
    from contracts.model import decode_plan  # noqa: PLC0415
    from contracts.naming import pipeline_id  # noqa: PLC0415

    alone = msgspec.structs.replace(
        request, request_id=str(uuid.uuid4()), name=folder.slug, deploy=False
    )
    note("First the app that the idea alone asks for:")
    await bus.publish(alone)
    board = await shown(bus, pipeline_id(alone.request_id or ""), as_json=as_json)
    check(board)
    answer = board.state.answers["plan"]
    assert isinstance(answer, m.PlanCompleted)
    built = board.state.answers["build"]
    assert isinstance(built, m.BuildCompleted)
    passed = built.plan if built.fell_back and built.plan else answer.plan
    return decode_plan(await bus.artifacts.get(passed))


async def change(
    bus: NatsBus,
    request: m.BuildRequested,
    folder: Folder,
    plan: Plan,
    *,
    keep_conflicts: bool,
    as_json: bool,
) -> tuple[m.BuildRequested, Landing]:
    """Merge; the request that has the result checked, and what writes it then.

    Raises CliError when changes collide; nothing was started then.
    """
    import msgspec  # noqa: PLC0415

    from agents.build import cli  # noqa: PLC0415
    from bus.archive import pack  # noqa: PLC0415

    try:
        merged, text = await asyncio.to_thread(cli.merge, folder, plan)
        if merged.conflicts:
            if keep_conflicts:
                await asyncio.to_thread(cli.write, folder, merged)
            raise _collision(folder, merged, kept=keep_conflicts)
    except cli.IntoError as error:
        raise _usage(error) from None
    _tell(merged, as_json=as_json)
    content = await asyncio.to_thread(pack, merged.files)

    async def landing(built: m.BuildCompleted) -> Path:
        trace = await trace_of(bus, built.report)
        try:
            await asyncio.to_thread(cli.write, folder, merged)
            if trace:
                (folder.path / TRACE_FILE).write_text(document(trace), encoding="utf-8")
        except (cli.IntoError, OSError) as error:
            raise CliError(
                f"the app passed its tests, but was not written to {folder.path}: {error}",
                hint=str(getattr(error, "hint", "")) or "make the folder writable",
            ) from None
        return folder.path.resolve()

    asked = msgspec.structs.replace(
        request,
        request_id=str(uuid.uuid4()),
        name=folder.slug,
        plan=await bus.artifacts.put(text, "plan.json"),
        source=await bus.artifacts.put(content, f"{folder.slug}.tar.gz"),
    )
    return asked, landing


def _collision(folder: Folder, merged: Merged, *, kept: bool) -> CliError:
    lines = "".join(f"\n         {action.path}: {action.why}" for action in merged.conflicts)
    if kept:
        return CliError(
            f"your changes and the app's collide; both are marked in {folder.path}:{lines}",
            hint=f"choose between them there, then: genesis build --into {folder.path}",
        )
    return CliError(
        f"your changes and the app's collide; nothing was started, nothing written:{lines}",
        hint="--keep-conflicts writes these files with both versions marked",
    )


_WORDS = {"add": "new", "update": "changed", "merge": "merged with yours", "delete": "removed"}


def _tell(merged: Merged, *, as_json: bool) -> None:
    """What is done to the files and to the tables."""
    counts = dict.fromkeys(_WORDS.values(), 0)
    for action in merged.actions:
        if action.kind in _WORDS:
            counts[_WORDS[action.kind]] += 1
    kept = [f"{each.path}: {each.why}" for each in merged.actions if each.why]
    if as_json:
        dump(
            {
                "files": counts, "kept": kept, "migration": merged.migration or None,
                "notes": merged.notes,
            }
        )  # fmt: skip
        return
    note("files   " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    for line in kept:
        note(f"yours   {line}")
    if merged.migration:
        note(f"tables  {merged.migration}")
    for line in merged.notes:
        note(f"rows    {line}")
