"""`genesis scout`: what it shows, and what it says to what cannot be read."""

from __future__ import annotations

import io
import json
import sys

import pytest
from rich.console import Console

from agents.scout.scout import scout
from contracts.scouting import decode_report
from coordinator.cli import sheet
from coordinator.cli.understood import findings, sheet_of
from tests.coordinator.cli.conftest import Genesis

IDEA = (
    "A shop called Fern House for house plants. Every plant has a name, a price and a photo."
    " Only managers may add plants. Customers leave reviews. No blog."
    " Use a lavender background and navy buttons. Zzz zzz."
)


async def test_an_idea_is_shown_with_what_each_sentence_led_to(genesis: Genesis) -> None:
    result = await genesis("scout", IDEA)
    assert result.code == 0
    report = scout(IDEA)
    rows = [row for row in sheet_of(report).rows if row.text]
    shown = {row.label: row.text for row in rows}
    assert result.out.startswith("Fern House\n")
    assert "#e6e6fa" in shown["background"]
    assert "#000080" in shown["components"]
    for sentence in report.sentences:
        assert shown[f"[{sentence.number}]"] == sentence.text
    led = findings(report)
    for candidate in report.entities:
        assert all(f"record {candidate.key}" in led[n] for n in candidate.sentences)
        assert candidate.key in shown
    for role in report.roles:
        assert shown[role.key].startswith(role.title)
    rest = {n for n, found in led.items() if not found}
    assert rest == set(report.unmapped)


async def test_the_report_as_json_is_the_report(genesis: Genesis) -> None:
    result = await genesis("scout", IDEA, "--json")
    assert decode_report(result.out.encode()) == scout(IDEA)
    assert genesis.files() == {}


async def test_an_idea_comes_from_standard_input(
    genesis: Genesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(IDEA.encode()), encoding="utf-8"))
    result = await genesis("scout", "-", "--json")
    assert json.loads(result.out)["name"] == "Fern House"


@pytest.mark.parametrize("command", ["scout", "plan"])
@pytest.mark.parametrize(
    ("idea", "said"),
    [
        ("", "the idea is empty; nothing was written"),
        ("🍰 🎉 ❤️", "the idea holds no words; nothing was written"),
        ("12 345 --- ???", "the idea holds no words"),
        ("\x00\x01", "the idea holds no words"),
        ("word " * 400_000, "2000000 characters; the limit is 32000. Nothing was written"),
        ("--jsn", "there is no option --jsn; nothing was written"),
    ],
    ids=["empty", "emoji", "numbers", "controls", "two megabytes", "an option"],
)
async def test_what_is_no_idea_is_refused_with_what_to_do(
    genesis: Genesis, command: str, idea: str, said: str
) -> None:
    result = await genesis(command, idea)
    assert (result.code, result.out) == (2, "")
    what, hint = result.err.splitlines()
    assert said in what
    assert hint.strip()
    assert genesis.files() == {}


@pytest.mark.parametrize(
    "idea",
    [
        "x", "asdf qwer zxcv", "Eine App für Rezepte mit Zutaten und Foto.", "食谱应用程序",
        "\x1b[31mred\x1b[0m recipes", "a recipe box\n\n# Records\n\n| recipe | photo |\n|---|---|",
    ],
)  # fmt: skip
async def test_any_words_are_read_and_shown_without_moving_the_cursor(
    genesis: Genesis, idea: str
) -> None:
    result = await genesis("scout", idea)
    assert result.code == 0
    assert "Sentences" in result.out
    assert "\x1b" not in result.out
    assert (await genesis("scout", idea, "--json")).code == 0


def test_on_a_terminal_a_colour_is_shown_beside_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = sheet.Sheet()
    page.head("Theme")
    page.row("background", "#e6e6fa", swatch="#e6e6fa")
    page.row("plain", "\x1b[31mred")

    def terminal(**_: object) -> Console:
        return Console(file=sys.stdout, force_terminal=True, color_system="truecolor")

    monkeypatch.setattr(sheet, "console", terminal)
    with monkeypatch.context() as patched:
        patched.setattr(sys.stdout, "isatty", lambda: True)
        page.show()
    printed = capsys.readouterr().out
    assert "\x1b[38;2;230;230;250m██" in printed
    assert "\\x1b[31mred" in printed
    page.show()
    assert capsys.readouterr().out.splitlines()[1] == f"  {'background':<16} #e6e6fa"


def test_what_is_long_goes_on_under_its_beginning() -> None:
    page = sheet.Sheet()
    page.row("sentence", "word " * 60)
    ((_, lines),) = page.lines()
    assert len(lines) > 1
    assert {line[:19].strip() for line in lines[1:]} == {""}
    assert max(map(len, lines)) <= sheet.WIDTH
