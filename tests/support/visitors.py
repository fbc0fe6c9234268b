"""People who use a served app, each in a window of their own.

    with crowd(model("store"), postgres.url(), axe, cache=cache) as people:
        ada = people.member("Ada", role="admin")
        ada.visit("/products")

When the context ends, their browsers have told no error but the refusals that were expected, and
axe has found nothing serious on the pages that they looked at. SHOTS, a folder, keeps pictures of
these pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser, Page, expect

from contracts.model import AppModel
from tests.support.browsing import barriers, chromium, context, listen, settled, still
from tests.support.databases import execute
from tests.support.served_app import ServedApp, served

PASSWORD = "correct horse battery"
WAIT = 30_000
"""Milliseconds that something may take on a busy machine."""


class Visitor:
    """One person at the app. `page` is their window, `email` the address they sign up with."""

    def __init__(self, crowd: Crowd, page: Page, name: str) -> None:
        self.crowd = crowd
        self.page = page
        self.name = name
        self.email = f"{name.lower()}@example.org"
        self.said = listen(page)
        self.main = page.get_by_role("main")

    def visit(self, path: str) -> None:
        settled(self.page, self.crowd.app.url + path)

    def fill(self, values: Mapping[str, str]) -> None:
        """Type into the controls of these labels."""
        for label, value in values.items():
            self.main.get_by_label(label, exact=True).fill(value)

    def choose(self, label: str, name: str) -> None:
        """Find a record by its name in a form's text box."""
        box = self.main.get_by_role("combobox", name=label)
        box.fill(name)
        self.main.get_by_role("option", name=name).click()
        expect(box).to_have_value(name)

    def press(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """Click on a link and wait for where it leads."""
        self.main.get_by_role("link", name=name).first.click()
        still(self.page)

    def save(self) -> None:
        """Save a form; afterwards the record's page is there."""
        self.press("Save")
        expect(self.main.get_by_role("button", name="Save", exact=True)).to_have_count(0)
        still(self.page)

    def sees(self, text: str) -> None:
        expect(self.main.get_by_text(text).first).to_be_visible()

    def misses(self, text: str) -> None:
        expect(self.main.get_by_text(text)).to_have_count(0)

    def fact(self, title: str, value: str) -> None:
        """A record's page says this of it."""
        expect(self.main.locator("dl > div").filter(has_text=title).locator("dd")).to_have_text(
            value
        )

    def sign_up(self, organisation: str = "") -> None:
        """Fill and send the form of the page for new accounts, which is there."""
        self.fill({"Name": self.name, "Email": self.email, "Password": PASSWORD})
        if organisation:
            self.fill({"Organisation": organisation})
        self.press("Sign up")
        account = self.page.get_by_role("button", name=f"Account of {self.name}")
        expect(account).to_be_visible()
        still(self.page)

    def asks(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and answer of the API, asked besides the page."""
        answer = self.page.request.fetch(
            f"{self.crowd.app.url}/api{path}", method=method, data=body
        )
        return answer.status, answer.json()

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """Inside, the browser tells of one request that the server refuses."""
        words = "the server responded with a status of "
        with self.page.expect_console_message(lambda message: words in message.text) as told:
            yield
        assert f"{words}{status} " in told.value.text, told.value.text
        self.said.remove(told.value.text)

    def looks(self, title: str) -> None:
        """The page can be used by everybody, on a phone and a desk, in light and dark."""
        for width in (390, 1280):
            self.page.set_viewport_size({"width": width, "height": 844 if width < 600 else 800})
            for scheme in ("light", "dark"):
                self.page.evaluate(
                    "(it) => { document.documentElement.dataset.theme = it }", scheme
                )
                found = barriers(self.page, self.crowd.axe)
                if found:
                    self.crowd.problems[f"{title}, {width}, {scheme}"] = found
                self.crowd.picture(self.page, f"{title}-{width}-{scheme}")
        self.page.evaluate("document.documentElement.dataset.theme = 'light'")


class Crowd:
    """The people of one app. `problems` is what axe found, by page, width and colours."""

    def __init__(self, app: ServedApp, slug: str, admin: str, browser: Browser, axe: str) -> None:
        self.app = app
        self.slug = slug
        self.axe = axe
        self.problems: dict[str, list[str]] = {}
        self.visitors: list[Visitor] = []
        self._browser = browser
        self._admin = urlunsplit(urlsplit(admin)._replace(path=urlsplit(app.database.app).path))

    def guest(self, name: str) -> Visitor:
        """Somebody who is signed in as nobody, and will be called so."""
        window = context(self._browser, self.app, 1280, "light")
        window.set_default_timeout(WAIT)
        page = window.new_page()
        # Colours that are still on their way to others would be measured.
        page.emulate_media(reduced_motion="reduce")
        visitor = Visitor(self, page, name)
        self.visitors.append(visitor)
        return visitor

    def member(self, name: str, *, role: str = "", organisation: str = "") -> Visitor:
        """Somebody who signs up on the page, and is given the role by whoever has the database."""
        visitor = self.guest(name)
        visitor.visit("/signup")
        visitor.sign_up(organisation)
        if role:
            self.promote(visitor, role)
        return visitor

    def promote(self, visitor: Visitor, role: str) -> None:
        statement = f"update app_users set role = '{role}' where email = '{visitor.email}'"
        with start_blocking_portal() as portal:
            portal.call(execute, self._admin, f"set app.role = 'admin'; {statement}")

    def picture(self, page: Page, name: str) -> None:
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"jobs-{self.slug}-{name}.png", full_page=True)


@contextmanager
def crowd(app: AppModel, admin: str, axe: str, *, cache: Path) -> Iterator[Crowd]:
    """`admin` is a superuser's DSN, `axe` the source of axe-core."""
    with served(app, admin, cache=cache) as running, chromium() as browser:
        founder = {"name": "Root", "email": "root@example.org", "password": PASSWORD}
        with running.client() as client:
            # Who signs up first is the administrator.
            answer = client.post("/api/auth/signup", json=founder | {"organisation": "House"})
            assert answer.status_code == 201, answer.text
        people = Crowd(running, app.app.slug, admin, browser, axe)
        expect.set_options(timeout=WAIT)
        try:
            yield people
        finally:
            expect.set_options(timeout=5_000)
        assert not people.problems, people.problems
        said = {each.name: each.said for each in people.visitors if each.said}
        assert not said, said
