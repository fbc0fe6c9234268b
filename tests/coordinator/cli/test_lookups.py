"""What `list`, `show`, `explain` and `watch` tell about pipelines."""

from __future__ import annotations

import time

import asyncpg
import pytest

from contracts import messages as m
from coordinator import projection
from coordinator.cli import session as sessions
from coordinator.cli.lookups import STATUSES, explained
from coordinator.cli.session import reach
from coordinator.explain import Explanation, explain, status_of
from coordinator.projection import Row
from tests.coordinator.cli.conftest import Genesis
from tests.coordinator.test_saga_exhaustive import REQUESTS, explore
from tests.support.stories import BUILD, ID, PRODUCTION, STAGING, Story

FAILING = "fails fails fails fails"


def row(**columns: object) -> Row:
    return Row(
        **{
            "id": "pipeline1", "kind": "build", "subject": "a shop", "app": "shop",
            "environment": "", "status": "running", "step": "scout", "url": None, "error": None,
            "started_at": time.time() - 90, "updated_at": time.time(), **columns,
        }
    )  # fmt: skip


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """The rows of the projection, without a database."""
    rows: list[Row] = []

    async def recent(_: str, *, limit: int, status: str) -> list[Row]:
        return [each for each in rows if status in ("", each.status)][:limit]

    monkeypatch.setattr(projection, "recent", recent)
    return rows


# --- list ------------------------------------------------------------------------------------


async def test_a_list_has_a_line_per_pipeline_with_the_same_columns(
    genesis: Genesis, table: list[Row]
) -> None:
    table += [
        row(id="pipeline2", status="awaiting_approval", step="migration", environment="production"),
        row(subject="two\nlines\x1b[31m 'quoted' " + "é" * 100),
    ]
    result = await genesis("list")
    assert result.code == 0
    first, second = result.out.splitlines()
    assert first == (
        "pipeline2  awaiting_approval migration   1 min 30 s ago     production a shop"
    )
    assert second.startswith(
        "pipeline1  running           scout       1 min 30 s ago     two lines"
    )
    assert second.endswith("'quoted' " + "é" * 36)
    assert "\x1b" not in result.out


async def test_a_list_as_json_has_every_column_of_every_row(
    genesis: Genesis, table: list[Row]
) -> None:
    table += [row(subject="it's 🍰", url="http://127.0.0.1:1"), row(id="pipeline2")]
    (rows,) = (await genesis("list", "--json")).events
    assert [each["id"] for each in rows] == ["pipeline1", "pipeline2"]
    assert rows[0]["subject"] == "it's 🍰"
    assert set(rows[0]) == set(Row.__struct_fields__)
    (rows,) = (await genesis("list", "--json", "--limit", "1")).events
    assert [each["id"] for each in rows] == ["pipeline1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), 'No pipelines yet. Start one with `genesis build "…"`.\n'),
        (("--status", "stuck"), "No pipeline is stuck.\n"),
        (("--json",), "[]\n"),
        (("--json", "--status", "stuck"), "[]\n"),
    ],
)
async def test_an_empty_list_says_of_what_there_is_none(
    genesis: Genesis, table: list[Row], arguments: tuple[str, ...], said: str
) -> None:
    if "--status" in arguments:
        table.append(row())
    result = await genesis("list", *arguments)
    assert (result.code, result.out) == (0, said)


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (("--status", "flying"), "no pipeline is ever 'flying'", "known: running, awaiting_appr"),
        (("--limit", "0"), "--limit 0 leaves nothing to list", "use 1 or more"),
        (("--limit=-1",), "--limit -1 leaves nothing to list", "use 1 or more"),
    ],
)
async def test_a_list_that_cannot_be_is_a_usage_error(
    genesis: Genesis, arguments: tuple[str, ...], said: str, hint: str
) -> None:
    result = await genesis("list", *arguments)
    assert result.code == 2
    assert said in result.err
    assert hint in result.err


def test_the_statuses_to_ask_for_are_those_there_are() -> None:
    runs = explore(REQUESTS["build and deploy to production"]).runs.values()
    assert {status_of(run.state) for run in runs} - {"unknown"} == set(STATUSES)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError("no answer"),
        asyncpg.UndefinedTableError('relation "pipelines" does not exist'),
    ],
)
async def test_a_list_without_its_database_says_that_pipelines_go_on(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def recent(_: str, *, limit: int, status: str) -> list[Row]:
        raise error

    monkeypatch.setattr(projection, "recent", recent)
    result = await genesis("list")
    assert result.code == 1
    assert f"the list is not readable: {error}" in result.err
    assert "pipelines go on; see `genesis doctor`" in result.err


# --- show ------------------------------------------------------------------------------------


async def test_show_tells_each_entry_of_the_log(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, f"done agreed fails {FAILING} skip done")
    await genesis.bus.inject(f"build.completed.{ID}", b"garbage")
    result = await genesis("show", ID)
    assert result.code == 0
    lines = result.out.splitlines()
    assert [line.split()[0] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]
    told = {line.split()[3]: " ".join(line.split()[4:]) for line in lines}
    assert told["approval"] == "granted by anna"
    assert told["build.completed"] == "12 tests passed, 2 checks"
    assert told["migration.failed"] == "broken: it broke"
    assert told["pipeline.stuck"] == "taking back migration: broken: it broke"
    assert told["resolution"] == "skip by anna"
    assert told["pipeline.rolled_back"] == "broken: it broke"
    assert told["unreadable"].startswith("not a Genesis message")


async def test_show_tells_who_said_no_and_what_was_waited_for(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "done refused late done")
    await genesis.tell(BUILD, "cancel", pipeline="pipeline2")
    refused = await genesis("show", ID)
    assert "refused by anna" in refused.out
    assert "no answer to build.rollback" in refused.out
    assert "by anna" in (await genesis("show", "pipeline2")).out


async def test_show_as_json_is_the_log_itself(genesis: Genesis) -> None:
    await genesis.tell(BUILD, "done done done")
    (entries,) = (await genesis("show", ID, "--json")).events
    assert [entry["sequence"] for entry in entries] == list(range(1, 9))
    assert [entry["message"]["type"] for entry in entries] == [
        m.tag(type(message)) for message in await genesis.said()
    ]


# --- explain ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "words", "lines"),
    [
        (
            STAGING,
            "done",
            [
                "pipeline is running",
                "waits for   the plan agent to do its step",
                "since       10 s ago; 4 min 50 s left",
                "then        it fails; nothing has to be taken back",
                "who         agent plan",
                "you can     genesis cancel pipeline",
            ],
        ),
        (
            BUILD,
            f"done done fails {FAILING}",
            [
                "pipeline is stuck",
                "waits for   a person: taking back build keeps failing: broken: it broke",
                "since       10 s ago",
                "then        nothing happens by itself",
                "who         anyone with an account",
                "you can     genesis retry pipeline",
                'you can     genesis retry pipeline --skip --reason "…"',
            ],
        ),
        (
            BUILD,
            "done done done",
            ["pipeline is completed", "waits for   nothing: it is done", "since       10 s ago"],
        ),
    ],
)
def test_an_explanation_reads_line_by_line(
    request_: m.BuildRequested, words: str, lines: list[str]
) -> None:
    log = Story(request_).tell(words).log
    assert explained(explain(ID, log), log[-1].time + 10.4) == lines


def test_a_deadline_that_has_passed_leaves_no_time() -> None:
    found = Explanation(pipeline=ID, status="running", waits_for="x", since=10.0, until=20.0)
    assert "since       1 min 30 s ago; 0.0 s left" in explained(found, 100.0)


async def test_explain_is_asked_by_name_in_words_and_json(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "done")
    result = await genesis("explain", ID)
    assert result.code == 0
    assert "waits for   approval to touch production" in result.out
    (found,) = (await genesis("explain", ID, "--json")).events
    assert found["status"] == "awaiting_approval"
    assert found["until"] > found["since"]


# --- Which pipeline --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "explain", "watch", "source", "approve", "reject"])
@pytest.mark.parametrize("name", ["neverheard", "*", ">", "../etc", "a b", "'; drop table", ""])
async def test_a_pipeline_that_is_not_there_is_said_so(
    genesis: Genesis, command: str, name: str
) -> None:
    await genesis.tell(BUILD)
    result = await genesis(command, name)
    assert result.code == 1
    assert f"there is no pipeline {name!r}" in result.err
    assert "see `genesis list`" in result.err


async def test_a_setting_that_is_wrong_is_named(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "reach", reach)
    monkeypatch.setenv("AGENT_SLOTS", "many")
    result = await genesis("list")
    assert result.code == 2
    assert "AGENT_SLOTS='many'" in result.err
