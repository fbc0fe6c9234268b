"""What was generated, kept in the app itself, to tell it from its owner's changes. Pure.

    .genesis/manifest.json   the version of Genesis, the model's hash, each file's SHA-256
    .genesis/base.tar.gz     the files as they were generated; the same files give the same bytes

Errors:
    RecordError   a folder's record is missing or damaged
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from bus import archive

FOLDER = ".genesis/"
MANIFEST = f"{FOLDER}manifest.json"
BASE = f"{FOLDER}base.tar.gz"


class RecordError(Exception):
    """There is no telling what was generated."""


class Manifest(Struct, frozen=True, kw_only=True):
    """SHA-256 in hex of the model and of every file by its path."""

    generator: str
    model: str
    files: dict[str, str]


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def record(files: Mapping[str, bytes], model: bytes, generator: str) -> dict[str, bytes]:
    """The two files that tell what was generated."""
    manifest = Manifest(
        generator=generator,
        model=digest(model),
        files={path: digest(files[path]) for path in sorted(files)},
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    return {MANIFEST: text, BASE: archive.pack(files)}


def generated(folder: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a folder as they were generated. Raises RecordError."""
    if MANIFEST not in folder or BASE not in folder:
        raise RecordError(f"it has no {MANIFEST} or no {BASE}")
    try:
        manifest = msgspec.json.decode(folder[MANIFEST], type=Manifest)
        with tarfile.open(fileobj=io.BytesIO(folder[BASE]), mode="r:gz") as tar:
            found = {
                member.name: content.read()
                for member in tar.getmembers()
                if (content := tar.extractfile(member)) is not None
            }
    except (msgspec.DecodeError, tarfile.TarError, OSError, EOFError) as error:
        raise RecordError(f"its folder {FOLDER} cannot be read: {error}") from None
    if {path: digest(content) for path, content in found.items()} != manifest.files:
        raise RecordError(f"{MANIFEST} and {BASE} do not belong together")
    return found
