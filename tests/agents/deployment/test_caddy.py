"""Caddy listens where nobody else does."""

from __future__ import annotations

import asyncio
import secrets

from agents.deployment import caddy as front
from tests.agents.deployment.conftest import Caddy

ROOM = 48
"""Ports for two Caddys that each want 32 to spare."""


async def test_two_homes_that_start_at_the_same_time_share_no_port(tmp_path, caddy, monkeypatch):
    (tmp_path / "other").mkdir()
    other = Caddy(tmp_path / "other")
    try:
        begin = 9000 + secrets.randbelow(900)  # another copy of the tests may run
        monkeypatch.setattr(front, "PORTS", range(begin, begin + ROOM))
        homes = [tmp_path / "one", tmp_path / "two"]
        await asyncio.gather(front.load(homes[0], caddy.url), front.load(homes[1], other.url))
        heard = [front.listening(await front.current(each.url)) for each in (caddy, other)]
        one, two = [each.intersection(range(begin, begin + ROOM)) for each in heard]
        assert one
        assert two
        assert one.isdisjoint(two)
    finally:
        other.kill()
