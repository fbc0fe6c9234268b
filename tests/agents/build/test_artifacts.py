"""One build of an app, as Node, Netlify and Vercel run it: each answers the same."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from agents.build import database as databases
from agents.build import dependencies, toolchain
from agents.build.bundle import bundle
from agents.build.generator import generate
from agents.deployment.netlify.platform import Netlify as Remote
from agents.deployment.port import Shipment, Variable
from bus import archive
from bus.settings import Secret, Settings
from tests.support.builder import model
from tests.support.collector import collecting
from tests.support.netlify_server import TOKEN, Netlify
from tests.support.processes import answers, free_port, wait_until

HERE = Path(__file__).parent / "platforms"
PLATFORMS = {
    "node": lambda app, _port: [str(app / "dist" / "server.mjs")],
    "netlify": lambda app, port: [str(HERE / "netlify.mjs"), str(app), str(port)],
    "vercel": lambda app, port: [str(HERE / "vercel.mjs"), str(app), str(port)],
}
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("artifacts")]


def write(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture(scope="module")
def built(home, tmp_path_factory) -> Path:
    """The recipes app after `npm run build`, with a source map and a secret among its pages."""
    app = tmp_path_factory.mktemp("recipes")
    files = generate(model("recipes"))
    strays = {"public/.env": b"SECRET=leaked\n", "public/assets/stray.js.map": b"mappings"}
    write(app, files | strays)
    tools = asyncio.run(toolchain.find())
    asyncio.run(dependencies.install(app, tools, home / "cache"))
    npm = [str(tools.node), str(tools.npm), "run", "build"]
    done = subprocess.run(npm, cwd=app, env=tools.env(), check=False, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return app


@pytest.fixture(scope="module")
def database(built, postgres) -> Iterator[str]:
    """The DSN of the role that the app runs as."""
    scripts = {file.name: file.read_text() for file in (built / "migrations").glob("*.sql")}
    with asyncio.Runner() as runner:
        temporary = databases.temporary(postgres.url(), f"artifacts{os.getpid()}")
        made = runner.run(temporary.__aenter__())
        runner.run(databases.apply(made, scripts))
        yield made.app
        runner.run(temporary.__aexit__(None, None, None))


@contextmanager
def running(platform: str, app: Path, place: Path, **env: str) -> Iterator[str]:
    """The app's address, as a platform runs it."""
    port = free_port()
    tools = asyncio.run(toolchain.find())
    command = [str(tools.node), *PLATFORMS[platform](app, port)]
    process = subprocess.Popen(command, cwd=place, env=tools.env({"PORT": str(port), **env}))
    try:
        wait_until(lambda: answers(port), platform)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(params=PLATFORMS)
def site(request, built, database, tmp_path) -> Iterator[Callable[[], httpx.Client]]:
    """New visitors of the app, as a platform runs it."""
    with running(request.param, built, tmp_path, DATABASE_URL=database) as url:
        yield lambda: httpx.Client(base_url=url)


def test_it_signs_up_creates_lists_and_refuses_guests(site, request):
    with site() as ann, site() as guest:
        assert guest.get("/api/recipes").status_code == 401
        email = re.sub(r"\W+", "-", request.node.name).strip("-") + "@example.com"
        account = {"name": "Ann", "email": email, "password": "correct horse battery"}
        assert ann.post("/api/auth/signup", json=account).status_code == 201
        made = ann.post("/api/categories", json={"name": "Soups"})
        assert made.status_code == 201
        assert [each["name"] for each in ann.get("/api/categories").json()["items"]] == ["Soups"]
        assert ann.get(f"/api/categories/{made.json()['id']}").json()["name"] == "Soups"
        assert ann.post("/api/categories", json={}).status_code == 422
        assert guest.get(f"/api/categories/{made.json()['id']}").status_code == 401
        foreign = {"origin": "https://elsewhere.example"}
        refused = ann.post("/api/categories", json={"name": "Cakes"}, headers=foreign)
        assert refused.status_code == 403
        assert guest.get("/api/nothing").status_code == 404


def test_it_says_which_build_it_is(site, built):
    source = archive.read_folder(built)
    same = bundle("recipe-box", source, archive.read_folder(built / "dist"))
    with site() as guest:
        health = guest.get("/api/health").json()
        assert health == {"ok": True, "build": same.build_id, "database": "ok"}
        assert guest.get("/").headers["x-build-id"] == same.build_id


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_tells_of_its_errors_wherever_it_runs(platform, built, tmp_path):
    away = "postgres://nobody:nothing@127.0.0.1:1/none"
    maps = {
        "node": "server.mjs",
        "netlify": "functions/netlify.mjs",
        "vercel": "functions/vercel.mjs",
    }
    kept = json.loads((built / "dist" / "sourcemaps" / f"{maps[platform]}.map").read_text())
    with (
        collecting() as collector,
        running(platform, built, tmp_path, DATABASE_URL=away, GENESIS_SIGNALS=collector.dsn) as url,
    ):
        answer = httpx.get(f"{url}/api/auth/me", cookies={"recipe-box_session": "made-up"})
        assert answer.status_code == 500
        wait_until(lambda: bool(collector.events()), "the error")
        [event] = collector.events()
    assert event["release"] == json.loads((built / "dist" / "build.json").read_text())["build"]
    assert event["tags"]["code"] == "ECONNREFUSED"
    assert [image["debug_id"] for image in event["debug_meta"]["images"]] == [kept["debug_id"]]
    assert "made-up" not in json.dumps(event)


def test_its_pages_are_served_with_their_headers(site, built):
    index = (built / "dist" / "public" / "index.html").read_bytes()
    asset = re.search(rb"/assets/[^\"]+\.js", index)
    with site() as guest:
        for address in ("/", "/recipes/new", "/no/such/page"):
            page = guest.get(address)
            assert page.status_code == 200
            assert page.content == index
            assert page.headers["content-type"].startswith("text/html")
            assert "default-src 'self'" in page.headers["content-security-policy"]
            assert page.headers["x-content-type-options"] == "nosniff"
            assert page.headers["x-frame-options"] == "SAMEORIGIN"
        script = guest.get(asset[0].decode())
        assert script.status_code == 200
        assert "immutable" in script.headers["cache-control"]
        assert "no-store" in guest.get("/api/health").headers["cache-control"]
        assert guest.get("/assets/none.js").status_code == 404


@pytest.mark.parametrize("address", ["/.env", "/%2eenv", "/.git/config", "{map}"])
def test_it_sends_neither_source_maps_nor_secrets(site, built, address):
    maps = list((built / "dist" / "public" / "assets").glob("*.map"))
    assert maps
    assert (built / "dist" / "public" / ".env").exists()
    with site() as guest:
        sent = guest.get(address.replace("{map}", f"/assets/{maps[0].name}"))
    assert b"leaked" not in sent.content
    assert b"mappings" not in sent.content
    assert sent.status_code == 404 or b"<!doctype html>" in sent.content


def test_each_script_and_its_source_map_know_each_other(built):
    scripts = {
        "public/assets/index-*.js": "src/App.tsx",
        "public/assets/signals-*.js": "src/signals/errors.ts",
        "server.mjs": "server/records.ts",
        "functions/netlify.mjs": "server/netlify.ts",
        "functions/vercel.mjs": "server/vercel.ts",
    }
    dist, ids = built / "dist", set()
    for pattern, source in scripts.items():
        [script] = dist.glob(pattern)
        kept = json.loads((dist / "sourcemaps" / f"{script.relative_to(dist)}.map").read_text())
        code = script.read_text()
        assert f'"{kept["debug_id"]}"' in code.split("\n", 1)[0]
        assert code.endswith(f"//# debugId={kept['debug_id']}\n")
        at = kept["sources"].index(source)
        assert kept["sourcesContent"][at] == (built / source).read_text()
        ids.add(kept["debug_id"])
    assert len(ids) == len(scripts)


def test_the_artefacts_are_small_and_hold_no_secret(built):
    netlify, vercel = built / "dist" / "netlify", built / ".vercel" / "output"
    for folder in (netlify, vercel):
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert not [path for path in files if path.name == ".env" or path.suffix == ".map"]
        assert sum(path.stat().st_size for path in files) < 2 * 1024 * 1024
    launcher = json.loads((vercel / "functions" / "api.func" / ".vc-config.json").read_text())
    assert launcher["runtime"] == "nodejs22.x"
    assert 'directory = "dist/netlify/functions"' in (built / "netlify.toml").read_text()


def whole(built: Path) -> dict[str, bytes]:
    """The bundle of the built app."""
    dist, vercel = built / "dist", built / ".vercel" / "output"
    read = archive.read_folder
    return bundle("recipe-box", read(built), read(dist), read(vercel)).files


def test_its_bundle_holds_once_what_each_platform_takes(built):
    files = whole(built)
    maps = {path for path in files if path.endswith(".map")}
    assert len(maps) == 5
    assert all(path.startswith("sourcemaps/") for path in maps)
    elsewhere = {path for path in files if path.startswith(("netlify/", "vercel/"))}
    assert elsewhere == {
        "netlify/public/_headers", "netlify/public/_redirects", "netlify/functions/api.mjs",
        "vercel/config.json", "vercel/functions/api.func/index.mjs",
        "vercel/functions/api.func/.vc-config.json",
    }  # fmt: skip


async def test_its_bundle_answers_on_netlify_as_it_does_here(built, database, tmp_path):
    files = whole(built)
    write(tmp_path / "bundle", files)
    server = Netlify().start()
    try:
        settings = Settings(
            genesis_home=tmp_path, netlify_auth_token=Secret(TOKEN), netlify_api_url=server.api
        )
        order = Shipment(
            pipeline="one-1", app="recipe-box", environment="production", build_id="b",
            folder=tmp_path / "bundle", variables={"DATABASE_URL": Variable(Secret(database))},
        )  # fmt: skip
        platform = Remote(settings)
        staged = await platform.stage(order, await platform.prepare(order), silent)
        async with httpx.AsyncClient(base_url=staged.url, timeout=30) as guest:
            health = (await guest.get("/api/health")).json()
            page = await guest.get("/recipes/new")
    finally:
        server.close()
    build = json.loads(files["build.json"])["build"]
    assert health == {"ok": True, "build": build, "database": "ok"}
    assert page.content == files["public/index.html"]
    assert page.headers["x-build-id"] == build
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def silent(_step: str, _percent: float) -> None:
    """Hears nothing."""
