from __future__ import annotations

import pytest

from agents.monitoring.traffic import browsers

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
    " Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.1 Safari/605.1.15"
)
TABLET = (
    "Mozilla/5.0 (Linux; Android 15; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/156.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "hint", "device"),
    [(CHROME, "?0", "desktop"), (CHROME, "", "desktop"), (FIREFOX, "", "desktop"),
     (PHONE, "", "phone"), (TABLET, "?0", "phone"), (CHROME, "?1", "phone"), ("", "", "desktop")],
)  # fmt: skip
def test_a_phone_is_told_by_its_hint_and_its_agent(agent, hint, device):
    assert browsers.device(agent, hint) == device


@pytest.mark.parametrize("agent", [CHROME, PHONE, FIREFOX, SAFARI, TABLET,
                                   "Mozilla/5.0 Umami/v22.23.3", CHROME + " Edg/156.0.0.0",
                                   CHROME + " OPR/120.0.0.0", CHROME + " Vivaldi/7.1"])  # fmt: skip
def test_people_are_no_programs(agent):
    assert not browsers.is_program(agent)


@pytest.mark.parametrize(
    "agent",
    ["", "-", CHROME.replace("Chrome/", "HeadlessChrome/"), "curl/8.5.0", "python-requests/2.34.2",
     "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
     "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
     "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
     "Mozilla/5.0 (compatible; Baiduspider/2.0)", "facebookexternalhit/1.1", "Go-http-client/2.0",
     "Mozilla/5.0 (compatible; UptimeRobot/2.0)", CHROME + " Chrome-Lighthouse", "Mozilla/5.0",
     "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Wget/1.21",
     CHROME + " bot " + "x" * 10_000],
)  # fmt: skip
def test_programs_are_told(agent):
    assert browsers.is_program(agent)


@pytest.mark.parametrize(
    ("headers", "objects"),
    [({}, False), ({"dnt": "1"}, True), ({"dnt": "0"}, False), ({"sec-gpc": "1"}, True),
     ({"dnt": "unspecified"}, False)],
)  # fmt: skip
def test_who_does_not_want_to_be_counted_says_so(headers, objects):
    assert browsers.objects(headers) is objects
