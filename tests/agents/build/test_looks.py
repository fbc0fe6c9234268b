"""An app in a browser: axe finds nothing serious, nothing moves, nothing is slow or big."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import browsing
from tests.support.browsing import barriers, chromium, listen, picture, settled
from tests.support.builder import model
from tests.support.databases import execute
from tests.support.postgres import Postgres
from tests.support.sampling import drawn
from tests.support.served_app import EMAIL, PASSWORD, ServedApp, served

MEASURE = """
window.measured = { shift: 0, lcp: 0, moved: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.measured.shift += entry.value;
    window.measured.moved.push(...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80)));
  }
}).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.measured.lcp = entry.startTime;
}).observe({ type: 'largest-contentful-paint', buffered: true });
"""
pytestmark = [
    pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("looks"),
]  # fmt: skip


class Shown(Struct, frozen=True):
    """A served app, and the addresses of its first record's list, form and page."""

    app: ServedApp
    list: str
    form: str
    detail: str


@pytest.fixture(scope="module", params=["store", pytest.param("helpdesk", marks=pytest.mark.soak)])
def shown(request: pytest.FixtureRequest, postgres: Postgres, home: Path) -> Iterator[Shown]:
    """A shop that guests look at, with light colours; a place for members, with dark ones."""
    with served(model(request.param), postgres.url(), cache=home / "cache") as app:
        database = urlsplit(app.database.app).path[1:]
        promote = "set app.role = 'admin'; update app_users set role = 'admin'"
        asyncio.run(execute(postgres.url(database), promote))
        with app.member() as client:
            if request.param == "helpdesk":
                ticket = {"subject": "The printer is on fire", "body": "It **burns**.\n\n- flames"}
                assert client.post("/api/tickets", json=ticket).status_code == 201
            path = "/products" if request.param == "store" else "/tickets"
            first = client.get(f"/api{path}").json()["items"][0]["id"]
        yield Shown(app, path, f"{path}/new", f"{path}/{first}")


@pytest.fixture(scope="module")
def browser(shown: Shown) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def context(browser: Browser, app: ServedApp, width: int, scheme: str) -> BrowserContext:
    """A reader whose browser measures what it shows."""
    made = browsing.context(browser, app, width, scheme)
    made.add_init_script(MEASURE)
    return made


def log_in(reader: BrowserContext, app: ServedApp) -> None:
    answer = reader.request.post(
        f"{app.url}/api/auth/login", data={"email": EMAIL, "password": PASSWORD}
    )
    assert answer.ok, answer.text()


def problems_of(page: Page, axe: str) -> list[str]:
    """What axe and the browser's own measures find wrong with a page that is there."""
    measured = page.evaluate("window.measured")
    found = barriers(page, axe)
    if measured["shift"] >= 0.05:
        found.append(f"moves by {measured['shift']:.3f}: {measured['moved']}")
    return found


@pytest.mark.parametrize("window", drawn(2, ["390 light", "390 dark", "1280 light", "1280 dark"]))
def test_pages_can_be_used_by_everybody_and_keep_still(
    shown: Shown, browser: Browser, axe: str, window: str
) -> None:
    width, scheme = window.split()
    found: dict[str, list[str]] = {}
    with context(browser, shown.app, int(width), scheme) as reader:
        page = reader.new_page()
        said = listen(page)
        for path in ("/", "/login", "/signup"):
            settled(page, shown.app.url + path)
            found[f"{path} as a guest"] = problems_of(page, axe)
        log_in(reader, shown.app)
        for path in ("/", shown.list, shown.detail, shown.form):
            settled(page, shown.app.url + path)
            found[path] = problems_of(page, axe)
    assert {path: problems for path, problems in found.items() if problems} == {}
    assert said == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_largest_part_of_a_page_is_there_within_a_second(
    shown: Shown, browser: Browser, width: int
) -> None:
    with context(browser, shown.app, width, "light") as reader:
        log_in(reader, shown.app)
        page = reader.new_page()
        for path in ("/", shown.list, shown.detail):
            taken = []
            # Other tests may use the machine meanwhile: what it can do is its best.
            while len(taken) < 5 and not (taken and taken[-1] < 1_000):
                settled(page, shown.app.url + path)
                taken.append(page.evaluate("window.measured.lcp"))
            assert 0 < min(taken) < 1_000, (path, taken)


def test_the_code_for_the_browser_is_small(shown: Shown) -> None:
    assets = shown.app.folder / "dist" / "public" / "assets"
    [first] = assets.glob("index-*.js")
    size = len(gzip.compress(first.read_bytes()))
    assert 0 < size < 120_000


def test_a_choice_of_colours_is_kept_and_there_before_the_page_is(
    shown: Shown, browser: Browser
) -> None:
    with browser.new_context(color_scheme="light") as reader:
        reader.route(lambda url: not url.startswith(shown.app.url), picture)
        page = reader.new_page()
        for name, scheme in (("Light", "light"), ("Dark", "dark")):
            settled(page, shown.app.url)
            page.get_by_role("contentinfo").get_by_role("radio", name=name).check()
            # Only the script in the head has run when the module scripts have not.
            page.route("**/assets/*.js", lambda route: route.abort())
            page.goto(shown.app.url)
            chosen = page.evaluate("document.documentElement.dataset.theme")
            used = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
            page.unroute("**/assets/*.js")
            assert (chosen, used) == (scheme, scheme)


def test_the_menu_of_a_phone_works_by_keyboard(shown: Shown, browser: Browser) -> None:
    with context(browser, shown.app, 390, "light") as reader:
        log_in(reader, shown.app)
        page = reader.new_page()
        settled(page, shown.app.url)
        button = page.get_by_role("button", name="Menu", exact=True)
        link = page.get_by_role("navigation", name="Main").get_by_role("link").first
        expect(link).not_to_be_visible()
        button.press("Enter")
        expect(link).to_be_visible()
        page.keyboard.press("Escape")
        expect(link).not_to_be_visible()
        expect(button).to_be_focused()
        button.press("Enter")
        page.keyboard.press("Tab")
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        expect(link).not_to_be_visible()


def test_the_reader_chooses_how_a_list_looks(shown: Shown, browser: Browser) -> None:
    with context(browser, shown.app, 1280, "light") as reader:
        log_in(reader, shown.app)
        page = reader.new_page()
        settled(page, shown.app.url + shown.list)
        cards = page.locator("ul.records.cards")
        for name, there in (("Cards", True), ("Table", False)):
            page.get_by_role("radiogroup", name="Layout").get_by_role("radio", name=name).check()
            for _ in range(2):
                expect(page.get_by_role("table")).to_be_visible(visible=not there)
                expect(cards).to_be_visible(visible=there)
                page.reload()
