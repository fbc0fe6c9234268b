"""A function that we send runs as Netlify runs it: through its own bootstrap, in Node."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile

import httpx
import pytest
from msgspec.structs import replace

from agents.deployment.netlify import bootstrap
from agents.deployment.netlify.platform import Netlify as Platform
from agents.deployment.port import Variable
from agents.work import AgentError
from bus.settings import Secret
from tests.agents.deployment.netlify.conftest import PACE, order, put_live, silent, write
from tests.support.platform_http import Reply, Server

pytestmark = pytest.mark.timeout(60)
CODE = """
async function answer(request, context) {
  const { pathname, search } = new URL(request.url);
  const { method } = request;
  const body = method === 'POST' ? await request.text() : null;
  return Response.json({ pathname, search, body, build: process.env.BUILD, method });
}
var config = { path: "/api/*" };
export { answer as default, config };
"""
BUNDLE = {
    "server.mjs": "server", "build.json": '{"app":"shop","build":"b-one-1"}',
    "migrations/001.sql": "select 1", "public/index.html": "<html>one</html>",
    "public/assets/app.js": "1",
    "netlify/public/_headers": "/*\n  x-build-id: b-one-1\n/assets/*\n  cache-control: immutable\n",
    "netlify/public/_redirects": "/assets/* /index.html 404\n/* /index.html 200\n",
    "netlify/functions/api.mjs": CODE,
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A home in which the bootstrap is, once it was fetched from npm."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def with_functions(settings, kept):
    return replace(settings, genesis_home=kept)


@pytest.fixture
def bundle(tmp_path):
    write(tmp_path / "bundle", BUNDLE)
    return tmp_path / "bundle"


async def test_a_bundle_is_served_with_its_function_its_headers_and_its_redirects(
    netlify, with_functions, bundle
):
    platform = Platform(with_functions, PACE)
    wanted = order(bundle, variables={"BUILD": Variable(Secret("b-one-1"))})
    site = await platform.prepare(wanted)
    staged = await platform.stage(wanted, site, silent)
    answer = ask("POST", f"{staged.url}/api/health?x=1", "hi there")
    assert answer.json() == {
        "pathname": "/api/health", "search": "?x=1", "body": "hi there", "build": "b-one-1",
        "method": "POST",
    }  # fmt: skip
    start = ask("GET", f"{staged.url}/")
    assert (start.text, start.headers["x-build-id"]) == ("<html>one</html>", "b-one-1")
    assert ask("GET", f"{staged.url}/some/page").text == "<html>one</html>"
    assert ask("GET", f"{staged.url}/assets/none.js").status_code == 404
    assert ask("GET", f"{staged.url}/assets/app.js").headers["cache-control"] == "immutable"
    for hidden in ("server.mjs", "build.json", "migrations/001.sql", "_headers", "_redirects"):
        assert ask("GET", f"{staged.url}/{hidden}").text == "<html>one</html>"
    assert sorted(netlify.find(staged.release).files) == [
        "_headers", "_redirects", "assets/app.js", "index.html",
    ]  # fmt: skip


async def test_an_unchanged_function_is_not_sent_again(netlify, with_functions, bundle):
    await put_live(Platform(with_functions, PACE), order(bundle))
    site = await Platform(with_functions, PACE).prepare(order(bundle, "two-2"))
    staged = await Platform(with_functions, PACE).stage(order(bundle, "two-2"), site, silent)
    assert (staged.uploaded, staged.skipped) == (0, 5)
    write(bundle, {"netlify/functions/api.mjs": CODE + "// changed\n"})
    staged = await Platform(with_functions, PACE).stage(order(bundle, "three-3"), site, silent)
    assert (staged.uploaded, staged.skipped) == (1, 4)
    assert len(netlify.http.requests("PUT .*/functions/api")) == 2


@pytest.mark.parametrize("place", ["dist/netlify", "netlify"])
async def test_of_an_apps_folder_only_what_is_for_netlify_is_sent(
    netlify, settings, tmp_path, place
):
    write(tmp_path / "app", {f"{place}/public/index.html": "x", "package.json": "{}", "a.ts": ""})
    release = await put_live(Platform(settings, PACE), order(tmp_path / "app"))
    assert list(netlify.find(release).files) == ["index.html"]


async def test_a_bundle_without_anything_for_netlify_is_refused(netlify, settings, tmp_path):
    plain = {path: text for path, text in BUNDLE.items() if not path.startswith("netlify/")}
    write(tmp_path / "old", plain)
    with pytest.raises(AgentError, match="holds nothing for Netlify"):
        await put_live(Platform(settings, PACE), order(tmp_path / "old"))
    assert not netlify.http.requests("POST .*/deploys")


# --- Where the bootstrap comes from ----------------------------------------------------------


@pytest.fixture
def registry(monkeypatch):
    """npm's registry, which has what a test puts there."""
    answers = [Reply(404)]
    server = Server(lambda _request: answers[-1])
    server.start()
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{server.url}/")
    yield answers, server
    server.close()


async def test_the_bootstrap_is_fetched_once_and_only_as_it_was(registry, settings, monkeypatch):
    answers, server = registry
    archive = packed(b"the bootstrap")
    answers.append(Reply(200, archive + b"x"))
    with pytest.raises(AgentError, match="is not what it was"):
        await bootstrap.bootstrap(settings)
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    monkeypatch.setattr(bootstrap, "SHA512", digest)
    answers.append(Reply(200, archive))
    assert await bootstrap.bootstrap(settings) == b"the bootstrap"
    answers.append(Reply(404))
    assert await bootstrap.bootstrap(settings) == b"the bootstrap"
    assert [one.path for one in server.requests()] == [
        f"/@netlify/serverless-functions-api/-/serverless-functions-api-{bootstrap.VERSION}.tgz"
    ] * 2


@pytest.mark.usefixtures("registry")
async def test_a_registry_that_has_it_not_is_said_and_nothing_is_sent(netlify, settings, bundle):
    with pytest.raises(AgentError, match=r"cannot be fetched.*404") as error:
        await put_live(Platform(settings, PACE), order(bundle))
    assert (error.value.code, error.value.retryable) == ("bootstrap", True)
    assert not netlify.http.requests("POST .*/deploys")


def packed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo(bootstrap.MEMBER)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def ask(method: str, url: str, content: str | None = None) -> httpx.Response:
    return httpx.request(method, url, content=content, timeout=20)
