from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from contextlib import asynccontextmanager

import brotli
import httpx
import msgspec
import pytest
import zstandard

from agents import signals
from agents.monitoring import store
from agents.monitoring.ingest import connections, exchange, server
from agents.monitoring.ingest.exchange import MIB, Answer
from agents.monitoring.ingest.limits import Limits, Rate
from agents.monitoring.ingest.routes import Route
from tests.support.databases import execute, fetch
from tests.support.ingest import serving

KEPT = "create table if not exists kept (word text not null)"


async def keep(connection, rows, now):
    await connection.execute(KEPT)
    await connection.executemany("insert into kept values ($1)", [(row,) for row in rows])


async def take(request, services):
    """A part's handler: keeps the words of the body."""
    number = int(request.path_values["number"])
    project = await services.projects.keyed(number, request.query["key"], request.origin)
    services.limits.take(project, "words", 1)
    body = await request.body(8 * MIB)
    await services.writer.store(keep, [body.decode()[:40]], len(body))
    return Answer(200, json.dumps({"size": len(body)}).encode())


ROUTES = (Route("POST", "/take/{number}/", take),)


@pytest.fixture
async def world(sending):
    return Words(sending)


class Words:
    """Sends words to the handler above."""

    def __init__(self, sending):
        self.sending = sending
        self.url, self.settings = sending.url, sending.settings
        self.project, self.http = sending.project, sending.http

    def ask(self, **more):
        more = {"params": {"key": self.project.key}, "content": b"word", **more}
        return self.http.post(f"/take/{self.project.number}/", **more)

    async def kept(self):
        return [row[0] for row in await fetch(self.url, "select word from kept")]


@asynccontextmanager
async def connected(settings):
    """A bare connection to the server."""
    host, port = settings.monitor_listen.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def test_what_was_answered_with_200_is_stored(world):
    async with serving(world.settings, routes=ROUTES):
        answer = await world.ask(content=b"hello")
        assert (answer.status_code, answer.json()) == (200, {"size": 5})
        assert await world.kept() == ["hello"]


async def test_bodies_come_packed_in_every_way_and_in_pieces(world):
    async def pieces():
        yield b"one "
        yield b"two"

    bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    text = b"hello " * 1000
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "br": brotli.compress(text),
        "zstd": zstandard.compress(text),
        "GZIP": gzip.compress(text[:3000]) + gzip.compress(text[3000:]),
    }
    async with serving(world.settings, routes=ROUTES):
        for encoding, body in packed.items():
            answer = await world.ask(content=body, headers={"content-encoding": encoding})
            assert answer.json() == {"size": len(text)}, encoding
        body = bare.compress(text) + bare.flush()
        answer = await world.ask(content=body, headers={"content-encoding": "deflate"})
        assert answer.json() == {"size": len(text)}
        assert (await world.ask(content=pieces())).json() == {"size": 7}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_bomb_is_refused_and_what_is_no_packed_body_too(world, encoding):
    pack = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.compress,
    }[encoding]
    headers = {"content-encoding": encoding}
    bomb = await asyncio.to_thread(pack, bytes(64 * MIB))
    async with serving(world.settings, routes=ROUTES):
        assert (await world.ask(content=bomb, headers=headers)).status_code == 413
        assert (await world.ask(content=b"\xffno", headers=headers)).status_code == 400
        short = pack(b"hello " * 1000)[:-6]
        assert (await world.ask(content=short, headers=headers)).status_code == 400
        assert (await world.ask(headers={"content-encoding": "lzma"})).status_code == 415
        assert (await world.ask()).status_code == 200


async def test_a_body_that_is_too_large_is_refused_with_and_without_its_length(world):
    async def pieces():
        for _ in range(9):
            yield bytes(MIB)

    async with serving(world.settings, routes=ROUTES):
        assert (await world.ask(content=bytes(9 * MIB))).status_code == 413
        assert (await world.ask(content=pieces())).status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for(world, monkeypatch):
    monkeypatch.setattr(exchange, "BODY_PATIENCE", 0.2)

    async def stuck():
        yield b"one"
        await asyncio.Event().wait()

    path = f"/take/{world.project.number}/?key={world.project.key}"
    async with serving(world.settings, routes=ROUTES), connected(world.settings) as streams:
        reader, writer = streams
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nab"
        writer.write(head.encode())
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_head_that_does_not_come_ends_the_connection(world, monkeypatch, sent):
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 0.2)
    async with serving(world.settings, routes=ROUTES), connected(world.settings) as streams:
        reader, writer = streams
        writer.write(sent)
        assert await reader.read() == b""


async def endless(writer):
    writer.write(b"POST / HTTP/1.1\r\nx: ")
    while True:
        writer.write(b"y" * 65536)
        await writer.drain()


async def test_a_head_without_end_ends_the_connection(world, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 1e6)
    async with serving(world.settings, routes=ROUTES):
        async with connected(world.settings) as (_, writer):
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                await endless(writer)
        assert (await world.ask()).status_code == 200


async def test_a_wrong_key_and_an_unknown_app_are_refused(world):
    async with serving(world.settings, routes=ROUTES):
        assert (await world.ask(params={"key": "0" * 32})).status_code == 403
        assert (await world.ask(params={"key": "é"})).status_code == 403
        key = {"key": world.project.key}
        assert (await world.http.post("/take/17/", params=key)).status_code == 403
        assert (await world.http.post("/nowhere")).status_code == 404
        assert (await world.http.get("/take/17/")).status_code == 405


async def test_an_app_is_known_soon_after_it_is_first_monitored(world):
    other = signals.project(world.settings, "blog", "production")
    monitor = store.Monitor(
        app="blog", environment="production", url="http://b.test/", build_id="b", pipeline="p2"
    )
    async with serving(world.settings, routes=ROUTES):
        ask = f"/take/{other.number}/?key={other.key}"
        assert (await world.http.post(ask)).status_code == 403
        async with store.connected(world.url) as connection:
            await store.register(connection, monitor)
        async with asyncio.timeout(20):
            while (await world.http.post(ask)).status_code != 200:  # noqa: ASYNC110  over HTTP
                await asyncio.sleep(0.2)


async def test_pages_of_other_origins_are_refused_where_origins_are_named(world):
    await execute(
        world.url, "insert into monitoring.signal_origins values ('shop', 'staging', '{https://a}')"
    )
    async with serving(world.settings, routes=ROUTES):
        for origin, status in [
            ("https://a", 200),
            ("http://shop.test", 200),
            ("https://evil", 403),
            ("null", 403),
        ]:
            assert (await world.ask(headers={"origin": origin})).status_code == status, origin
        assert (await world.ask()).status_code == 200


async def test_a_page_may_ask_first_and_read_the_answer(world):
    async with serving(world.settings, routes=ROUTES):
        asked = await world.http.options(
            f"/take/{world.project.number}/",
            headers={
                "origin": "https://page",
                "access-control-request-method": "POST",
                "access-control-request-headers": "x-sentry-auth,content-encoding",
            },
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-methods"] == "POST"
        assert asked.headers["access-control-allow-headers"] == "x-sentry-auth,content-encoding"
        assert asked.headers["access-control-allow-origin"] == "https://page"
        refused = await world.ask(params={"key": "no"}, headers={"origin": "https://page"})
        assert refused.headers["access-control-allow-origin"] == "https://page"
        assert "retry-after" in refused.headers["access-control-expose-headers"]


async def test_who_sends_too_much_is_told_for_how_long(world):
    limits = Limits({"words": Rate(0.5, 2)})
    async with serving(world.settings, routes=ROUTES, limits=limits):
        answers = [await world.ask() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == "2"
        assert answers[2].headers["x-sentry-rate-limits"] == "2:words:key"


async def test_a_port_that_is_taken_is_waited_for(world, monkeypatch):
    monkeypatch.setattr(server, "PORT_AGAIN", 0.05)
    host, port = world.settings.monitor_listen.split(":")
    stop = asyncio.Event()
    async with await asyncio.start_server(lambda *_: None, host, int(port)):
        waiting = asyncio.create_task(server.serve(world.settings, stop, routes=ROUTES))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    async with asyncio.timeout(30):
        while True:
            try:
                assert (await world.ask()).status_code == 200
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
    stop.set()
    await waiting


async def test_a_port_that_stays_taken_is_no_reason_to_stay(world):
    host, port = world.settings.monitor_listen.split(":")
    stop = asyncio.Event()
    async with await asyncio.start_server(lambda *_: None, host, int(port)):
        waiting = asyncio.create_task(server.serve(world.settings, stop, routes=ROUTES))
        await asyncio.sleep(0)
        stop.set()
        await waiting


async def test_the_path_of_the_address_is_taken_off(world):
    settings = msgspec.structs.replace(world.settings, monitor_url="https://outside/signals/")
    async with serving(settings, routes=ROUTES):
        answer = await world.http.post(
            f"/signals/take/{world.project.number}/", params={"key": world.project.key}
        )
        assert answer.status_code == 200
