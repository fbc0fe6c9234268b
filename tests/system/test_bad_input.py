"""What people and programs get wrong, and what they are told; nothing dies of it."""

from __future__ import annotations

import os
import signal

import msgspec
import pytest

from bus.nats import open_bus
from bus.settings import Secret, Settings
from contracts import messages as m
from tests.support.local_stack import LocalStack
from tests.support.processes import wait_until

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("stack")]

IDEAS = {
    "emoji": "🍰🍰🍰 a box for my 🍰 recipes & “quotes” — each with a title 👩‍🍳",
    "sql": "Notes with a title'; DROP TABLE users; -- $$ ${process.exit(1)} </script>",
    "german": "Eine Sammlung meiner Rezepte mit Zutaten, Kochzeit und einem Foto.",
}


def processes(stack: LocalStack) -> dict[str, int]:
    """The process ids of all that is up, by name."""
    status = stack.run("status", "--json")
    return {each["name"]: each["pid"] for each in status.events[-1] if each["up"]}


def account(stack: LocalStack, name: str) -> Settings:
    """The settings of a process of the stack."""
    ports = msgspec.json.decode((stack.home / "stack.json").read_bytes())["ports"]
    return Settings(
        genesis_home=stack.home,
        nats_url=f"nats://127.0.0.1:{ports['nats']}",
        nats_account=name,
        nats_seed=Secret((stack.home / "keys" / f"{name}.nk").read_text()),
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("build", ""), "the idea is empty"),
        (("build", "   \n "), "the idea is empty"),
        (("build", "A shop. " * 12_800), "the limit is 32000"),
        (("build", "A shop", "--name", "../shop"), "'../shop' is no name for an app"),
        (("build", "A shop", "--name", "/etc/shop"), "is no name for an app"),
        (("build", "A shop", "--name", "shop'; drop table"), "is no name for an app"),
        (("build", "A shop", "--plan", "nowhere.json"), "the plan is not readable"),
        (("build", "A shop", "--platform", "moon"), "there is no platform 'moon'"),
        (("deploy", "nowhere"), "has no package.json"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_starts(
    stack: LocalStack, arguments: tuple[str, ...], why: str
) -> None:
    before = stack.ok("list", "--json").events[-1]
    result = stack.run(*arguments)
    assert result.code == 2, repr(result)
    assert why in result.err
    assert "Traceback" not in result.err
    assert stack.ok("list", "--json").events[-1] == before


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "cannot be read"), ('{"model": {"version": 99}}', "upgrade it")],
)
def test_a_plan_that_cannot_be_read_says_where(stack: LocalStack, text: str, why: str) -> None:
    (stack.work / "broken.json").write_text(text)
    result = stack.run("build", "--plan", "broken.json")
    assert result.code == 2
    assert why in result.err


@pytest.mark.parametrize(
    "name", ["sql", *(pytest.param(name, marks=pytest.mark.soak) for name in ("emoji", "german"))]
)
def test_an_idea_is_only_ever_text(stack: LocalStack, name: str) -> None:
    built = stack.ok("build", IDEAS[name], "--name", f"odd-{name}", "--json").events[-1]
    assert built["tests"]["failed"] == 0
    assert built["tests"]["passed"] > 5


async def test_an_answer_to_nothing_changes_nothing(stack: LocalStack) -> None:
    done = stack.ok("build", "Notes with a title.", "--name", "answered", "--json").events[-1]
    before = processes(stack)
    log = stack.ok("show", done["pipeline"]).out
    async with open_bus(account(stack, "build"), name="build", group=False) as bus:
        for pipeline in ("neverheardof2222", done["pipeline"]):
            await bus.publish(m.BuildRolledBack(pipeline=pipeline, undone=("everything",)))
            await bus.publish(m.BuildFailed(pipeline=pipeline, code="no_luck", message="late"))
    listed = {each["id"]: each["status"] for each in stack.ok("list", "--json").events[-1]}
    assert listed[done["pipeline"]] == "completed"
    assert log in stack.ok("show", done["pipeline"]).out
    stack.ok("build", "Notes with a title.", "--name", "after-that", "--json")
    assert processes(stack) == before


def test_a_database_that_is_killed_costs_time_only(stack: LocalStack) -> None:
    stack.ok("build", "Notes with a title.", "--name", "patient", "--deploy", "--json")
    os.kill(processes(stack)["postgres"], signal.SIGKILL)
    stack.ok("deploy", str(stack.work / "patient"), "--json")
    wait_until(lambda: "postgres" in processes(stack), "PostgreSQL is back")


def test_a_broker_that_is_killed_costs_time_only(stack: LocalStack) -> None:
    started = stack.ok("build", "Notes with a title.", "--name", "calm", "--detach", "--json")
    os.kill(processes(stack)["nats-server"], signal.SIGKILL)
    wait_until(lambda: "nats-server" in processes(stack), "the broker is back")
    watched = stack.run("watch", started.events[-1]["pipeline"], "--json")
    assert watched.code == 0, repr(watched)


def test_a_broker_that_is_away_is_told_with_its_address(stack: LocalStack) -> None:
    stack.env["NATS_URL"] = "nats://127.0.0.1:9"
    try:
        result = stack.run("build", "Notes with a title.", timeout=60)
    finally:
        del stack.env["NATS_URL"]
    assert result.code == 1
    assert "nats://127.0.0.1:9" in result.err
    assert "Traceback" not in result.err
