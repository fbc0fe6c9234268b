"""The pure parts: how long to wait, what a function's zip is, what it answers."""

from __future__ import annotations

import io
import zipfile

import pytest

from agents.deployment.netlify import functions
from agents.deployment.netlify.bootstrap import VERSION
from agents.deployment.netlify.limits import seconds_to_wait
from agents.work import AgentError

pytestmark = pytest.mark.timeout(20)
NOW = 1_643_322_000.0  # 2022-01-27 22:20:00 UTC


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "1643322017"}, 17),
        ({"x-ratelimit-reset": "2022-01-27 22:20:17 UTC"}, 17),
        ({"retry-after": "2022-01-27 22:20:17 UTC"}, 17),
        ({"Retry-After": "Thu, 27 Jan 2022 22:20:17 GMT"}, 17),
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "3", "x-ratelimit-reset": "1643322017"}, 3),
        ({"retry-after": "soon", "x-ratelimit-reset": "1643322017"}, 17),
        ({"x-ratelimit-reset": "1643321000"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_a_limit_is_read_in_every_form_that_was_seen(headers, seconds):
    assert seconds_to_wait(headers, NOW) == seconds


BUILT = b"""
var config2 = { path: "/not/this", x: 1 };
async function answer(request) { return new Response("hello"); }
var config = { path: "/api/*" };
export { config, answer as default };
"""


def test_a_function_is_a_zip_in_the_form_of_the_official_bundler():
    made = functions.function("api", BUILT, b"bootstrap")
    with zipfile.ZipFile(io.BytesIO(made.archive)) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert members == {
        "___netlify-bootstrap.mjs": b"bootstrap",
        "___netlify-entry-point.mjs": b"import * as bootstrap from './___netlify-bootstrap.mjs';"
        b"export const handler = bootstrap.getLambdaHandler('./api.mjs')",
        "___netlify-metadata.json": b'{"bootstrap_version":"%s","version":1}' % VERSION.encode(),
        "api.mjs": BUILT,
    }
    assert made.config == {
        "routes": [{"pattern": "/api/*", "expression": r"^\/api(?:\/(.*))\/?$"}],
        "build_data": {"bootstrapVersion": VERSION, "runtimeAPIVersion": 2},
        "priority": 10,
    }


def test_the_same_code_gives_the_same_digest():
    first, second = (functions.function("api", BUILT, b"bootstrap") for _ in range(2))
    assert first == second
    assert functions.function("api", BUILT + b" ", b"bootstrap").sha256 != first.sha256


@pytest.mark.parametrize(
    ("path", "expression"),
    [
        ("/api/*", r"^\/api(?:\/(.*))\/?$"),
        ("/x/:id", r"^\/x(?:\/([^\/]+?))\/?$"),
        ("/x/:id?", r"^\/x(?:\/([^\/]+?))?\/?$"),
        ("/*", r"^(?:\/(.*))\/?$"),
        ("/x/*/y", r"^\/x(?:\/(.*))\/y\/?$"),
        ("/api/:a/b/*", r"^\/api(?:\/([^\/]+?))\/b(?:\/(.*))\/?$"),
        ("/a.b/c", None),
    ],
)
def test_a_route_is_what_the_official_bundler_makes_of_it(path, expression):
    """As printed by @netlify/zip-it-and-ship-it of netlify-cli 27.10.2."""
    wanted = {"expression": expression} if expression else {"literal": path}
    assert functions.route(path) == {"pattern": path, **wanted}


def test_several_paths_are_several_routes():
    made = functions.function("api", b"export const config = {path: ['/a', \"/b/*\"]};", b"")
    assert [one["pattern"] for one in made.config["routes"]] == ["/a", "/b/*"]


@pytest.mark.parametrize("code", [b"", b"export default () => 1", b"const config = { name: 'x' }"])
def test_a_function_without_a_path_is_refused(code):
    with pytest.raises(AgentError, match="api does not say which paths") as error:
        functions.function("api", code, b"")
    assert error.value.code == "no_route"
