"""The dashboard on a real stack in a real browser: from an idea to live, an error, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sentry_sdk
from playwright.sync_api import Browser, Page, expect
from sentry_sdk.utils import event_from_exception

from agents import signals
from bus.settings import Secret, Settings
from tests.support.browsing import axe_source, barriers, chromium, listen
from tests.support.local_stack import NODE_CACHE, LocalStack

IDEA = "A list of <b>books</b> with \"title\", author & shelf, sorted by 'category' 📚."
SIZES = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))
LIVE = 150_000
"""Milliseconds that a step of a pipeline may take before the page must show it."""
pytestmark = [
    pytest.mark.timeout(500), pytest.mark.browser, pytest.mark.xdist_group("stack"),
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def axe() -> str:
    return axe_source(NODE_CACHE)


def link(stack: LocalStack) -> dict[str, str]:
    """What `genesis dashboard --json` says."""
    (said,) = stack.ok("dashboard", "--json").events
    return dict(said)


def signed_in(browser: Browser, stack: LocalStack, *, script: bool = True) -> Page:
    """A page of somebody who is signed in, by the link or by typing the code."""
    page = browser.new_context(java_script_enabled=script).new_page()
    said = link(stack)
    page.goto(said["link"])
    if not script:
        page.get_by_label("Code").fill(said["code"])
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Pipelines")).to_be_visible()
    assert "code" not in page.url
    return page


def start(page: Page, idea: str, goal: str) -> str:
    """Start a pipeline by the form; its id."""
    page.get_by_role("link", name="New pipeline").click()
    page.get_by_label("The idea, in plain words").fill(idea)
    page.get_by_label(goal, exact=False).check()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Phases")).to_be_visible()
    return urlsplit(page.url).path.rpartition("/")[2]


def send_error(stack: LocalStack, app: str, environment: str, text: str) -> None:
    """An error of the app, as a real SDK sends it to the app's own DSN."""
    ports = json.loads((stack.home / "stack.json").read_text())["ports"]
    secret = (stack.home / "keys" / "monitor-secret").read_text().strip()
    settings = Settings(genesis_home=stack.home, monitor_secret=Secret(secret))
    project = signals.project(settings, app, environment)
    assert project is not None
    client = sentry_sdk.Client(
        dsn=signals.dsn(f"http://127.0.0.1:{ports['signals']}", project),
        default_integrations=False, environment=environment,
    )  # fmt: skip
    try:
        break_(text)
    except ValueError as error:
        event, hint = event_from_exception(error, client_options=client.options)
    client.capture_event(event, hint)
    client.close(timeout=10)


def break_(text: str) -> None:
    raise ValueError(text)


def looked_at(page: Page, axe: str, paths: list[str], folder: Path) -> list[str]:
    """What is wrong with pages in every size and scheme; a picture of each is left in `folder`."""
    found = []
    browser = page.context.browser
    assert browser is not None
    for width, scheme in SIZES:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 800},
            color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True,
        )  # fmt: skip
        context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
        other = context.new_page()
        for path in paths:
            other.goto(f"{page.url.partition('://')[0]}://{urlsplit(page.url).netloc}{path}")
            name = re.sub(r"\W+", "-", path).strip("-") or "home"
            other.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
            found += [f"{path} {width} {scheme}: {each}" for each in barriers(other, axe)]
        context.close()
    return found


def open_app(page: Page) -> str:
    """Go to the page of the app in production, which is live; its name."""
    page.get_by_role("link", name="Apps").click()
    # Other tests of the stack have apps in production too.
    card = page.locator(".tiles li", has_text=re.compile(r"book-list\s+production"))
    expect(card).to_contain_text("up")
    card.get_by_role("heading").get_by_role("link").click()
    expect(page.get_by_text("● live")).to_be_visible()
    return urlsplit(page.url).path.split("/")[2]


def see_an_error(stack: LocalStack, page: Page, app: str) -> str:
    """Send an error, see it arrive, look at its stack, resolve it; the path of its page."""
    send_error(stack, app, "production", 'no <b>shelf</b> "left"')
    expect(page.get_by_role("heading", name="Errors")).to_be_visible()
    group = page.get_by_role("link", name="ValueError: no <b>shelf</b>")
    for _ in range(20):
        page.reload()
        if group.count():
            break
        page.wait_for_timeout(500)
    group.click()
    expect(page.locator(".source .hit").first).to_contain_text("raise ValueError(text)")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".badge.good")).to_have_text("resolved")
    return urlsplit(page.url).path


def test_from_an_idea_to_production_an_error_and_back(
    stack: LocalStack, browser: Browser, axe: str, tmp_path: Path
) -> None:
    page = signed_in(browser, stack)
    problems = listen(page)
    pipeline = start(page, IDEA, "and put it into production")

    # It goes on before somebody's eyes: nothing is loaded again from here to its end.
    page.evaluate("window.sameDocument = true")
    phases = page.locator(".phases")
    expect(phases).to_contain_text("tests passed", timeout=LIVE)
    approve = page.get_by_role("button", name="Approve")
    expect(approve).to_be_visible(timeout=LIVE)
    expect(page.get_by_text("into production?")).to_be_visible()
    assert page.evaluate("window.sameDocument")
    waiting = looked_at(page, axe, ["/", "/pipelines/new", f"/pipelines/{pipeline}"], tmp_path)

    page.get_by_label("Reason").first.fill("<i>looks</i> fine")
    approve.click()
    expect(page.get_by_text("Approved; it goes on.")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    expect(page.locator(".badge.good").first).to_have_text(re.compile("completed"), timeout=LIVE)
    assert page.evaluate("window.sameDocument")
    expect(page.get_by_role("region", name="Entries of the log")).to_contain_text(
        "<i>looks</i> fine"
    )

    app = open_app(page)
    errors = see_an_error(stack, page, app)

    page.goto(f"{link(stack)['url']}/apps/{app}/production")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    stranger = browser.new_page()
    stranger.goto(f"{link(stack)['url']}/status/{app}/production")
    expect(stranger.get_by_role("heading", name=app)).to_be_visible()
    expect(stranger.locator(".state")).to_contain_text("up")

    paths = ["/apps", f"/apps/{app}/production", "/errors", errors, "/incidents", "/alerts",
             f"/pipelines/{pipeline}", f"/pipelines/{pipeline}/rollback",
             f"/status/{app}/production"]  # fmt: skip
    assert waiting + looked_at(page, axe, paths, tmp_path) == []

    page.get_by_role("link", name="Roll back …").click()
    expect(page.get_by_text("nothing is live then, because nothing was before")).to_be_visible()
    page.get_by_role("button", name="Roll back").click()
    expect(page.locator(".badge").first).to_have_text(re.compile("rolled back"), timeout=LIVE)
    page.goto(f"{link(stack)['url']}/apps/{app}/production")
    expect(page.get_by_text("It is not watched.")).to_be_visible()
    expect(page.get_by_text("● live")).to_have_count(0)
    assert problems == []


def test_the_main_actions_work_without_a_script_and_by_keyboard(
    stack: LocalStack, browser: Browser
) -> None:
    page = signed_in(browser, stack, script=False)
    pipeline = start(page, "A list of plants with name and place.", "build and test it")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("summary", has_text="Cancel it").click()
    page.get_by_label("Reason").first.fill("no script")
    page.get_by_role("button", name="Cancel the pipeline").press("Enter")
    expect(page.get_by_role("status")).to_contain_text(re.compile("Cancelled|already"))
    assert "no script" in stack.ok("show", pipeline).out
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
