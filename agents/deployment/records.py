"""What each pipeline did on a platform: one file per platform, app and environment.

What is live is never kept here: the platform itself is asked.

    <genesis_home>/hosted/<platform>/<app>/<environment>/, and for this machine beside state.json:
        book.json   this
        lock        held by whoever changes anything here or at the platform
        work/       the unpacked build while it is being put live

Errors:
    AgentError `damaged_state`   book.json cannot be read; names the file
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents.deployment.port import Site
from agents.deployment.state import Deed, write
from agents.work import AgentError

REMEMBERED = 1000
"""Pipelines whose deeds are kept, so that a late command of theirs is known."""


class Book(Struct, frozen=True, kw_only=True):
    """The deeds of one app in one environment on one platform; `site` once it was prepared."""

    site: Site | None = None
    deeds: dict[str, Deed] = {}


def root(home: Path, platform: str) -> Path:
    """Where the folders of a hosting platform's apps are."""
    return home / "hosted" / platform


def load(place: Path) -> Book:
    """The book in a folder, empty when there is none yet."""
    path = place / "book.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Book)
    except FileNotFoundError:
        return Book()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AgentError(
            "damaged_state",
            f"{path} cannot be read ({error}); nothing was changed",
            hint=f"restore {path} from a backup, or move it away to start anew",
        ) from None


def record(place: Path, book: Book, pipeline: str, deed: Deed) -> Book:
    """The book with a pipeline's newest deed, on the disk when this returns."""
    others = {name: one for name, one in book.deeds.items() if name != pipeline}
    newest = dict([*others.items(), (pipeline, deed)][-REMEMBERED:])
    book = replace(book, deeds=newest)
    write(place / "book.json", msgspec.json.format(msgspec.json.encode(book), indent=1))
    return book
