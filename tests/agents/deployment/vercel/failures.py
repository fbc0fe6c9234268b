"""Failures of Vercel's, injected into a second deployment of a project, and how each ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from agents.deployment.vercel.platform import Vercel as Platform
from agents.work import AgentError
from bus.settings import Settings
from tests.agents.deployment.vercel.conftest import PACE, order, put_live, write
from tests.support.vercel_answers import Deployment
from tests.support.vercel_server import Vercel

FOR_EVER = float("inf")


class Case(Struct, frozen=True):
    """`ends` is "live", or the code of the error. `official`: what vercel 64.0.2 does."""

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


def said(code: str, message: str, **more: object) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


def _soon(unit: int) -> Callable[[], dict[str, Any]]:
    """A limit that ends in a moment, in seconds or in milliseconds since 1970."""
    return lambda: said(
        "rate_limited", "You have been creating deployments at a very fast pace",
        limit={"remaining": 0, "reset": int((time.time() + 1) * unit), "total": 60},
    )  # fmt: skip


QUOTA = said("rate_limited", "Too many requests - try again in 22 hours (more than 5000, code:"
             ' "api-upload-free").', errorName="api-upload-free")  # fmt: skip
DAY = said("payment_required", "Resource is limited - try again in 24 hours (more than 100, code:"
           ' "api-deployments-free-per-day").')  # fmt: skip
FILE, MAKE, POLL = "POST .*/files", "POST .*/deployments", r"GET .*/deployments/dpl_\w+(\?|$)"
PROMOTE, PROJECT, LIST = (
    "POST .*/promote/",
    r"GET /v9/projects/[^/?]+(\?teamId=\w+)?$",
    r"GET .*/deployments\?",
)
CASES = (
    Case("file 503 once", FILE, {"status": 503}, "live", "again at once, 5 times"),
    Case("file 503 for ever", FILE, {"status": 503, "times": FOR_EVER}, "vercel_down",
         "again at once, 5 times"),
    Case("file 429", FILE, {"status": 429}, "live", "exit 1, not tried again"),
    Case("file 429, quota of the day", FILE, {"status": 429, "body": QUOTA, "times": FOR_EVER},
         "vercel_busy", "exit 1, not tried again"),
    Case("file 402", FILE, {"status": 402, "body": DAY}, "vercel_quota",
         "exit 1, not tried again"),
    Case("file 400, digest", FILE, {"status": 400,
         "body": said("bad_request", "Digest is not valid")}, "vercel_refused",
         "exit 1, not tried again"),
    Case("file 403", FILE, {"status": 403}, "vercel_forbidden", "exit 1, not tried again"),
    Case("file connection cut once", FILE, {"cut": "before"}, "live", "again at once, 5 times"),
    Case("file connection cut after it arrived", FILE, {"cut": "after"}, "live",
         "again at once, 5 times"),
    Case("file connection cut for ever", FILE, {"cut": "before", "times": FOR_EVER},
         "vercel_down", "again at once, 5 times"),
    Case("deployment 429, reset in seconds", MAKE, {"status": 429, "body": _soon(1)}, "live",
         "exit 1, tells when"),
    Case("deployment 429, reset in milliseconds", MAKE, {"status": 429, "body": _soon(1000)},
         "live", "exit 1, tells when"),
    Case("deployment 429 until tomorrow", MAKE, {"status": 429, "times": FOR_EVER,
         "headers": {"retry-after": "80000"}}, "vercel_busy", "exit 1, tells when"),
    Case("deployment 402", MAKE, {"status": 402, "body": DAY}, "vercel_quota", "exit 1"),
    Case("deployment 400", MAKE, {"status": 400, "body": said("env_too_many_keys", "over 100")},
         "vercel_refused", "exit 1"),
    Case("deployment 503 once", MAKE, {"status": 503}, "live", "again, with backoff"),
    Case("deployment 503 for ever", MAKE, {"status": 503, "times": FOR_EVER}, "vercel_down",
         "again, with backoff"),
    Case("deployment made, answer lost", MAKE, {"cut": "after"}, "live"),
    Case("deployment made, 500 said", MAKE, {"status": 500}, "live", "again, with backoff"),
    Case("poll 503 once", POLL, {"status": 503}, "live", "again after 13 s"),
    Case("poll 503, Retry-After", POLL, {"status": 503, "headers": {"retry-after": "1"}}, "live",
         "again after Retry-After and up to 30 s"),
    Case("poll 503 for ever", POLL, {"status": 503, "times": FOR_EVER}, "vercel_down",
         "5 tries, exit 1"),
    Case("build fails", "", {"build": "not enough memory"}, "vercel_failed", "exit 1"),
    Case("project 401", PROJECT, {"status": 401, "times": FOR_EVER}, "vercel_token", "exit 1"),
    Case("project 403, invalid token", PROJECT, {"status": 403, "times": FOR_EVER,
         "body": said("forbidden", "Not authorized", invalidToken=True)}, "vercel_token",
         "exit 1"),
    Case("project 403, another team's", PROJECT, {"status": 403, "times": FOR_EVER,
         "body": said("team_unauthorized", "Not a member")}, "vercel_forbidden", "exit 1"),
    Case("project 503 once", PROJECT, {"status": 503}, "live", "again, with backoff"),
    Case("project answers HTML", PROJECT, {"status": 502, "body": b"<html>bad gateway",
         "headers": {"content-type": "text/html"}}, "live", "again, with backoff"),
    Case("project 503 for ever", PROJECT, {"status": 503, "times": FOR_EVER}, "vercel_down",
         "exit 1"),
    Case("list 503 for ever", LIST, {"status": 503, "times": FOR_EVER}, "vercel_down"),
    Case("promote 503 once", PROMOTE, {"status": 503}, "live"),
    Case("promote done, answer lost", PROMOTE, {"cut": "after"}, "live"),
    Case("promote 503 for ever", PROMOTE, {"status": 503, "times": FOR_EVER}, "vercel_down"),
    Case("promote 404", PROMOTE, {"status": 404, "times": FOR_EVER}, "vercel_refused"),
    Case("promote accepted, job fails", "", {"job": True}, "vercel_not_switched"),
)  # fmt: skip
AFTER_STAGING = (PROMOTE, "")


def releases(vercel: Vercel) -> list[Deployment]:
    """The deployments that are still there to be used, without that of nothing."""
    every = vercel.project("shop").deployments
    return [
        one for one in every
        if "genesisVacant" not in one.meta and one.state not in ("ERROR", "CANCELED")
    ]  # fmt: skip


async def outcome(vercel: Vercel, settings: Settings, folder: Path, case: Case) -> Outcome:
    """How a deployment over a live one ends when the case happens to it."""
    platform = Platform(settings, PACE)
    first = await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>", "new.js": "2"})
    how = {key: one() if callable(one) else one for key, one in case.how.items()}
    vercel.fails_build, vercel.fails_jobs = how.pop("build", ""), how.pop("job", False)
    if case.what:
        vercel.http.fail(case.what, **how)
    before, began = len(vercel.http.journal), time.monotonic()
    ended, message, hint, second = "live", "", "", ""
    try:
        second = await put_live(platform, order(folder, "two-2"))
    except AgentError as error:
        ended, message, hint = error.code, error.message, error.hint
    took, asked = time.monotonic() - began, len(vercel.http.journal) - before
    vercel.http.faults.clear()
    live = vercel.project("shop").live.id
    # What was staged well is taken away by whoever ordered the switch.
    ours = {first, second} if case.what not in AFTER_STAGING else {d.id for d in releases(vercel)}
    left = [one.id for one in releases(vercel) if one.id not in ours]
    return Outcome(ended, took, asked, message, hint, live == (second or first), left)
