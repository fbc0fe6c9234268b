"""How the command line speaks: for people on a terminal, JSON for machines, meant exit codes.

CliError            a command could not do what was asked; carries its exit code
"""

from __future__ import annotations

import enum
import sys
import time
from typing import TYPE_CHECKING, Any

from coordinator.words import duration

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "CliError", "Exit", "ago", "complain", "console", "dump", "duration", "note", "say", "shown",
]  # fmt: skip


class Exit(enum.IntEnum):
    """What a command's exit code means."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    WAITING = 3
    STUCK = 4
    DETACHED = 130


class CliError(Exception):
    """A command could not do what was asked: what happened, and what to do next."""

    def __init__(self, message: str, *, hint: str = "", code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def console(*, stderr: bool = False) -> Console:
    """Where people read; without colour when NO_COLOR is set or nobody is looking."""
    from rich.console import Console  # noqa: PLC0415  a slow import that --help does not need

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


_CONTROLS = {*range(32), *range(127, 160)} - {ord("\t"), ord("\n")}
_SHOWN = {code: f"\\x{code:02x}" for code in _CONTROLS}
"""What other people wrote must not move the cursor or colour the screen."""


def shown(text: str) -> str:
    """Text without control characters, and without what no stream can encode."""
    return text.encode("utf-8", "backslashreplace").decode().translate(_SHOWN)


def say(text: str) -> None:
    """One line for people, on standard output; markup is not interpreted."""
    sys.stdout.write(f"{shown(text)}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """One line beside the result, on standard error."""
    sys.stderr.write(f"{shown(text)}\n")
    sys.stderr.flush()


def dump(value: Any) -> None:
    """A value as one line of JSON, for machines."""
    import msgspec  # noqa: PLC0415

    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def complain(error: CliError, *, as_json: bool = False) -> int:
    """Say what went wrong; the exit code."""
    if as_json:
        texts = {"error": shown(error.message), "hint": shown(error.hint)}
        dump({**texts, "exit_code": int(error.code)})
    else:
        note(f"genesis: {error.message}")
        if error.hint:
            note(f"         {error.hint}")
    return int(error.code)


def ago(then: float) -> str:
    """How long since a time in seconds since 1970."""
    return f"{duration(max(0.0, time.time() - then))} ago"
