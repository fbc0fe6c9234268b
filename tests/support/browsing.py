"""Debian's Chromium at a served app, and axe-core, which says who could not use a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from agents.build import dependencies, toolchain
from tests.support.processes import open_folder, remove_folder
from tests.support.served_app import ServedApp

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parent / "axe"
PIXEL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400"'
    ' height="300" fill="teal"/></svg>'
)
LOOK = """
async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`);
}
"""


def axe_source(cache: Path) -> str:
    """The source of axe-core, as npm fetches it by the lock beside the tests' support."""
    folder = open_folder("genesis-test-axe-")
    try:
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((AXE / name).read_bytes())
        with start_blocking_portal() as portal:
            tools = portal.call(toolchain.find, "")
            portal.call(dependencies.install, folder, tools, cache)
        return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()
    finally:
        remove_folder(folder)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that ends with the context; meanwhile a loop runs in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def picture(route: Route) -> None:
    """What other sites would answer: the tests leave this machine alone."""
    route.fulfill(body=PIXEL, content_type="image/svg+xml")


def context(browser: Browser, app: ServedApp, width: int, scheme: str) -> BrowserContext:
    """A reader with a window of this width whose system prefers the scheme."""
    made = browser.new_context(
        viewport={"width": width, "height": 844 if width < 600 else 800}, color_scheme=scheme
    )
    made.route(lambda url: not url.startswith(app.url), picture)
    # A theme that is dark by itself has its light side when the reader asks for it.
    made.add_init_script(f"localStorage.setItem('theme', '{scheme}')")
    return made


def settled(page: Page, url: str) -> None:
    page.goto(url)
    still(page)


def still(page: Page) -> None:
    """Wait until the page has what it asked for."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".loading")).to_have_count(0)


def listen(page: Page) -> list[str]:
    """What the page's console says of errors from now on."""
    said: list[str] = []
    page.on("console", lambda message: message.type == "error" and said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def barriers(page: Page, axe: str) -> list[str]:
    """What axe finds serious with a page that is there, and whether it must be scrolled aside."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = list(page.evaluate(LOOK))
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("is wider than the window")
    return found
