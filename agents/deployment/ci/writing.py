"""Putting generated files into a folder, without a word of somebody else's lost.

Errors:
    CiError   a file is in the way, or cannot be written; says what was written nevertheless
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from agents.deployment.ci.project import CiError

State = Literal["new", "same", "different"]


class Change(Struct, frozen=True):
    """A file of the folder beside the one that is to be there; `diff` as `diff -u` has it."""

    path: str
    state: State
    diff: str = ""


def compare(folder: Path, files: Mapping[str, str]) -> tuple[Change, ...]:
    """What writing would do, by path. Blocking. Raises CiError for what could not be replaced."""
    return tuple(_compare(folder, path, files[path]) for path in sorted(files))


def write(folder: Path, files: Mapping[str, str], changes: tuple[Change, ...]) -> None:
    """Write what is new or different. Blocking. Raises CiError."""
    done: list[str] = []
    for change in changes:
        if change.state == "same":
            continue
        place = folder / change.path
        try:
            _put(place, files[change.path])
        except OSError as error:
            written = ", ".join(done) or "nothing"
            raise CiError(
                f"{change.path} cannot be written ({error.strerror}); written: {written}",
                "make the folder writable, and run it again",
            ) from None
        done.append(change.path)


def _compare(folder: Path, path: str, text: str) -> Change:
    place = folder / path
    if not place.resolve().is_relative_to(folder.resolve()):
        raise CiError(
            f"{path} leads out of the folder by a link; nothing was written",
            "replace the link by a folder of its own",
        )
    try:
        there = place.read_bytes()
    except FileNotFoundError:
        return Change(path, "new")
    except OSError as error:
        raise CiError(
            f"{path} is in the way ({error.strerror}); nothing was written", "move it away"
        ) from None
    if there == text.encode():
        return Change(path, "same")
    before = there.decode("utf-8", "replace").splitlines(keepends=True)
    lines = difflib.unified_diff(
        before, text.splitlines(keepends=True), f"{path} (yours)", f"{path} (generated)"
    )
    return Change(path, "different", "".join(line.rstrip("\n") + "\n" for line in lines))


def _put(place: Path, text: str) -> None:
    """Replace a file at once, with the rights that it had."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.genesis")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    with contextlib.suppress(FileNotFoundError):
        fresh.chmod(place.stat().st_mode)
    fresh.replace(place)
