"""How a pipeline ends on the command line: exit code, words, and the source in a folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents.plan import timings
from contracts import messages as m
from tests.coordinator.cli.conftest import PLAN, SOURCE, Genesis
from tests.support.stories import BUILD, COMPLETED, ID, PRODUCTION, STAGING
from tests.support.worlds import eventually

DONE = "done done done"
FAILING = "fails fails fails fails"
LANDED = {**{f"shop/{path}": text for path, text in SOURCE.items()}, "shop/genesis.plan.json": PLAN}
Request = m.BuildRequested | m.DeployRequested


@pytest.mark.parametrize(
    ("request_", "words", "code", "said"),
    [
        (BUILD, DONE, 0, ["tests   12 passed, 0 failed"]),
        (STAGING, "done done done done done done", 0, ["url     http://127.0.0.1:1"]),
        (
            BUILD,
            "fails",
            1,
            ["scout failed (broken): it broke", f"try again: genesis retry {ID}"],
        ),
        (
            BUILD,
            "done late",
            1,
            ["plan failed (timeout): plan.run was not answered in time", "`genesis logs`"],
        ),
        (
            STAGING,
            "done done done done fails done done done",
            1,
            ["deployment failed (broken)", "taken back: deployment, migration, build"],
        ),
        (
            STAGING,
            f"done done done done fails {FAILING} skip done done",
            1,
            ["taken back: migration, build", "left as it is: deployment"],
        ),
        (BUILD, "cancel", 1, ["scout failed (cancelled): cancelled by anna"]),
        (PRODUCTION, "done refused done", 1, ["migration failed (refused): anna refused"]),
        (BUILD, f"{DONE} rollback done", 1, ["rollback asked for by anna", "taken back: build"]),
        (
            PRODUCTION,
            "done",
            3,
            ["waits for approval; production is untouched", f"genesis approve {ID}"],
        ),
        (
            BUILD,
            f"done done fails {FAILING}",
            4,
            ["is stuck: taking back build failed: broken: it broke", f"genesis retry {ID} --skip"],
        ),
    ],
)
async def test_the_exit_code_and_the_words_say_how_it_ended(
    genesis: Genesis, request_: Request, words: str, code: int, said: list[str]
) -> None:
    await genesis.tell(request_, words)
    result = await genesis("watch", ID)
    assert result.code == code
    for text in said:
        assert text in result.out + result.err
    assert f"pipeline {ID}" in result.err
    as_json = await genesis("watch", ID, "--json")
    assert as_json.code == code
    if code:
        last = as_json.events[-1]
        assert last["exit_code"] == code
        assert f"genesis: {last['error']}\n         {last['hint']}\n" in result.err
        assert result.out == ""
        assert genesis.files() == {}


async def test_a_build_ends_with_its_folder_and_what_is_not_in_the_app(genesis: Genesis) -> None:
    await genesis.tell(BUILD, DONE)
    result = await genesis("watch", ID)
    assert result.out.splitlines() == [
        "",
        "tests   12 passed, 0 failed",
        f"folder  {genesis.work / 'shop'}",
        "not in the app yet: It should fly.",
        "simulated until configured: payments",
    ]
    assert genesis.files() == LANDED


async def test_json_ends_with_the_same_result(genesis: Genesis) -> None:
    await genesis.tell(STAGING, "done done done done done done")
    result = await genesis("watch", ID, "--json")
    *entries, last = result.events
    assert [each["message"]["type"] for each in entries] == [
        m.tag(type(message)) for message in await genesis.said()
    ]
    assert last == {
        "pipeline": ID,
        "app": "shop",
        "url": "http://127.0.0.1:1",
        "folder": str(genesis.work / "shop"),
        "tests": {"passed": 12, "failed": 0},
        "unmapped": ["It should fly."],
        "simulated": ["payments"],
    }


async def test_a_deployed_folder_is_not_written_again(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "--yes done done done done")
    result = await genesis("watch", ID)
    assert result.code == 0
    assert "url     http://127.0.0.1:1" in result.out
    assert "folder" not in result.out
    assert genesis.files() == {}


async def test_the_result_is_of_this_pipeline_and_not_of_a_stray_answer(genesis: Genesis) -> None:
    await genesis.tell(BUILD, DONE)
    before = await genesis("watch", ID)
    stray = next(each for each in await genesis.said() if isinstance(each, m.BuildCompleted))
    await genesis.bus.publish(
        m.BuildCompleted(
            pipeline=ID, app="other", source=stray.report, bundle=stray.bundle,
            report=stray.report, build_id="b2",
        )
    )  # fmt: skip
    assert (await genesis("watch", ID)).out == before.out


# --- The folder ------------------------------------------------------------------------------


async def test_a_folder_that_is_there_is_never_touched(genesis: Genesis) -> None:
    mine = genesis.work / "shop" / "notes.txt"
    mine.parent.mkdir()
    mine.write_bytes(b"mine")
    await genesis.tell(BUILD, DONE)
    result = await genesis("watch", ID)
    assert "./shop is there and was not touched; this build is in ./shop-2" in result.err
    moved = {path.replace("shop/", "shop-2/"): text for path, text in LANDED.items()}
    assert genesis.files() == {"shop/notes.txt": b"mine", **moved}


async def test_what_was_written_before_is_found_and_not_written_twice(genesis: Genesis) -> None:
    await genesis.tell(BUILD, DONE)
    for _ in range(3):
        result = await genesis("watch", ID)
        assert f"folder  {genesis.work / 'shop'}" in result.out
    (genesis.work / "shop" / "node_modules").mkdir()
    (genesis.work / "shop" / "node_modules" / "installed.js").write_bytes(b"")
    await genesis("watch", ID)
    assert genesis.files() == {**LANDED, "shop/node_modules/installed.js": b""}


@pytest.mark.parametrize("path", ["README.md", "genesis.plan.json", "new.txt"])
async def test_what_was_edited_stays_as_it_is(genesis: Genesis, path: str) -> None:
    await genesis.tell(BUILD, DONE)
    await genesis("watch", ID)
    (genesis.work / "shop" / path).write_bytes(b"edited")
    result = await genesis("watch", ID)
    assert "was not touched; this build is in ./shop-2" in result.err
    files = genesis.files()
    assert files[f"shop/{path}"] == b"edited"
    assert files["shop-2/genesis.plan.json"] == PLAN


@pytest.mark.parametrize("kind", ["file", "dangling link"])
async def test_what_is_no_folder_is_not_touched_either(genesis: Genesis, kind: str) -> None:
    there = genesis.work / "shop"
    if kind == "file":
        there.write_bytes(b"mine")
    else:
        there.symlink_to("nowhere")
    await genesis.tell(BUILD, DONE)
    result = await genesis("watch", ID)
    assert f"folder  {genesis.work / 'shop-2'}" in result.out
    assert (there.read_bytes() == b"mine") if kind == "file" else there.is_symlink()


async def test_source_lands_where_it_is_told_to(genesis: Genesis) -> None:
    await genesis.tell(BUILD, DONE)
    result = await genesis("source", ID, "--to", "somewhere/else")
    assert (result.code, result.out) == (0, f"{genesis.work / 'somewhere/else'}\n")
    assert genesis.files() == {
        path.replace("shop/", "somewhere/else/"): text for path, text in LANDED.items()
    }
    again = await genesis("source", ID, "--to", "somewhere/else")
    assert again.code == 2
    assert "somewhere/else is there and not empty; it was not touched" in again.err
    assert "choose another folder with --to" in again.err


async def test_source_that_cannot_be_written_is_kept_and_says_how_to_get_it(
    genesis: Genesis,
) -> None:
    (genesis.work / "file").write_bytes(b"")
    await genesis.tell(BUILD, DONE)
    result = await genesis("source", ID, "--to", "file/below")
    assert result.code == 1
    assert "the app is built, but its source could not be written to file/below" in result.err
    assert f"it is kept: genesis source {ID} --to FOLDER" in result.err


async def test_a_pipeline_that_built_nothing_has_no_source(genesis: Genesis) -> None:
    await genesis.tell(BUILD, "done")
    result = await genesis("source", ID)
    assert result.code == 1
    assert f"pipeline {ID} has built nothing" in result.err
    assert f"genesis explain {ID}" in result.err


async def test_source_that_the_system_lost_is_said_so(genesis: Genesis) -> None:
    await genesis.tell(BUILD, DONE)
    genesis.bus._artifacts._contents.clear()
    result = await genesis("watch", ID)
    assert result.code == 1
    assert "nothing is stored under sha256" in result.err
    assert genesis.files() == {}


# --- Ctrl-C ----------------------------------------------------------------------------------


async def test_ctrl_c_detaches_and_says_how_to_come_back(genesis: Genesis) -> None:
    await genesis.tell(BUILD)
    before = await genesis.said()
    watching = asyncio.create_task(genesis("watch", ID))

    async def under_way() -> bool:
        return bool(genesis.bus._listeners)

    await eventually(under_way)
    watching.cancel()
    result = await watching
    assert result.code == 130
    assert f"Come back with `genesis watch {ID}`" in result.err
    assert f"or stop it with `genesis cancel {ID}`" in result.err
    assert await genesis.said() == before


async def test_what_a_finished_pipeline_took_is_remembered_once_for_later_plans(
    genesis: Genesis, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    await genesis.tell(STAGING, f"{DONE} done done done")
    for _ in range(2):
        assert (await genesis("watch", ID)).code == 0
    (timing,) = timings.read(tmp_path / "home")
    assert (timing.pipeline, timing.entities) == (ID, len(COMPLETED["plan"].entities))
    assert timing.seconds.keys() == {"lint", "test", "migration", "deployment", "monitoring"}


async def test_a_pipeline_that_failed_says_nothing_about_how_long_one_takes(
    genesis: Genesis, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    await genesis.tell(STAGING, f"done done done done fails {DONE}")
    assert (await genesis("watch", ID)).code == 1
    assert timings.read(tmp_path / "home") == ()
