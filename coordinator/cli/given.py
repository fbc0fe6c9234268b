"""What people give a command: an idea, a plan file.

Errors: CliError with exit code 2 for what cannot be used; it says that nothing was done.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from coordinator.cli.output import CliError, Exit

if TYPE_CHECKING:
    from contracts.model import Plan

MAX_IDEA = 32_000
"""Characters of an idea; the bus takes no more."""
MAX_IDEA_BYTES = 60_000
"""Bytes of an idea as JSON; a message is 64 KiB and says a little more than the idea."""
MAX_FILE = 8_000_000
"""Bytes of a file that people give; a plan of a hundred entities has a tenth of it."""
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
Idea = Annotated[str, Parameter(allow_leading_hyphen=True)]
Name = Annotated[str, Parameter(help="The app's name: lower-case words joined by hyphens.")]
SO = "nothing was written"
"""What did not happen when a command that only reads and writes files cannot do it."""
PLANS = "a build leaves it as genesis.plan.json in the app's folder"


def unusable(message: str, hint: str) -> CliError:
    """What was given cannot be used."""
    return CliError(message, hint=hint, code=Exit.USAGE)


def idea_of(idea: str, command: str, *, so: str = "nothing was started") -> str:
    """The idea in words, from standard input for `-`; `so` is what did not happen without one."""
    import msgspec  # noqa: PLC0415

    if re.fullmatch(r"-\S+", idea):
        raise unusable(f"there is no option {idea}; {so}", f"see `genesis {command} --help`")
    if idea == "-":
        idea = _standard_input(so)
    idea = idea.encode("utf-8", "replace").decode()
    if not idea.strip():
        raise unusable(
            f"the idea is empty; {so}",
            f'say what the app should do: genesis {command} "A recipe box for my family"',
        )
    size = len(msgspec.json.encode(idea))
    for count, unit, limit in (
        (len(idea), "characters", MAX_IDEA),
        (size, "bytes", MAX_IDEA_BYTES),
    ):
        if count > limit:
            raise unusable(
                f"the idea has {count} {unit}; the limit is {limit}. {so[:1].upper()}{so[1:]}",
                "keep what the app should do, and leave out the rest",
            )
    return idea


def _standard_input(so: str) -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise unusable(
            f"standard input is no text: {error}; {so}", "pass the idea as UTF-8 text"
        ) from None


def plan_in(file: Path, *, so: str = "nothing was started") -> tuple[bytes, Plan]:
    """A plan file as bytes and as a plan; `so` is what did not happen without it."""
    from contracts.model import ModelError, decode_plan  # noqa: PLC0415

    text = content_of(file, "the plan", so)
    try:
        return text, decode_plan(text)
    except ModelError as error:
        raise unusable(
            f"{file}: {error}; {so}", "mend the file at the place that is named"
        ) from None


def content_of(file: Path, what: str, so: str, hint: str = PLANS) -> bytes:
    """The bytes of a file."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise unusable(f"{what} is not readable: {error}; {so}", hint) from None
    if len(content) > MAX_FILE:
        raise unusable(f"{what} is not readable: {file} is over {MAX_FILE} bytes; {so}", hint)
    return content


def is_name(name: str) -> bool:
    """Whether an app can be called so."""
    return len(name) <= 40 and SLUG.fullmatch(name) is not None  # noqa: PLR2004  as contracts.Slug


def check_name(name: str, *, so: str = "nothing was started") -> None:
    """Refuse a name that no app can have; "" is none."""
    if name and not is_name(name):
        raise unusable(
            f"{name!r} is no name for an app; {so}",
            "use lower-case words joined by hyphens, up to 40 characters: recipe-box",
        )
