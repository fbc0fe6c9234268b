"""Programs run to their end: output captured within bounds, nothing left behind.

Each runs as a process group of its own, which is ended as a whole when time is up, when the
caller is cancelled, and after the program itself is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from agents.build import memory, orphans

KEPT = 256 * 1024
"""Bytes of output kept from the beginning, and as many from the end."""

GRACE = 3.0
"""Seconds between asking a group to end and ending it."""

_PASSED_ON = re.compile(
    r"PATH|HOME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|(?:https?|no|all)_proxy"
    r"|npm_config_.*|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR",
    re.IGNORECASE,
)
_TELLING = re.compile(r"\berror\b|\bfailed\b", re.IGNORECASE)
_HEAP = re.compile(r"JavaScript heap out of memory|ERR_WORKER_OUT_OF_MEMORY")
_LATE = "not finished after {:.0f} seconds"
_TOO_MUCH = (
    "it needed more than {} MiB of memory and was ended; the setting BUILD_MEMORY says how much"
    " each tool may have"
)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class Finished(Struct, frozen=True, kw_only=True):
    """How a program ended; `code` is None when it was ended: `why` says for what."""

    code: int | None
    output: str
    seconds: float
    why: str = ""

    @property
    def ok(self) -> bool:
        return self.code == 0


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a tool may know of this process's environment: no secret of Genesis is in it."""
    kept = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    return kept | {"NO_COLOR": "1", "CI": "1"} | orphans.mark() | dict(extra)


async def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    seconds: float,
    mebibytes: int = 0,
) -> Finished:
    """Run a program to its end. Raises OSError when it cannot be started.

    It is ended after `seconds`, or when it and all it started hold more than `mebibytes` (0: any).
    """
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *map(str, argv), cwd=cwd, env=dict(env), start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    reader = asyncio.create_task(_read(process.stdout))
    ending = asyncio.create_task(process.wait())
    tasks: set[asyncio.Task[int] | asyncio.Task[None]] = {ending}
    if mebibytes:
        tasks.add(asyncio.create_task(memory.exceeded(process.pid, mebibytes)))
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await _end(process)
        output = await reader
    code = ending.result() if ending in done else None
    why = "" if code is not None else _TOO_MUCH.format(mebibytes) if done else _LATE.format(seconds)
    if mebibytes and code and _HEAP.search(output):
        why = _TOO_MUCH.format(mebibytes)
    return Finished(code=code, output=output, seconds=time.monotonic() - begun, why=why)


async def _read(stream: asyncio.StreamReader) -> str:
    head, tail = bytearray(), bytearray()
    dropped = 0
    while chunk := await stream.read(64 * 1024):
        room = KEPT - len(head)
        head += chunk[:room]
        tail += chunk[room:] if room > 0 else chunk
        if len(tail) > 2 * KEPT:
            dropped += len(tail) - KEPT
            del tail[:-KEPT]
    middle = f"\n… {dropped} bytes left out …\n".encode() if dropped else b""
    return _ANSI.sub("", (bytes(head) + middle + bytes(tail)).decode(errors="replace"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the program and everything it started."""
    if process.returncode is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
    _signal(process.pid, signal.SIGKILL)
    await process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def telling_lines(text: str, count: int = 12, limit: int = 1_500) -> str:
    """The lines from the first that speaks of an error; the last ones when none does."""
    lines = _meaningful(text)
    for index, line in enumerate(lines):
        if _TELLING.search(line):
            return "\n".join(lines[index : index + count])[:limit]
    return last_lines(text, count, limit)


def last_lines(text: str, count: int = 12, limit: int = 1_500) -> str:
    """The last lines with something on them."""
    return "\n".join(_meaningful(text)[-count:])[-limit:]


def _meaningful(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
