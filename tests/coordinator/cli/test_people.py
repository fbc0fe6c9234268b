"""What people decide on the command line: what lands in the log, and what is refused."""

from __future__ import annotations

import asyncio
import sys

import msgspec
import pytest

from contracts import messages as m
from contracts.naming import pipeline_id
from tests.coordinator.cli.conftest import Genesis, Result
from tests.support.stories import BUILD, ID, PRODUCTION, STAGING
from tests.support.worlds import eventually

FAILING = "fails fails fails fails"
STUCK = f"done done fails {FAILING}"
Request = m.BuildRequested | m.DeployRequested


async def refused(genesis: Genesis, code: int, *arguments: str) -> Result:
    """A command that must be refused: the log stays as it is."""
    before = [entry async for entry in genesis.bus.history()]
    result = await genesis(*arguments)
    assert result.code == code
    assert [entry async for entry in genesis.bus.history()] == before
    return result


async def after(genesis: Genesis, command: tuple[str, ...], count: int, then: str) -> Result:
    """A command that watches: once the log has so many entries, the story goes on."""
    running = asyncio.create_task(genesis(*command))

    async def landed() -> bool:
        return len(await genesis.said()) == count

    await eventually(landed)
    await genesis.tell(BUILD, then)
    return await running


@pytest.mark.parametrize(
    ("command", "request_", "words", "code", "said", "hint"),
    [
        (("approve", ID, "--yes"), BUILD, "", 1, "does not wait for approval", "genesis explain"),
        (("approve", ID), PRODUCTION, "done", 3, "nothing was approved", "or pass --yes"),
        (
            ("approve", ID, "--yes", "--seen", "9"), PRODUCTION, "done",
            1, "what you saw (9) is not what waits now (4); nothing was approved", "look again",
        ),
        (("approve", ID, "--yes"), PRODUCTION, "done agreed", 1, "does not wait", "explain"),
        (("reject", ID), PRODUCTION, "done agreed", 1, "does not wait for", "genesis explain"),
        (
            ("cancel", ID), BUILD, "done done done",
            1, "has ended: completed; nothing was cancelled", f"genesis rollback {ID}",
        ),
        (("cancel", ID), BUILD, "fails", 1, "has ended: failed; nothing was", "genesis explain"),
        (("cancel", ID), BUILD, STUCK, 4, "is stuck taking back build; nothing", "genesis retry"),
        (("retry", ID), BUILD, "", 1, "neither stuck nor failed; nothing was", "genesis explain"),
        (("retry", ID, "--skip"), BUILD, STUCK, 2, "needs a --reason", '--skip --reason "…"'),
        (("retry", ID, "--skip", "--reason", " "), BUILD, STUCK, 2, "needs a --reason", "retry"),
        (
            ("retry", ID, "--skip", "--reason", "x"), BUILD, "fails",
            1, "is not stuck, so there is nothing to skip; nothing was started", "explain",
        ),
        (("rollback", ID, "--yes"), BUILD, "", 1, "is not completed, so there", "explain"),
        (("rollback", ID), BUILD, "done done done", 1, "nothing was rolled back", "pass --yes"),
        *(
            ((name, ID, *more, "--reason", "x" * 4_001), PRODUCTION, "done",
             2, "the reason has 4001 characters; the limit is 4000. Nothing was done", "fewer")
            for name, *more in (
                ("approve", "--yes"), ("reject",), ("cancel",), ("retry",), ("rollback", "--yes"),
            )
        ),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)  # fmt: skip
async def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    genesis: Genesis,
    command: tuple[str, ...],
    request_: Request,
    words: str,
    code: int,
    said: str,
    hint: str,
) -> None:
    await genesis.tell(request_, words)
    result = await refused(genesis, code, *command)
    assert said in result.err
    assert hint in result.err.splitlines()[-1]


async def test_an_approval_is_of_what_was_shown(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "done")
    result = await genesis("approve", ID, "--yes", "--no-watch", "--reason", "it's fine 🍰")
    assert (result.code, result.out) == (0, "Approved.\n")
    assert result.err.splitlines() == [
        "shop to production on local",
        "  build       b1",
        "  live now    nothing",
        "  migrations  0001",
        "  size        0.0 MB, packed",
    ]
    assert (await genesis.said())[-1] == m.Approval(
        pipeline=ID, who="anna", granted=True, seen=4, live="", reason="it's fine 🍰"
    )


async def test_a_refusal_is_recorded_with_its_reason(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "done")
    result = await genesis("reject", ID, "--reason", "not on a Friday")
    assert result.code == 0
    assert "production is untouched" in result.out
    assert (await genesis.said())[-1] == m.Approval(
        pipeline=ID, who="anna", granted=False, seen=4, reason="not on a Friday"
    )


async def test_a_decision_about_what_has_changed_meanwhile_decides_nothing(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await genesis.tell(PRODUCTION, "done")
    read = genesis.bus.read

    async def read_and_somebody_speaks(pipeline: str) -> object:
        log = await read(pipeline)
        await genesis.bus.publish(m.Cancel(pipeline=ID, who="ben"))
        return log

    monkeypatch.setattr(genesis.bus, "read", read_and_somebody_speaks)
    result = await genesis("approve", ID, "--yes")
    assert result.code == 1
    assert "the pipeline moved on while you looked; nothing was decided" in result.err
    assert f"look again: genesis explain {ID}" in result.err
    assert not any(isinstance(each, m.Approval) for each in await genesis.said())


@pytest.mark.parametrize(("request_", "words"), [(BUILD, "done"), (PRODUCTION, "done")])
async def test_a_pipeline_under_way_is_cancelled(
    genesis: Genesis, request_: Request, words: str
) -> None:
    await genesis.tell(request_, words)
    result = await genesis("cancel", ID, "--reason", "wrong idea")
    assert result.code == 0
    assert f"`genesis watch {ID}`" in result.out
    assert (await genesis.said())[-1] == m.Cancel(pipeline=ID, who="anna", reason="wrong idea")


async def test_what_is_being_taken_back_is_not_interrupted_by_a_cancellation(
    genesis: Genesis,
) -> None:
    await genesis.tell(BUILD, "done done fails")
    result = await refused(genesis, 0, "cancel", ID)
    assert "It is being taken back already" in result.out


@pytest.mark.parametrize(
    ("more", "action", "then", "end"),
    [
        ((), "retry", "done", "taken back: build"),
        (("--skip", "--reason", "by hand"), "skip", "", "left as it is: build"),
    ],
)
async def test_a_person_gets_a_stuck_pipeline_going(
    genesis: Genesis, more: tuple[str, ...], action: str, then: str, end: str
) -> None:
    await genesis.tell(BUILD, STUCK)
    stuck = len(await genesis.said())
    result = await after(genesis, ("retry", ID, *more), stuck + 1, f"{STUCK} {action} {then}")
    assert result.code == 1
    assert end in result.err
    resolution = (await genesis.said())[stuck]
    assert isinstance(resolution, m.Resolution)
    assert (resolution.who, resolution.action) == ("anna", action)
    assert resolution.reason == (more[-1] if more else "")


async def test_a_failed_request_is_run_again_as_a_pipeline_of_its_own(genesis: Genesis) -> None:
    await genesis.tell(STAGING, "fails")
    before = await genesis.said()
    running = asyncio.create_task(genesis("retry", ID))
    asked: list[m.BuildRequested] = []

    async def again() -> bool:
        history = [entry.message async for entry in genesis.bus.history()]
        asked[:] = [each for each in history if isinstance(each, m.BuildRequested)]
        return bool(asked)

    await eventually(again)
    (request,) = asked
    assert (request.idea, request.deploy) == (STAGING.idea, STAGING.deploy)
    assert request.requested_by == "anna"
    await genesis.tell(request, "done fails", pipeline_id(request.request_id or ""))
    result = await running
    assert result.code == 1
    assert "plan failed (broken): it broke" in result.err
    assert await genesis.said() == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("rollback done", 0, "Rolled back: build.\n"),
        (f"rollback {FAILING} skip", 0, "Rolled back: nothing.\nLeft as it is: build.\n"),
        (f"rollback {FAILING}", 4, ""),
    ],
)
async def test_a_rollback_tells_what_became_of_each_step(
    genesis: Genesis, words: str, code: int, said: str
) -> None:
    done = "done done done"
    await genesis.tell(BUILD, done)
    running = asyncio.create_task(genesis("rollback", ID, "--yes", "--reason", "it was a test"))

    async def asked() -> bool:
        history = [entry.message async for entry in genesis.bus.history()]
        return any(isinstance(each, m.RollbackRequested) for each in history)

    await eventually(asked)
    await genesis.tell(BUILD, f"{done} {words}")
    result = await running
    assert (result.code, result.out) == (code, said)
    if code:
        assert "stuck: broken: it broke" in result.err
        assert f"genesis explain {ID}" in result.err


async def test_a_rollback_to_what_is_not_healthy_says_so_and_fails(genesis: Genesis) -> None:
    wanted = msgspec.structs.replace(PRODUCTION, skip_migrations=True, skip_monitoring=True)
    done = "done agreed done"
    await genesis.tell(wanted, done)
    running = asyncio.create_task(genesis("rollback", ID, "--yes"))

    async def asked() -> bool:
        history = [entry.message async for entry in genesis.bus.history()]
        return any(isinstance(each, m.RollbackRequested) for each in history)

    await eventually(asked)
    await genesis.tell(wanted, f"{done} rollback unwell done")
    result = await running
    assert (result.code, result.out) == (1, "Rolled back: deployment, build.\n")
    assert "what is live again is not healthy: it answers 500" in result.err


@pytest.mark.parametrize(("typed", "approved"), [("yes", True), ("y", False), ("", False)])
async def test_nothing_but_yes_is_a_yes(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch, typed: str, approved: bool
) -> None:
    await genesis.tell(PRODUCTION, "done")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: typed)
    result = await genesis("approve", ID, "--no-watch")
    assert result.code == (0 if approved else 3)
    assert any(isinstance(each, m.Approval) for each in await genesis.said()) == approved
