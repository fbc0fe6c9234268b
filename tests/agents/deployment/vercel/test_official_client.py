"""Vercel's own command-line client works against the emulator, and does what ours does.

It comes from npm, unless `VERCEL_CLI` names a folder that has it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from agents.deployment.port import Variable
from agents.deployment.vercel.platform import Vercel as Platform
from bus.settings import Secret
from tests.agents.deployment.vercel.conftest import PACE, ask, order, page, put_live, write
from tests.support import platform_clis
from tests.support.vercel_server import Vercel

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
OUTPUT = ".vercel/output"
GREETS = {
    f"{OUTPUT}/config.json": json.dumps({
        "version": 3, "routes": [{"handle": "filesystem"}, {"src": "^/greeting$", "dest": "/api"}],
    }),
    f"{OUTPUT}/static/index.html": "<html>one</html>",
    f"{OUTPUT}/functions/api.func/.vc-config.json": json.dumps(
        {"runtime": "nodejs22.x", "handler": "index.mjs", "launcherType": "Nodejs"}
    ),
    f"{OUTPUT}/functions/api.func/index.mjs": (
        "export default (_, response) => response.end(process.env.GREETING ?? 'nothing');"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def modules(tmp_path_factory) -> Path:
    """The folder of npm packages that holds the client."""
    place = tmp_path_factory.mktemp("vercel-cli")
    return platform_clis.installed("VERCEL_CLI", platform_clis.VERCEL, place)


@pytest.fixture
def vercel() -> Iterator[Vercel]:
    """The emulator, with hosts named as the client knows them."""
    server = Vercel(loopback=False).start()
    yield server
    server.close()


@pytest.fixture
def cli(modules, vercel, tmp_path) -> Callable[..., str]:
    """Runs the client in a folder; what it prints."""
    client = platform_clis.vercel(modules, vercel.http.url, tmp_path / "home")

    def run(folder: Path, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            client.words(*arguments), cwd=folder, env=client.env, check=False,
            capture_output=True, text=True, input=given, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def live(vercel: Vercel) -> str:
    """What people get at the project's address, whatever its host is called."""
    return page(f"{vercel.http.url}/~/shop/")


async def test_it_deploys_rolls_back_and_promotes_what_ours_deployed_and_the_other_way_round(
    vercel, settings, cli, tmp_path
):
    shop = tmp_path / "shop"
    static = {f"{OUTPUT}/static/index.html": "<html>one</html>", f"{OUTPUT}/static/ü +1%.txt": "x"}
    write(shop, {f"{OUTPUT}/config.json": '{"version":3}', **static})
    platform = Platform(settings, PACE)
    ours = await put_live(platform, order(shop))
    cli(shop, "deploy", "--prebuilt", "--prod", "--yes")
    theirs = vercel.project("shop").live
    assert theirs.id != ours
    assert vercel.bytes_of(theirs) == vercel.bytes_of(vercel.find(ours))
    write(shop, {f"{OUTPUT}/static/index.html": "<html>two</html>"})
    cli(shop, "deploy", "--prebuilt", "--prod", "--yes")
    assert live(vercel) == "<html>two</html>"
    cli(shop, "rollback", ours)
    assert vercel.project("shop").live.id == ours
    assert live(vercel) == "<html>one</html>"
    site = await platform.prepare(order(shop, "two-2"))
    assert "stays at what it was rolled back to" in site.notes[0]
    cli(shop, "promote", theirs.id, "--yes")
    assert await platform.live(site) == theirs.id
    await platform.switch(site, ours)
    assert live(vercel) == "<html>one</html>"
    assert [one.release for one in await platform.past(site, 9)][1:] == [theirs.id, ours]


async def test_it_goes_back_and_visitors_get_the_very_bytes_of_before(
    vercel, settings, cli, tmp_path
):
    shop = tmp_path / "shop"
    first = {"index.html": "<html>one</html>", "ünï cödé+1%.txt": "x", "data.bin": "\x00\xff\r\n"}
    write(shop, {f"{OUTPUT}/config.json": '{"version":3}'})
    write(shop / OUTPUT / "static", first)
    ours = await put_live(Platform(settings, PACE), order(shop))
    second = {"index.html": "<html>two</html>", "data.bin": "other"}
    write(shop / OUTPUT / "static", second)
    cli(shop, "deploy", "--prebuilt", "--prod", "--yes")

    def seen() -> dict[str, str]:
        found = {name: f"{vercel.http.url}/~/shop/{quote(name)}" for name in first}
        return {name: ask(url).content.decode() for name, url in found.items()}

    assert seen() == first | second
    cli(shop, "rollback", ours, "--timeout", "1m")
    assert vercel.project("shop").live.id == ours
    assert seen() == first


async def test_what_it_stages_without_domains_ours_makes_live(vercel, settings, cli, tmp_path):
    shop = tmp_path / "shop"
    write(shop, {f"{OUTPUT}/config.json": '{"version":3}', f"{OUTPUT}/static/index.html": "one"})
    platform = Platform(settings, PACE)
    ours = await put_live(platform, order(shop))
    write(shop, {f"{OUTPUT}/static/index.html": "two"})
    cli(shop, "deploy", "--prebuilt", "--prod", "--skip-domain", "--yes", "--no-wait")
    staged = vercel.project("shop").deployments[-1]
    site = await platform.find("shop", "production")
    assert site.live == ours
    await platform.switch(site, staged.id)
    assert live(vercel) == "two"


def test_it_deploys_a_folder_and_shows_it(vercel, cli, tmp_path):
    shop = tmp_path / "shop"
    write(shop, {"index.html": "<html>plain</html>", "a/app.js": "1", "b.css": "p{}"})
    address = cli(shop, "deploy", "--prod", "--yes").strip()
    assert address == f"https://{vercel.project('shop').live.host}"
    assert live(vercel) == "<html>plain</html>"
    assert vercel.project("shop").live.label in cli(shop, "ls")
    cli(shop, "inspect", address)


async def test_it_sets_variables_that_ours_then_finds(vercel, settings, cli, tmp_path):
    shop = tmp_path / "shop"
    write(shop, {"index.html": "x"})
    await Platform(settings, PACE).prepare(order(shop))
    cli(shop, "link", "--yes", "--project", "shop")
    cli(shop, "env", "add", "KEY", "production", "--sensitive", given="bar")
    cli(shop, "env", "add", "PLAIN", "production", given="x1")
    kept = {one["key"]: (one["type"], one["value"]) for one in vercel.project("shop").env}
    assert kept["KEY"] == ("sensitive", "bar")
    wanted = {"KEY": Variable(Secret("other")), "PLAIN": Variable(Secret("x1"), hidden=False)}
    what = replace(order(shop), variables=wanted)
    site = await Platform(settings, PACE).prepare(what)
    assert site.notes[-1] in ("variables set again: KEY", "variables set again: KEY, PLAIN")
    values = {one["key"]: one["value"] for one in vercel.project("shop").env}
    assert values == {"KEY": "other", "PLAIN": "x1"}


def test_functions_of_a_deployment_get_the_variables_that_it_has_set_by_then(vercel, cli, tmp_path):
    shop = tmp_path / "shop"
    write(shop, GREETS)
    cli(shop, "deploy", "--prebuilt", "--prod", "--yes")
    greeting = f"{vercel.http.url}/~/shop/greeting"
    assert page(greeting) == "nothing"
    cli(shop, "env", "add", "GREETING", "production", given="grüß dich")
    cli(shop, "env", "update", "GREETING", "production", "--yes", given="good day")
    assert page(greeting) == "nothing"
    cli(shop, "deploy", "--prebuilt", "--prod", "--yes")
    assert page(greeting) == "good day"
    assert "GREETING" in cli(shop, "env", "ls")
    cli(shop, "env", "rm", "GREETING", "production", "--yes")
    assert vercel.project("shop").env == []
    cli(shop, "deploy", "--prebuilt", "--prod", "--yes")
    assert page(greeting) == "nothing"
