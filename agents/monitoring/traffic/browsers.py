"""Who sends: a phone or a desktop, a person or a program, somebody who wants to be left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

_PHONE = re.compile(
    r"Mobi|iPhone|iPod|iPad|Android|Windows Phone|Opera M|webOS|BlackBerry", re.IGNORECASE
)
_PROGRAM = re.compile(
    r"""bot\b|bots?[/;\s_-]|crawl|spider|slurp|scrap|headless|phantom|lighthouse|pagespeed
    |pingdom|uptime|monitor|preview|fetch(er)?\b|archiver|validator|facebookexternalhit|embedly
    |whatsapp/|curl/|wget|libwww|python-requests|python-urllib|python-httpx|aiohttp|go-http-client
    |okhttp|java/|axios/|node-fetch|undici|ruby|perl|selenium|puppeteer|playwright|cypress
    |^mozilla/\d\.\d$|chrome-lighthouse|google-inspection|^-?$""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST = 512
"""Characters of a user agent that are looked at."""


def device(agent: str, mobile_hint: str) -> Literal["phone", "desktop"]:
    """What the page was seen on; a tablet counts as a phone, as it is held and touched.

    `mobile_hint` is Sec-CH-UA-Mobile ("?1", "?0" or "" when the browser sends none).
    """
    if mobile_hint == "?1":
        return "phone"
    # A tablet's browser says "?0"; its user agent tells.
    return "phone" if _is_phone(agent[:_LONGEST]) else "desktop"


def is_program(agent: str) -> bool:
    """Whether a user agent is of a crawler, a checker or a library and not of a person."""
    return _is_program(agent[:_LONGEST])


def objects(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that its user does not want to be counted (DNT, GPC)."""
    return headers.get("dnt") == "1" or headers.get("sec-gpc") == "1"


# Many visits have the same few agents, and looking through one takes longer than all the rest.
@lru_cache(maxsize=4096)
def _is_phone(agent: str) -> bool:
    return _PHONE.search(agent) is not None


@lru_cache(maxsize=4096)
def _is_program(agent: str) -> bool:
    return _PROGRAM.search(agent.strip()) is not None
