"""One error as it is kept and shown."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Level = Literal["fatal", "error", "warning", "info", "debug"]
LEVELS: tuple[Level, ...] = ("fatal", "error", "warning", "info", "debug")


class Frame(Struct, frozen=True, kw_only=True):
    """A call. `line` and `column` begin at 1, None when unknown.

    `source` is its line of text with those before and after it. `served` is where it is in the
    file that ran ("app.js:1:2345") when the rest is of the original file.
    """

    file: str
    function: str
    line: int | None
    column: int | None
    in_app: bool
    before: tuple[str, ...] = ()
    source: str = ""
    after: tuple[str, ...] = ()
    module: str = ""
    served: str = ""


class Exception_(Struct, frozen=True, kw_only=True):  # noqa: N801  the word itself is Python's
    """What was thrown, the innermost call first. `handled` is None when nobody said."""

    kind: str
    value: str
    frames: tuple[Frame, ...]
    handled: bool | None = None


class Breadcrumb(Struct, frozen=True, kw_only=True):
    """What happened before. `at` is seconds since 1970, None when unknown."""

    at: float | None
    category: str
    level: str
    message: str


class ErrorEvent(Struct, frozen=True, kw_only=True):
    """An error.

    `event` is its id (32 hex digits), `at` when it happened in seconds since 1970, corrected for
    a clock that is off. The exception that was caught or not is first, then what caused it; a
    message has none. `user` is whatever names them. All text is of strangers.
    """

    event: str
    at: float
    level: Level
    platform: str
    release: str
    environment: str
    message: str
    exceptions: tuple[Exception_, ...]
    transaction: str
    tags: tuple[tuple[str, str], ...]
    user: str
    url: str
    breadcrumbs: tuple[Breadcrumb, ...]
    sdk: str
    trace: str
