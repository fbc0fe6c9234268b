"""What the commands print: lines for people, one JSON document for machines; exit codes.

run(work, as_json)        runs a command's coroutine and says what went wrong
say, note                 a line of the result (stdout), a line beside it (stderr)
dump                      the result as JSON (stdout)
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from agents.migration.errors import MigrationError, StatementFailed

DONE = 0
INTERRUPTED = 130


def run(work: Coroutine[Any, Any, int | None], *, as_json: bool = False) -> int:
    """Run a command; its exit code, or that of the MigrationError that it raised."""
    try:
        return asyncio.run(_ended_by_sigterm(work)) or DONE
    except MigrationError as error:
        return complain(error, as_json=as_json)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return complain(_Interrupted(), as_json=as_json)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        sys.stderr.close()
        return DONE
    except Exception as error:
        told = _server_error(error)
        if told is None:
            raise
        return complain(told, as_json=as_json)


def _server_error(error: Exception) -> MigrationError | None:
    """What the server said to a statement of our own, such as a missing right."""
    import asyncpg  # noqa: PLC0415  a command without a database does without it

    if not isinstance(error, asyncpg.PostgresError):
        return None
    return StatementFailed(
        "server_refused", f"the server says: {error} [SQLSTATE {error.sqlstate}]",
        hint=getattr(error, "hint", None) or "an account that may do this is needed",
    )  # fmt: skip


class _Interrupted(MigrationError):
    """Somebody ended the command."""

    exit_code = INTERRUPTED

    def __init__(self) -> None:
        super().__init__(
            "interrupted", "interrupted; what was not finished is taken back",
            hint="`genesis migrate status` shows where it stopped; asking again goes on there",
        )  # fmt: skip


async def _ended_by_sigterm(work: Coroutine[Any, Any, int | None]) -> int | None:
    """The server is told to stop the statement that is running, as for Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # where there are no signals
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def complain(error: MigrationError, *, as_json: bool = False) -> int:
    """Say what went wrong; the exit code of its class."""
    if as_json:
        dump(
            {
                "error": {
                    "code": error.code,
                    "message": error.message,
                    "hint": error.hint,
                    "place": error.place,
                },
                "exit_code": error.exit_code,
            }
        )
        return error.exit_code
    note(f"genesis migrate: {error.message}")
    if error.hint:
        note(f"  {error.hint}")
    return error.exit_code


def say(text: str = "") -> None:
    """One line of the result, for people."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """One line beside the result."""
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")


def dump(value: Any) -> None:
    """The result for machines: one line of JSON."""
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def seconds(value: float) -> str:
    """`0.4 ms`, `12 ms`, `3.2 s`, `4 min 05 s`."""
    if value < 0.01:  # noqa: PLR2004
        return f"{value * 1000:.1f} ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:  # noqa: PLR2004
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02} s"


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Rows as columns that line up; the last column may be of any width."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())
