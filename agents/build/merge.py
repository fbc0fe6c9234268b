"""An app whose owner changed files, and the same app generated anew: what becomes of each file.

Pure. `base` is what was generated before, `theirs` what is generated now, `ours` the owner's
folder; all are contents by relative path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Kind = Literal["add", "update", "keep", "merge", "delete", "absent", "conflict"]
"""What is done: `keep` is the owner's version, `absent` a file that they deleted."""

_SNIFFED = 8_000


class Action(Struct, frozen=True, kw_only=True):
    """What becomes of one file, and why where that is not plain."""

    path: str
    kind: Kind
    why: str = ""


def decide(
    base: Mapping[str, bytes], theirs: Mapping[str, bytes], ours: Mapping[str, bytes]
) -> tuple[Action, ...]:
    """An action for every file that was or is generated, by path; others are not touched."""
    return tuple(
        _action(path, base.get(path), theirs.get(path), ours.get(path))
        for path in sorted({*base, *theirs})
    )


def _action(path: str, base: bytes | None, theirs: bytes | None, ours: bytes | None) -> Action:
    kind, why = _decided(base, theirs, ours)
    return Action(path=path, kind=kind, why=why)


def _decided(  # noqa: PLR0911  one return per case
    base: bytes | None, theirs: bytes | None, ours: bytes | None
) -> tuple[Kind, str]:
    if ours is None:
        if theirs is None:
            return "absent", ""
        if base is None:
            return "add", ""
        return "absent", "" if theirs == base else "you deleted it; it is generated differently now"
    if ours == theirs:
        return "keep", ""
    if theirs is None:
        if ours == base:
            return "delete", ""
        return "conflict", "you changed it, and the app no longer has it"
    if ours == base:
        return "update", ""
    if theirs == base:
        return "keep", "you changed it"
    if binary(ours) or binary(theirs):
        return "conflict", "both are different, and it is no text"
    return "merge", "" if base is not None else "you have made one too"


def binary(content: bytes) -> bool:
    """Whether lines of it mean nothing."""
    if b"\0" in content[:_SNIFFED]:
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


def marked(content: bytes) -> bool:
    """Whether a conflict is written in it."""
    lines = content.splitlines()
    return any(line.startswith(b"<<<<<<< ") for line in lines) and any(
        line.startswith(b">>>>>>> ") for line in lines
    )
