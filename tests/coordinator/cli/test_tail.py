"""The log of one pipeline is one story, whichever process wrote it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from coordinator.cli import tail

ID, OTHER = "k7q2m4xw3zt5a6bc", "a1b2c3d4e5f6g7h8"


def line(second: int, event: str, pipeline: str = ID) -> str:
    at = f"2026-11-27T10:00:{second:02}.000000Z"
    return json.dumps({"pipeline": pipeline, "event": event, "timestamp": at}) + "\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    written = {
        "build": line(3, "built") + line(4, "stored", OTHER) + f"Traceback of {ID}\n",
        "coordinator": line(1, "started") + line(5, "went on") + line(9, "done"),
        "scout": line(2, "read"),
    }
    for name, text in written.items():
        (tmp_path / f"{name}.log").write_text(text)
    return {name: tmp_path / f"{name}.log" for name in (*written, "plan")}


def told(printed: str) -> list[str]:
    """Who wrote what."""
    found = []
    for text in printed.splitlines():
        process, _, rest = text.partition(" ")
        rest = rest.strip()
        found.append(f"{process}: {json.loads(rest)['event'] if rest.startswith('{') else rest}")
    return found


async def show(files: Mapping[str, Path], pattern: str = ID, lines: int = 100) -> None:
    await tail.tail(files, pattern=pattern, lines=lines, follow=False)


async def test_the_lines_of_a_pipeline_come_in_the_order_of_their_times(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    await show(files)
    assert told(capsys.readouterr().out) == [
        "coordinator: started", "scout: read", "build: built", f"build: Traceback of {ID}",
        "coordinator: went on", "coordinator: done",
    ]  # fmt: skip


async def test_of_each_process_no_more_than_the_last_lines_are_shown(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    await show(files, lines=1)
    shown = told(capsys.readouterr().out)
    assert sorted(shown) == [f"build: Traceback of {ID}", "coordinator: done", "scout: read"]


async def test_without_a_pipeline_each_process_is_shown_by_itself(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    await show(files, pattern="")
    assert [text.split(":")[0] for text in told(capsys.readouterr().out)] == [
        "build", "build", "build", "coordinator", "coordinator", "coordinator", "scout",
    ]  # fmt: skip


async def test_what_is_added_is_followed_in_whole_lines_and_over_a_log_that_is_put_aside(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LOOK", 0.01)
    following = asyncio.create_task(tail.tail(files, pattern=ID, lines=1, follow=True))
    try:
        await until(capsys, "done")
        half = line(11, "later")
        with files["scout"].open("a") as file:
            file.write(line(12, "last") + half[:20])
        await until(capsys, "last")
        with files["scout"].open("a") as file:
            file.write(half[20:])
        await until(capsys, "later")
        files["build"].write_text(line(13, "anew"))
        await until(capsys, "anew")
    finally:
        following.cancel()


async def until(capsys: pytest.CaptureFixture[str], event: str) -> None:
    """Wait until an event is told, in a line that can be read."""
    seen = ""
    async with asyncio.timeout(20):
        while event not in seen:
            await asyncio.sleep(0.01)
            seen += capsys.readouterr().out
    assert any(text.endswith(f": {event}") for text in told(seen))
