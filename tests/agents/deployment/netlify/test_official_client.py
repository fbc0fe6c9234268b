"""Netlify's own command-line client works against the emulator, and does what ours does.

It comes from npm, unless `NETLIFY_CLI` names a folder that has it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from agents.deployment.netlify.platform import Netlify as Platform
from agents.deployment.port import Variable
from bus.settings import Secret
from tests.agents.deployment.netlify.conftest import PACE, order, page, put_live, write
from tests.support import platform_clis

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
FUNCTION = """
export default async (request) => Response.json({ hello: new URL(request.url).pathname });
export const config = { path: '/api/*' };
"""
SAYS = """
export default async () => new Response(process.env.GREETING ?? 'nothing');
export const config = { path: '/api/greeting' };
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory) -> Path:
    """The folder of npm packages that holds the client."""
    place = tmp_path_factory.mktemp("netlify-cli")
    return platform_clis.installed("NETLIFY_CLI", platform_clis.NETLIFY, place)


@pytest.fixture
def cli(modules, netlify, tmp_path) -> Callable[..., dict]:
    """Runs the client in `tmp_path`; what it prints as JSON."""
    client = platform_clis.netlify(modules, netlify.http.url, tmp_path / "home")

    def run(*arguments: str) -> dict:
        done = subprocess.run(
            client.words(*arguments), cwd=tmp_path, env=client.env, check=False,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout or "{}")

    return run


async def test_it_deploys_drafts_publishes_and_restores_the_same_bytes(
    netlify, settings, cli, folder
):
    write(folder, {"ünï cödé+1%.txt": "x", "[id].html": "y"})
    ours = await put_live(Platform(settings, PACE), order(folder, site="shop"))
    deploy = ("deploy", "--dir", str(folder), "--no-build", "--json", "--site", "shop")
    draft = cli(*deploy)["deploy_id"]
    assert netlify.site("shop").live.id == ours
    write(folder, {"index.html": "<html>two</html>"})
    published = cli(*deploy, "--prod", "--message", "second")["deploy_id"]
    assert netlify.site("shop").live.id == published
    sent = {release: netlify.bytes_of(netlify.find(release)) for release in (ours, draft)}
    sent[draft].pop("netlify.toml")
    assert sent[draft] == sent[ours]
    site = netlify.site("shop")
    data = {"site_id": site.id, "deploy_id": ours}
    cli("api", "restoreSiteDeploy", "--data", json.dumps(data))
    assert site.live.id == ours
    assert page(f"{netlify.http.url}/~/shop/") == "<html>one</html>"
    past = await Platform(settings, PACE).past(await Platform(settings, PACE).prepare(
        order(folder, site="shop")), 9)  # fmt: skip
    assert [one.release for one in past] == [published, draft, ours]


def seen(netlify, folder: Path) -> dict[str, bytes]:
    """What visitors get for the files of a folder, by their paths."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    shop = f"{netlify.http.url}/~/shop"
    return {path: httpx.get(f"{shop}/{quote(path)}").raise_for_status().content for path in paths}


def kept(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def test_it_goes_back_to_the_deploy_before_and_visitors_get_its_very_bytes(
    netlify, settings, cli, folder
):
    write(folder, {"ünï cödé+1%.txt": "x", "data.bin": "\x00\xff\r\n"})
    ours = await put_live(Platform(settings, PACE), order(folder, site="shop"))
    first = kept(folder)
    assert seen(netlify, folder) == first
    write(folder, {"index.html": "<html>two</html>", "data.bin": "other"})
    cli("deploy", "--dir", str(folder), "--no-build", "--json", "--site", "shop", "--prod")
    assert seen(netlify, folder) == kept(folder)
    cli("api", "rollbackSiteDeploy", "--data", json.dumps({"site_id": netlify.site("shop").id}))
    assert netlify.site("shop").live.id == ours
    assert seen(netlify, folder) == first


async def test_more_files_than_a_hundred_are_compared_in_the_platforms_own_time(
    netlify, cli, tmp_path
):
    netlify.site("shop")
    write(tmp_path / "many", {f"{number}.txt": str(number) for number in range(150)})
    made = cli("deploy", "--dir", "many", "--no-build", "--json", "--site", "shop")
    served = netlify.bytes_of(netlify.find(made["deploy_id"]))
    assert {served[f"{number}.txt"] for number in range(150)} == {b"%d" % n for n in range(150)}


async def test_its_functions_run(netlify, cli, tmp_path, folder):
    netlify.site("shop")
    write(tmp_path, {"functions/hello.mjs": FUNCTION})
    deploy = ("deploy", "--dir", str(folder), "--functions", "functions", "--no-build", "--json")
    cli(*deploy, "--site", "shop", "--prod")
    assert json.loads(page(f"{netlify.http.url}/~/shop/api/x")) == {"hello": "/api/x"}


async def test_it_sets_variables_that_ours_then_finds(netlify, settings, cli, folder):
    site = netlify.site("shop")
    cli("env:set", "KEY", "bar", "--context", "production", "--secret", "--json", "--site", site.id)
    stored = netlify.variables[site.id]["KEY"]
    assert (stored["is_secret"], stored["values"][0]["value"]) == (True, "bar")
    wanted = {"KEY": Variable(Secret("other")), "NEW": Variable(Secret("x1"), hidden=False)}
    found = await Platform(settings, PACE).prepare(order(folder, site="shop", variables=wanted))
    assert found.notes == ("variables set: NEW", "variables set again: KEY")
    cli("env:set", "NEW", "x2", "--json", "--site", site.id)
    assert (await Platform(settings, PACE).prepare(
        order(folder, site="shop", variables=wanted))).notes == (
        "variables set again: KEY, NEW",)  # fmt: skip


def test_functions_of_a_deploy_get_the_variables_that_it_has_set_by_then(
    netlify, cli, tmp_path, folder
):
    site = netlify.site("shop")
    write(tmp_path, {"functions/greeting.mjs": SAYS})
    at_site = ("--json", "--site", site.id)
    cli("env:set", "GREETING", "grüß dich", *at_site)
    cli("env:set", "GREETING", "good day", *at_site)
    assert cli("env:get", "GREETING", *at_site) == {"GREETING": "good day"}
    deploy = ("deploy", "--dir", str(folder), "--functions", "functions", "--no-build", "--prod")
    cli(*deploy, *at_site)
    greeting = f"{netlify.http.url}/~/shop/api/greeting"
    assert page(greeting) == "good day"
    cli("env:unset", "GREETING", *at_site)
    assert cli("env:list", *at_site) == {}
    assert page(greeting) == "good day"
    cli(*deploy, *at_site)
    assert page(greeting) == "nothing"
