"""Folders as bytes: how sources and bundles travel through the Object Store.

Packing is deterministic: the same files give the same bytes, so the same digest.

Errors:
    ArchiveError   the bytes are no archive, or one that would write outside its folder
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

IGNORED = frozenset(
    {"node_modules", ".git", "dist", ".env", "__pycache__", ".venv", ".vercel", ".netlify"}
)
"""Names never packed from a folder: made again, or secret."""

MAX_UNPACKED = 512 * 1024 * 1024
"""Largest archive in unpacked bytes: a small file must not fill the disk."""


class ArchiveError(Exception):
    """The bytes cannot be unpacked."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar of files by relative POSIX path; order and times do not matter."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size = len(files[path])
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(files[path]))
    return gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)


def read_folder(folder: Path, *, ignored: frozenset[str] = IGNORED) -> dict[str, bytes]:
    """The regular files below a folder by relative path; links and `ignored` names left out."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or ignored & set(relative.parts):
            continue
        files[relative.as_posix()] = path.read_bytes()
    return files


def unpack(content: bytes, folder: Path) -> None:
    """Write an archive's files below a folder. Raises ArchiveError; then nothing was written."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            members = tar.getmembers()
            if sum(member.size for member in members) > MAX_UNPACKED:
                raise ArchiveError(f"the archive unpacks to over {MAX_UNPACKED} bytes")
            folder.mkdir(parents=True, exist_ok=True)
            for member in members:
                tarfile.data_filter(member, str(folder))
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ArchiveError(f"the archive cannot be unpacked: {error}") from error
