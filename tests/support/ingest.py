"""The server for signals on a port of its own, and an app that may send to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from agents import signals
from agents.monitoring import store
from agents.monitoring.ingest import server
from bus.settings import Secret, Settings
from tests.support.processes import free_port


class Sending:
    """A database, settings whose server is not up yet, and the project of an app there."""

    def __init__(self, url: str, settings: Settings, project: signals.Project) -> None:
        self.url = url
        self.settings = settings
        self.project = project
        self.address = f"http://{settings.monitor_listen}"
        self.dsn = signals.dsn(self.address, project)
        self.http = httpx.AsyncClient(base_url=self.address, timeout=30)


async def monitored(url: str, app: str, environment: str, address: str) -> None:
    """Monitor an app, so that it is known."""
    monitor = store.Monitor(
        app=app, environment=environment, url=address, build_id="b1", pipeline=f"{app}{environment}"
    )
    async with store.connected(url) as connection:
        await store.register(connection, monitor)


@asynccontextmanager
async def sending(url: str, home: Path) -> AsyncIterator[Sending]:
    """The app "shop" in "staging" at http://shop.test/."""
    listen = f"127.0.0.1:{free_port()}"
    settings = Settings(
        genesis_home=home,
        database_url=Secret(url),
        monitor_secret=Secret("s3cret"),
        monitor_listen=listen,
        monitor_url=f"http://{listen}",
    )
    project = signals.project(settings, "shop", "staging")
    assert project is not None
    await monitored(url, "shop", "staging", "http://shop.test/")
    made = Sending(url, settings, project)
    try:
        yield made
    finally:
        await made.http.aclose()


@asynccontextmanager
async def serving(settings: Settings, **more: object) -> AsyncIterator[None]:
    """The server, for as long as the context is open; `more` is what `server.serve` takes."""
    stop = asyncio.Event()
    work = asyncio.create_task(server.serve(settings, stop, **more))
    try:
        async with httpx.AsyncClient(base_url=f"http://{settings.monitor_listen}") as http:
            while not work.done():
                try:
                    await http.get("/")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
        yield
    finally:
        stop.set()
        await work
