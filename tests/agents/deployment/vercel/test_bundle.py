"""A bundle of Genesis at Vercel: what of it goes there, and that it is checked behind a login."""

from __future__ import annotations

import json

import httpx
import pytest

from agents.build.bundle import bundle
from agents.deployment import probes
from agents.deployment.machine import Hosted
from agents.deployment.platform import Order
from agents.deployment.port import Variable
from agents.deployment.vercel.platform import Vercel as Platform
from agents.work import AgentError
from bus.archive import pack, unpack
from bus.settings import Secret
from tests.agents.deployment import hosting
from tests.agents.deployment.vercel.conftest import PACE, order, put_live, silent

pytestmark = pytest.mark.timeout(60)
FUNCTION = """
export default (request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ path: request.url, database: process.env.DATABASE_URL }));
};
"""
ROUTES = [
    {"src": "^/(?!api/).*$", "headers": {"x-build-id": "b1"}, "continue": True},
    {"handle": "filesystem"},
    {"src": "^/api(/.*)?$", "dest": "/api"},
    {"src": "^/.*$", "dest": "/index.html"},
]
LAUNCHER = {"runtime": "nodejs22.x", "handler": "index.mjs", "launcherType": "Nodejs"}


async def test_of_a_bundle_the_pages_and_the_function_go_there_and_nothing_else(
    vercel, settings, tmp_path
):
    output = {
        "config.json": json.dumps({"version": 3, "routes": ROUTES}).encode(),
        "functions/api.func/.vc-config.json": json.dumps(LAUNCHER).encode(),
        "functions/api.func/index.mjs": FUNCTION.encode(),
        "static/index.html": b"<html>home</html>",
    }
    built = {"server.mjs": b"not for Vercel", "public/index.html": b"<html>home</html>"}
    made = bundle("shop", {"migrations/0001.sql": b"select 1"}, built, output)
    unpack(made.pack(), tmp_path / "bundle")
    platform = Platform(settings, PACE)
    wanted = {"DATABASE_URL": Variable(Secret("postgres://there"))}
    release = await put_live(platform, order(tmp_path / "bundle", variables=wanted))
    assert {
        path.removeprefix(".vercel/output/"): content
        for path, content in vercel.bytes_of(vercel.find(release)).items()
    } == output
    async with httpx.AsyncClient(base_url=f"{vercel.http.url}/~/shop") as visitor:
        home = await visitor.get("/deep/link")
        assert (home.text, home.headers["x-build-id"]) == ("<html>home</html>", "b1")
        said = (await visitor.get("/api/items?page=2")).json()
        assert said == {"path": "/api/items?page=2", "database": "postgres://there"}


async def test_a_bundle_that_was_built_for_other_platforms_is_refused(vercel, settings, tmp_path):
    built = {"server.mjs": b"", "public/index.html": b"<html>home</html>"}
    unpack(pack(bundle("shop", {}, built).files), tmp_path / "bundle")
    platform = Platform(settings, PACE)
    site = await platform.prepare(order(tmp_path / "bundle"))
    with pytest.raises(AgentError, match="holds nothing for Vercel") as error:
        await platform.stage(order(tmp_path / "bundle"), site, silent)
    assert error.value.code == "empty_site"


async def test_a_release_is_checked_where_its_own_address_asks_for_a_login(vercel, settings):
    vercel.protects = True
    machine = Hosted(
        settings, "vercel", Platform(settings, PACE), asking=probes.ask,
        limits=hosting.LIMITS, window=hosting.WINDOW,
    )  # fmt: skip

    def what(pipeline: str, build: str, page: str) -> Order:
        content = hosting.bundle("shop", build, page)
        return Order(
            pipeline=pipeline, app="shop", environment="production", build_id=build,
            content=content,
        )  # fmt: skip

    first = await machine.deploy(what("one", "b1", "<html>one</html>"), silent)
    assert vercel.project("shop").live.id == first.release
    with pytest.raises(AgentError, match="the start page is no HTML"):
        await machine.deploy(what("two", "b2", "only words"), silent)
    assert vercel.project("shop").live.id == first.release


async def test_a_project_whose_visitors_need_a_login_is_told(vercel, settings, tmp_path):
    await Platform(settings, PACE).prepare(order(tmp_path))
    shown = vercel.http.answer

    def all_of_it(request):
        reply = shown(request)
        if request.path.startswith("/v9/projects/") and "ssoProtection" in (reply.body or {}):
            reply.body["ssoProtection"] = {"deploymentType": "all"}
        return reply

    vercel.http.answer = all_of_it
    site = await Platform(settings, PACE).find("shop", "production")
    assert "own domains too for a login" in site.notes[-1]
