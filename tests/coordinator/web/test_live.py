"""Streams of a real server: what changes arrives, and a stream ends when its reason does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from contracts import messages as m
from coordinator.web import live
from coordinator.web.guard import NAME
from coordinator.web.serve import serve
from coordinator.web.sessions import COOKIE, IDLE
from tests.support.dashboards import Dashboard, row, text
from tests.support.processes import free_port
from tests.support.stories import ID, PRODUCTION, STAGING, append
from tests.support.worlds import eventually

Events = AsyncIterator[tuple[str, str]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK", 0.05)


class Served:
    """A dashboard that a real server serves, and a browser that is signed in to it."""

    def __init__(self, dashboard: Dashboard, port: int) -> None:
        self.dashboard = dashboard
        self.http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={"Host": f"{NAME}:{port}"}, timeout=20
        )
        token = dashboard.door.enter(dashboard.code(), dashboard.now)
        assert token
        self.http.headers["Cookie"] = f"{COOKIE}={token}"

    @asynccontextmanager
    async def events(self, path: str) -> AsyncIterator[Events]:
        """The events of a stream as they arrive, as names and data."""
        async with self.http.stream("GET", path) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield _events(answer)


async def _events(answer: httpx.Response) -> Events:
    name, data = "", []
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        elif not line and name:
            yield name, "\n".join(data)
            name, data = "", []


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    port, stop = free_port(), asyncio.Event()
    dashboard = Dashboard(port)
    serving = asyncio.create_task(serve(dashboard.site, stop))
    made = Served(dashboard, port)

    async def answers() -> bool:
        try:
            return (await made.http.get("/healthz")).status_code == 200
        except httpx.ConnectError:
            return False

    await eventually(answers)
    yield made
    await made.http.aclose()
    stop.set()
    await serving
    await dashboard.browser.aclose()


async def until(events: Events, wanted: str, *words: str) -> str:
    """The first event of this name whose text has these words."""
    async with asyncio.timeout(20):
        async for name, data in events:
            if name == wanted and all(word in text(data) for word in words):
                return data
    raise AssertionError(f"no {wanted} with {words}")


async def test_a_pipeline_is_followed_from_its_first_step_to_its_end(served: Served) -> None:
    bus = served.dashboard.bus
    await append(bus, PRODUCTION, pipeline=ID)
    async with served.events(f"/pipelines/{ID}/live") as events:
        await until(events, "phases", "build : under way")
        await bus.tell(
            m.Progress(pipeline=ID, area="build", step="tests <b>", percent=40, lines=("ok <i>",))
        )
        drawn = await until(events, "phases", "tests <b>")
        assert "<b>" not in drawn
        assert 'value="40' in drawn
        await append(bus, PRODUCTION, "done", pipeline=ID)
        assert 'value="approve"' in await until(events, "actions", "Put shop into production?")
        await append(bus, PRODUCTION, "done agreed done done done", pipeline=ID)
        await until(events, "status", "completed")
        await until(events, "log", "pipeline.completed")
        await until(events, "end")


async def test_whoever_asked_for_a_rollback_sees_it(served: Served) -> None:
    bus = served.dashboard.bus
    whole = "done done done done done done"
    await append(bus, STAGING, whole, pipeline=ID)
    last = (await bus.read(ID))[-1].sequence
    async with served.events(f"/pipelines/{ID}/live?after={last}") as events:
        await until(events, "status", "completed")
        await append(bus, STAGING, f"{whole} rollback", pipeline=ID)
        await until(events, "status", "taking back")
        await append(bus, STAGING, f"{whole} rollback done done done done", pipeline=ID)
        await until(events, "status", "rolled back")
        await until(events, "end")


async def test_lines_of_agents_arrive_as_text(served: Served) -> None:
    bus = served.dashboard.bus
    await append(bus, STAGING, pipeline=ID)
    async with served.events(f"/pipelines/{ID}/live") as events:
        await until(events, "phases", "scout : under way")
        await bus.tell(m.Progress(pipeline=ID, area="scout", step="x", lines=("a\nb", "<script>")))
        drawn = await until(events, "output", "a b")
        assert "<script>" not in drawn


async def test_a_form_is_not_replaced_while_nothing_else_may_be_done(served: Served) -> None:
    bus = served.dashboard.bus
    await append(bus, STAGING, pipeline=ID)
    async with served.events(f"/pipelines/{ID}/live") as events:
        await until(events, "actions", "Cancel it")
        await append(bus, STAGING, "done", pipeline=ID)
        async with asyncio.timeout(20):
            async for name, data in events:
                assert name != "actions"
                if name == "phases" and "plan : under way" in text(data):
                    break


async def test_the_list_arrives_when_it_is_another(served: Served) -> None:
    told = served.dashboard.told
    told.rows, told.places = [row("pipeline1", subject="a shop")], 1
    async with served.events("/live") as events:
        await until(events, "rows", "a shop")
        told.rows, told.places = [row("pipeline2", subject="a forum"), *told.rows], 2
        await until(events, "rows", "a forum")


async def test_a_stream_ends_with_its_session(served: Served) -> None:
    told = served.dashboard.told
    told.rows, told.places = [row("pipeline1", subject="a shop")], 1
    async with served.events("/live") as events:
        await until(events, "rows", "a shop")
        served.dashboard.now += IDLE + 1
        told.rows, told.places = [row("pipeline2", subject="a secret")], 2
        async with asyncio.timeout(20):
            assert [name async for name, _ in events] == []


async def test_streams_are_bounded_and_counted_again_when_they_end(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST", 1)
    told = served.dashboard.told
    told.rows, told.places = [row("pipeline1", subject="a shop")], 1
    async with served.events("/live") as events:
        await until(events, "rows", "a shop")
        refused = await served.http.get("/live")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")

    async def free() -> bool:
        return live.Open.count == 0

    told.places = 2
    told.rows = [row("pipeline2")]
    await eventually(free)


async def test_there_is_no_stream_of_no_pipeline(served: Served) -> None:
    assert (await served.http.get("/pipelines/nothere/live")).status_code == 404


async def test_a_quiet_stream_shows_life(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "QUIET", 0.05)
    async with served.http.stream("GET", "/live") as answer, asyncio.timeout(20):
        async for line in answer.aiter_lines():
            if line == ": still here":
                break
