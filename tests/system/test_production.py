"""Production: nothing is touched before somebody agreed, and all of it can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.support.local_stack import LocalStack

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("stack")]

APP = "tea-journal"
IDEA = "A tea journal where members log teas with a name, a rating and notes."


def pipeline_of(stack: LocalStack) -> str:
    """The newest pipeline."""
    return str(stack.ok("list", "--json", "--limit", "1").events[-1][0]["id"])


def served(url: object) -> str:
    """The build that answers."""
    return str(httpx.get(f"{url}api/health", timeout=10).json()["build"])


def test_production_waits_for_a_person_and_goes_back_to_what_was_live(stack: LocalStack) -> None:
    waiting = stack.run("build", IDEA, "--name", APP, "--production")
    assert waiting.code == 3, waiting
    assert "waits for approval; production is untouched" in waiting.err
    first = pipeline_of(stack)
    explained = stack.ok("explain", first, "--json").events[-1]
    assert explained["status"] == "awaiting_approval"
    assert not (stack.home / "apps" / APP).exists()

    stale = stack.run("approve", first, "--yes", "--seen", "1")
    assert stale.code != 0
    assert stack.ok("explain", first, "--json").events[-1]["status"] == "awaiting_approval"

    reason = 'it\'s 🍵 "good"'
    stack.ok("approve", first, "--yes", "--reason", reason)
    approved = stack.ok("watch", first, "--json")
    url = approved.events[-1]["url"]
    build = served(url)
    granted = [
        event["message"]
        for event in stack.ok("show", first, "--json").events[-1]
        if event["message"]["type"] == "approval"
    ]
    assert [each["reason"] for each in granted] == [reason]
    assert all(each["who"] and not each.get("automatic") for each in granted)

    folder = Path(approved.events[-1]["folder"])
    (folder / "public" / "about.txt").write_text("the second release")
    second = stack.ok("deploy", str(folder), "--name", APP, "--production", "--yes", "--json")
    assert second.events[-1]["url"] == url
    assert served(url) != build
    log = stack.ok("show", pipeline_of(stack), "--json").events[-1]
    kinds = [event["message"]["type"] for event in log]
    assert kinds[:3] == ["approval", "pipeline.started", "build.run"]
    assert kinds.count("build.run") == 1
    assert json.dumps(log[0]).count("--yes") == 1

    stack.run("rollback", pipeline_of(stack), "--yes")
    assert stack.ok("explain", pipeline_of(stack), "--json").events[-1]["status"] == "rolled_back"
    assert served(url) == build


def test_what_a_person_refuses_never_touches_production(stack: LocalStack) -> None:
    assert stack.run("build", IDEA, "--name", "refused-tea", "--production").code == 3
    pipeline = pipeline_of(stack)
    refused = stack.run("reject", pipeline, "--reason", "not today")
    assert refused.code in {0, 1}, refused
    log = stack.ok("show", pipeline, "--json").events[-1]
    kinds = [event["message"]["type"] for event in log]
    assert "migration.run" not in kinds
    assert kinds[-1] == "pipeline.rolled_back"
    assert not (stack.home / "apps" / "refused-tea").exists()
