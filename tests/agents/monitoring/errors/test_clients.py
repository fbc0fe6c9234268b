"""The real clients against the real server: what they send is found again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from agents import signals
from agents.build import dependencies, toolchain
from agents.monitoring import cli
from agents.monitoring.ingest.limits import Limits, Rate
from tests.support.browsing import CHROMIUM
from tests.support.databases import fetch
from tests.support.ingest import serving

CLIENTS = Path(__file__).parents[3] / "support" / "sentry"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "/tmp")) / "genesis-tests-sentry"
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("sentry-clients")]


@pytest.fixture
async def clients(tmp_path):
    """A folder with the clients, as npm fetches them by the lock beside the tests' support."""
    folder = tmp_path / "clients"
    shutil.copytree(CLIENTS, folder)
    await dependencies.install(folder, await toolchain.find(""), CACHE)
    return folder


async def run(*command, cwd=None, **environment):
    """What a program printed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    return out.decode()


async def groups(sending):
    found = await cli.error_groups(sending.settings, status=None)
    return {group.title: group for group in found}


async def latest(sending, title):
    group = (await groups(sending))[title]
    return (await cli.error_group(sending.settings, group.group)).latest


async def test_python(sending, tmp_path):
    async with serving(sending.settings):
        await run(sys.executable, CLIENTS / "client.py", sending.dsn, cwd=tmp_path)
    found = await groups(sending)
    assert set(found) == {"ZeroDivisionError: division by zero", "Zürich 😀"}
    thrown = await latest(sending, "ZeroDivisionError: division by zero")
    assert thrown.user == "python-user"
    assert thrown.exceptions[0].frames[0].function == "average"
    assert "sum(prices) / len(prices)" in thrown.exceptions[0].frames[0].source
    assert found["Zürich 😀"].level == "warning"


async def test_node(sending, clients):
    async with serving(sending.settings):
        assert json.loads(await run("node", "server.mjs", cwd=clients, DSN=sending.dsn)) == {
            "sent": True
        }
    found = await groups(sending)
    title = "TypeError: Cannot read properties of undefined (reading 'number')"
    assert found[title].release_last == "shop@1"
    # A long one is gzipped.
    assert any(name.startswith("Error: xxxx") for name in found)
    thrown = await latest(sending, title)
    assert thrown.user == "node-user"
    assert thrown.exceptions[0].frames[0].function == "charge"
    assert thrown.exceptions[0].frames[0].source.strip() == "return order.card.number;"
    said = await fetch(sending.url, "select slug, status from monitoring.check_ins order by id")
    assert sorted(said) == [("nightly", "in_progress"), ("nightly", "ok")]
    (health,) = await cli.release_health(sending.settings, app="shop", environment="staging")
    assert health.sessions == 1


async def test_node_that_sends_too_much_stops_and_what_was_taken_is_counted(sending, clients):
    limits = Limits({"error": Rate(0.001, 10)})
    async with serving(sending.settings, limits=limits):
        await run("node", "server.mjs", cwd=clients, DSN=sending.dsn, FLOOD="200")
    found = await groups(sending)
    assert sum(group.events for group in found.values()) == 10


@pytest.mark.browser
async def test_a_page_and_a_stack_of_minified_code_comes_out_in_its_sources(sending, clients):
    async with serving(sending.settings):
        await _built(sending, clients)
        async with _page(clients, sending.dsn) as page:
            await page.click("button")
            await _until(lambda: groups(sending), lambda found: len(found) == 2)
            await page.goto("about:blank")
        await _until(
            lambda: cli.release_health(sending.settings, app="shop", environment="staging"),
            lambda found: [(one.sessions, one.unhandled) for one in found] == [(1, 1)],
        )
    title = "TypeError: Cannot read properties of undefined (reading 'amount')"
    thrown = await latest(sending, title)
    (one,) = thrown.exceptions
    assert one.handled is False
    assert thrown.user == "browser-user"
    frames = [frame for frame in one.frames if frame.file in {"cart.js", "page.js"}]
    assert [(frame.file, frame.line) for frame in frames[:3]] == [
        ("cart.js", 2),
        ("cart.js", 2),
        ("page.js", 10),
    ]
    assert frames[0].source == "  return items.reduce((sum, item) => sum + item.price.amount, 0);"
    assert frames[2].source == "  const due = total(items);"
    assert ("page.js", 15) in [(frame.file, frame.line) for frame in frames]
    assert frames[0].served.startswith("http://127.0.0.1:")
    assert (await groups(sending))[title].culprit.endswith("cart.js:2")
    (release,) = await fetch(
        sending.url,
        "select release, finalized is not null, deployed is not null, url"
        " from monitoring.app_releases",
    )
    assert release == ("shop@1", True, True, "https://shop.test")


async def _built(sending, clients):
    """The page minified, its source maps uploaded as sentry-cli does it, and taken away."""
    dist = clients / "dist"
    await run(
        clients / "node_modules/.bin/esbuild", "page.js", "--bundle", "--minify", "--sourcemap",
        "--outfile=dist/page.js", "--log-level=error", cwd=clients,
    )  # fmt: skip
    command = clients / "node_modules/@sentry/cli-linux-x64/bin/sentry-cli"
    environment = {
        "SENTRY_URL": sending.address,
        "SENTRY_ORG": "shop",
        "SENTRY_PROJECT": "staging",
        "SENTRY_AUTH_TOKEN": signals.upload_token(sending.settings, sending.project),
        "SENTRY_LOG_LEVEL": "info",
    }
    for arguments in (
        ("info",),
        ("releases", "new", "shop@1"),
        ("sourcemaps", "inject", "dist"),
        ("sourcemaps", "upload", "--release", "shop@1", "--wait", "dist"),
        ("sourcemaps", "upload", "--release", "shop@1", "--wait", "dist"),
        ("releases", "finalize", "shop@1"),
        ("deploys", "new", "--release", "shop@1", "-e", "staging", "-u", "https://shop.test"),
    ):
        await run(command, *arguments, cwd=clients, **environment)
    (dist / "page.js.map").unlink()
    (dist / "index.html").write_text(
        f'<!doctype html><html data-dsn="{sending.dsn}"><title>shop</title><button>pay</button>'
        '<script src="page.js"></script>'
    )


class _page:  # noqa: N801  used as a function
    """A page of the built folder in Chromium."""

    def __init__(self, clients, dsn):
        self.folder = clients / "dist"

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.playwright = await async_playwright().start()
        self.browser = await self.playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await self.browser.new_page()
        await page.goto(f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/index.html")
        return page

    async def __aexit__(self, *_):
        await self.browser.close()
        await self.playwright.stop()
        self.server.close()

    async def _serve(self, reader, writer):
        asked = await reader.readuntil(b"\r\n\r\n")
        file = self.folder / asked.split()[1].decode().lstrip("/")
        body = file.read_bytes() if file.is_file() else b""
        kind = "text/javascript" if file.suffix == ".js" else "text/html"
        status = "200 OK" if body else "404 Not Found"
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


async def _until(look, right):
    async with asyncio.timeout(60):
        while not right(await look()):  # noqa: ASYNC110  it is a browser's
            await asyncio.sleep(0.05)
