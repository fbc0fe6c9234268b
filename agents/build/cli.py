"""What the command line may ask of the Build agent, without a bus.

Errors:
    IntoError   this folder or this plan cannot be used; says why and what to do
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from agents.build import frameworks, record
from agents.build.generator import MODEL_FILE, generate_app
from agents.build.into import IntoError, Merged, into
from agents.build.tracing import Traced
from agents.work import AgentError
from bus import archive
from contracts.model import AppModel, ModelError, Plan, decode_plan, encode_plan

__all__ = [
    "Folder",
    "IntoError",
    "Merged",
    "Traced",
    "framework",
    "merge",
    "output",
    "read",
    "stood_in",
    "trace_in",
    "write",
]

PLAN_FILE = "genesis.plan.json"


class Folder(Struct, frozen=True, kw_only=True):
    """An app's folder: its files by path, and its name. `plan` is what it asks to be now."""

    path: Path
    files: dict[str, bytes]
    slug: str
    plan: Plan
    edited: str
    """The file that its owner changed to say what the app shall be; "" for none."""


def read(path: Path) -> Folder:
    """A folder that Genesis made. Blocking. Raises IntoError."""
    if not path.is_dir():
        raise IntoError(f"{path} is no folder", "name the folder of an app that Genesis made")
    files = archive.read_folder(path)
    try:
        base = record.generated(files)
    except record.RecordError as error:
        raise IntoError(
            f"{path} is no app that Genesis can change: {error}",
            "restore .genesis/ from your version control, or build into a new folder",
        ) from None
    before = _model(base[MODEL_FILE], MODEL_FILE)
    model = _model(files.get(MODEL_FILE, base[MODEL_FILE]), MODEL_FILE)
    plan = _plan(files[PLAN_FILE]) if PLAN_FILE in files else Plan(model=before)
    edited = [name for name, now in ((MODEL_FILE, model), (PLAN_FILE, plan.model)) if now != before]
    if len(edited) == 2 and model != plan.model:  # noqa: PLR2004  both
        raise IntoError(
            f"{MODEL_FILE} and {PLAN_FILE} were both changed, and say different things",
            f"change {PLAN_FILE} alone; restore the other one",
        )
    if edited == [MODEL_FILE]:
        plan = Plan(model=model)
    return Folder(
        path=path, files=files, slug=before.app.slug, plan=plan,
        edited=edited[0] if edited else "",
    )  # fmt: skip


def _model(content: bytes, name: str) -> AppModel:
    try:
        return msgspec.json.decode(content, type=AppModel)
    except msgspec.DecodeError as error:
        raise IntoError(f"{name} cannot be read: {error}", "mend it at this place") from None


def _plan(content: bytes) -> Plan:
    try:
        return decode_plan(content)
    except ModelError as error:
        raise IntoError(f"{PLAN_FILE}: {error}", "mend it at this place") from None


def merge(folder: Folder, plan: Plan) -> tuple[Merged, bytes]:
    """The folder after the plan, and the plan under the app's name. Blocking. Raises IntoError."""
    app = msgspec.structs.replace(plan.model.app, slug=folder.slug)
    plan = msgspec.structs.replace(plan, model=msgspec.structs.replace(plan.model, app=app))
    text = encode_plan(plan)
    merged = into(plan.model, folder.files)
    return msgspec.structs.replace(merged, files={**merged.files, PLAN_FILE: text}), text


def write(folder: Folder, merged: Merged) -> None:
    """Write what is different. Blocking. Raises IntoError when the folder is another one by now.

    The records of Genesis come last: until then, the same can be done again.
    """
    if archive.read_folder(folder.path) != folder.files:
        raise IntoError(
            f"{folder.path} was changed in the meantime; nothing was written",
            "build again: your newest changes are merged then",
        )
    changed = [path for path in merged.files if merged.files[path] != folder.files.get(path)]
    for path in sorted(changed, key=lambda each: (each.startswith(record.FOLDER), each)):
        _put(folder.path / path, merged.files[path])
    for path in merged.removed:
        _remove(folder.path / path)


def _put(place: Path, content: bytes) -> None:
    """Replace a file at once, with the rights that it had."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.genesis")
    fresh.write_bytes(content)
    with contextlib.suppress(FileNotFoundError):
        fresh.chmod(place.stat().st_mode)
    fresh.replace(place)


def _remove(place: Path) -> None:
    """Remove a file, and the folders that are empty without it."""
    place.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.removedirs(place.parent)


def stood_in(model: AppModel) -> tuple[str, ...]:
    """What an app of this model would only stand in for. Raises ModelError if none can be made."""
    return generate_app(model).notes


class _Report(Struct):
    """As much of a build's report as tells what became of the idea."""

    trace: tuple[Traced, ...] = ()


def trace_in(report: bytes) -> tuple[Traced, ...]:
    """What became of every sentence, in a build's report; nothing where it does not say."""
    try:
        return msgspec.json.decode(report, type=_Report).trace
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


def framework(files: Mapping[str, bytes]) -> str:
    """The framework that makes a folder's plain files; "" for an app with a server of its own.

    Raises IntoError for one that needs a server of its framework.
    """
    found = _site(files)
    return found.framework if found is not None else ""


def output(files: Mapping[str, bytes]) -> str | None:
    """The folder of plain files that a build writes; None for an app with a server of its own.

    Raises IntoError for one that needs a server of its framework.
    """
    found = _site(files)
    return found.output if found is not None else None


def _site(files: Mapping[str, bytes]) -> frameworks.Site | None:
    try:
        return frameworks.detect(files)
    except AgentError as error:
        raise IntoError(error.message, hint=error.hint) from None
