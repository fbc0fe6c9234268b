"""The short way to a command does what the long way does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agents.migration.cli import app, quick
from tests.support.migrations import ROOT, migration, run, write

LINES = [
    "up --dir m --database-url postgresql://h/d",
    "up --steps 2 --to 003 --json --no-backup --lock-timeout=1.5 --by ann --approved-by bob",
    "up --plan p.json -e staging --per-statement --retries 0 --history-table a.b",
    "down --all --backup-dir b --no-fingerprints --statement-timeout 3 --lock-wait 1",
    "status --check --quiet --format goose",
    "list --json",
]


@pytest.mark.parametrize("line", LINES)
def test_both_read_the_same(line):
    found = quick.parse(line.split())
    assert found is not None
    command, bound, _ = app.parse_args(line.split(), exit_on_error=False, print_error=False)
    values = bound.arguments
    for group, fields in found.items():
        for field, value in fields.items():
            assert getattr(values[group], field) == value if group else values[field] == value
    assert command.__name__.rstrip("_") == line.split()[0]
    given = {**values, "options": None, "care": None}
    assert {key for key, value in given.items() if value is not None} == set(found[""])


@pytest.mark.parametrize("command", quick.COMMANDS)
def test_every_option_that_it_knows_exists(command):
    for name, option in quick.COMMANDS[command][2].items():
        line = [command, name] if option.kind is None else [command, name, "1"]
        app.parse_args(line, exit_on_error=False, print_error=False)


@pytest.mark.parametrize(
    "line",
    ["", "up --help", "up --steps", "up --steps x", "up --stepz 1", "up extra", "up --json=yes",
     "up --to 1 --to 2", "up --by --json", "verify", "create a"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_long_way(line):
    assert quick.parse(line.split()) is None


def test_the_short_way_imports_no_command_line_library(own, tmp_path):
    folder = write(tmp_path, {"1_a.sql": migration("select 1;")})
    program = (
        "import sys; from agents.migration.cli import main\n"
        f"code = main(['status', '--dir', {str(folder)!r}, '--database-url', {own.url!r}])\n"
        "assert 'cyclopts' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert run(own, "status", "--help").code == 0
