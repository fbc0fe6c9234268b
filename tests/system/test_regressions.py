"""A release that breaks when it is live: one incident, one alert, its own way back, one end."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.local_stack import LocalStack
from tests.support.postgres import binaries
from tests.support.processes import wait_until

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("stack")]

APP = "reading-list"
IDEA = "A reading list where I keep books with title, author and date."
INTERVAL = 8.0


@pytest.fixture(scope="module")
def policy_stack() -> Iterator[LocalStack]:
    """A local stack whose policy is to roll back what does worse."""
    local = LocalStack()
    local.env |= {"MONITOR_ROLLBACK": "1", "MONITOR_INTERVAL": str(INTERVAL)}
    try:
        local.ok("up", timeout=90)
        yield local
    finally:
        local.close()


def rows(stack: LocalStack, sql: str) -> list[list[str]]:
    """The rows of a query in Genesis' own database, as text."""
    dsn = (stack.home / "keys" / "app-database-url").read_text().strip()
    said = subprocess.run(
        [
            binaries() / "psql", "-qAt", "-F", "|", "-v", "ON_ERROR_STOP=1",
            f"{dsn.rpartition('/')[0]}/genesis", "-c", sql,
        ],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [line.split("|") for line in said.splitlines()]


def breakable(folder: Path, switch: Path) -> Path:
    """A copy of an app that answers with 500 while the file `switch` is there."""
    copy = folder.parent / "breakable" / APP
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("node_modules"))
    server = copy / "server/node.ts"
    source = server.read_text()
    changed = source.replace("import { readFileSync }", "import { existsSync, readFileSync }")
    changed = changed.replace(
        "web.all('/api/*', (c) => api.fetch(c.req.raw, c.env));",
        f"web.all('/api/*', (c) => (existsSync({json.dumps(str(switch))})"
        " ? c.json({ ok: false }, 500) : api.fetch(c.req.raw, c.env)));",
    )
    assert changed.count("existsSync") == 2
    server.write_text(changed)
    return copy


def test_a_release_that_breaks_is_told_of_once_and_taken_back_by_itself(
    policy_stack: LocalStack,
) -> None:
    stack = policy_stack
    built = stack.ok("build", IDEA, "--name", APP, "--deploy", "--json").events[-1]
    url, folder = str(built["url"]), Path(str(built["folder"]))
    first = httpx.get(f"{url}api/health").json()
    switch = stack.work / "broken"
    deployed = stack.ok("deploy", str(breakable(folder, switch)), "--name", APP, "--json")
    pipeline = str(deployed.events[-1]["pipeline"])
    assert httpx.get(f"{url}api/health").json() != first

    switch.touch()
    broken = time.time()

    def is_back() -> bool:
        try:
            return bool(httpx.get(f"{url}api/health").json() == first)
        except (httpx.HTTPError, ValueError):
            return False

    wait_until(is_back, "the release before is live again", 90)
    resolved = "select 1 from monitoring.incidents where resolved_at is not null"
    wait_until(lambda: bool(rows(stack, resolved)), "the incident is over", 60)
    assert rows(stack, "select kind, key, firing from monitoring.findings order by id") == [
        ["uptime", "uptime", "t"], ["uptime", "uptime", "f"],
    ]  # fmt: skip
    ((opened,),) = rows(stack, "select extract(epoch from opened_at) from monitoring.incidents")
    assert float(opened) - broken <= 2 * INTERVAL
    listed = stack.ok("monitor", "incidents", "--all", "--json").events[-1]
    shown = stack.ok("monitor", "incident", listed[0]["incident"], "--json").events[-1]
    whats = [event["what"] for event in shown["events"]]
    assert whats.count("rollback") == 1
    assert (whats[0], whats[-1]) == ("opened", "resolved")
    wait_until(
        lambda: stack.ok("list", "--json").events[-1][0]["status"] == "rolled_back",
        "the pipeline is rolled back",
    )
    log = [entry["message"]["type"] for entry in stack.ok("show", pipeline, "--json").events[-1]]
    assert log.count("pipeline.rollback_accepted") == 1
    assert stack.run("monitor", "status", APP).code == 0
