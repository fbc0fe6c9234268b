"""What vitest has noted in one app, it finds in the next."""

from __future__ import annotations

from pathlib import Path

from agents.build import durations

NOTED = "node_modules/.vite/vitest/0a1b/results.json"


def noted(folder: Path, text: str) -> Path:
    (folder / NOTED).parent.mkdir(parents=True)
    (folder / NOTED).write_text(text)
    return folder


def test_a_new_app_begins_with_what_an_earlier_one_noted(tmp_path):
    durations.keep(noted(tmp_path / "earlier", "first"), tmp_path / "cache")
    durations.keep(noted(tmp_path / "later", "second"), tmp_path / "cache")
    durations.lend(tmp_path / "new", tmp_path / "cache")
    assert (tmp_path / "new" / NOTED).read_text() == "second"
    assert [each.name for each in (tmp_path / "cache").rglob("*.*")] == ["results.json"]


def test_what_an_app_has_noted_itself_stays(tmp_path):
    durations.keep(noted(tmp_path / "earlier", "of another"), tmp_path / "cache")
    durations.lend(noted(tmp_path / "app", "its own"), tmp_path / "cache")
    assert (tmp_path / "app" / NOTED).read_text() == "its own"


def test_nothing_noted_is_nothing_lent(tmp_path):
    durations.keep(tmp_path / "bare", tmp_path / "cache")
    durations.lend(tmp_path / "new", tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []
