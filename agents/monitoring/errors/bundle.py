"""What sentry-cli uploads: an archive of served files and their source maps. Pure.

Format: eight bytes ("SYSB" and a version), then a zip with manifest.json, whose `files` says of
each file its type, its address and headers such as its debug id.

Errors:
    BadBundle   it is no such archive, or holds more than is taken
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from agents.monitoring.errors.envelope import Malformed, decode
from agents.monitoring.errors.frames import DEBUG_ID, plain_debug_id
from agents.monitoring.errors.shapes import mapping, text

MAGIC = b"SYSB"
HEAD = 8
MOST_FILES = 2_000
MOST_FILE = 64 * 1024 * 1024
MOST_IN_ALL = 512 * 1024 * 1024


class BadBundle(Exception):
    """The archive is not taken; the text says why."""


class Map(Struct, frozen=True):
    """A source map of the served file with this debug id, or at this address of a release."""

    debug_id: str
    name: str
    content: bytes


class Bundle(Struct, frozen=True):
    """The maps of an archive, and the release that it names ("" for none)."""

    release: str
    maps: tuple[Map, ...]


def read(data: bytes) -> Bundle:
    """The maps that can be found again: those with a debug id. Raises BadBundle."""
    if data[: len(MAGIC)] != MAGIC:
        raise BadBundle("it does not begin as an artifact bundle")
    try:
        with zipfile.ZipFile(io.BytesIO(data[HEAD:])) as archive:
            if len(archive.infolist()) > MOST_FILES:
                raise BadBundle(f"it has more than {MOST_FILES} files")
            manifest = mapping(decode(_content(archive, "manifest.json")))
            maps = tuple(_maps(archive, mapping(manifest.get("files"))))
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise BadBundle(f"its archive cannot be read: {error}"[:200]) from None
    except (Malformed, RuntimeError) as error:
        raise BadBundle(f"it cannot be read: {error}"[:200]) from None
    return Bundle(text(manifest.get("release"), 200), maps)


def _maps(archive: zipfile.ZipFile, files: Mapping[str, Any]) -> list[Map]:
    maps = []
    in_all = 0
    for path, given in files.items():
        described = mapping(given)
        headers = {key.lower(): value for key, value in mapping(described.get("headers")).items()}
        debug_id = text(headers.get("debug-id"), 50).lower()
        if described.get("type") != "source_map" or not DEBUG_ID.fullmatch(debug_id):
            continue
        content = _content(archive, path)
        in_all += len(content)
        if in_all > MOST_IN_ALL:
            raise BadBundle(f"its source maps are larger than {MOST_IN_ALL} bytes")
        name = text(described.get("url"), 500) or path[:500]
        maps.append(Map(plain_debug_id(debug_id), name, content))
    return maps


def _content(archive: zipfile.ZipFile, path: str) -> bytes:
    """A file of the archive; its header may lie about its size, what is read is bounded."""
    with archive.open(path) as file:
        content = file.read(MOST_FILE + 1)
    if len(content) > MOST_FILE:
        raise BadBundle(f"{path[:100]} is larger than {MOST_FILE} bytes")
    return content
