"""The official clients against the real server: what they send is counted."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import threading
from contextlib import asynccontextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import async_playwright
from posthog import Posthog

from agents.build import dependencies, toolchain
from agents.monitoring import cli
from tests.support.browsing import CHROMIUM
from tests.support.databases import execute
from tests.support.ingest import serving
from tests.support.signals import DESKTOP, PHONE

CLIENTS = Path(__file__).parents[3] / "support" / "analytics"
GZIP = b"\x1f\x8b"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "/tmp")) / "genesis-tests-analytics"
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("analytics-clients")]


@pytest.fixture
async def clients(tmp_path):
    """A folder with the clients, as npm fetches them by the lock beside the tests' support."""
    folder = tmp_path / "clients"
    shutil.copytree(CLIENTS, folder)
    await dependencies.install(folder, await toolchain.find(""), CACHE)
    return folder


@pytest.fixture
def seen(sending):
    async def seen():
        return await cli.traffic(sending.settings, app="shop", environment="staging")

    return seen


def counts(counted):
    return {one.name: one.count for one in counted}


async def until(read, holds):
    async with asyncio.timeout(30):
        while not holds(found := await read()):  # noqa: ASYNC110  it is PostgreSQL's
            await asyncio.sleep(0.1)
    return found


async def test_posthogs_library_for_python(sending, seen):
    def send():
        client = Posthog(f"phc_{sending.project.key}", host=sending.address, gzip=True)
        for each in range(250):
            client.capture("python event", distinct_id=f"u{each % 3}", properties={"a": each})
        client.capture(
            "$pageview", distinct_id="u1", properties={"$current_url": "http://shop.test/py"}
        )
        client.shutdown()

    async with serving(sending.settings):
        await asyncio.to_thread(send)
    found = await seen()
    assert counts(found.events) == {"python event": 250}
    assert (counts(found.pages), found.visitors) == ({"/py": 1}, 1)


async def test_umamis_and_posthogs_libraries_for_node(sending, clients, seen):
    key, site = f"phc_{sending.project.key}", str(UUID(sending.project.key))
    async with serving(sending.settings):
        process = await asyncio.create_subprocess_exec(
            "node", "server.mjs", sending.address, key, site, cwd=clients,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    assert json.loads(out) == [[200, ["cache", "sessionId", "visitId"]]] * 3
    found = await seen()
    assert counts(found.events) == {"node event": 50, "paid": 1}
    assert counts(found.pages) == {"/orders/:id": 1, "/from-node": 1}
    assert counts(found.referrers) == {"bing.com": 1}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@asynccontextmanager
async def pages(folder):
    """A site with the files of a folder; gives its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            await asyncio.to_thread(thread.join)


@asynccontextmanager
async def browsing(agent):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(**({"user_agent": agent} if agent else {}))
        yield await context.new_page()
        await browser.close()


async def allow(sending, site):
    """Let the page's origin send for the app."""
    await execute(
        sending.url,
        f"insert into monitoring.signal_origins values ('shop', 'staging', '{{{site}}}')",
    )


async def visit(page, sending, site):
    """Look at the page and press its button."""
    project = sending.project
    where = f"host={sending.address}&key={project.key}&number={project.number}"
    await page.goto(f"{site}/page.html#{where}")
    async with page.expect_response(lambda answer: answer.url.endswith("/api/event")):
        await page.click("button")


@pytest.mark.browser
@pytest.mark.parametrize(("agent", "device"), [(DESKTOP, "desktop"), (PHONE, "phone")])
async def test_plausibles_tracker_and_web_vitals_in_a_browser(
    sending, clients, seen, agent, device
):
    async def vitals():
        found = await cli.vitals(sending.settings, app="shop", environment="staging")
        return {one.metric: one for one in found if one.page == "/page.html"}

    async with serving(sending.settings), pages(clients) as site, browsing(agent) as page:
        await allow(sending, site)
        await visit(page, sending, site)
        measured = await until(vitals, lambda found: len(found) == 5 and found["INP"].p75 >= 100)
        await page.goto("about:blank")
        found = await until(seen, lambda found: found.events)
    assert counts(found.events) == {"Signup": 1}
    assert counts(found.pages) == {"/page.html": 1}
    assert (found.views, found.visitors) == (1, 1)
    assert {one.device for one in measured.values()} == {device}
    # Each was told several times under its id, and counts once.
    assert {one.samples for one in measured.values()} == {1}
    assert measured["TTFB"].rating == "good"


@pytest.mark.browser
async def test_a_browser_without_a_head_is_no_visitor(sending, clients, seen):
    async with serving(sending.settings), pages(clients) as site, browsing(None) as page:
        await visit(page, sending, site)
        await asyncio.sleep(0.5)
    assert (await seen()).views == 0
    assert await cli.vitals(sending.settings, app="shop", environment="staging") == []


class Talk:
    """What a page sends to the server, and what becomes of it."""

    def __init__(self, page, address):
        self.bodies, self.refused = [], []
        page.on("request", lambda one: one.url.startswith(address) and self._sent(one))
        page.on("response", lambda one: one.url.startswith(address) and self._answered(one))
        page.on("requestfailed", lambda one: self.refused.append(one.url))

    def _sent(self, request):
        if request.method == "POST":
            self.bodies.append(request.post_data_buffer)

    def _answered(self, response):
        if response.status != 200:
            self.refused.append(response.url)


async def use(page, sending, site, plain):
    """Look at the page of PostHog's library, press its button, and wait until both are sent."""
    plainly = "&plain=1" if plain else ""
    where = f"host={sending.address}&key={sending.project.key}{plainly}"
    talk = Talk(page, sending.address)
    sent = lambda answer: answer.url.startswith(f"{sending.address}/e/")  # noqa: E731
    async with page.expect_response(sent):
        await page.goto(f"{site}/posthog.html#{where}")
    async with page.expect_response(sent):
        await page.click("button")
    return talk


@pytest.mark.browser
@pytest.mark.parametrize("plain", [False, True], ids=["packed", "plain"])
async def test_posthogs_library_in_a_browser(sending, clients, seen, plain):
    async with serving(sending.settings), pages(clients) as site, browsing(DESKTOP) as page:
        await allow(sending, site)
        talk = await use(page, sending, site, plain)
        found = await until(seen, lambda found: found.events)
    assert counts(found.events) == {"Signup": 1}
    assert counts(found.pages) == {"/posthog.html": 1}
    assert (found.views, found.visitors) == (1, 1)
    assert {body.startswith(GZIP) for body in talk.bodies} == {not plain}
    assert talk.refused == []


@pytest.mark.browser
async def test_posthogs_library_in_a_browser_without_a_head_is_no_visitor(sending, clients, seen):
    async with serving(sending.settings), pages(clients) as site, browsing(None) as page:
        await allow(sending, site)
        await use(page, sending, site, plain=False)
    assert ((await seen()).views, (await seen()).events) == (0, ())
