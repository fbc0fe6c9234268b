"""What is sent fits the services' limits and calls nobody up, whatever stands in an alert."""

from __future__ import annotations

import base64
import email
import hashlib
import hmac
from email.policy import default
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings

from agents.monitoring.alerts import discord, notices, slack, smtp, webhook
from tests.support import discord_server, slack_server
from tests.support.alerting import NOTICES, channel, entry, notice

MAIL = channel("email", "smtp://mail.example", to=("ops@example.com",), sender="g@example.com")


def over_the_wire(body):
    return msgspec.json.decode(msgspec.json.encode(body))


@settings(max_examples=80, deadline=None)
@given(NOTICES)
def test_slack_takes_whatever_is_said_and_calls_nobody_up(made):
    for body in (slack.payload(made), {"text": slack._fallback(made, whole=True)}):
        sent = over_the_wire(body)
        assert slack_server._problem(sent) == ""
        assert slack_server._pings(sent) == []


@settings(max_examples=80, deadline=None)
@given(NOTICES)
def test_discord_takes_whatever_is_said(made):
    assert discord_server._errors(over_the_wire(discord.payload(made))) == {}
    plain = discord.escaped(notices.plain(made), discord.CONTENT)
    assert discord_server._errors({"content": over_the_wire(plain)}) == {}
    assert plain


@settings(max_examples=80, deadline=None)
@given(NOTICES)
def test_mail_has_only_the_headers_that_we_wrote_and_none_of_their_markup(made):
    mail = email.message_from_bytes(
        smtp.message(MAIL, made, identity="m1").as_bytes(), policy=default
    )
    assert {name.lower() for name in mail} == {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version",
        "content-type",
    }  # fmt: skip
    assert mail["to"] == "ops@example.com"
    assert mail["bcc"] is None
    page = _Page()
    page.feed(mail.get_body(("html",)).get_content())
    assert page.tags <= {"html", "body", "h1", "h2", "p", "pre", "a"}
    assert all(link.startswith(("http://", "https://")) for link in page.links)


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name == "href"]


@settings(max_examples=80, deadline=None)
@given(NOTICES)
def test_a_webhook_gets_json_whatever_is_said(made):
    sent = over_the_wire(webhook.payload(made, "m1"))
    assert [one["alert"] for one in sent["alerts"]] == [one.alert for one in made.entries]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<!here> & <https://evil|bank>", "&lt;!here&gt; &amp; &lt;https://evil|bank&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
    ],
)
def test_slack_shows_control_sequences_as_they_are_written(said, shown):
    sections = [
        one
        for one in slack.payload(notice(entry(detail=said)))["blocks"]
        if one["type"] == "section"
    ]
    assert sections[0]["text"] == {"type": "mrkdwn", "text": shown, "verbatim": True}


def test_an_entity_is_never_cut_in_half():
    for longest in range(2, 30):
        said = slack.escaped("a" + "&" * 40, longest)
        assert len(said) <= longest
        assert said.removesuffix("…").replace("&amp;", "") == "a"


def test_discord_shows_markdown_and_mentions_as_they_are_written():
    sent = discord.payload(notice(entry(title="*a* @everyone", detail="[b](http://evil) `c`")))
    embed = sent["embeds"][0]
    assert embed["title"] == "\\*a\\* \\@everyone"
    assert embed["description"] == "\\[b\\]\\(http\\://evil\\) \\`c\\`"


def test_a_link_is_shown_only_when_it_is_one_of_the_web():
    assert "Open" in str(slack.payload(notice(entry(url="https://example.com/a"))))
    for url in ("javascript:alert(1)", "https://a|b", "https://a/>x", "ftp://a", "https://a b"):
        assert "Open" not in str(slack.payload(notice(entry(url=url))))
        assert "url" not in discord.payload(notice(entry(url=url)))["embeds"][0]
        assert "href" not in smtp.html(notice(entry(url=url)))


def test_several_alerts_are_one_message_that_names_the_worst_first():
    many = [entry(n, severity="info", title=f"t{n}") for n in range(1, 13)]
    made = notices.notice([*many, entry(99, title="worst")], at=1.0)
    assert [one.alert for one in made.entries][:2] == [99, 1]
    assert (len(made.entries), made.more) == (10, 3)
    assert notices.headline(made) == "13 alerts of shop (production)"
    assert "… and 3 more" in notices.plain(made)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("began", "shop is down"), ("worse", "Worse: shop is down"),
        ("flapping", "Comes and goes: shop is down"), ("reminder", "Still: shop is down"),
        ("escalated", "Not over: shop is down"), ("resolved", "Over: shop is down"),
        ("passed", "Was, and is over: shop is down"),
    ],
)  # fmt: skip
def test_the_headline_says_what_happened(what, said):
    assert notices.headline(notice(entry(what=what))) == said


def test_a_summary_says_that_it_is_one_and_why():
    assert notices.headline(notice(entry(), more=41, bound=30)) == (
        "42 alerts held back: no more than 30 messages an hour"
    )


@pytest.mark.parametrize("secret", ["plain text", "whsec_c2VjcmV0IGJ5dGVz"])
def test_a_receiver_can_tell_who_signed_a_webhook_and_when(secret):
    headers = webhook.signature(secret, "msg_1", 1700000000, b'{"a":1}')
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    expected = hmac.new(key, b'msg_1.1700000000.{"a":1}', hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{base64.b64encode(expected).decode()}",
    }


def test_without_a_secret_nothing_is_signed():
    assert "webhook-signature" not in webhook.signature("", "msg_1", 1, b"")
