"""What each answer of a channel means, and what attempts that get none come to."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest

from agents.monitoring.alerts import discord, sending, slack, smtp, webhook
from agents.monitoring.alerts.sending import Answer
from tests.support.alerting import channel, entry, notice
from tests.support.discord_server import Discord
from tests.support.platform_http import Reply, Server
from tests.support.processes import free_port
from tests.support.slack_server import Slack


def answer(status, body="", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=body, headers=named)


SLACK = [
    (200, "ok", "sent"),
    (200, "<html>sign in</html>", "again"),
    *((400, body, "refused") for body in (
        "invalid_payload", "no_text", "invalid_blocks", "user_not_found", "too_many_attachments")),
    *((403, body, "dead") for body in (
        "action_prohibited", "posting_to_general_channel_denied", "invalid_token")),
    *((404, body, "dead") for body in (
        "channel_not_found", "no_service", "no_team", "no_active_hooks")),
    (410, "channel_is_archived", "dead"),
    (404, "<html>a proxy's own page</html>", "again"),
    (429, "rate_limited", "again"),
    (500, "rollup_error", "again"),
    (503, "", "again"),
    (302, "", "again"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "result"), SLACK)
def test_what_slack_answers_and_what_it_means(status, body, result):
    outcome = slack.judged(channel(), answer(status, body))
    assert outcome.result == result
    assert (outcome.error == "") == (result == "sent")
    if result == "refused":
        assert outcome.plainer


DISCORD = [
    (204, "", "sent"),
    (200, '{"id":"1"}', "sent"),
    (400, '{"code":50035,"message":"Invalid Form Body","errors":{}}', "refused"),
    (400, '{"code":50006,"message":"Cannot send an empty message"}', "refused"),
    (401, '{"code":50027,"message":"Invalid Webhook Token"}', "dead"),
    (404, '{"code":10015,"message":"Unknown Webhook"}', "dead"),
    (403, "error code: 1015", "again"),
    (429, "error code: 1015", "again"),
    (502, "<html>", "again"),
]


@pytest.mark.parametrize(("status", "body", "result"), DISCORD)
def test_what_discord_answers_and_what_it_means(status, body, result):
    assert discord.judged(channel("discord"), answer(status, body)).result == result


WEBHOOK = [
    (200, "sent"), (202, "sent"), (204, "sent"), (301, "refused"), (307, "refused"),
    (400, "refused"), (422, "refused"), (401, "again"), (403, "again"), (404, "again"),
    (408, "again"), (410, "dead"), (425, "again"), (429, "again"), (500, "again"), (503, "again"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "result"), WEBHOOK)
def test_what_a_webhook_answers_and_what_it_means(status, result):
    assert webhook.judged(channel("webhook"), answer(status)).result == result


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0.25", 1), (None, 1), ("soon", 1), ("nan", 1), ("-5", 1), ("1e9", 3600)],
)
def test_slack_is_left_alone_for_as_long_as_it_asks(said, seconds):
    headers = {} if said is None else {"retry_after": said}
    assert slack.judged(channel(), answer(429, "", **headers)).pause == seconds


@pytest.mark.parametrize(
    ("body", "headers", "seconds", "wide"),
    [
        ('{"retry_after":0.31,"global":false}', {}, 0.31, False),
        ('{"retry_after":64.57,"global":true}', {}, 64.57, True),
        ('{"retry_after":2}', {"x_ratelimit_global": "true"}, 2, True),
        ("<html>", {"retry_after": "9"}, 9, False),
        ("", {}, 5, False),
    ],
)
def test_discord_is_left_alone_for_as_long_as_it_asks(body, headers, seconds, wide):
    outcome = discord.judged(channel("discord"), answer(429, body, **headers))
    assert (outcome.pause, outcome.wide) == (seconds, wide)


def test_the_last_message_of_a_bucket_is_followed_by_a_pause():
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset_after": "1.25"}
    assert discord.judged(channel("discord"), answer(200, "{}", **headers)).pause == 1.25


@asynccontextmanager
async def serving(handle):
    """A server that treats each connection as `handle(reader, writer)` says; gives its port."""
    connections = {}

    async def serve(reader, writer):
        connections[asyncio.current_task()] = writer
        try:
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


@pytest.fixture
async def http():
    async with sending.client() as client:
        yield client


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(sending, "PATIENCE", 0.3)


@pytest.fixture
def server():
    made = Server(lambda request: Reply(200, b"ok"))
    made.start()
    yield made
    made.close()


async def send(http, to, plain=False):
    match to.kind:
        case "slack":
            return await slack.send(http, to, notice(), plain=plain)
        case "discord":
            return await discord.send(http, to, notice(), plain=plain)
    return await webhook.send(http, to, notice(), identity="m1", now=1.0)


@pytest.mark.parametrize("plain", [False, True])
async def test_real_messages_arrive(http, plain):
    one, two = Slack().start(), Discord().start()
    try:
        assert (await send(http, channel("slack", one.url), plain)).result == "sent"
        assert (await send(http, channel("discord", two.url), plain)).result == "sent"
        assert "shop is down" in str(one.messages)
        assert "shop is down" in str(two.messages)
        assert (one.pings, two.pings) == ([], [])
        assert two.messages[0]["allowed_mentions"] == {"parse": []}
    finally:
        one.close()
        two.close()


async def test_a_server_that_took_the_message_and_hangs_may_have_it(http, server, impatient):
    server.fail("POST", 200, delay=30)
    outcome = await send(http, channel("webhook", f"{server.url}/hook"))
    assert outcome.result == "unknown"
    assert len(server.requests()) == 0


async def test_a_server_that_took_the_message_and_broke_off_may_have_it(http, server):
    server.fail("POST", cut="after")
    assert (await send(http, channel("webhook", f"{server.url}/hook"))).result == "unknown"


async def test_a_server_that_is_not_there_has_not_got_it(http):
    to = channel("webhook", f"http://127.0.0.1:{free_port()}/hook")
    assert (await send(http, to)).result == "again"


async def test_a_server_that_never_greets_has_not_got_it(http, impatient):
    """A certificate that is not there to be checked is no place for secrets."""

    async def silent(reader, _writer):
        await reader.read()

    async with serving(silent) as port:
        outcome = await send(http, channel("webhook", f"https://127.0.0.1:{port}/hook"))
    assert outcome.result == "again"


async def test_an_answer_without_end_is_read_in_part(http, impatient):
    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 x\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async with serving(endless) as port:
        outcome = await send(http, channel("webhook", f"http://127.0.0.1:{port}/hook"))
    assert outcome.result == "again"
    assert len(outcome.error) < 400


async def test_redirects_are_not_followed(http, server):
    server.answer = lambda request: Reply(307, b"", {"location": "/elsewhere"})
    outcome = await send(http, channel("webhook", f"{server.url}/hook"))
    assert outcome.result == "refused"
    assert [one.path for one in server.requests()] == ["/hook"]


@pytest.mark.parametrize("status", [200, 400, 404, 500])
async def test_the_address_is_in_no_error_and_no_log(http, server, caplog, status):
    caplog.set_level(logging.DEBUG)
    url = f"{server.url}/services/T0123456/B0123456/verysecretpath?key=alsosecret"
    server.answer = lambda request: Reply(status, f"no {request.target} at {url}".encode())
    found = [await send(http, channel(kind, url)) for kind in ("slack", "webhook", "discord")]
    for text in (*(one.error for one in found), caplog.text):
        assert "secret" not in text.lower().replace("secretary", "")
        assert "T0123456" not in text


class Mailbox:
    """An SMTP server without a library on its other side; `answers` by command."""

    def __init__(self, **answers):
        self.answers = {"GREETING": "220 here", "DATA": "354 go on", "END": "250 kept"} | answers
        self.commands = []

    async def __call__(self, reader, writer):
        command = "GREETING"
        while True:
            self.commands.append(command)
            said = self.answers.get(command, "250 fine")
            if said == "HANG":
                await asyncio.sleep(60)
            if said == "CUT":
                return
            writer.write(f"{said}\r\n".encode())
            await writer.drain()
            if said.startswith("354"):
                await reader.readuntil(b"\r\n.\r\n")
                command = "END"
            else:
                command = (await reader.readuntil()).decode().split()[0].upper()


MAIL = [
    ({}, "sent"),
    ({"RCPT": "550 no such user"}, "refused"),
    ({"RCPT": "450 later"}, "again"),
    ({"MAIL": "553 not you"}, "refused"),
    ({"MAIL": "451 later"}, "again"),
    ({"DATA": "554 no"}, "refused"),
    ({"END": "554 spam"}, "refused"),
    ({"END": "452 full"}, "again"),
    ({"END": "CUT"}, "unknown"),
    ({"END": "HANG"}, "unknown"),
    ({"GREETING": "421 busy"}, "again"),
    ({"GREETING": "554 no service"}, "again"),
]


@pytest.mark.parametrize(("answers", "result"), MAIL)
async def test_what_a_mail_server_answers_and_what_it_means(monkeypatch, answers, result):
    monkeypatch.setattr(smtp, "PATIENCE", 0.5)
    async with serving(Mailbox(**answers)) as port:
        to = channel(
            "email", f"smtp://127.0.0.1:{port}", to=("ops@example.com",), sender="g@example.com"
        )
        made = notice(entry(title="a\r\nBcc: x"))
        assert (await smtp.send(to, made, identity="m1")).result == result


@pytest.mark.parametrize("credentials", ["", "me:secretword@"])
async def test_a_mail_server_elsewhere_without_tls_gets_neither_password_nor_message(
    monkeypatch, credentials
):
    monkeypatch.setattr(smtp, "LOCAL", ())
    box = Mailbox(EHLO="250-here\r\n250 AUTH PLAIN LOGIN", AUTH="235 come in")
    async with serving(box) as port:
        address = f"smtp://{credentials}127.0.0.1:{port}"
        to = channel("email", address, to=("a@b.example",), sender="a@b.example")
        outcome = await smtp.send(to, notice(), identity="m1")
    assert outcome.result == "again"
    assert "secretword" not in outcome.error
    assert box.commands == ["GREETING", "EHLO"]


async def test_what_an_address_asks_for_is_asked_for(http, server):
    for kind in ("slack", "discord", "webhook"):
        await send(http, channel(kind, f"{server.url}/hook?thread_id=7&key=a%2Bb"))
    assert [one.query for one in server.requests()] == [
        {"thread_id": "7", "key": "a+b"},
        {"thread_id": "7", "key": "a+b", "wait": "true"},
        {"thread_id": "7", "key": "a+b"},
    ]
