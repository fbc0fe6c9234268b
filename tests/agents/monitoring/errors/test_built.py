"""Source maps come with a build's bundle, and are kept for the errors of that build."""

from __future__ import annotations

import json

import pytest

from agents.monitoring import store
from agents.monitoring.errors import built
from bus.archive import ArchiveError, pack
from tests.support.databases import fetch

ID = "c7bc8151-d424-58d9-a944-2f0c17718b2f"
KEPT = "select environment, debug_id, release, name from monitoring.source_maps order by name"


def source_map(debug_id: str) -> bytes:
    made = {"version": 3, "sources": ["a.ts"], "mappings": "AAAA", "debug_id": debug_id}
    return json.dumps(made).encode()


async def keep(url: str, packed: bytes) -> int:
    async with store.connected(url) as connection:
        return await built.keep(connection, "shop", "staging", "b1", packed, 2_000_000_000.0)


async def test_a_bundles_maps_are_kept_once_by_their_ids(url):
    packed = pack(
        {
            "server.mjs": b"1",
            "sourcemaps/server.mjs.map": source_map(ID),
            "sourcemaps/broken.map": b"{",
            "sourcemaps/nameless.map": b"{}",
            "sourcemaps/wrong.map": source_map("../x"),
            "public/elsewhere.map": source_map(ID.replace("c", "d")),
        }
    )
    assert await keep(url, packed) == 1
    assert await keep(url, packed) == 1
    assert await fetch(url, KEPT) == [("staging", ID.replace("-", ""), "b1", "server.mjs.map")]


async def test_a_bundle_without_maps_has_none_to_keep(url):
    assert await keep(url, pack({"server.mjs": b"1"})) == 0
    assert await fetch(url, KEPT) == []


@pytest.mark.parametrize("packed", [b"", b"nothing", pack({"sourcemaps/a.map": b"x" * 9000})[:-40]])
async def test_what_is_no_bundle_is_refused(url, packed):
    with pytest.raises(ArchiveError):
        await keep(url, packed)


async def test_more_maps_than_a_build_has_are_refused(url, monkeypatch):
    monkeypatch.setattr(built, "MOST_MAPS", 2)
    packed = pack({f"sourcemaps/{number}.map": source_map(ID) for number in range(3)})
    with pytest.raises(ArchiveError, match="too large"):
        await keep(url, packed)
