"""The service against servers that behave as Slack, Discord, mail and others do, or do not."""

from __future__ import annotations

import asyncio
import email
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from email.policy import default

import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from agents.monitoring.alerts import reads, sending, service, turns
from agents.monitoring.alerts import slack as slack_channel
from tests.agents.monitoring.alerts.conftest import World
from tests.support.alerting import NASTY
from tests.support.discord_server import Discord
from tests.support.platform_http import Reply, Server
from tests.support.postgres import Postgres
from tests.support.processes import end, free_port
from tests.support.slack_server import Slack

# aiosmtpd says so of a server whose TLS is left out.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")


@pytest.fixture
def slack():
    server = Slack().start()
    yield server
    server.close()


@pytest.fixture
def discord():
    server = Discord().start()
    yield server
    server.close()


@pytest.fixture
def hook():
    """Any other receiver; `ids` are those of the messages that it took."""
    server = Server(lambda request: Reply(204))
    server.start()
    yield server
    server.close()


def ids(hook):
    return [one.headers["webhook-id"] for one in hook.requests()]


def keys(hook):
    return [one["key"] for each in hook.requests() for one in each.json()["alerts"]]


class Mail:
    """Takes mail on 127.0.0.1 from whoever says the password."""

    def __init__(self):
        self.mails = []
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), authenticator=self._authenticated,
            auth_require_tls=False, auth_required=True,
        )  # fmt: skip
        self.controller.start()

    def _authenticated(self, _server, _session, _envelope, _mechanism, data):
        return AuthResult(success=data.password == b"pass word", handled=False)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 kept"

    @property
    def url(self):
        return f"smtp://me:pass%20word@127.0.0.1:{self.controller.port}"


@pytest.fixture
def mail():
    server = Mail()
    yield server
    server.controller.stop()


async def test_everybody_is_told_that_it_began_and_that_it_is_over(
    world, slack, discord, hook, mail
):
    world.with_(
        slack_webhook_url=slack.url, discord_webhook_url=discord.url,
        alert_webhook_url=f"{hook.url}/hook", alert_webhook_secret="s", smtp_url=mail.url,
        alert_email="ops@example.com",
    )  # fmt: skip
    async with world.alerting():
        await world.report("uptime", title="shop is down")
        await world.settled(1)
        await world.report("uptime", firing=False, title="shop is up")
        await world.until(lambda found: found[0].state == "resolved")
        (alert,) = await world.settled(1)
    assert [one["text"] for one in slack.messages] == ["shop is down", "Over: shop is up"]
    assert [one["embeds"][0]["title"] for one in discord.messages] == [
        "shop is down", "Over\\: shop is up",
    ]  # fmt: skip
    assert [one.json()["text"] for one in hook.requests()] == ["shop is down", "Over: shop is up"]
    assert [one["subject"] for one in mail.mails] == [
        "[Genesis] shop is down", "[Genesis] Over: shop is up",
    ]  # fmt: skip
    assert Counter((one.channel, one.what, one.state) for one in alert.deliveries) == Counter(
        (name, what, "sent")
        for name in ("slack", "discord", "webhook", "email")
        for what in ("began", "resolved")
    )


async def test_what_strangers_write_reaches_everybody_as_text(
    world, slack, discord, mail, monkeypatch
):
    monkeypatch.setattr(slack_channel, "PACE", 0.0)
    world.with_(
        slack_webhook_url=slack.url, discord_webhook_url=discord.url, smtp_url=mail.url,
        alert_email="ops@example.com",
    )  # fmt: skip
    async with world.alerting():
        for number, text in enumerate(NASTY):
            await world.report(f"error:{number}", app=f"a{number}", title=text, detail=text * 3)
        await world.settled(len(NASTY))
    found = await reads.alerts(world.settings)
    assert {each.state for one in found for each in one.deliveries} == {"sent"}
    assert {each.attempts for one in found for each in one.deliveries} == {1}
    assert (slack.pings, discord.pings) == ([], [])
    assert all(one["bcc"] is None for one in mail.mails)


async def test_no_secret_is_in_the_database_or_in_the_log(world, slack, discord, hook):
    slack.broken = (404, "no_service")
    discord.broken = (400, {"message": f"no {discord.url}", "code": 1})
    hook.answer = lambda request: Reply(410, request.target.encode())
    world.with_(
        slack_webhook_url=slack.url, discord_webhook_url=discord.url,
        alert_webhook_url=f"{hook.url}/verysecretpath", alert_webhook_secret="signingsecret",
    )  # fmt: skip
    with structlog.testing.capture_logs() as logs:
        async with world.alerting():
            await world.report("uptime")
            await world.settled(1)
    texts = str(logs)
    for (table,) in await world.fetch(
        "select tablename from pg_tables where schemaname = 'monitoring'"
    ):
        texts += str(await world.fetch(f"select t::text from monitoring.{table} t"))
    assert "no_service" in texts
    for secret in ("secretsecret", "token-that-is-secret", "verysecretpath", "signingsecret"):
        assert secret not in texts


async def test_slack_and_discord_get_messages_as_slowly_as_they_ask(world, slack, discord):
    slack.burst, discord.burst, discord.window = 1, 2, 1.0
    world.with_(slack_webhook_url=slack.url, discord_webhook_url=discord.url)
    async with world.alerting():
        for number in range(4):
            await world.report("uptime", app=f"app-{number}")
        await world.settled(4)
    assert (len(slack.messages), len(discord.messages)) == (4, 4)
    refused = [one for one in (*slack.http.journal, *discord.http.journal) if one.status == 429]
    assert len(refused) <= 1


async def test_a_webhook_that_takes_the_body_and_hangs_blocks_nobody_and_gets_it_twice(
    world, slack, hook, monkeypatch
):
    monkeypatch.setattr(sending, "PATIENCE", 0.4)
    monkeypatch.setattr(turns, "FIRST_PAUSE", 0.1)
    taken = []

    def take(request):
        taken.append(request.headers["webhook-id"])
        return Reply(204)

    hook.answer = take
    for _ in range(20):
        # As a server that has done all it was asked, and never says so.
        hook.fail("POST", 204, delay=30, done=True)
    world.with_(slack_webhook_url=slack.url, alert_webhook_url=f"{hook.url}/hook")
    async with world.alerting():
        await world.report("one")
        await world.until(lambda found: found and len(slack.messages) == 1)
        (alert,) = await world.settled(1)
        await world.report("two", app="blog")
        await world.settled(2)
    assert len(slack.messages) == 2
    assert sorted(Counter(taken).values()) == [2, 2]
    (lost,) = [one for one in alert.deliveries if one.channel == "webhook"]
    assert (lost.state, lost.attempts) == ("given_up", 2)
    assert lost.error.startswith("nobody knows whether it arrived: no answer within")


async def test_blocks_that_slack_refuses_arrive_as_text(world, slack):
    slack.http.fail("POST", 400, body=b"invalid_blocks")
    world.with_(slack_webhook_url=slack.url)
    async with world.alerting():
        await world.report("uptime", title="shop <is> down")
        await world.settled(1)
    (message,) = slack.messages
    assert message["text"].startswith("shop &lt;is&gt; down")
    assert "blocks" not in message


async def test_a_webhook_that_is_gone_is_asked_once(world, discord):
    discord.webhooks.clear()
    world.with_(discord_webhook_url=discord.url)
    async with world.alerting():
        await world.report("one")
        await world.settled(1)
        await world.report("two", app="blog")
        two, one = await world.settled(2)
    assert len(discord.http.requests()) == 1
    assert one.deliveries[0].error.startswith("dead: status 404")
    assert (two.deliveries[0].state, two.deliveries[0].error) == (
        "suppressed", one.deliveries[0].error,
    )  # fmt: skip


async def test_replicas_tell_everything_once(world, hook, slack):
    world.with_(alert_webhook_url=f"{hook.url}/hook", slack_webhook_url=slack.url)
    (world.home / "monitoring.toml").write_text(
        '[grouping]\nwait = 0\ninterval = 0\n[[rules]]\nname = "all"\nchannels = ["webhook"]\n'
    )
    with structlog.testing.capture_logs() as logs:
        async with world.alerting(replicas=3):
            for number in range(20):
                await world.report("uptime", app=f"app-{number}")
            await world.settled(20)
    assert logs == []
    assert len(set(ids(hook))) == len(ids(hook)) == 20


PROCESS = """
import asyncio, sys
from agents.monitoring.alerts import service
from bus.settings import load
service.ROUND = 0.02
asyncio.run(service.alert(load(), asyncio.Event()))
"""


@pytest.mark.timeout(180)
async def test_a_process_that_is_killed_loses_nothing_and_says_nothing_three_times(
    world, hook, monkeypatch
):
    """Killed at any instant; the message under way then may arrive twice, with the same id."""
    seed = random.randrange(1_000_000)
    print("seed", seed)
    chance = random.Random(seed)
    hook.answer = lambda request: Reply(204)
    hook.fail("POST", 0, delay=0.05, times=10_000)
    world.with_(alert_webhook_url=f"{hook.url}/hook")
    (world.home / "monitoring.toml").write_text(
        '[grouping]\nwait = 0\ninterval = 0\n[[channels]]\nname = "all"\nkind = "webhook"\n'
        f'url = "{hook.url}/all"\nper_hour = 1000\n[[rules]]\nname = "all"\nchannels = ["all"]\n'
    )
    environment = {
        "GENESIS_HOME": str(world.home), "DATABASE_URL": world.url, "PATH": "/usr/bin:/bin",
        "PYTHONPATH": ".",
    }  # fmt: skip

    def start():
        return subprocess.Popen([sys.executable, "-c", PROCESS], env=environment)

    for number in range(6):
        process = start()
        for each in range(10):
            await world.report("uptime", app=f"app-{number}-{each}")
        few = number * 5
        await world.until(lambda _, few=few: len(hook.requests()) > few)
        await asyncio.sleep(chance.random() * 0.3)
        process.kill()
        process.wait()
        # What its lease would do in two minutes.
        await world.fetch("update monitoring.alert_channels set lease_until = 0")
    process = start()
    try:
        await world.settled(60)
    finally:
        end(process, signal.SIGKILL)
    got = Counter(keys_of_apps(hook))
    assert set(got) == {f"app-{number}-{each}" for number in range(6) for each in range(10)}
    assert max(got.values()) <= 2
    assert sum(got.values()) <= 60 + 6
    assert len(set(ids(hook))) == 60


def keys_of_apps(hook):
    return [one["app"] for each in hook.requests() for one in each.json()["alerts"]]


@pytest.mark.timeout(180)
async def test_a_database_that_goes_away_is_waited_for_and_what_was_sent_is_not_sent_again(
    tmp_path, hook
):
    server = Postgres()
    try:
        server.start()
        world = World(server.url(), tmp_path, alert_webhook_url=f"{hook.url}/hook")
        with structlog.testing.capture_logs() as logs:
            async with world.alerting():
                await world.report("before")
                await world.settled(1)
                hook.fail("POST", 204, delay=1.0)
                await world.report("during", app="blog")
                await world.until(lambda _: hook.faults[0].times == 0)
                server.kill()
                while not any("wait" in entry["event"] for entry in logs):  # noqa: ASYNC110  a log
                    await asyncio.sleep(0.02)
                await asyncio.sleep(2)
                await asyncio.to_thread(server.start)
                await world.report("after", app="bank")
                await world.settled(3)
        events = [entry["event"] for entry in logs]
        assert events.count("alerts wait for their database") == 1
        assert events.count("alerts have their database again") == 1
        assert keys(hook) == ["before", "during", "after"]
    finally:
        server.close()


async def test_what_breaks_is_logged_and_everything_goes_on(world, hook, monkeypatch):
    monkeypatch.setattr(service, "BROKEN", 0.05)
    broken = iter([ValueError("a defect"), None])
    deciding = service.store.round_

    async def sometimes(*arguments):
        if error := next(broken, None):
            raise error
        return await deciding(*arguments)

    monkeypatch.setattr(service.store, "round_", sometimes)
    world.with_(alert_webhook_url=f"{hook.url}/hook")
    with structlog.testing.capture_logs() as logs:
        async with world.alerting():
            await world.report("uptime")
            await world.settled(1)
    assert "alerts broke and go on" in [entry["event"] for entry in logs]
    assert keys(hook) == ["uptime"]


async def test_attempts_under_way_are_waited_for_when_the_service_ends(world, hook):
    hook.fail("POST", 204, delay=0.5)
    world.with_(alert_webhook_url=f"{hook.url}/hook")
    async with world.alerting():
        await world.report("uptime")
        await world.until(lambda found: found and found[0].deliveries[:1] != ())
        await world.until(lambda found: found[0].deliveries[0].state == "sending")
    (alert,) = await reads.alerts(world.settings)
    assert alert.deliveries[0].state == "sent"


async def test_a_changed_file_counts_while_the_service_runs(world, hook, slack):
    world.with_(alert_webhook_url=f"{hook.url}/hook", slack_webhook_url=slack.url)
    async with world.alerting():
        (world.home / "monitoring.toml").write_text(
            '[grouping]\nwait = 0\n[[rules]]\nname = "x"\nchannels = ["webhook"]\n'
        )
        await asyncio.sleep(0.5)
        await world.report("uptime")
        (alert,) = await world.settled(1)
    assert [one.channel for one in alert.deliveries] == ["webhook"]


async def test_a_test_says_of_every_channel_what_came_of_it(world, slack, discord, hook):
    discord.webhooks.clear()
    hook.answer = lambda request: Reply(500, b"<h1>oops</h1>")
    world.with_(
        slack_webhook_url=slack.url, discord_webhook_url=discord.url,
        alert_webhook_url=f"{hook.url}/hook",
    )  # fmt: skip
    async with world.alerting():
        await reads.begin_test(world.settings, now=time.time())
        (alert,) = await world.settled(1)
        assert {one.channel: (one.state, one.error) for one in alert.deliveries} == {
            "slack": ("sent", ""),
            "discord": ("given_up", 'dead: status 404: {"message":"Unknown Webhook","code":10015}'),
            "webhook": ("given_up", "status 500: <h1>oops</h1>"),
        }
        await reads.begin_test(world.settings, channel="slack", now=time.time())
        alert, _ = await world.settled(2)
    assert [(one.channel, one.what, one.state) for one in alert.deliveries] == [
        ("slack", "test", "sent")
    ]
    assert "A test" in slack.messages[1]["text"]


async def test_a_wrong_password_of_a_mail_server_is_told_without_it(world, mail):
    world.with_(smtp_url=mail.url.replace("pass%20word", "wrongword"), alert_email="a@b.example")
    async with world.alerting():
        await reads.begin_test(world.settings, now=time.time())
        (alert,) = await world.settled(1)
    (one,) = alert.deliveries
    assert one.state == "given_up"
    assert "535" in one.error or "uthentication" in one.error
    assert "wrongword" not in one.error


async def test_nothing_was_ever_alerted_is_no_error(world):
    assert await reads.alerts(world.settings) == []
