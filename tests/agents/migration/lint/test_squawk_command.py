"""squawk through the command: its reports, a program that fails, and none at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess

import pytest

from agents.migration.cli import lint as command
from agents.migration.cli.options import Options
from agents.migration.lint import squawk
from tests.support.migrations import migration, run, write

PROGRAM = squawk.find()
SECTIONS = 2
REMARK = {
    "file": "1.sql", "line": 3, "column": 0, "level": "Warning", "message": "m", "help": None,
    "rule_name": "ban-drop-view", "line_end": 3, "column_end": 9,
}  # fmt: skip


def test_a_report_is_read_by_section_and_in_order():
    output = json.dumps([REMARK, {**REMARK, "line": 1, "new_in_2_99": True}]).encode()
    read = squawk.read(output, SECTIONS)
    assert {index: [each.line for each in remarks] for index, remarks in read.items()} == {
        1: [1, 3]
    }
    assert squawk.read(b"[]", SECTIONS) == {}


@pytest.mark.parametrize(
    "output",
    [
        b"", b"no report", b"{}", b"[1]", b"[{}]", b"\xff\xfe", json.dumps([REMARK])[:-2].encode(),
        json.dumps([{**REMARK, "file": "2.sql"}]).encode(),
        json.dumps([{**REMARK, "file": "-1.sql"}]).encode(),
        json.dumps([{**REMARK, "file": "other.txt"}]).encode(),
        json.dumps([{**REMARK, "line": "x"}]).encode(),
    ],
)  # fmt: skip
def test_what_is_no_report_is_said_to_be_none(output):
    with pytest.raises(squawk.NoReport):
        squawk.read(output, SECTIONS)


VERSION = 'test "$1" = --version && echo "squawk 2.99.0" && exit 0\n'
BROKEN = {
    "garbage": "echo What a day!",
    "panic": "echo 'thread main panicked' >&2; echo at all >&2; exit 101",
    "killed": "kill -9 $$",
    "nothing": "exit 1",
    "says why": "echo 'Configuration error: no' >&2; exit 1",
    "found nothing that it says": "echo '[]'; echo 'Failed to find files' >&2; exit 1",
}
SAYS = {
    "garbage": "What a day!", "panic": "exit code 101 thread main panicked", "killed": "-9",
    "nothing": "no report", "says why": "Configuration error: no",
    "found nothing that it says": "Failed to find files",
}  # fmt: skip


def program(folder, script):
    file = folder / "squawk"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def lint(folder, capsys, monkeypatch, found, form="people"):
    monkeypatch.setattr(squawk, "find", lambda: found)
    code = command.lint(form=form, options=Options(dir=folder))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "migrations", {"001_one.sql": migration("select 1; drop view v;")})


@pytest.mark.parametrize("kind", BROKEN)
def test_a_squawk_that_fails_is_told_and_the_check_has_not_passed(
    folder, tmp_path, capsys, monkeypatch, kind
):
    broken = program(tmp_path, VERSION + BROKEN[kind])
    code, out, err = lint(folder, capsys, monkeypatch, broken)
    assert (code, out) == (7, "nothing found in 1 migrations\n")
    assert err.startswith("squawk did not do its work: ")
    assert SAYS[kind] in err
    assert len(err.splitlines()) == 1
    code, out, _ = lint(folder, capsys, monkeypatch, broken, "json")
    report = json.loads(out)
    assert (code, report["ok"], report["squawk"]) == (7, False, "2.99.0")
    assert SAYS[kind] in report["squawk_failure"]
    _, out, _ = lint(folder, capsys, monkeypatch, broken, "sarif")
    (invocation,) = json.loads(out)["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    assert SAYS[kind] in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_another_program_of_that_name_is_no_squawk(folder, tmp_path, capsys, monkeypatch):
    code, _, err = lint(folder, capsys, monkeypatch, program(tmp_path, "echo '[]'"))
    assert (code, "is no squawk" in err) == (7, True)


def test_a_squawk_that_cannot_be_started_is_told(folder, tmp_path, capsys, monkeypatch):
    code, _, err = lint(folder, capsys, monkeypatch, str(tmp_path / "gone"))
    assert code == 7
    assert err.startswith("squawk cannot be started: ")


def test_a_squawk_that_hangs_is_ended(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(squawk, "TIMEOUT", 0.5)
    hanging = program(tmp_path, f"{VERSION}echo $$ > {tmp_path}/pid; exec sleep 600")
    code, _, err = lint(folder, capsys, monkeypatch, hanging)
    assert (code, "timed out" in err) == (7, True)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_without_squawk_lint_does_its_own_and_says_so(folder, capsys, monkeypatch):
    code, out, err = lint(folder, capsys, monkeypatch, None)
    assert (code, out) == (0, "nothing found in 1 migrations\n")
    assert err.startswith("squawk is not installed; only Genesis's own rules looked.")
    assert len(err.splitlines()) == 1
    code, out, _ = lint(folder, capsys, monkeypatch, None, "json")
    assert json.loads(out) == {
        "ok": True, "findings": [], "squawk": None, "squawk_failure": None,
    }  # fmt: skip


def test_it_is_found_beside_python_without_a_path_and_else_on_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert squawk.find() == PROGRAM
    monkeypatch.setattr(squawk.sysconfig, "get_path", lambda _: str(tmp_path / "none"))
    assert squawk.find() is None
    other = program(tmp_path, VERSION)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert squawk.find() == other


def test_the_reports_of_the_command_tell_of_squawk(own, folder):
    version = subprocess.run(
        [PROGRAM, "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    done = run(own, "lint", "--dir", str(folder))
    assert done.code == 0
    assert "001_one.sql:2:11: warning [ban-drop-view] takes a view from code" in done.out
    report = run(own, "lint", "--dir", str(folder), "--json").json
    assert (report["ok"], report["squawk"], report["squawk_failure"]) == (True, version, None)
    assert rules_of(report) == ["ban-drop-view"]
    (log,) = json.loads(run(own, "lint", "--dir", str(folder), "--output", "sarif").out)["runs"]
    assert log["tool"]["extensions"] == [{"name": "squawk", "version": version}]
    assert log["tool"]["driver"]["rules"][0]["id"] == "ban-drop-view"
    (result,) = log["results"]
    assert (result["ruleId"], result["level"]) == ("ban-drop-view", "warning")
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 2, "startColumn": 11}


def rules_of(report):
    return [each["rule"] for each in report["findings"]]


async def test_a_partitioned_table_is_as_large_as_its_partitions(own, tmp_path):
    await own.execute(
        "create table p (a int) partition by range (a);"
        "create table q partition of p for values from (0) to (1000000);"
        "create table small (a int);"
    )
    detach = "alter table p detach partition q; alter table small add constraint c not null a;"
    folder = write(tmp_path, {"001_one.sql": migration(detach)})
    asked = ("lint", "--dir", str(folder), "--connected", "--json")
    assert rules_of(run(own, *asked).json) == []
    await own.execute("insert into p select n from generate_series(0, 300000) n")
    assert rules_of(run(own, *asked).json) == ["require-concurrent-partition-detach"]


def test_a_rule_of_a_newer_squawk_is_in_every_report(folder, tmp_path, capsys, monkeypatch):
    remark = json.dumps([{**REMARK, "file": "0.sql", "line": 1, "rule_name": "ban-moonlight"}])
    newer = program(tmp_path, f"{VERSION}echo '{remark}'; exit 1")
    code, out, _ = lint(folder, capsys, monkeypatch, newer, "sarif")
    (log,) = json.loads(out)["runs"]
    (rule,) = log["tool"]["driver"]["rules"]
    assert (code, rule["id"], rule["shortDescription"]["text"]) == (0, "ban-moonlight", "m")
    assert rule["defaultConfiguration"] == {"level": "warning"}


def test_nothing_is_left_behind(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(squawk.tempfile, "tempdir", str(tmp_path / "here"))
    (tmp_path / "here").mkdir()
    assert lint(folder, capsys, monkeypatch, PROGRAM)[0] == 0
    assert list((tmp_path / "here").iterdir()) == []
