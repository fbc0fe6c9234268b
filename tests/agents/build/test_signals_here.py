"""A served app and Genesis' own monitoring: what it tells is read again, in its own sources."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from msgspec import Struct
from playwright.sync_api import Browser, Page

from agents.build.bundle import bundle
from agents.deployment import surroundings
from agents.monitoring import cli, store
from agents.monitoring.cli import ErrorEvent, ErrorGroup
from agents.monitoring.errors import built
from bus import archive
from bus.settings import Secret, Settings
from tests.support.browsing import chromium, still
from tests.support.builder import model
from tests.support.databases import database, execute
from tests.support.ingest import monitored, serving
from tests.support.postgres import Postgres
from tests.support.processes import free_port, wait_until
from tests.support.served_app import ServedApp, served

pytestmark = [
    pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.xdist_group("signals-here"),
]  # fmt: skip
APP, ENVIRONMENT = "recipe-box", "production"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"


class World(Struct, frozen=True):
    """An app that is live, and the settings of who watches it."""

    app: ServedApp
    settings: Settings
    portal: BlockingPortal
    build: str

    def groups(self) -> list[ErrorGroup]:
        return self.portal.call(lambda: cli.error_groups(self.settings, app=APP))

    def error(self, title: str) -> ErrorEvent:
        """The latest error of this title, once it is there."""
        wait_until(lambda: any(title in group.title for group in self.groups()), title)
        [group] = [group for group in self.groups() if title in group.title]
        found = self.portal.call(lambda: cli.error_group(self.settings, group.group))
        assert found is not None
        assert found.latest is not None
        return found.latest

    def read(self, read: Callable[..., Any]) -> Any:
        """What may be read of the app in the last days."""
        return self.portal.call(lambda: read(self.settings, app=APP, environment=ENVIRONMENT))


@pytest.fixture(scope="module")
def world(postgres: Postgres, home, tmp_path_factory) -> Iterator[World]:
    listen = f"127.0.0.1:{free_port()}"
    with database(postgres) as url, start_blocking_portal() as portal:
        settings = Settings(
            genesis_home=tmp_path_factory.mktemp("home"), database_url=Secret(url),
            monitor_secret=Secret("s3cret"), monitor_listen=listen, monitor_url=f"http://{listen}",
        )  # fmt: skip
        env = surroundings.receivers(settings, APP, ENVIRONMENT)
        with served(model("recipes"), postgres.url(), env=env, cache=home / "cache") as app:
            portal.call(monitored, url, APP, ENVIRONMENT, app.url)
            made = bundle(
                APP, archive.read_folder(app.folder), archive.read_folder(app.folder / "dist")
            )
            portal.call(kept, url, made.build_id, made.pack())
            with portal.wrap_async_context_manager(serving(settings)):
                yield World(app, settings, portal, made.build_id)


async def kept(url: str, build: str, packed: bytes) -> None:
    """The source maps of the build, as monitoring keeps them."""
    async with store.connected(url) as connection:
        assert await built.keep(connection, APP, ENVIRONMENT, build, packed, time.time()) == 5


@pytest.fixture(scope="module")
def browser(world: World) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def put_aside(page: Page, how: str) -> None:
    """Hide the page, or show it again, as a reader does who looks at another one."""
    page.evaluate(
        f"Object.defineProperty(document, 'visibilityState', {{ value: '{how}',"
        " configurable: true }); document.dispatchEvent(new Event('visibilitychange',"
        " { bubbles: true }))"
    )


def test_a_visit_its_vitals_and_an_error_of_a_page_are_read_again(world, browser):
    with browser.new_context(user_agent=DESK) as reader:
        page = reader.new_page()
        page.goto(f"{world.app.url}/login")
        wait_until(lambda: world.read(cli.traffic).views == 1, "the page view")
        still(page)
        page.evaluate("() => { history.pushState = () => { throw new Error('no way') } }")
        page.get_by_role("link", name="Sign up").first.click()
        event = world.error("no way")
        put_aside(page, "hidden")
        wait_until(lambda: bool(world.read(cli.vitals)), "the vitals")
        # A visit that goes on is the same visit: what is slower now takes the place of what was.
        page.evaluate(
            "document.addEventListener('keydown', () => {"
            " const start = performance.now(); while (performance.now() - start < 300); })"
        )

        def slower() -> bool:
            put_aside(page, "visible")
            page.keyboard.press("a")
            page.wait_for_timeout(1_000)
            put_aside(page, "hidden")
            return any(each.p75 > 200 for each in world.read(cli.vitals) if each.metric == "INP")

        wait_until(slower, "the slower interaction")
    assert (event.release, event.environment) == (world.build, ENVIRONMENT)
    [thrown] = event.exceptions
    navigating = next(frame for frame in thrown.frames if frame.file == "src/lib/router.tsx")
    source = (world.app.folder / "src/lib/router.tsx").read_text().splitlines()
    assert navigating.source.strip() == source[navigating.line - 1].strip()
    assert "history.pushState" in navigating.source or "navigate(" in navigating.source
    found = world.read(cli.traffic)
    assert [(each.name, each.count) for each in found.pages] == [("/login", 1)]
    vitals = world.read(cli.vitals)
    assert {"FCP", "TTFB"} <= {each.metric for each in vitals if each.page == "/login"}
    assert {each.device for each in vitals} == {"desktop"}
    assert {each.samples for each in vitals} == {1}


def test_an_error_of_the_server_is_read_in_its_own_sources(world, postgres):
    url = postgres.url(urlsplit(world.app.database.app).path[1:])
    with world.app.member() as client:
        world.portal.call(execute, url, "alter table categories rename to gone")
        try:
            assert client.get("/api/categories").status_code == 500
        finally:
            world.portal.call(execute, url, "alter table gone rename to categories")
    event = world.error('relation "categories" does not exist')
    assert event.release == world.build
    assert dict(event.tags)["route"] == "/api/categories"
    files = [frame.file for frame in event.exceptions[0].frames if frame.in_app]
    assert "server/records.ts" in files
    assert not any(file.startswith("app:///") for file in files)
