"""Server-sent events: the parts of a page that changed, each as an event of the part's name.

A stream ends with the session that opened it. There are at most `MOST` at a time; a page that gets
none stays as it is and says so, because every one of them shows the truth when it is loaded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bus.port import Bus, Recorded
from contracts import messages as m
from coordinator.board import Board
from coordinator.web.guard import token_of
from coordinator.web.scene import Scene, scene
from coordinator.web.site import AWAY, Site, site_of

MOST = 48
TICK = 1.0
"""Seconds between looks at what has changed, and redraws of a time that runs."""
QUIET = 15.0
"""Seconds of silence after which a comment is sent, so that nobody takes the stream for dead."""
OUTPUT = 200
"""Newest lines that agents print, kept for a page."""
PARTS = ("phases", "status", "actions", "log", "output")

Draw = Callable[[Scene, str, tuple[str, ...]], Awaitable[str]]


class Open:
    """How many streams are open."""

    count = 0


def event(name: str, data: str) -> bytes:
    """An event as it goes over the wire."""
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"event: {name}\n{lines}\n".encode()


def stream(request: Request, events: AsyncIterator[bytes]) -> Response:
    """The answer that carries the events, as long as the session lasts."""
    if Open.count >= MOST:
        return Response("Too many pages are kept live.", 503, headers={"Retry-After": "30"})
    return StreamingResponse(
        _guarded(request, events),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _guarded(request: Request, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    site, token = site_of(request), token_of(request.headers)
    Open.count += 1
    try:
        yield b"retry: 2000\n\n"
        async for each in _with_signs_of_life(events):
            if site.door.find(token, site.clock(), used=False) is None:
                return
            yield each
    finally:
        Open.count -= 1


async def _with_signs_of_life(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting: asyncio.Future[bytes] = asyncio.ensure_future(anext(events))
    try:
        while True:
            done, _ = await asyncio.wait((waiting,), timeout=QUIET)
            if not done:
                yield b": still here\n\n"
                continue
            try:
                yield waiting.result()
            except StopAsyncIteration:
                return
            waiting = asyncio.ensure_future(anext(events))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def changes(
    site: Site, part: str, draw: Callable[[], Awaitable[str]]
) -> AsyncIterator[bytes]:
    """A part of a page whenever the projection has gone on and the part is another."""
    seen, shown = -1, ""
    while True:
        try:
            now = await site.reads.position()
        except AWAY:
            now = seen
        if now != seen:
            seen, drawn = now, await draw()
            if drawn != shown:
                shown = drawn
                yield event(part, drawn)
        await asyncio.sleep(TICK)


class _Watcher:
    """A pipeline's log and what its agents say, gathered while a page is open."""

    def __init__(self, bus: Bus, pipeline: str) -> None:
        self.log: list[Recorded] = []
        self.board = Board(pipeline)
        self.output: deque[str] = deque(maxlen=OUTPUT)
        self.news = asyncio.Event()
        self._bus = bus
        self._pipeline = pipeline

    async def read(self) -> None:
        """Follow the log, for ever."""
        async for entry in self._bus.follow(pipeline=self._pipeline):
            self.log.append(entry)
            self.board.take(entry)
            self.news.set()

    async def hear(self) -> None:
        """Listen to the agents, for ever."""
        async for message in self._bus.listen(f"progress.*.{self._pipeline}"):
            if isinstance(message, m.Progress):
                self.board.hear(message)
                self.output.extend(message.lines)
                self.news.set()


async def pipeline(bus: Bus, name: str, draw: Draw, *, after: int = 0) -> AsyncIterator[bytes]:
    """The parts of a pipeline's page as they change, until it is over: `end`.

    An end at the entry `after`, or before it, is none.
    """
    watcher = _Watcher(bus, name)
    tasks = [asyncio.create_task(watcher.read()), asyncio.create_task(watcher.hear())]
    shown: dict[str, str] = {}
    key = ""
    try:
        while True:
            await _wait(watcher.news)
            if not watcher.log:
                continue
            found = scene(name, watcher.log, watcher.board)
            for part in PARTS:
                # A form in which somebody writes is replaced only by another one.
                if part == "actions" and found.key == key:
                    continue
                drawn = await draw(found, part, tuple(watcher.output))
                if shown.get(part) != drawn:
                    shown[part] = drawn
                    yield event(part, drawn)
            key = found.key
            last = found.state.last
            if found.over and last > after and last == await _newest(bus, name):
                yield event("end", "")
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _newest(bus: Bus, name: str) -> int:
    return (await bus.read(name))[-1].sequence


async def _wait(news: asyncio.Event) -> None:
    """Until there is news, at most a tick; several at once are one."""
    try:
        async with asyncio.timeout(TICK):
            await news.wait()
    except TimeoutError:
        return
    await asyncio.sleep(0.05)
    news.clear()
