"""Three-way merges of texts, by git itself, so that conflicts look as everybody knows them.

Errors:
    GitMissing   there is no git, or it does not do its work; says so in words
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

_FAILED = 128
"""Exit codes from here on are errors; below, they count conflicts."""
_LABELS = ("yours", "generated before", "generated now")


class GitMissing(Exception):
    """Nothing can be merged."""


def merged(base: bytes, theirs: bytes, ours: bytes) -> tuple[bytes, int]:
    """The owner's text with what changed between both generated ones, and how many conflicts.

    Blocking. Conflicts are marked with all three versions. Raises GitMissing.
    """
    git = shutil.which("git")
    if git is None:
        raise GitMissing(
            "git is not installed; it merges your changes with those of the app."
            " Nothing was changed"
        )
    with tempfile.TemporaryDirectory(prefix="genesis-merge-") as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        labels = [part for label in _LABELS for part in ("-L", label)]
        done = subprocess.run(
            [git, "merge-file", "-p", "--diff3", *labels, *map(str, paths)],
            cwd=folder, capture_output=True, check=False,
        )  # fmt: skip
    if done.returncode < 0 or done.returncode >= _FAILED:
        raise GitMissing(f"git could not merge: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout, done.returncode
