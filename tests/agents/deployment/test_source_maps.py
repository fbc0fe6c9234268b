"""Source maps go from a bundle to the monitoring agent, and errors are shown in their sources."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from agents.deployment.platform import Order
from agents.deployment.source_maps import hand_over
from agents.monitoring import cli
from bus import archive
from bus.settings import Secret
from tests.support.databases import database, execute, fetch
from tests.support.errors import event, send
from tests.support.ingest import sending as sending_at
from tests.support.ingest import serving

DEBUG_ID = "0b0c2f3a-1f8c-5a52-a184-8f4c94b39d10"
MAP = {
    "version": 3, "sources": ["src/cart.ts"], "names": [], "mappings": ";AACA",
    "sourcesContent": ["one\ntwo"], "debug_id": DEBUG_ID,
}  # fmt: skip


@pytest.fixture
def url(postgres):
    with database(postgres) as made:
        yield made


@pytest.fixture
async def sending(url, tmp_path):
    async with sending_at(url, tmp_path) as made:
        yield made


def order(app="shop", **files):
    return Order(
        pipeline="p", app=app, environment="staging", build_id="b1", expected_live=None,
        auto_rollback=True, branch="", content=archive.pack({"server.mjs": b"x", **files}),
    )  # fmt: skip


async def test_an_error_is_shown_in_the_sources_of_a_bundle_that_was_handed_over(sending):
    await execute(sending.url, "delete from monitoring.monitors")
    maps = {
        "sourcemaps/server.mjs.map": json.dumps(MAP).encode(),
        "sourcemaps/none.map": b"{}",
        "public/other.map": json.dumps({**MAP, "debug_id": "0" * 32}).encode(),
    }
    async with serving(sending.settings):
        # It is not monitored yet, but whoever knows the secret may hand its maps over.
        said = await hand_over(sending.settings, order(**maps))
    assert said == "1 source map handed to monitoring"
    kept = await fetch(sending.url, "select debug_id, release from monitoring.source_maps")
    assert kept == [(DEBUG_ID.replace("-", ""), "b1")]


async def test_its_calls_are_original_ones_then(sending):
    async with serving(sending.settings):
        content = json.dumps(MAP).encode()
        await hand_over(sending.settings, order(**{"sourcemaps/server.mjs.map": content}))
        sent = event(platform="node", debug_meta={"images": [
            {"type": "sourcemap", "code_file": "app:///server.mjs", "debug_id": DEBUG_ID},
        ]})  # fmt: skip
        frames = sent["exception"]["values"][0]["stacktrace"]["frames"]
        frames.append({"filename": "app:///server.mjs", "function": "n", "lineno": 2, "colno": 9})
        assert (await send(sending, ("event", sent))).status_code == 200
    (group,) = await cli.error_groups(sending.settings)
    latest = (await cli.error_group(sending.settings, group.group)).latest
    frame = latest.exceptions[0].frames[0]
    assert (frame.file, frame.line, frame.source) == ("src/cart.ts", 2, "two")
    assert group.culprit == "n in src/cart.ts:2"


async def test_a_deploy_goes_on_when_nobody_takes_them(sending):
    maps = {"sourcemaps/server.mjs.map": json.dumps(MAP).encode()}
    said = await hand_over(sending.settings, order(**maps))
    assert said.startswith("errors will show minified code, as source maps were not taken: ")
    async with serving(sending.settings):
        stranger = replace(sending.settings, monitor_secret=Secret("another"))
        assert "401" in await hand_over(stranger, order(**maps))
        bad = json.dumps({**MAP, "mappings": "*"}).encode()
        assert "400" in await hand_over(sending.settings, order(**{"sourcemaps/a.map": bad}))
    assert await fetch(sending.url, "select count(*) from monitoring.source_maps") == [(0,)]


async def test_nothing_is_said_where_there_is_nothing_to_hand_over(sending):
    assert await hand_over(sending.settings, order()) == ""
    maps = {"sourcemaps/server.mjs.map": json.dumps(MAP).encode()}
    assert await hand_over(replace(sending.settings, monitor_url=""), order(**maps)) == ""
    alone = replace(sending.settings, monitor_secret=Secret(""))
    assert await hand_over(alone, order(**maps)) == ""
