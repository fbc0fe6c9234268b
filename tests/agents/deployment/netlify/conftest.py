"""Netlify as an emulator on 127.0.0.1, and our client of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from agents.deployment.calls import Pace
from agents.deployment.netlify.platform import Netlify as Platform
from agents.deployment.port import Shipment
from bus.settings import Secret, Settings
from tests.support.netlify_server import TOKEN, Netlify

PACE = Pace(first=0.02, most=0.1, poll=0.01, slowest_poll=0.05, deadline=20, request=10)


@pytest.fixture
def netlify() -> Iterator[Netlify]:
    """The emulator, one of its own for each test."""
    server = Netlify().start()
    yield server
    server.close()


@pytest.fixture
def settings(netlify, tmp_path) -> Settings:
    return Settings(
        genesis_home=tmp_path / "home",
        netlify_auth_token=Secret(TOKEN),
        netlify_api_url=netlify.api,
    )


@pytest.fixture
def platform(settings) -> Platform:
    return Platform(settings, PACE)


@pytest.fixture
def folder(tmp_path) -> Path:
    """An output folder with three files."""
    made = tmp_path / "site"
    write(made, {"index.html": "<html>one</html>", "a/style.css": "p{}", "a/app.js": "1"})
    return made


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def order(folder: Path, pipeline: str = "one-1", **more: object) -> Shipment:
    known = {"app": "shop", "environment": "production", "build_id": f"b-{pipeline}"}
    return Shipment(pipeline=pipeline, folder=folder, **{**known, **more})  # type: ignore[arg-type]


def page(url: str) -> str:
    """What a visitor gets."""
    return httpx.get(url).text


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds that happens in another thread."""
    for _ in range(5000):
        if holds():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it never happened")


async def silent(_step: str, _percent: float) -> None:
    """Hears nothing."""


async def put_live(platform: Platform, what: Shipment) -> str:
    """Prepare, stage and switch; the release."""
    site = await platform.prepare(what)
    staged = await platform.stage(what, site, silent)
    await platform.switch(site, staged.release)
    return staged.release
