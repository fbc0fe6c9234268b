"""What a folder's framework is, and where its build puts the site."""

from __future__ import annotations

import json

import pytest

from agents.build import agent
from agents.build.bundle import site_bundle
from agents.build.frameworks import Site, detect
from agents.build.generator import generate
from agents.work import AgentError
from bus import archive
from bus.settings import Settings
from contracts.messages import BuildRun
from tests.support.builder import Builder, model

pytestmark = pytest.mark.timeout(60)


def folder(*packages, **configs):
    package = {"devDependencies": dict.fromkeys(packages, "*")}
    files = {"package.json": json.dumps(package).encode()}
    named = {name.replace("__", "."): text.encode() for name, text in configs.items()}
    return files | named


@pytest.mark.parametrize(
    ("files", "site"),
    [
        (folder("vite"), Site("vite", "dist")),
        (
            folder("vite", vite__config__ts="export default { build: { outDir: './out/' } }"),
            Site("vite", "out"),
        ),
        (
            folder("vite", vite__config__ts="// outDir: 'old'\nexport default { base: '/' }"),
            Site("vite", "dist"),
        ),
        (folder("next", next__config__mjs="x = { output: 'export' }"), Site("next", "out")),
        (
            folder("next", next__config__js='module.exports = {output: "export", distDir: "site"}'),
            Site("next", "site"),
        ),
        (folder("astro", "vite"), Site("astro", "dist")),
        (folder("astro", astro__config__mjs="x = { outDir: `www` }"), Site("astro", "www")),
        (
            folder("@sveltejs/kit", "@sveltejs/adapter-static", "vite"),
            Site("sveltekit", "build"),
        ),
        (
            folder(
                "@sveltejs/kit", "@sveltejs/adapter-static",
                svelte__config__js="kit: { adapter: adapter({ pages: 'public' }) }",
            ),
            Site("sveltekit", "public"),
        ),
        ({"index.html": b"<html>"}, Site("html", "")),
        (folder("express"), None),
        ({"README.md": b""}, None),
        ({"package.json": b"{broken"}, None),
        ({"package.json": b"[1]"}, None),
    ],
)  # fmt: skip
def test_a_framework_and_its_output_are_read_from_the_folder(files, site):
    assert detect(files) == site


@pytest.mark.parametrize(
    "files",
    [
        folder("next"),
        folder("next", next__config__mjs="// output: 'export'\nexport default {}"),
        folder("@sveltejs/kit", "@sveltejs/adapter-node"),
        folder("astro", astro__config__mjs="export default { output: 'server' }"),
    ],
)
def test_what_needs_a_server_of_its_framework_is_told_so(files):
    with pytest.raises(AgentError) as caught:
        detect(files)
    assert caught.value.code == "needs_server"


def test_an_app_that_genesis_made_is_no_site_of_plain_files():
    assert detect(generate(model("recipes"))) is None


def test_a_sites_bundle_is_what_its_build_wrote_but_for_what_nobody_should_see():
    built = {"index.html": b"<html>", "a.js": b"1", "a.js.map": b"{}", ".env": b"A=1"}
    made = site_bundle("shop", built, "dist")
    assert set(made.files) == {"public/index.html", "public/a.js", "build.json"}
    assert json.loads(made.files["build.json"]) == {"app": "shop", "build": made.build_id}
    with pytest.raises(AgentError, match=r"no index\.html in dist"):
        site_bundle("shop", {"main.html": b""}, "dist")


async def test_pages_without_a_build_become_a_bundle_as_they_are(home):
    builder = Builder(Settings(genesis_home=home))
    source = {"index.html": b"<html>hello</html>", "about/index.html": b"<html>us</html>"}
    packed = await builder.artifacts.put(archive.pack(source))
    command = BuildRun(pipeline="pagesonly", timeout=60, app="pages", source=packed)
    made = await agent.run(command, builder.context())
    bundle = await builder.files(made.bundle)
    assert {name for name in bundle if name != "build.json"} == {
        f"public/{name}" for name in source
    }
    assert made.migrations == ()
