"""What an attacker tries on a generated app, over HTTP."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.builder import model
from tests.support.postgres import Postgres
from tests.support.served_app import ServedApp, served

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("security")]
PASSWORD = "correct horse battery"
SQL = (
    "' or '1'='1", "'; drop table tickets; --", '" or ""="', "1; select pg_sleep(5)", "\\'; --",
    "%27%20or%201=1", "$$; select 1; $$", "') union select password_hash from app_users --",
)  # fmt: skip
HTML = "<img src=x onerror=alert(1)><script>alert(2)</script>"
TICKET = {"subject": "Printer", "body": "It burns."}


@pytest.fixture(scope="module")
def app(postgres: Postgres) -> Iterator[ServedApp]:
    with served(model("helpdesk"), postgres.url()) as app:
        # The first account is the administrator: not one of those below.
        account(app)
        clients.close()
        yield app


clients = contextlib.ExitStack()


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Connections of one test are not left to the next."""
    yield
    clients.close()


def visitor(app: ServedApp) -> httpx.Client:
    """Somebody who is not logged in."""
    return clients.enter_context(app.client())


def account(app: ServedApp, **values: str) -> httpx.Client:
    """Somebody new, logged in."""
    client = visitor(app)
    email = f"{secrets.token_hex(8)}@example.com"
    given = {"name": "Somebody", "email": email, "password": PASSWORD, **values}
    answer = client.post("/api/auth/signup", json=given)
    assert answer.status_code == 201, answer.text
    return client


def ticket(client: httpx.Client, **values: object) -> dict[str, Any]:
    answer = client.post("/api/tickets", json={**TICKET, **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def operations(app: ServedApp) -> list[tuple[str, str]]:
    """Every method and path that the app says it has."""
    paths = visitor(app).get("/api/openapi.json").json()["paths"]
    return [
        (method.upper(), path)
        for path, item in paths.items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    ]


def address(path: str, values: dict[str, str], otherwise: str) -> str:
    """The path under /api with its parameters filled in."""
    parts = [
        values.get(part[1:-1], otherwise) if part.startswith("{") else part
        for part in path.split("/")
    ]
    whole = "/".join(parts)
    return whole if whole.startswith("/api") else f"/api{whole}"


@pytest.mark.parametrize("payload", SQL)
def test_statements_in_input_stay_text(app, payload):
    client = account(app)
    made = ticket(client, subject=payload[:120], labels=[payload[:60]])
    for query in (
        {"q": payload}, {"sort": payload}, {"page": payload, "pageSize": payload},
        {"status": payload}, {"topic_id": payload}, {payload: "x"},
    ):  # fmt: skip
        answer = client.get("/api/tickets", params=query)
        assert answer.status_code in (200, 422), answer.text
        assert answer.elapsed.total_seconds() < 4
    assert client.get(f"/api/tickets/{payload}").status_code in (400, 404)
    assert client.get("/api/tickets", params={"q": payload}).json()["total"] == 1
    assert client.get(f"/api/tickets/{made['id']}").json()["subject"] == payload.strip()
    login = client.post("/api/auth/login", json={"email": payload, "password": payload})
    assert login.status_code in (401, 422)


def test_markup_is_stored_and_answered_as_text(app):
    client = account(app, name=HTML)
    answer = client.get(f"/api/tickets/{ticket(client, subject=HTML)['id']}")
    assert answer.json()["subject"] == HTML
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_operation_gives_or_changes_a_record_of_somebody_else(app):
    owner, other = account(app), account(app)
    before = ticket(owner)
    values = {"id": before["id"]}
    tried = 0
    for method, path in operations(app):
        if "{" not in path or not path.removeprefix("/api").startswith("/tickets"):
            continue
        answer = other.request(method, address(path, values, before["id"]), json={})
        assert answer.status_code in (400, 403, 404, 405, 422), f"{method} {path}: {answer.text}"
        tried += 1
    assert tried >= 3
    assert owner.get(f"/api/tickets/{before['id']}").json() == before


def test_no_operation_with_a_made_up_id_breaks_the_server(app):
    client = account(app)
    for method, path in operations(app):
        if "logout" in path or method == "DELETE":
            continue
        for value in ("00000000-0000-4000-8000-000000000000", "none", "..%2f..", "%00"):
            answer = client.request(method, address(path, {}, value), json={})
            assert answer.status_code < 500, f"{method} {path} {value}: {answer.text}"


def test_every_change_from_another_site_is_refused(app):
    client = account(app)
    tried = 0
    for method, path in operations(app):
        if method == "GET":
            continue
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            url = address(path, {}, "00000000-0000-4000-8000-000000000000")
            answer = client.request(method, url, json={}, headers=headers)
            assert answer.status_code in (403, 404), f"{method} {path}: {answer.status_code}"
        tried += 1
    assert tried > 10
    assert client.get("/api/auth/me").json() is not None


def test_a_session_given_before_the_login_is_not_the_one_after_it(app):
    victim = account(app)
    email = victim.get("/api/auth/me").json()["email"]
    (name,) = [cookie.name for cookie in victim.cookies.jar if "session" in cookie.name]
    planted = victim.cookies[name]
    fresh = visitor(app)
    fresh.cookies.set(name, "planted-by-an-attacker")
    answer = fresh.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200
    assert name in answer.headers["set-cookie"]
    assert "planted-by-an-attacker" not in answer.headers["set-cookie"]
    assert planted not in answer.headers["set-cookie"]
    attacker = visitor(app)
    attacker.cookies.set(name, "planted-by-an-attacker")
    assert attacker.get("/api/auth/me").json() is None


def test_guessing_a_password_is_stopped(app):
    email = account(app).get("/api/auth/me").json()["email"]
    with app.client() as attacker:
        guesses = [
            attacker.post("/api/auth/login", json={"email": email, "password": f"guess {number}"})
            for number in range(12)
        ]
        assert guesses[0].status_code == 401
        assert guesses[-1].status_code == 429
        right = attacker.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        assert right.status_code == 429


def test_protected_fields_cannot_be_sent_along(app):
    client, other = account(app), account(app)
    foreign = other.get("/api/auth/me").json()["id"]
    forged = {
        "id": "00000000-0000-7000-8000-000000000001", "owner_id": foreign, "_mine": False,
        "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z",
        "deleted_at": "2001-01-01T00:00:00Z", "internal_note": "forged", "status": "open",
    }  # fmt: skip
    made = ticket(client, **forged)
    assert made["id"] != forged["id"]
    assert made["_mine"] is True
    assert made["created_at"] > "2020"
    changed = client.patch(f"/api/tickets/{made['id']}", json=forged)
    assert changed.status_code in (200, 422)
    after = client.get(f"/api/tickets/{made['id']}").json()
    assert (after["id"], after["_mine"]) == (made["id"], True)
    assert after["created_at"] == made["created_at"]
    assert other.get(f"/api/tickets/{made['id']}").status_code == 404


@pytest.mark.parametrize("role", ["admin", "agent", "system", "owner"])
def test_nobody_signs_up_as_more_than_is_open(app, role):
    email = f"{secrets.token_hex(8)}@example.com"
    values = {"name": "Eve", "email": email, "password": PASSWORD, "role": role}
    answer = visitor(app).post("/api/auth/signup", json=values)
    assert answer.status_code == 422
    assert "role" in answer.json()["errors"]


def test_bodies_that_are_too_large_are_refused(app):
    client = account(app)
    answer = client.post("/api/tickets", json={**TICKET, "body": "x" * 3_000_000})
    assert answer.status_code == 413
    deep = client.post(
        "/api/tickets", content="[" * 50_000 + "]" * 50_000,
        headers={"content-type": "application/json"},
    )  # fmt: skip
    assert deep.status_code in (413, 422)
    assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../package.json", "/..%2fpackage.json", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../.env",
        "/assets/..%2f..%2fserver.mjs", "/....//....//etc/passwd", "/..\\..\\etc\\passwd",
        "/server.mjs", "/.env", "/.genesis/manifest.json", "/build.json", "/index.html%00.js",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_public_folder(app, path):
    url = httpx.URL(app.url).copy_with(raw_path=path.encode())
    answer = visitor(app).get(url)
    # What is no file is a page of the app, or nothing.
    assert answer.status_code in (200, 400, 404)
    assert "root:" not in answer.text
    assert '"dependencies"' not in answer.text
    assert "DATABASE_URL" not in answer.text
    if answer.status_code == 200:
        assert '<div id="root">' in answer.text


def test_pages_and_answers_have_protective_headers(app):
    client = account(app)
    page, api = client.get("/"), client.get("/api/auth/me")
    for answer in (page, api):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["referrer-policy"]
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src" in policy
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert api.headers["cache-control"] == "no-store"
    login = client.post(
        "/api/auth/login", json={"email": api.json()["email"], "password": PASSWORD}
    )
    cookie = login.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie


def test_over_https_the_cookie_is_for_https_alone(app):
    client = account(app)
    email = client.get("/api/auth/me").json()["email"]
    answer = client.post(
        "/api/auth/login", json={"email": email, "password": PASSWORD},
        headers={"x-forwarded-proto": "https"},
    )  # fmt: skip
    assert "secure" in answer.headers["set-cookie"].lower()
