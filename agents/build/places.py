"""The folders in which apps are checked: few, and of the same names every time.

Vitest knows what it made of a file by the file's absolute path: what apps have in common is made
once for each place, rather than once for each app.

A place is its folder, `<work>/<number>/`, and beside it a file that is locked as long as somebody
works there, and names the pipeline. The lock ends with the process, so a killed build leaves a
place that can be taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import IO

import structlog

from agents.build import orphans

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def place(work: Path, pipeline: str) -> AsyncIterator[Path]:
    """A folder that is not there yet, in which nobody else works; gone afterwards."""
    with _first_free(work) as (folder, note):
        _write(note, pipeline)
        await _clear(folder)
        try:
            yield folder
        finally:
            await _remove(folder)
            _write(note, "")


async def clear(work: Path, pipeline: str) -> bool:
    """Remove what a killed build of this pipeline left; whether there was anything."""
    found = False
    for file in _locks(work):
        with _locked(file) as note:
            if note is not None and note.read() == pipeline:
                found |= await _clear(file.with_suffix(""))
                _write(note, "")
    return found


async def end_orphans(work: Path) -> None:
    """End the tools of killed agents, in all places or in one."""
    if ended := await asyncio.to_thread(orphans.end_orphans, work):
        log.warning("ended tools of an agent that was killed", count=ended)


@contextlib.contextmanager
def _first_free(work: Path) -> Iterator[tuple[Path, IO[str]]]:
    work.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        with _locked(work / f"{number}.lock") as note:
            if note is not None:
                yield work / str(number), note
                return


def _locks(work: Path) -> list[Path]:
    return sorted(work.glob("*.lock"))


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[IO[str] | None]:
    """The file, open at its beginning; None where somebody else holds it."""
    with file.open("a+", encoding="utf-8") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        note.seek(0)
        yield note


def _write(note: IO[str], pipeline: str) -> None:
    note.truncate(0)
    note.write(pipeline)
    note.flush()


async def _clear(folder: Path) -> bool:
    await end_orphans(folder)
    return await _remove(folder)


async def _remove(folder: Path) -> bool:
    """Remove a folder; whether there was one."""
    try:
        await asyncio.to_thread(shutil.rmtree, folder)
    except FileNotFoundError:
        return False
    return True
