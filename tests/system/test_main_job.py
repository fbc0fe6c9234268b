"""The README's first command, on the local stack, used by a person in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.local_stack import LocalStack

IDEA = (
    "A recipe box where I keep my recipes with ingredients, cooking time and a photo,"
    " sorted by category. Use a cream background and dark green buttons."
)
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("stack")]


@pytest.fixture(scope="module")
def built(stack: LocalStack) -> dict[str, object]:
    """The result of building and deploying the idea, as the command reports it."""
    result = stack.ok("build", IDEA, "--deploy", "--name", "recipe-box", "--json")
    return dict(result.events[-1])


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
        browser.close()
        assert problems == []


def test_the_command_ends_with_url_folder_and_test_counts(
    stack: LocalStack, built: dict[str, object]
) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", str(built["url"]))
    folder = Path(str(built["folder"]))
    assert folder == stack.work / "recipe-box"
    assert (folder / "package.json").is_file()
    tests = built["tests"]
    assert isinstance(tests, dict)
    assert tests["passed"] > 5
    assert tests["failed"] == 0


def test_the_build_that_is_served_is_the_build_that_was_checked(
    built: dict[str, object],
) -> None:
    health = httpx.get(f"{built['url']}api/health").json()

    assert health["ok"] is True
    assert health["database"] == "ok"


def test_a_second_build_into_the_same_folder_is_refused(
    stack: LocalStack, built: dict[str, object]
) -> None:
    before = sorted(path.name for path in Path(str(built["folder"])).iterdir())

    result = stack.run("build", IDEA, "--name", "recipe-box")

    assert result.code == 2
    assert "not touched" in result.err
    assert sorted(path.name for path in Path(str(built["folder"])).iterdir()) == before


def test_every_sentence_can_be_followed_to_tests_that_ran(
    stack: LocalStack, built: dict[str, object]
) -> None:
    (trace,) = stack.ok("show", str(built["pipeline"]), "--trace", "--json").events
    recipes, colours = trace
    assert recipes["verdict"] == "passed"
    assert "entity.recipe" in recipes["elements"]
    assert colours["verdict"] == "untested"
    folder = Path(str(built["folder"]))
    for path in (*recipes["files"], *colours["files"], *(ran["file"] for ran in recipes["tests"])):
        assert (folder / path).is_file()
    told = (folder / "TRACE.md").read_text()
    assert all(each["text"].rstrip(".") in told for each in trace)


def test_later_plans_know_what_this_build_took(stack: LocalStack, built: dict[str, object]) -> None:
    assert built["tests"]
    assert "earlier build" in stack.ok("plan", IDEA, "--output", "estimated.json").out


@pytest.mark.browser
def test_a_person_signs_up_and_keeps_a_recipe(built: dict[str, object], page: Page) -> None:
    page.goto(str(built["url"]))
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign up").click()

    _create(page, "Lentil soup")
    _create(page, "Apple pie")
    page.get_by_role("searchbox").fill("lentil")
    expect(page.get_by_role("link", name="Lentil soup")).to_be_visible()
    expect(page.get_by_role("link", name="Apple pie")).to_have_count(0)
    page.get_by_role("link", name="Lentil soup").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Red lentil soup")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Red lentil soup")).to_be_visible()

    _open_list(page)
    page.get_by_role("link", name="Apple pie").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Apple pie")).to_have_count(0)

    page.get_by_role("button", name="Account of Ada").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in").first.click()
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    _open_list(page)
    expect(page.get_by_role("link", name="Red lentil soup")).to_be_visible()


def _open_list(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Recipes").first.click()


def _create(page: Page, title: str) -> None:
    _open_list(page)
    page.get_by_role("link", name="New Recipe").first.click()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    _open_list(page)
    expect(page.get_by_role("link", name=title)).to_be_visible()
