"""What `build` and `deploy` are given: what cannot be used is refused before anything starts."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from bus.archive import unpack
from contracts import messages as m
from contracts.model import App, AppModel, Plan, encode_plan
from contracts.naming import pipeline_id
from coordinator.cli import given
from tests.coordinator.cli.conftest import SOURCE, Genesis
from tests.support.stories import append

IDEA = "A shop for plants"
PLAN_TEXT = encode_plan(
    Plan(
        model=AppModel(app=App(name="Shop", slug="shop"), entities=(), roles=(), pages=()), tasks=()
    )
)


async def requested(genesis: Genesis) -> list[m.Message]:
    """All that was asked for."""
    return [entry.message async for entry in genesis.bus.history()]


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (("",), "the idea is empty; nothing was started", 'genesis build "A recipe box'),
        (("  \n\t ",), "the idea is empty; nothing was started", "say what the app should do"),
        (("a" * 100_000,), "100000 characters; the limit is 32000. Nothing", "leave out the rest"),
        (("🍰" * 20_000,), "80002 bytes; the limit is 60000. Nothing was", "leave out the rest"),
        (("\x01" * 12_000,), "72002 bytes; the limit is 60000.", "leave out the rest"),
        (("--deplyo",), "there is no option --deplyo; nothing was started", "build --help"),
        ((IDEA, "--name", "../shop"), "'../shop' is no name", "lower-case words"),
        ((IDEA, "--name", "/etc/shop"), "'/etc/shop' is no name", "lower-case words"),
        ((IDEA, "--name", "shop'; drop table"), "is no name for an app", "lower-case words"),
        ((IDEA, "--name", "shop\n"), "'shop\\n' is no name for an app", "lower-case words"),
        ((IDEA, "--name", "Shop"), "is no name for an app; nothing was started", "recipe-box"),
        ((IDEA, "--name", "a" * 41), "is no name for an app", "up to 40 characters"),
        (("--plan", "nowhere.json"), "the plan is not readable", "genesis.plan.json"),
        (("--plan", "."), "the plan is not readable", "genesis.plan.json"),
        (("--plan", "broken.json"), "cannot be read", "mend the file"),
        (("--plan", "newer.json"), "upgrade it; nothing was started", "mend the file"),
        ((IDEA, "--platform", "moon"), "no platform 'moon'; nothing was started", "known: local"),
        ((IDEA, "--staging", "--production"), "were given; nothing was started", "choose one"),
        ((IDEA, "--name", "taken"), "./taken is there and not empty; it was not", "another --name"),
        ((IDEA, "--name", "taken-file"), "./taken-file is there and not empty", "another --name"),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_what_cannot_be_built_is_refused_before_anything_starts(
    genesis: Genesis, arguments: tuple[str, ...], what: str, hint: str
) -> None:
    (genesis.work / "taken").mkdir()
    for name, text in {
        "taken/mine": b"mine", "taken-file": b"mine", "plan.json": PLAN_TEXT,
        "broken.json": b"{", "newer.json": b'{"model": {"version": 99}}',
    }.items():  # fmt: skip
        (genesis.work / name).write_bytes(text)
    before = genesis.files()
    result = await genesis("build", *arguments)
    assert result.code == 2
    assert result.out == ""
    said, to_do = result.err.splitlines()
    assert said.startswith("genesis: ")
    assert what in said
    assert hint in to_do
    assert await requested(genesis) == []
    assert genesis.files() == before
    assert (await genesis("build", *arguments, "--json")).events[-1]["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (("nowhere",), "has no package.json", "genesis deploy ./recipe-box"),
        (("empty",), "so there is nothing to build; nothing was deployed", "genesis deploy ./"),
        (("Приложение",), "gives no name for the app; nothing was deployed", "--name recipe-box"),
        (("2048",), "'2048' gives no name for the app", "--name recipe-box"),
        (("shop", "--name", "../shop"), "is no name for an app", "lower-case words"),
        (("shop", "--platform", "moon"), "there is no platform 'moon'", "known: local"),
        (("shop", "--staging", "--production"), "were given; nothing", "choose one of them"),
        (("locked",), "the folder is not readable", "make its files readable"),
    ],
)
async def test_what_cannot_be_deployed_is_refused_before_anything_starts(
    genesis: Genesis,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    what: str,
    hint: str,
) -> None:
    (genesis.work / "empty").mkdir()
    for name in ("Приложение", "2048", "shop", "locked"):
        (genesis.work / name).mkdir()
        (genesis.work / name / "package.json").write_bytes(b"{}")
    if arguments == ("locked",):
        # Root, as which tests may run, could read any file.
        monkeypatch.setattr(Path, "read_bytes", _refuse)
    result = await genesis("deploy", *arguments)
    assert result.code == 2
    said, to_do = result.err.splitlines()
    assert what in said
    assert hint in to_do
    assert await requested(genesis) == []


def _refuse(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(path))


@pytest.mark.parametrize(
    ("stdin", "code", "said"),
    [
        (b"", 2, "the idea is empty"),
        (b"\xff\xfe\x00", 2, "standard input is no text"),
        ("Grüße 🍰".encode(), 0, ""),
    ],
)
async def test_an_idea_from_standard_input_is_held_to_the_same(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch, stdin: bytes, code: int, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
    result = await genesis("build", "-", "--detach")
    assert result.code == code
    assert said in result.err
    ideas = [each.idea for each in await requested(genesis) if isinstance(each, m.BuildRequested)]
    assert ideas == ([] if code else ["Grüße 🍰"])


@pytest.mark.parametrize(
    "idea", ["🍰 & “quotes” 'n' \\ {x} ${y}", "'; DROP TABLE users; --", os.fsdecode(b"caf\xe9")]
)
async def test_a_detached_build_says_its_pipeline_and_how_to_come_back(
    genesis: Genesis, idea: str
) -> None:
    result = await genesis("build", idea, "--name", "shop", "--production", "--detach")
    assert result.code == 0
    (request,) = await requested(genesis)
    assert isinstance(request, m.BuildRequested)
    assert request.idea == idea.encode("utf-8", "replace").decode()
    assert (request.name, request.deploy, request.environment) == ("shop", True, "production")
    assert request.requested_by == "anna"
    pipeline = pipeline_id(request.request_id or "")
    assert result.out == f"{pipeline}\n"
    assert f"Come back with `genesis watch {pipeline}`" in result.err


@pytest.mark.parametrize("idea", ["🍰" * 14_990, '"' * 29_990, "a" * given.MAX_IDEA])
async def test_the_longest_idea_still_fits_into_every_message(genesis: Genesis, idea: str) -> None:
    result = await genesis("build", idea, "--name", "a" * 40, "--deploy", "--detach", "--json")
    assert result.code == 0
    (request,) = await requested(genesis)
    assert isinstance(request, m.BuildRequested)
    assert m.decode(m.encode(request)) == request
    await append(genesis.bus, request, "done", pipeline=result.events[0]["pipeline"])


async def test_a_plan_is_stored_and_built_from(genesis: Genesis) -> None:
    (genesis.work / "plan.json").write_bytes(PLAN_TEXT)
    result = await genesis("build", "--plan", "plan.json", "--detach")
    assert result.code == 0
    (request,) = await requested(genesis)
    assert isinstance(request, m.BuildRequested)
    assert request.plan is not None
    assert await genesis.bus.artifacts.get(request.plan) == PLAN_TEXT
    assert request.idea == "(from a plan file)"
    assert not request.deploy


async def test_an_idea_beside_a_plan_is_kept_and_what_decides_is_said(genesis: Genesis) -> None:
    (genesis.work / "plan.json").write_bytes(PLAN_TEXT)
    result = await genesis("build", IDEA, "--plan", "plan.json", "--detach")
    assert result.code == 0
    assert "the plan says what is built" in result.err
    (request,) = await requested(genesis)
    assert isinstance(request, m.BuildRequested)
    assert request.plan is not None
    assert request.idea == IDEA


async def test_a_folder_is_deployed_under_its_own_name_without_what_is_made_again(
    genesis: Genesis,
) -> None:
    folder = genesis.work / "My Shop"
    for path, text in {**SOURCE, "package.json": b"{}", "node_modules/x.js": b"x"}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    (genesis.work / "link").symlink_to(folder)
    result = await genesis("deploy", "My Shop", "--detach")
    assert result.code == 0
    (request,) = await requested(genesis)
    assert isinstance(request, m.DeployRequested)
    assert (request.app, request.environment) == ("my-shop", "staging")
    unpack(await genesis.bus.artifacts.get(request.source), genesis.work / "unpacked")
    unpacked = {path for path in genesis.files() if path.startswith("unpacked/")}
    assert unpacked == {f"unpacked/{path}" for path in (*SOURCE, "package.json")}


async def test_an_approval_in_advance_stands_in_the_log_before_the_request(
    genesis: Genesis,
) -> None:
    result = await genesis("build", IDEA, "--production", "--yes", "--detach", "--json")
    assert result.code == 0
    pipeline = result.events[0]["pipeline"]
    assert await genesis.said(pipeline) == [
        m.Approval(
            pipeline=pipeline, who="anna", granted=True, seen=0, automatic=True, reason="--yes"
        )
    ]
    first, *requests = await requested(genesis)
    assert isinstance(first, m.Approval)
    assert [pipeline_id(each.request_id) for each in requests] == [pipeline]
