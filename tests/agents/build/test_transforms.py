"""What vitest made of files is kept for each place, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from os.path import normpath
from pathlib import PurePosixPath

from agents.build import transforms
from agents.build.generator import generate
from tests.support.builder import NAMES, model

IMPORT = re.compile(r"""(?:from|import)\(?\s*['"](\.[^'"]*)['"]""")
ENDS = ("", ".ts", ".tsx", "/index.ts", "/index.tsx")


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


def leads_to(files: Mapping[str, bytes], importer: str) -> Iterator[tuple[str, str | None]]:
    """Each relative import of a file, and the file that it means."""
    for name in IMPORT.findall(files[importer].decode()):
        base = normpath(PurePosixPath(importer).parent / name)
        yield name, next((base + end for end in ENDS if base + end in files), None)


def test_the_same_text_imports_the_same_files_in_every_generated_app():
    known: dict[tuple[str, bytes, str], str | None] = {}
    for name in NAMES:
        files = generate(model(name))
        for importer in (path for path in files if path.endswith((".ts", ".tsx"))):
            for imported, target in leads_to(files, importer):
                key = (importer, files[importer], imported)
                assert known.setdefault(key, target) == target, (name, importer, imported)
    assert len(known) > 1_000
