"""A site of plain files on this machine: served as a hosting platform would, and run as an app."""

from __future__ import annotations

import json
import socket

import httpx
import pytest

from agents.work import AgentError
from bus.archive import pack

pytestmark = pytest.mark.timeout(120)

PAGE = "<!doctype html><html><body>welcome</body></html>"
FILES = {
    "public/index.html": PAGE,
    "public/404.html": "<!doctype html><html><body>lost</body></html>",
    "public/about.html": "<!doctype html><html><body>us</body></html>",
    "public/blog/index.html": "<!doctype html><html><body>blog</body></html>",
    "public/assets/app.js": "export const seven = 7",
    "public/naïve #1.txt": "ünïcode",
    "public/empty.txt": "",
    "public/.well-known/security.txt": "Contact: us",
}


def site(app: str, build: str, **more: str) -> bytes:
    about = json.dumps({"app": app, "build": build})
    files = {**FILES, **more, "build.json": about}
    return pack({path: text.encode() for path, text in files.items()})


@pytest.fixture
async def served(world):
    """A client of a site that is live."""
    done = await world.deploy("pipeone", "b1", content=site(world.app, "b1"))
    async with httpx.AsyncClient(base_url=done.url, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/", "welcome", "text/html; charset=utf-8"),
        ("/about", "us", "text/html; charset=utf-8"),
        ("/about.html?a=b", "us", "text/html; charset=utf-8"),
        ("/blog/", "blog", "text/html; charset=utf-8"),
        ("/assets/app.js", "seven = 7", "text/javascript; charset=utf-8"),
        ("/na%C3%AFve%20%231.txt", "ünïcode", "text/plain; charset=utf-8"),
        ("/empty.txt", "", "text/plain; charset=utf-8"),
        ("/.well-known/security.txt", "Contact", "text/plain; charset=utf-8"),
        ("/__version.json", '"b1"', "application/json"),
    ],
)
async def test_its_files_are_served(served, path, text, kind):
    answer = await served.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert text in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await served.head(path)).headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/assets/", "/server.mjs", "/build.json", "/%00", "/%FF", "/..%2fserver.mjs",
     "/%2e%2e/build.json", "/.env", "/.git/config"],
)  # fmt: skip
async def test_what_is_not_public_is_not_there(served, path):
    answer = await served.get(path)
    assert (answer.status_code, "lost" in answer.text) == (404, True)


async def test_a_folder_without_its_slash_leads_to_the_one_with_it(served):
    answer = await served.get("/blog?page=2")
    assert (answer.status_code, answer.headers["location"]) == (308, "/blog/?page=2")
    elsewhere = await served.get(f"{served.base_url}/blog")
    assert elsewhere.headers["location"] == "/blog/"


async def test_nothing_can_be_written_to_it(served):
    answer = await served.post("/", content=b"mine")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_who_has_a_file_gets_no_second_copy_and_parts_are_given(served):
    first = await served.get("/about")
    again = await served.get("/about", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for asked, status, body in (
        ("bytes=0-5", 206, b"export"), ("bytes=-3", 206, b"= 7"), ("bytes=20-", 206, b" 7"),
        ("bytes=99-", 416, b""), ("lines=1-2", 200, FILES["public/assets/app.js"].encode()),
    ):  # fmt: skip
        part = await served.get("/assets/app.js", headers={"range": asked})
        assert (part.status_code, part.content) == (status, body)


async def test_a_request_that_makes_no_sense_does_not_end_it(served, world):
    with socket.create_connection(("127.0.0.1", world.state.port), 5) as raw:
        raw.sendall(b"GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        raw.recv(100)
    assert (await served.get("/")).status_code == 200


async def test_the_next_one_takes_its_place_and_can_be_taken_back(served, world):
    page = {"public/index.html": PAGE.replace("welcome", "second")}
    await world.deploy("pipetwo", "b2", content=site(world.app, "b2", **page))
    assert "second" in (await served.get("/")).text
    await world.rollback("pipetwo")
    assert "welcome" in (await served.get("/")).text
    assert await world.answering() == "b1"


async def test_pages_that_are_none_do_not_become_live(served, world):
    with pytest.raises(AgentError) as caught:
        await world.deploy(
            "pipetwo", "b2", content=site(world.app, "b2", **{"public/index.html": "only words"})
        )
    assert caught.value.code == "unhealthy"
    assert "welcome" in (await served.get("/")).text
    assert len(world.serving()) == 1
