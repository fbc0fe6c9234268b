"""How the command line speaks: durations, plain text, JSON, colour and exit codes."""

from __future__ import annotations

import io
import json
import sys
import time

import pytest
from rich.text import Text

from coordinator import cli
from coordinator.cli import output
from coordinator.cli.output import CliError, Exit, ago, complain, console, dump, duration, note, say


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.97, "10 s"),
        (12.4, "12 s"),
        (59.4, "59 s"),
        (59.7, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3_599.4, "59 min 59 s"),
        (3_600, "1 h 00 min"),
        (7_800, "2 h 10 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_a_duration_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_time_that_another_clock_puts_into_the_future_is_now() -> None:
    assert ago(time.time() + 60) == "0.0 s ago"


def test_markup_and_braces_are_only_text(capsys: pytest.CaptureFixture[str]) -> None:
    say("[red]{x}[/red] %s 🍰")
    note("<b>two\nlines\tand a tab</b>")
    said = capsys.readouterr()
    assert said.out == "[red]{x}[/red] %s 🍰\n"
    assert said.err == "<b>two\nlines\tand a tab</b>\n"


def test_what_others_wrote_can_neither_colour_the_screen_nor_move_the_cursor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say("\x1b[2J\x1b[31mall is well\r\x9b")
    note("\x07\x08\x7f")
    said = capsys.readouterr()
    assert said.out == "\\x1b[2J\\x1b[31mall is well\\x0d\\x9b\n"
    assert said.err == "\\x07\\x08\\x7f\n"


def test_a_file_name_that_is_no_text_is_still_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    monkeypatch.setattr(sys, "stdout", strict)
    say("folder \udcff")
    complain(CliError("no \udcff here"), as_json=True)
    assert isinstance(strict.buffer, io.BytesIO)
    line, as_json = strict.buffer.getvalue().decode().splitlines()
    assert line == "folder \\udcff"
    assert json.loads(as_json)["error"] == "no \\udcff here"


def test_json_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": 'two\nlines, "quotes", \x1b and 🍰', "none": None}
    dump(value)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == value


@pytest.mark.parametrize("code", list(Exit))
def test_a_complaint_says_what_happened_then_what_to_do(
    capsys: pytest.CaptureFixture[str], code: Exit
) -> None:
    error = CliError("it broke; nothing was touched", hint="try again", code=code)
    assert complain(error) == int(code)
    said = capsys.readouterr()
    assert said.err == "genesis: it broke; nothing was touched\n         try again\n"
    assert said.out == ""
    assert complain(error, as_json=True) == int(code)
    assert json.loads(capsys.readouterr().out) == {
        "error": "it broke; nothing was touched", "hint": "try again", "exit_code": int(code),
    }  # fmt: skip


def test_a_complaint_without_a_hint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain(CliError("it broke"))
    assert capsys.readouterr().err == "genesis: it broke\n"


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "no_color", "coloured"),
    [(Terminal, None, True), (Terminal, "1", False), (io.StringIO, None, False)],
)
def test_colour_is_for_terminals_of_those_who_want_it(
    monkeypatch: pytest.MonkeyPatch,
    stream: type[io.StringIO],
    no_color: str | None,
    coloured: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stderr", stream())
    console(stderr=True).print(Text("done", style="green"))
    assert ("\x1b[32m" in sys.stderr.getvalue()) == coloured  # type: ignore[attr-defined]
    assert "done" in sys.stderr.getvalue()  # type: ignore[attr-defined]


# --- The script ------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """What `genesis` with these arguments exits with."""
    monkeypatch.setattr(sys, "argv", ["genesis", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    "arguments",
    [("fly",), ("build", "--no-such-option", "x"), ("list", "--limit", "many"), ("explain",)],
)
def test_what_is_no_command_line_is_a_usage_error_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert (said.err + said.out).strip()


def test_help_names_the_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--help") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "0 done, 1 failed, 2 usage, 3 waiting for approval, 4 stuck" in out


@pytest.mark.parametrize(
    ("command", "explained"),
    [
        ("build", "Put the app live when its tests pass."),
        ("deploy", "The folder with the app's package.json: an app that Genesis made"),
        ("list", "How many at most."),
        ("source", "It must not be there yet."),
        ("approve", "Why, for the record."),
        ("retry", "Leave the step that is stuck as it is"),
        ("rollback", "Do not ask."),
        ("down", "Delete all data too"),
        ("logs", "Only lines about this pipeline."),
        ("contracts", "Print plain JSON Schema instead."),
    ],
)
def test_help_explains_the_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    explained: str,
) -> None:
    assert run(monkeypatch, command, "--help") == 0
    assert explained in " ".join(capsys.readouterr().out.replace("│", " ").split())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CliError("stuck", code=Exit.STUCK), 4),
        (CliError("waiting", code=Exit.WAITING), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_the_script_exits_as_its_command_ended(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("coordinator.cli.commands.app", broken)
    assert run(monkeypatch, "list") == code


def test_a_reader_that_has_gone_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("coordinator.cli.commands.app", broken)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert run(monkeypatch, "list") == 0


def test_the_documented_exit_codes_are_those_of_the_code() -> None:
    assert {each.name: each.value for each in output.Exit} == {
        "DONE": 0, "FAILED": 1, "USAGE": 2, "WAITING": 3, "STUCK": 4, "DETACHED": 130,
    }  # fmt: skip
