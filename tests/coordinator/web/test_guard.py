"""What stands in front of the pages: names, sessions, foreign forms, what a page may load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coordinator.web import sessions
from coordinator.web.guard import NAME
from coordinator.web.sessions import CODE_LIFE, IDLE, LONGEST, MOST, Door, make_code
from tests.support.dashboards import NOW, ORIGIN, PORT, SECRET, Dashboard, text

PAGES = ("/", "/pipelines/new", "/pipelines/pipeline", "/pipelines/pipeline/live", "/live")


# --- Signing in ------------------------------------------------------------------------------


async def test_a_code_signs_in_and_the_cookie_is_for_this_name_and_no_script(
    outside: Dashboard,
) -> None:
    answer = await outside.post("/sign-in", code=outside.code(), csrf=None)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie
    assert "Pipelines" in text(await outside.html("/"))


async def test_a_code_is_good_once(outside: Dashboard) -> None:
    code = outside.code()
    assert (await outside.post("/sign-in", code=code, csrf=None)).status_code == 303
    async with outside.client() as other:
        again = await other.post("/sign-in", data={"code": code}, headers={"Origin": ORIGIN})
        assert again.status_code == 403
        assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    "code",
    [
        "", "x", "a.b.c", "..", f"{int(NOW):x}.{'0' * 32}.{'0' * 64}",
        make_code("another secret", "anna", NOW), make_code(SECRET, "bob", NOW),
        make_code(SECRET, "anna", NOW - CODE_LIFE - 2), make_code(SECRET, "anna", NOW + 60),
        make_code(SECRET, "anna", NOW)[:-1], "é" * 50, "'; drop table --", "\0",
    ],
    # Codes are never the same twice, and a test's name must be.
    ids=map(str, range(13)),
)  # fmt: skip
async def test_any_other_code_lets_nobody_in(outside: Dashboard, code: str) -> None:
    answer = await outside.post("/sign-in", code=code, csrf=None)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert (await outside.get("/")).status_code == 303


def test_a_code_from_before_the_process_began_is_not_taken() -> None:
    code = make_code(SECRET, "anna", NOW - 2)
    assert Door(SECRET, "anna", NOW).enter(code, NOW) is None
    assert Door(SECRET, "anna", NOW - 5).enter(code, NOW) is not None


def test_a_session_ends_when_idle_or_old_and_when_left() -> None:
    door = Door(SECRET, "anna", NOW)
    first, second = (door.enter(make_code(SECRET, "anna", NOW), NOW) or "" for _ in range(2))
    assert door.find(first, NOW + IDLE - 1) is not None
    assert door.find(first, NOW + 2 * IDLE - 2) is not None
    assert door.find(second, NOW + IDLE + 1) is None
    assert door.find("", NOW) is None
    door.leave(first)
    assert door.find(first, NOW + 1) is None
    third = door.enter(make_code(SECRET, "anna", NOW), NOW) or ""
    at = NOW
    while at < NOW + LONGEST:
        assert door.find(third, at) is not None
        at += IDLE / 2
    assert door.find(third, NOW + LONGEST + 1) is None


def test_a_page_that_is_only_open_keeps_no_session_alive() -> None:
    door = Door(SECRET, "anna", NOW)
    token = door.enter(make_code(SECRET, "anna", NOW), NOW) or ""
    assert door.find(token, NOW + IDLE - 1, used=False) is not None
    assert door.find(token, NOW + IDLE + 1) is None


def test_sessions_are_bounded_and_the_idle_one_goes_first() -> None:
    door = Door(SECRET, "anna", NOW)
    tokens = [door.enter(make_code(SECRET, "anna", NOW), NOW) or "" for _ in range(MOST)]
    door.find(tokens[0], NOW + 1)
    door.enter(make_code(SECRET, "anna", NOW), NOW)
    assert door.find(tokens[0], NOW + 2) is not None
    assert door.find(tokens[1], NOW + 2) is None


async def test_signing_out_ends_the_session_for_its_cookie_too(inside: Dashboard) -> None:
    token = inside.browser.cookies[sessions.COOKIE]
    answer = await inside.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    inside.browser.cookies.set(sessions.COOKIE, token)
    assert (await inside.get("/")).headers["location"] == "/sign-in"


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_a_page_without_a_session(outside: Dashboard, path: str) -> None:
    answer = await outside.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert not answer.text


async def test_nothing_is_done_without_a_session(outside: Dashboard) -> None:
    answer = await outside.post("/pipelines/new", csrf=None, idea="a shop")
    assert answer.status_code == 403


# --- Names and origins -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", NAME, f"{NAME}:1", f"{NAME}.evil.example:{PORT}",
     f"127.0.0.1.evil.example:{PORT}", "", f"[::1]:{PORT}"],
)  # fmt: skip
async def test_another_name_for_this_machine_is_not_answered_to(
    inside: Dashboard, host: str
) -> None:
    for path in ("/", "/sign-in", "/healthz", "/static/style.css", "/status/shop/production"):
        answer = await inside.get(path, Host=host)
        assert answer.status_code == 421


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}"])
async def test_the_names_that_apps_share_lead_to_our_own_and_take_no_sign_in(
    outside: Dashboard, host: str
) -> None:
    answer = await outside.get("/?status=failed", Host=host)
    assert answer.headers["location"] == f"{ORIGIN}/?status=failed"
    code = outside.code()
    sent = await outside.browser.post(
        "/sign-in", data={"code": code}, headers={"Host": host, "Origin": f"http://{host}"}
    )
    assert sent.status_code == 421
    assert "set-cookie" not in sent.headers
    assert (await outside.get("/healthz", Host=host)).json()["ok"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Origin": "null"}, {"Origin": "http://evil.example"},
        {"Origin": f"http://127.0.0.1:{PORT}"}, {"Origin": "http://genesis.localhost:1"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)  # fmt: skip
async def test_a_form_of_another_origin_does_nothing(
    inside: Dashboard, headers: dict[str, str]
) -> None:
    data = {"csrf": await inside.csrf(), "idea": "a shop", "goal": "build",
            "identity": "00000000-0000-0000-0000-000000000000"}  # fmt: skip
    answer = await inside.browser.post("/pipelines/new", data=data, headers=headers)
    assert answer.status_code == 403
    assert not [entry async for entry in inside.bus.history()]


@pytest.mark.parametrize("token", [None, "", "x", "é"])
async def test_a_form_without_the_sessions_token_does_nothing(
    inside: Dashboard, token: str | None
) -> None:
    data = {"idea": "a shop", "goal": "build", "identity": "0" * 36}
    data |= {"csrf": token} if token is not None else {}
    answer = await inside.browser.post("/pipelines/new", data=data, headers={"Origin": ORIGIN})
    assert answer.status_code == 403
    assert not [entry async for entry in inside.bus.history()]


async def test_the_token_of_another_session_is_no_token(inside: Dashboard) -> None:
    other = inside.client()
    await other.post("/sign-in", data={"code": inside.code()}, headers={"Origin": ORIGIN})
    found = re.search(r'name="csrf" value="([^"]+)"', (await other.get("/pipelines/new")).text)
    await other.aclose()
    assert found
    answer = await inside.post("/sign-out", csrf=found[1])
    assert answer.status_code == 403
    assert (await inside.get("/")).status_code == 200


async def test_a_form_that_is_too_large_is_refused_before_it_is_kept(inside: Dashboard) -> None:
    answer = await inside.post("/pipelines/new", idea="x" * 300_000)
    assert answer.status_code == 413
    fields = {f"f{number}": "x" for number in range(100)}
    assert (await inside.post("/pipelines/new", **fields)).status_code == 413


# --- What a page may load --------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/nowhere", "/pipelines/pipeline", "/static/live.js", "/healthz"]
)
async def test_every_answer_carries_the_policy(inside: Dashboard, path: str) -> None:
    headers = (await inside.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "data:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    if not path.startswith("/static"):
        assert headers["cache-control"] == "no-store"


def test_no_template_holds_a_script_a_style_or_another_place() -> None:
    folder = Path(sessions.__file__).parent / "templates"
    for file in folder.glob("*.html"):
        source = file.read_text()
        assert not re.search(
            r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe|autoescape", source
        )
        assert not re.search(r"<script(?! src=\"/static/)", source), file
        assert not re.search(r"(src|href|action)=\"(https?:)?//", source), file
