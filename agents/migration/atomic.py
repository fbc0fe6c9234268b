"""A file that is there whole or not at all, also after a power cut.

Errors:
    InvalidInput `file_exists`   the file is there, and nobody said to replace it
    Refused `cannot_write`       no room, no right; nothing is left behind
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agents.migration.errors import InvalidInput, Refused


@contextmanager
def replacing(path: Path, *, mode: int = 0o644, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A stream that becomes the file when the block ends well; `mode` is before the umask."""
    if path.exists() and not overwrite:
        raise InvalidInput(
            "file_exists", f"{path} is there already; it was left as it is",
            hint="say --force to replace it, or move it away",
        )  # fmt: skip
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", dir=path.parent)
        part = Path(name)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fchmod(stream.fileno(), mode & ~umask())
            os.fsync(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise Refused(
            "cannot_write", f"{path} cannot be written: {error.strerror}; nothing is left of it",
            hint="make room or correct the rights, then start again",
        ) from error  # fmt: skip
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def umask() -> int:
    """This process's file mode mask; reading it means setting it."""
    found = os.umask(0o077)
    os.umask(found)
    return found


def sync_folder(folder: Path) -> None:
    """Make the folder's own entries outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
