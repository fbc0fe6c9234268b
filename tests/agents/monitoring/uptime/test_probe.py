"""A look at real servers on this machine: what they answer, and how they fail to."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import time
from contextlib import asynccontextmanager

import pytest

from agents.monitoring.uptime import conditions, probe
from agents.monitoring.uptime.conditions import Conditions
from agents.monitoring.uptime.probe import LONGEST_BODY, Target, look
from tests.support.certificates import signed
from tests.support.processes import free_port

ANY = Conditions()
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def serving(*answers, tls=None):
    """A server that gives one answer after the other; its port, and the heads that it got."""
    heads, left = [], list(answers)

    async def answer(reader, writer):
        try:
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            said = left.pop(0) if len(left) > 1 else left[0]
            if callable(said):
                await said(writer)
            else:
                writer.write(said)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        server.close()
        await server.wait_closed()


def at(port, path="/", **options):
    return Target(url=f"http://127.0.0.1:{port}{path}", **options)


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more that was not announced",
    ],
)
async def test_an_answer_is_read_however_it_ends(answer):
    async with serving(answer) as (port, _):
        seen = await look(at(port), Conditions(contains="ok", lacks="more"))
    assert (seen.up, seen.status, seen.detail) == (True, 200, "")


async def test_what_is_asked_is_what_was_meant():
    async with serving(OK) as (port, heads):
        asked = at(port, "/a b/ü?q=1&x=%20", method="HEAD", headers=(("X-Token", "abc"),))
        assert (await look(asked, ANY)).up
    assert heads[0].startswith("HEAD /a%20b/%C3%BC?q=1&x=%20 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}\r\n" in heads[0]
    assert "X-Token: abc\r\n" in heads[0]


async def test_a_redirect_is_followed_when_that_is_wanted_and_a_secret_stays_at_home():
    async with serving(OK) as (other, there):
        moved = f"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:{other}/end\r\n\r\n".encode()
        async with serving(moved) as (port, _):
            secret = (("Authorization", "secret"),)
            assert (await look(at(port, follow=True, headers=secret), ANY)).up
            stays = await look(at(port, headers=secret), ANY)
    assert (stays.up, stays.status) == (False, 302)
    assert there[0].startswith("GET /end ")
    assert "secret" not in there[0]


async def test_redirects_in_a_circle_and_to_nowhere_end():
    async with serving(b"HTTP/1.1 301 x\r\nlocation: /\r\n\r\n") as (port, heads):
        seen = await look(at(port, follow=True), ANY)
        assert seen.detail == "no answer: it redirects more than 5 times"
        assert len(heads) == 6
    async with serving(b"HTTP/1.1 301 x\r\nlocation: ftp://x/\r\n\r\n") as (port, _):
        assert "no address of the web" in (await look(at(port, follow=True), ANY)).detail


async def test_an_endless_answer_is_cut_off():
    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(endless) as (port, _):
        assert (await look(at(port), ANY)).up
        json = Conditions(build_id="b1")
        assert (await look(at(port), json)).detail == "the answer is too long to be read as JSON"
    assert LONGEST_BODY <= 1024 * 1024


async def test_a_server_that_hangs_is_given_up():
    async def hang(writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n")
        await asyncio.sleep(30)

    async with serving(hang) as (port, _):
        seen = await look(at(port, seconds=0.2), ANY)
    assert (seen.status, seen.fault) == (None, "connection")
    assert seen.detail == "no answer within 0.2 s"


@pytest.mark.parametrize(
    ("health", "fault"),
    [
        ('{"ok":true,"build":"b2"}', "build"),
        ('{"ok":false,"build":"b2"}', "answer"),
        ("{}", "answer"),
    ],
)
async def test_another_build_that_is_well_is_told_from_one_that_is_not(health, fault):
    said = f"HTTP/1.1 200 OK\r\n\r\n{health}".encode()
    async with serving(said) as (port, _):
        assert (await look(at(port), conditions.health("b1"))).fault == fault


@pytest.mark.parametrize("answer", [b"", b"\x16\x03\x01 garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_what_is_no_answer_is_no_answer(answer):
    async with serving(answer) as (port, _):
        seen = await look(at(port), ANY)
    assert (seen.up, seen.status, seen.fault) == (False, None, "connection")
    assert seen.detail.startswith("no answer: ")


async def test_nobody_there_is_no_answer():
    seen = await look(at(free_port()), ANY)
    assert (seen.up, seen.fault) == (False, "connection")


@pytest.mark.parametrize(
    "url",
    ["", "x", "http://", "ftp://x/", "http://[::1/", "http://x:99999/", "http://" + "a" * 70 + "/",
     "http://127.0.0.1:1/\r\nHost: evil", "http://x..y/"],
)  # fmt: skip
async def test_an_address_that_is_none_is_no_answer_and_breaks_nothing(url):
    seen = await look(Target(url=url, seconds=5), ANY)
    assert (seen.up, seen.status) == (False, None)


async def test_a_name_that_no_server_could_be_asked_about_is_our_fault(monkeypatch):
    def away(*_arguments, **_named):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    assert (await look(Target(url="http://a.test/"), ANY)).fault == "ours"


async def test_a_certificate_says_when_it_ends_and_one_that_does_not_hold_is_down(monkeypatch):
    days = dt.timedelta(days=20)
    trusted, other = signed("127.0.0.1", days), signed("127.0.0.1", days)
    context = ssl.create_default_context(cadata=trusted.certificate)
    monkeypatch.setattr(probe, "_tls", lambda: context)
    async with serving(OK, tls=trusted.context()) as (port, _):
        seen = await look(Target(url=f"https://127.0.0.1:{port}/"), ANY)
    assert seen.up
    assert seen.certificate == pytest.approx(time.time() + 20 * 86_400, abs=600)
    async with serving(OK, tls=other.context()) as (port, _):
        seen = await look(Target(url=f"https://127.0.0.1:{port}/"), ANY)
    assert (seen.up, seen.fault) == (False, "answer")
    assert "its certificate does not hold" in seen.detail
