"""A built app and the monitoring agent's server: an error of the app is read in its sources."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import start_blocking_portal

from agents import signals
from agents.deployment.platform import Order
from agents.deployment.source_maps import hand_over
from agents.monitoring import cli
from bus import archive
from bus.settings import Secret, Settings
from tests.support.browsing import chromium
from tests.support.builder import model
from tests.support.databases import database, execute
from tests.support.ingest import monitored
from tests.support.processes import answers, free_port, wait_until
from tests.support.served_app import ServedApp, served

pytestmark = [
    pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("signals"),
]  # fmt: skip


def call(function, *arguments):
    """What a coroutine function gives; a loop may run in this thread already."""
    with start_blocking_portal() as portal:
        return portal.call(function, *arguments)


@pytest.fixture(scope="module")
def settings(postgres, home) -> Iterator[Settings]:
    """Those of the monitoring agent's server, which runs."""
    with database(postgres) as url:
        listen = f"127.0.0.1:{free_port()}"
        made = Settings(
            genesis_home=home,
            database_url=Secret(url),
            monitor_secret=Secret("s3cret"),
            monitor_listen=listen,
            monitor_url=f"http://{listen}",
        )
        call(monitored, url, "recipes", "staging", "http://recipes.test/")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.ingest_server"],
            env={
                "PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "NO_COLOR": "1",
                "GENESIS_HOME": str(home), "DATABASE_URL": url, "MONITOR_SECRET": "s3cret",
                "MONITOR_LISTEN": listen, "MONITOR_URL": made.monitor_url,
            },
        )  # fmt: skip
        try:
            wait_until(lambda: answers(int(listen.rpartition(":")[2])), "signals are taken")
            yield made
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def app(settings, postgres, home) -> Iterator[ServedApp]:
    project = signals.project(settings, "recipes", "staging")
    env = {"GENESIS_SIGNALS": signals.dsn(settings.monitor_url, project)}
    with served(model("recipes"), postgres.url(), env=env, cache=home / "cache") as app:
        files = {
            f"sourcemaps/{path.relative_to(app.folder / 'dist/sourcemaps')}": path.read_bytes()
            for path in (app.folder / "dist" / "sourcemaps").rglob("*.map")
        }
        order = Order(
            pipeline="p", app="recipes", environment="staging", build_id="b1",
            expected_live=None, auto_rollback=True, branch="", content=archive.pack(files),
        )  # fmt: skip
        assert "handed to monitoring" in call(hand_over, settings, order)
        yield app


def errors(settings):
    """The errors that there are, each with its newest event, by title."""

    async def read():
        return {
            group.title: await cli.error_group(settings, group.group)
            for group in await cli.error_groups(settings)
        }

    return call(read)


def wait_for(settings, title):
    wait_until(lambda: title in errors(settings), f"the error {title!r}")
    return errors(settings)[title].latest


def test_an_error_of_the_server(app, settings, postgres):
    url = postgres.url(urlsplit(app.database.app).path[1:])
    with app.member() as client:
        call(execute, url, "alter table categories rename to gone")
        try:
            assert client.get("/api/categories").status_code == 500
        finally:
            call(execute, url, "alter table gone rename to categories")
    wait_until(lambda: errors(settings), "an error")
    ((title, detail),) = errors(settings).items()
    assert 'relation "categories" does not exist' in title
    assert detail.latest.transaction == "GET /api/categories"
    own = [frame for frame in detail.latest.exceptions[0].frames if frame.in_app]
    assert own
    assert all(frame.file.startswith(("server/", "shared/", "src/")) for frame in own), own
    assert all(frame.source for frame in own)
    assert "server/" in detail.group.culprit


def test_an_error_of_a_page(app, settings):
    with chromium() as browser:
        page = browser.new_context(user_agent="Mozilla/5.0 Chrome/156.0").new_page()
        page.add_init_script("document.getElementById = () => null")
        page.goto(app.url)
        wait_for(settings, "Error: index.html has no element #root")
    latest = errors(settings)["Error: index.html has no element #root"].latest
    frame = next(frame for frame in latest.exceptions[0].frames if frame.in_app)
    assert frame.file == "src/main.tsx"
    assert "#root" in frame.source
