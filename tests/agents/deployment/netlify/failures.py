"""Failures of Netlify's, injected into a second deploy of a site, and how each ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from agents.deployment.netlify.platform import Netlify as Platform
from agents.work import AgentError
from bus.settings import Settings
from tests.agents.deployment.netlify.conftest import PACE, order, put_live, write
from tests.support.netlify_server import Deploy, Netlify

FOR_EVER = float("inf")


class Case(Struct, frozen=True):
    """`ends` is "live", or the code of the error. `official`: what netlify-cli 27.10.2 does."""

    name: str
    what: str
    how: dict[str, Any]
    ends: str
    official: str = ""


class Outcome(Struct, frozen=True):
    ended: str
    seconds: float
    requests: int
    message: str
    hint: str
    live_untouched: bool
    left_over: list[str]


def _reset() -> dict[str, str]:
    return {"x-ratelimit-reset": str(int(time.time()) + 1)}


FILE, BEGIN, MANIFEST, RESTORE = (
    "PUT .*/files/",
    r"POST .*/deploys\?",
    r"PUT .*/deploys/\w+$",
    "restore",
)
SITE, POLL = r"GET .*/sites/[^/]+$", r"GET .*/deploys/\w+$"
CASES = (
    Case("file 503 once", FILE, {"status": 503}, "live", "again after 7.0 s"),
    Case("file 503 for ever", FILE, {"status": 503, "times": FOR_EVER}, "netlify_down",
         "5 tries over minutes, exit 1"),
    Case("file 401 once", FILE, {"status": 401}, "live", "again after 7.0 s"),
    Case("file 401 for ever", FILE, {"status": 401, "times": FOR_EVER}, "netlify_token",
         "5 tries over minutes, exit 1"),
    Case("file 404 once", FILE, {"status": 404}, "live", "again after 7.0 s"),
    Case("file 408", FILE, {"status": 408}, "live", "again after 7.0 s"),
    Case("file 400", FILE, {"status": 400}, "netlify_refused", "cancelled, exit 1"),
    Case("file 422", FILE, {"status": 422}, "netlify_refused", "cancelled, exit 1"),
    Case("file 429, reset as epoch", FILE, {"status": 429, "headers": _reset}, "live",
         "waits for the reset"),
    Case("file 429 for ever", FILE, {"status": 429, "times": FOR_EVER,
         "headers": {"retry-after": "9999"}}, "netlify_busy", "waits for the reset"),
    Case("file connection cut once", FILE, {"cut": "before"}, "live",
         "again up to 5 times, 5 s apart"),
    Case("file connection cut after it arrived", FILE, {"cut": "after"}, "live",
         "again up to 5 times, 5 s apart"),
    Case("file connection cut for ever", FILE, {"cut": "before", "times": FOR_EVER},
         "netlify_down", "again up to 5 times, 5 s apart"),
    Case("deploy 429 without a header", BEGIN, {"status": 429}, "live", "again after 5 s"),
    Case("deploy 429 until tomorrow", BEGIN, {"status": 429, "times": FOR_EVER,
         "headers": {"retry-after": "80000"}}, "netlify_busy", "waits for the reset"),
    Case("deploy 402", BEGIN, {"status": 402, "body": {"message": "build minutes used up"}},
         "netlify_quota", "exit 1"),
    Case("deploy 503 once", BEGIN, {"status": 503}, "live", "exit 1"),
    Case("deploy 503 for ever", BEGIN, {"status": 503, "times": FOR_EVER}, "netlify_down",
         "exit 1"),
    Case("deploy made, answer lost", BEGIN, {"cut": "after"}, "live",
         "again up to 5 times, 5 s apart"),
    Case("manifest 503 once", MANIFEST, {"status": 503}, "live", "exit 1"),
    Case("manifest 422", MANIFEST, {"status": 422}, "netlify_refused", "exit 1"),
    Case("site 401", SITE, {"status": 401, "times": FOR_EVER}, "netlify_token", "exit 1"),
    Case("site 403", SITE, {"status": 403, "times": FOR_EVER}, "site_taken", "exit 1"),
    Case("site 503 once", SITE, {"status": 503}, "live", "exit 1"),
    Case("site 503 for ever", SITE, {"status": 503, "times": FOR_EVER}, "netlify_down", "exit 1"),
    Case("site answers HTML", SITE, {"status": 502, "body": b"<html>bad gateway",
         "headers": {"content-type": "text/html"}}, "live", "exit 1"),
    Case("poll 503 once", POLL, {"status": 503}, "live", "exit 1"),
    Case("processing fails", "", {"processing": "not enough space"}, "netlify_failed", "exit 1"),
    Case("restore 503 once", RESTORE, {"status": 503}, "live"),
    Case("restore done, answer lost", RESTORE, {"cut": "after"}, "live"),
    Case("restore 503 for ever", RESTORE, {"status": 503, "times": FOR_EVER}, "netlify_down"),
    Case("restore 404", RESTORE, {"status": 404, "times": FOR_EVER}, "netlify_refused"),
)  # fmt: skip


def deploys(netlify: Netlify) -> list[Deploy]:
    return netlify.site("shop").deploys


async def outcome(netlify: Netlify, settings: Settings, folder: Path, case: Case) -> Outcome:
    """How a deploy over a live one ends when the case happens to it."""
    platform = Platform(settings, PACE)
    first = await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>", "new.js": "2"})
    how = dict(case.how)
    if isinstance(how.get("headers"), Callable):  # type: ignore[arg-type]
        how["headers"] = how["headers"]()
    netlify.fails_processing = how.pop("processing", "")
    if case.what:
        netlify.http.fail(case.what, **how)
    before, began = len(netlify.http.journal), time.monotonic()
    ended, message, hint, second = "live", "", "", ""
    try:
        second = await put_live(platform, order(folder, "two-2"))
    except AgentError as error:
        ended, message, hint = error.code, error.message, error.hint
    took, asked = time.monotonic() - began, len(netlify.http.journal) - before
    netlify.http.faults.clear()
    live = netlify.site("shop").live.id
    # What was staged well is taken away by whoever ordered the switch.
    ours = {first, second} if case.what != RESTORE else {one.id for one in deploys(netlify)}
    left = [d.id for d in deploys(netlify) if d.state != "error" and d.id not in ours]
    untouched = live == (second or first)
    return Outcome(ended, took, asked, message, hint, untouched, left)
