"""A served app tells those who are set up of its errors, page views and Web Vitals: nobody else."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser, Page

from agents.build import toolchain
from tests.support.browsing import chromium, listen, still
from tests.support.builder import model
from tests.support.collector import WEBSITE, Collector, collecting
from tests.support.databases import execute
from tests.support.postgres import Postgres
from tests.support.processes import answers, free_port, wait_until
from tests.support.served_app import ServedApp, served

pytestmark = [
    pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.xdist_group("signals"),
]  # fmt: skip
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36"
VIOLATIONS = """
window.violations = [];
addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def app(collector: Collector, postgres: Postgres, home) -> Iterator[ServedApp]:
    env = {"GENESIS_SIGNALS": collector.dsn, "SENTRY_ENVIRONMENT": "staging"}
    with served(model("recipes"), postgres.url(), env=env, cache=home / "cache") as app:
        yield app


@pytest.fixture(autouse=True)
def _fresh(collector: Collector) -> None:
    collector.taken.clear()


@pytest.fixture(scope="module")
def browser(app: ServedApp) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(user_agent=PHONE) as reader:
        reader.add_init_script(VIOLATIONS)
        yield reader.new_page()


def build_of(app: ServedApp) -> str:
    return str(json.loads((app.folder / "dist" / "build.json").read_text())["build"])


def debug_id(app: ServedApp, script: str) -> str:
    """By which the source map of a script of `dist/` is found."""
    [kept] = (app.folder / "dist" / "sourcemaps").glob(f"{script}.map")
    return str(json.loads(kept.read_text())["debug_id"])


def debug_ids(event: dict[str, Any]) -> set[str]:
    """The scripts that an error passed, by their source maps."""
    return {image["debug_id"] for image in event["debug_meta"]["images"]}


@contextmanager
def another(
    app: ServedApp, env: Mapping[str, str]
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The app's address where it runs once more, with other variables."""
    with start_blocking_portal() as portal:
        tools = portal.call(toolchain.find, "")
    port = free_port()
    given = tools.env({"DATABASE_URL": app.database.app, "PORT": str(port), **env})
    process = subprocess.Popen([tools.node, "dist/server.mjs"], cwd=app.folder, env=given)
    try:
        wait_until(lambda: answers(port), "the app answers")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(20)


def test_an_error_a_visit_and_its_vitals_arrive_and_the_policy_of_the_page_holds(
    app, collector, page
):
    said = listen(page)
    page.goto(f"{app.url}/login?next=/secret")
    collector.wait_for("a page view", lambda: collector.counts("event"))
    still(page)
    page.get_by_role("link", name="Sign up").first.click()
    collector.wait_for("the next page view", lambda: len(collector.counts("event")) > 1)
    page.evaluate(
        "() => { history.pushState = () => { throw new Error('no way for ann@example.com') } }"
    )
    page.get_by_role("link", name="Log in").first.click()
    collector.wait_for("the error", collector.events)
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden' });"
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
    )
    collector.wait_for("vitals", lambda: collector.counts("performance"))
    assert page.evaluate("violations") == []
    assert [text for text in said if "no way for" not in text] == []
    common = {"website": WEBSITE, "hostname": "127.0.0.1", "userAgent": PHONE}
    assert collector.counts("event") == [
        {**common, "url": "/login", "referrer": ""}, {**common, "url": "/signup", "referrer": ""},
    ]  # fmt: skip
    vitals = collector.counts("performance")[0]
    assert vitals["url"] == "/login"
    assert {"lcp", "fcp", "ttfb", "cls"} <= vitals.keys()
    assert 0 < vitals["fcp"] < 60_000
    [event] = collector.events()
    assert (event["release"], event["environment"]) == (build_of(app), "staging")
    assert event["exception"]["values"][0]["value"] == "no way for [e-mail]"
    assert event["request"]["url"] == f"{app.url}/signup"
    files = {frame["filename"] for frame in event["exception"]["values"][0]["stacktrace"]["frames"]}
    assert any(file.startswith(f"{app.url}/assets/index-") for file in files)
    assert debug_ids(event) == {debug_id(app, "public/assets/index-*.js")}


def test_a_page_that_does_not_even_start_is_told_of(app, collector, page):
    page.add_init_script("document.getElementById = () => null")
    page.goto(app.url)
    collector.wait_for("the error", collector.events)
    [value] = collector.events()[0]["exception"]["values"]
    assert value["value"] == "index.html has no element #root"


def test_a_reader_who_does_not_want_to_be_followed_is_not_counted(app, collector, browser):
    # The page before may still tell of its own view: this reader is known by a name.
    with browser.new_context(user_agent=f"{PHONE} Unseen") as reader:
        page = reader.new_page()
        page.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })"
        )
        page.goto(app.url)
        page.evaluate("() => { setTimeout(() => { throw new Error('told') }) }")
        collector.wait_for(
            "the error, after which a view would be there", lambda: _errors(collector, "told")
        )
        seen = {view["userAgent"] for view in collector.counts("event")}
        assert not any(agent.endswith("Unseen") for agent in seen)
        assert reader.cookies() == []


def _errors(collector: Collector, said: str) -> list[dict[str, Any]]:
    """The errors that say so."""
    values = [(event, event["exception"]["values"][0]["value"]) for event in collector.events()]
    return [event for event, value in values if said in value]


def test_an_error_of_the_server_arrives_with_its_request_and_release(app, collector, postgres):
    database = urlsplit(app.database.app).path[1:]
    with app.member() as client, start_blocking_portal() as portal:
        url = postgres.url(database)
        portal.call(execute, url, "alter table categories rename to gone")
        try:
            answer = client.get("/api/categories?q=private")
        finally:
            portal.call(execute, url, "alter table gone rename to categories")
    assert answer.status_code == 500
    collector.wait_for("the error", collector.events)
    event = collector.events()[0]
    assert event["transaction"] == "GET /api/categories"
    assert event["release"] == build_of(app)
    assert 'relation "categories" does not exist' in event["exception"]["values"][0]["value"]
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert {frame["filename"] for frame in frames if frame["in_app"]} == {"app:///server.mjs"}
    assert debug_ids(event) == {debug_id(app, "server.mjs")}
    assert "private" not in json.dumps(event)
    assert str(app.folder) not in json.dumps(event)


def test_a_server_that_falls_over_tells_before_it_ends(app, collector, tmp_path):
    fall = tmp_path / "fall.mjs"
    fall.write_text("process.on('SIGUSR2', () => { throw new Error('fell over') });\n")
    env = {"GENESIS_SIGNALS": collector.dsn, "NODE_OPTIONS": f"--import={fall}"}
    with another(app, env) as (_, process):
        os.kill(process.pid, signal.SIGUSR2)
        assert process.wait(20) == 1
    [event] = collector.events()
    assert (event["level"], event["exception"]["values"][0]["value"]) == ("fatal", "fell over")


def test_an_app_that_is_not_set_up_loads_and_sends_nothing(app, collector, page):
    asked: list[str] = []
    said = listen(page)
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    with another(app, {}) as (url, _):
        page.goto(f"{url}/login")
        still(page)
        page.evaluate("new Promise((done) => requestIdleCallback(done, { timeout: 5000 }))")
        page.get_by_role("link", name="Sign up").first.click()
        still(page)
        assert httpx.get(f"{url}/api/health").json()["database"] == "ok"
    assert "/api/auth/me" in asked
    assert [path for path in asked if "signals" in path] == []
    assert (collector.taken, said) == ([], [])


def test_what_is_loaded_later_is_small_and_nothing_of_it_is_loaded_first(app):
    assets = app.folder / "dist" / "public" / "assets"
    [first], [later] = assets.glob("index-*.js"), assets.glob("signals-*.js")
    assert later.name not in (app.folder / "dist" / "public" / "index.html").read_text()
    assert b"captureException" in later.read_bytes()
    assert b"captureException" not in first.read_bytes()
    assert len(gzip.compress(later.read_bytes())) < 30_000
