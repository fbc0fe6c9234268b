from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from agents.monitoring.alerts.configuration import Source, fingerprint
from agents.monitoring.alerts.rules import Escalation, Quiet, Rule
from agents.monitoring.alerts.written import Problem, seconds
from bus.settings import Secret, Settings

SLACK = "https://hooks.slack.com/services/T/B/secretsecret"
WHOLE = """
[grouping]
wait = "20s"
interval = 120

[flapping]
after = 5
within = "1h"
calm = "15m"

[quiet]
from = "22:00"
to = "07:00"
zone = "Europe/Berlin"

[[channels]]
name = "ops"
kind = "discord"
url_file = "ops-url"
per_hour = 10

[[channels]]
name = "people"
kind = "email"
url = "smtps://me:pass%40word@mail.example"
to = ["a@example.com", "b@example.com"]
from = "genesis@example.com"

[[rules]]
name = "down"
kinds = ["uptime", "heartbeat"]
environments = ["production"]
severity = "critical"
for = "1m"
remind = "30m"
channels = ["ops"]
escalate = { after = "15m", channels = ["people"] }
quiet = { from = "12:00", to = "13:00", days = ["sat", "sun"], through = "warning" }

[[rules]]
name = "errors"
kinds = ["error"]
count = 10
within = "5m"
remind = 0
resolved = false
"""


def settings(home: Path, **fields):
    secrets = ("slack_webhook_url", "discord_webhook_url", "alert_webhook_url", "smtp_url",
               "database_url", "monitor_secret", "alert_webhook_secret")  # fmt: skip
    made = {name: Secret(value) if name in secrets else value for name, value in fields.items()}
    return Settings(genesis_home=home, **made)


def read(home, text=None, **fields):
    if text is not None:
        (home / "monitoring.toml").write_text(text)
    return Source(settings(home, **fields)).read()


def test_a_variable_alone_is_a_channel_that_is_told_of_warnings(tmp_path):
    made = read(tmp_path, slack_webhook_url=SLACK)
    assert [(one.name, one.kind, one.address.reveal()) for one in made.channels] == [
        ("slack", "slack", SLACK)
    ]
    assert made.rules == (Rule(name="everything", channels=("slack",)),)
    assert made.problems == ()


def test_every_variable_is_a_channel(tmp_path):
    made = read(
        tmp_path, slack_webhook_url=SLACK, discord_webhook_url="https://discord.com/api/webhooks/1/x",
        alert_webhook_url="http://internal:8080/hook", alert_webhook_secret="s",
        smtp_url="smtp://u:p@mail.example:587", alert_email="a@example.com, b@example.com",
    )  # fmt: skip
    assert [one.name for one in made.channels] == ["slack", "discord", "webhook", "email"]
    assert made.channels[2].signing.reveal() == "s"
    assert made.channels[0].signing.reveal() == ""
    assert made.channels[3].to == ("a@example.com", "b@example.com")
    assert made.channels[3].sender == "a@example.com"


def test_without_any_of_it_nobody_is_told_and_nothing_is_wrong(tmp_path):
    made = read(tmp_path)
    assert (made.channels, made.rules, made.problems) == ((), (), ())


def test_a_whole_file_is_read(tmp_path):
    (tmp_path / "ops-url").write_text("https://discord.com/api/webhooks/1/x\n")
    made = read(tmp_path, WHOLE)
    assert made.problems == ()
    ops, people = made.channels
    assert (ops.address.reveal(), ops.per_hour) == ("https://discord.com/api/webhooks/1/x", 10)
    assert (people.to, people.sender) == (("a@example.com", "b@example.com"), "genesis@example.com")
    assert made.damping.after == 5
    assert (made.damping.wait, made.damping.interval) == (20, 120)
    assert (made.damping.within, made.damping.calm) == (3600, 900)
    down, errors = made.rules
    assert down == Rule(
        name="down", kinds=("uptime", "heartbeat"), environments=("production",),
        severity="critical", lasting=60, remind=1800, channels=("ops",),
        escalation=Escalation(after=900, channels=("people",)),
        quiet=Quiet(
            start=720, end=780, zone="UTC", days=frozenset({5, 6}), through="warning"
        ),
    )  # fmt: skip
    assert errors == Rule(
        name="errors", kinds=("error",), count=10, within=300, remind=0, resolved=False,
        channels=("ops", "people"), quiet=Quiet(start=1320, end=420, zone="Europe/Berlin"),
    )  # fmt: skip


def test_another_file_can_be_named(tmp_path):
    (tmp_path / "mine.toml").write_text('[[rules]]\nname = "mine"\n')
    made = read(tmp_path, monitor_alerts=str(tmp_path / "mine.toml"), slack_webhook_url=SLACK)
    assert [one.name for one in made.rules] == ["mine"]


CHANNEL = '[[channels]]\nname = "c"\nkind = "{}"\nurl = "{}"\n'
WRONG = [
    ("[[rules", "Expected"),
    ("[[channels]]\nurl = https://secretsecret", "at line 2"),
    ('[[rules]]\nnmae = "x"', "nmae"),
    ('[[rules]]\nname = "x"\nchannels = ["opps"]', "'opps'; there are: slack"),
    ('[[rules]]\nname = "x"\nremind = "1m"', "at least 5 minutes"),
    ('[[rules]]\nname = "x"\nfor = "soon"', "for is 'soon'"),
    ('[[rules]]\nname = "x"\nkinds = ["uptme"]', "uptme"),
    ('[[rules]]\nname = "x"\nquiet = { from = "25:00", to = "07:00" }', "quiet"),
    ('[[rules]]\nname = "x"\nquiet = { from = "22:00", to = "07:00", zone = "Mars" }', "'Mars'"),
    ('[[rules]]\nname = "x"\nquiet = { from = "22:00", to = "07:00", days = ["so"] }', "'so'"),
    ('[[rules]]\nname = "x"\nescalate = { after = "5m", channels = ["y"] }', "'y'"),
    (CHANNEL.format("slack", "http://hooks.example/secretsecret"), "needs https://"),
    (CHANNEL.format("webhook", "ftp://secretsecret"), "channel c"),
    (CHANNEL.format("email", "smtp://secretsecret@mail.example"), "channel c"),
    (CHANNEL.format("webhook", "https://[secretsecret"), "no URL"),
    ('[[channels]]\nname = "c"\nkind = "slack"\nurl_file = "gone"', "gone is not there"),
    ('[[channels]]\nname = "slack"\nkind = "slack"\nurl = "https://x/"', "two channels"),
    ('[[channels]]\nname = "c"\nkind = "carrier-pigeon"', "carrier-pigeon"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_named_and_keeps_nobody_from_being_told(tmp_path, text, said):
    with structlog.testing.capture_logs() as logs:
        made = read(tmp_path, text, slack_webhook_url=SLACK)
    assert said in made.problems[0]
    assert "secretsecret" not in str(logs) + str(made.problems)
    assert [one.channels for one in made.rules] == [("slack",)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"slack_webhook_url": "hooks.slack.com/secretsecret"}, "slack"),
        ({"smtp_url": "smtp://mail.example"}, "whom mail goes to"),
        ({"alert_email": "a@example.com"}, "smtp://"),
        (
            {"smtp_url": "smtp://m", "alert_email": "a@b.example\nBcc: x@y.example"},
            "no mail address",
        ),
        (
            {"smtp_url": "smtp://m", "alert_email": "a@b", "alert_from": "<x> a@b"},
            "no mail address",
        ),
    ],
)
def test_a_variable_that_is_wrong_is_named(tmp_path, fields, said):
    made = read(tmp_path, discord_webhook_url="https://discord.com/api/webhooks/1/x", **fields)
    assert said in made.problems[0]
    assert "secretsecret" not in str(made.problems)
    assert [one.name for one in made.channels] == ["discord"]


def test_a_file_that_breaks_later_leaves_the_last_one_that_was_right(tmp_path):
    source = Source(settings(tmp_path, slack_webhook_url=SLACK))
    file = tmp_path / "monitoring.toml"
    file.write_text('[[rules]]\nname = "mine"\n')
    assert [one.name for one in source.read().rules] == ["mine"]
    file.write_text("[[rul")
    with structlog.testing.capture_logs() as logs:
        broken = [source.read() for _ in range(3)]
    assert [one.rules[0].name for one in broken] == ["mine"] * 3
    assert len(logs) == 1
    file.write_text('[[rules]]\nname = "other"\n')
    assert [one.name for one in source.read().rules] == ["other"]
    file.unlink()
    assert [one.name for one in source.read().rules] == ["everything"]


@pytest.mark.parametrize(
    ("written", "value"),
    [(90, 90), (0, 0), ("90", 90), ("1.5m", 90), ("5m", 300), ("2 h", 7200), ("1d", 86400)],
)
def test_times_are_written_as_people_do(written, value):
    assert seconds(written, "x") == value


@pytest.mark.parametrize("written", [-1, "5 weeks", "", "1e9", float("nan"), 10**9])
def test_what_is_no_time_is_refused(written):
    with pytest.raises(Problem, match="x is"):
        seconds(written, "x")


def test_a_channel_is_known_by_everything_that_matters_and_shows_none_of_it(tmp_path):
    given = settings(tmp_path, database_url="postgresql://x", slack_webhook_url=SLACK)
    (one,) = Source(given).read().channels
    (two,) = read(tmp_path, slack_webhook_url=SLACK + "2").channels
    assert fingerprint(one, given) == fingerprint(one, given)
    assert fingerprint(one, given) != fingerprint(two, given)
    assert fingerprint(one, given) != fingerprint(one, settings(tmp_path, monitor_secret="m"))
    assert "secret" not in repr(one)


def test_the_example_in_the_readme_is_one_that_works(tmp_path):
    readme = (Path(__file__).parents[4] / "README.md").read_text()
    example = readme.split("```toml\n# monitoring.toml")[1].split("```")[0]
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ops-discord").write_text("https://discord.com/api/webhooks/1/x")
    made = read(
        tmp_path, example, slack_webhook_url=SLACK, smtp_url="smtp://m", alert_email="a@b.example"
    )
    assert made.problems == ()
    assert made.rules
