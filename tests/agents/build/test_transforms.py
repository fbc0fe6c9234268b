"""What vitest made of files is kept for each place, within bounds."""

from __future__ import annotations

from agents.build import transforms


def kept(cache, name: str):
    (option,) = [each for each in transforms.options(cache.parent / name, cache) if "=" in each]
    place = cache / "transforms" / name
    assert option.endswith(f"={place}")
    place.mkdir(parents=True, exist_ok=True)
    return place


def test_apps_in_other_places_are_kept_apart(tmp_path):
    assert kept(tmp_path, "1") != kept(tmp_path, "2")


def test_too_many_files_are_thrown_away(tmp_path, monkeypatch):
    monkeypatch.setattr(transforms, "MOST", 2)
    place = kept(tmp_path, "1")
    for name in "ab":
        (place / name).touch()
    assert len(list(kept(tmp_path, "1").iterdir())) == 2
    (place / "c").touch()
    assert list(kept(tmp_path, "1").iterdir()) == []
