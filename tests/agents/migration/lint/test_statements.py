"""SQL as people write it: none of it is taken for an error, and errors are found among it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.migration.files import read_folder
from agents.migration.lint import check

CORPUS = (Path(__file__).parent / "statements.sql").read_text()


def read(folder, text):
    (folder / "1_all.sql").write_text(text)
    return read_folder(folder).migrations


def syntax_errors(migrations):
    found = [each for each in check(migrations) if each.rule == "syntax"]
    return [(each.line, each.column, each.message) for each in found]


def test_no_statement_of_200_is_taken_for_an_error(tmp_path):
    migrations = read(tmp_path, CORPUS)
    (migration,) = migrations
    assert len(migration.up.statements()) >= 200
    assert syntax_errors(migrations) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("drop schema if exists billing", "drop schema exists billing"),
        ("with local check option", "with lokal check option"),
        ("raise notice '% of %'", "raise noticed '% of %'"),
        ("when not matched by source", "when not matched source"),
    ],
)
def test_one_broken_statement_among_them_is_the_only_one(tmp_path, right, wrong):
    lines = CORPUS.splitlines()
    (number,) = [at for at, line in enumerate(lines, start=1) if right in line]
    found = syntax_errors(read(tmp_path, CORPUS.replace(right, wrong)))
    assert [line for line, _, _ in found] == [number]
