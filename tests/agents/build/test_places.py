"""Apps are checked in places that nobody else works in, and that are left empty."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.build.places import clear, place
from tests.support.processes import end


def names(work):
    return sorted(path.name for path in work.iterdir() if path.is_dir())


async def test_the_next_app_has_the_same_place(tmp_path):
    async with place(tmp_path, "one") as first:
        first.mkdir()
        (first / "file").touch()
    async with place(tmp_path, "two") as second:
        assert second == first
        assert not second.exists()


async def test_two_at_once_have_different_places(tmp_path):
    async with place(tmp_path, "one") as first, place(tmp_path, "two") as second:
        assert first != second


async def fails(work: Path) -> None:
    async with place(work, "one") as folder:
        folder.mkdir()
        raise RuntimeError("in the middle")


async def test_a_failure_leaves_no_folder(tmp_path):
    with pytest.raises(RuntimeError, match="in the middle"):
        await fails(tmp_path)
    assert names(tmp_path) == []


HELD = """
import asyncio, sys, time
from pathlib import Path
from agents.build.places import place

async def main():
    async with place(Path(sys.argv[1]), sys.argv[2]) as folder:
        folder.mkdir()
        print("there", flush=True)
        time.sleep(60)

asyncio.run(main())
"""


@contextmanager
def killed_in_the_end(work: Path, pipeline: str) -> Iterator[None]:
    """A process that works in a place, and gets SIGKILL."""
    with subprocess.Popen(
        [sys.executable, "-c", HELD, work, pipeline], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"there\n"
            yield
        finally:
            end(process, signal.SIGKILL)


async def test_what_a_killed_process_left_is_removed_for_its_pipeline_alone(tmp_path):
    with killed_in_the_end(tmp_path, "killed"):
        assert not await clear(tmp_path, "killed"), "somebody works there"
    assert names(tmp_path) == ["1"]
    assert not await clear(tmp_path, "another")
    assert names(tmp_path) == ["1"]
    assert await clear(tmp_path, "killed")
    assert not await clear(tmp_path, "killed")
    assert names(tmp_path) == []
