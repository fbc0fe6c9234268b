from __future__ import annotations

import asyncio

import pytest
import structlog

from agents.monitoring import parts


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(parts, "PAUSE", 0.01)


async def test_a_part_that_breaks_begins_again_and_stops_no_other():
    stop, begun, undisturbed = asyncio.Event(), 0, False

    async def breaks():
        nonlocal begun
        begun += 1
        if begun == 3:
            stop.set()
            return
        raise ValueError("broken")

    async def works():
        nonlocal undisturbed
        await stop.wait()
        undisturbed = True

    with structlog.testing.capture_logs() as logs:
        await parts.side_by_side({"breaks": breaks, "works": works}, stop)
    assert begun == 3
    assert undisturbed
    assert [entry["part"] for entry in logs] == ["breaks", "breaks"]


async def test_a_part_that_has_nothing_to_do_ends_and_does_not_begin_again():
    begun = []

    async def ends():
        begun.append(1)

    async with asyncio.timeout(10):
        await parts.side_by_side({"ends": ends}, asyncio.Event())
    assert begun == [1]


async def test_what_is_cancelled_is_over():
    async def works():
        await asyncio.Event().wait()

    work = asyncio.create_task(parts.side_by_side({"works": works}, asyncio.Event()))
    await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
