"""Files against history, without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.migration import planning
from agents.migration.errors import HistoryConflict, InvalidInput
from agents.migration.files import Folder
from agents.migration.files.single import read_marked
from agents.migration.history import Row
from tests.support.migrations import migration

TEXT = migration("select 1;", "select 2;")


def file(name, text=TEXT):
    return read_marked(Path(f"{name}.sql"), f"{name}.sql", text.encode())


def folder(*migrations):
    return Folder(path=Path("m"), format="native", migrations=migrations)


def row(source, at=1, **more):
    values = {
        "id": at, "version": source.version, "name": source.name, "status": "applied",
        "checksum": source.checksum, "code_checksum": source.code_checksum,
        "up_checksum": source.up.code_checksum, "irreversible": None, "reversible": True,
        "statements_done": 0, "statement_open": None, "pipeline": None, "run": None,
        "fingerprint_after": None,
    }  # fmt: skip
    return Row(**{**values, **more})


def states(files, rows):
    return [(each.name, each.state) for each in planning.compare(folder(*files), rows).entries]


def test_only_what_is_not_applied_is_pending():
    one, two = file("1_a"), file("2_b")
    assert states([one, two], [row(one)]) == [("1_a", "applied"), ("2_b", "pending")]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (TEXT.replace("select 1", "select /* x */ 1"), "comments"),
        (TEXT.replace("select 2", "select 3"), "way_back"),
        (TEXT.replace("select 1", "select 3"), "edited"),
        (TEXT.replace("-- migrate:up", "-- migrate:up transaction:false"), "edited"),
    ],
)
def test_an_edit_is_told_by_what_it_changes(text, state):
    assert states([file("1_a", text)], [row(file("1_a"))]) == [("1_a", state)]


def test_edited_missing_and_early_files_are_named():
    one, two, three = file("1_a"), file("2_b"), file("3_c")
    rows = [row(file("2_b", TEXT.replace("select 1", "select 4"))), row(three, 2)]
    assert states([one, two], rows) == [
        ("1_a", "out_of_order"),
        ("2_b", "edited"),
        ("3_c", "missing"),
    ]
    with pytest.raises(HistoryConflict) as caught:
        planning.up(planning.compare(folder(one, two), rows))
    assert "edited since they were applied: 2_b" in caught.value.message
    assert "their files are missing: 3_c" in caught.value.message


def test_gaps_between_numbers_are_named_and_between_dates_are_not():
    found = planning.gaps(
        [file("001_a"), file("002_b"), file("004_d"), file("008_h"), file("20260101000000_z")]
    )
    assert found == ("3 (between 002_b and 004_d)", "5 … 7 (between 004_d and 008_h)")
    assert planning.gaps([file("20260101000000_a"), file("20260102000000_b")]) == ()


def test_what_was_begun_is_finished_first():
    one, two, three = file("1_a"), file("2_b"), file("3_c")
    rows = [row(one), row(three, 2, status="applying", statements_done=1)]
    plan = planning.up(planning.compare(folder(one, two, three), rows), allow_out_of_order=True)
    assert [entry.name for entry in plan.entries] == ["3_c", "2_b"]


def test_the_way_back_is_the_reverse_of_the_application():
    one, two, three = file("1_a"), file("2_b"), file("3_c")
    comparison = planning.compare(folder(one, two, three), [row(one), row(three, 2), row(two, 3)])
    assert [entry.name for entry in planning.down(comparison, everything=True)] == [
        "2_b",
        "3_c",
        "1_a",
    ]
    assert [entry.name for entry in planning.down(comparison, to="2")] == ["3_c"]


@pytest.mark.parametrize("wanted", ["9", "2_c", "x", "2_", "'; drop"])
def test_a_version_that_is_not_there_is_refused(wanted):
    with pytest.raises(InvalidInput, match="no migration is"):
        planning.up(planning.compare(folder(file("2_b")), []), to=wanted)


def test_a_way_back_that_is_missing_is_worth_a_note_unless_it_is_declared():
    bare, declared = (
        file("1_a", "-- migrate:up\nselect 1;"),
        file("2_b", "-- migrate:up\nselect 1;\n-- irreversible: x"),
    )
    plan = planning.up(planning.compare(folder(bare, declared), []))
    assert plan.warnings == ("1_a: it has no way back and does not say `-- irreversible: why`",)
