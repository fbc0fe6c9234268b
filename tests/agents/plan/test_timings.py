"""What earlier builds took, remembered in a small file that nothing depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.plan import timings
from agents.plan.timings import SHIPPED, Timing, estimate, read, remember


def took(pipeline: str, entities: int = 10, **seconds: float) -> Timing:
    return Timing(pipeline=pipeline, entities=entities, seconds=seconds)


def test_what_is_remembered_is_read_again_oldest_first(tmp_path: Path) -> None:
    remember(tmp_path, took("one", tests=3.0))
    remember(tmp_path, took("two", tests=4.0))
    remember(tmp_path, took("one", tests=5.0))
    assert read(tmp_path) == (took("two", tests=4.0), took("one", tests=5.0))
    assert [file.name for file in tmp_path.iterdir()] == [timings.FILE]


def test_only_the_newest_builds_are_kept(tmp_path: Path) -> None:
    for number in range(timings.KEPT + 5):
        remember(tmp_path, took(str(number)))
    first, *others = read(tmp_path)
    assert first.pipeline == "5"
    assert len(others) == timings.KEPT - 1


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\x00", b"[" * 100_000, b"[{}]"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / timings.FILE).write_bytes(content)
    assert read(tmp_path) == ()
    remember(tmp_path, took("one"))
    assert read(tmp_path) == (took("one"),)


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    remember(tmp_path / "nowhere", took("one"))
    assert read(tmp_path / "nowhere") == ()


@pytest.mark.parametrize("step", SHIPPED)
def test_without_earlier_builds_what_is_usual_counts(step: str) -> None:
    fixed, each = SHIPPED[step]
    assert estimate(step, 10) == pytest.approx(fixed + 10 * each, abs=0.01)
    assert estimate(step, 10, [took("one", unknown=3.0)]) == estimate(step, 10)


def test_the_median_of_earlier_builds_counts() -> None:
    known = [took("a", tests=4.0), took("b", tests=5.0), took("c", tests=900.0)]
    assert estimate("tests", 10, known) == 5.0


def test_a_larger_app_is_expected_to_take_longer() -> None:
    known = [took("a", entities=10, tests=20.0, install=2.0)]
    assert estimate("tests", 10, known) == 20.0
    assert 20.0 < estimate("tests", 30, known) < 60.0
    assert estimate("install", 30, known) == 2.0


def test_a_machine_that_became_faster_is_believed() -> None:
    known = [took(str(n), tests=100.0) for n in range(20)]
    known += [took(str(n), tests=1.0) for n in range(20, 40)]
    assert estimate("tests", 10, known) == 1.0
