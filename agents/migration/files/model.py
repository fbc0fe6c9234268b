"""A migration as its files say it. Pure."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from agents.migration.sql import SqlError, Statement, code, split


class Section(Struct, frozen=True):
    """One direction: its text, the line it begins on (from 1), and the file that it stands in.

    `transaction` is false where the file asks to run without one.
    """

    text: str
    line: int = 1
    transaction: bool = True
    file: str = ""

    def statements(self) -> tuple[Statement, ...]:
        """What to run, in order. Raises SqlError."""
        return _split(self.text, self.line)

    @property
    def code_checksum(self) -> str:
        """SHA-256 in hex of what it does, comments and superfluous space aside."""
        found = _code_hash(self.text)
        return found if self.transaction else text_hash(f"{found} transaction:false")


class Migration(Struct, frozen=True, kw_only=True):
    """One migration.

    version       its key, the same for `3`, `003` and `0003`; digits, for Flyway with dots
    order         what it sorts by among the others
    name          as people call it: the file's name without endings
    path          the file (diesel: the folder)
    checksum      SHA-256 in hex of the text with LF and without BOM
    down          None when there is no way back
    irreversible  the reason that the file gives for having none
    repeatable    Flyway's R: applied again whenever its text changes
    allowed       checks that the file declares unneeded (`-- migrate:allow NAME`)
    """

    version: str
    order: tuple[int, ...]
    name: str
    path: Path
    checksum: str
    up: Section
    down: Section | None = None
    irreversible: str | None = None
    repeatable: bool = False
    allowed: frozenset[str] = frozenset()

    @property
    def code_checksum(self) -> str:
        """SHA-256 in hex of both directions without comments and superfluous space."""
        parts = [self.up.code_checksum, self.down.code_checksum if self.down else ""]
        return text_hash(" ".join(parts))


class Folder(Struct, frozen=True, kw_only=True):
    """A folder's migrations in their order, repeatable ones last; `format` as READERS names it."""

    path: Path
    format: str
    migrations: tuple[Migration, ...]


@lru_cache(maxsize=2048)
def _split(text: str, first_line: int) -> tuple[Statement, ...]:
    """Checked, counted and run: each looks at the statements again."""
    return split(text, first_line=first_line)


@lru_cache(maxsize=4096)
def _code_hash(text: str) -> str:
    try:
        return text_hash(code(text))
    except SqlError:
        # What cannot be split is compared as it reads.
        return text_hash(text)


def text_hash(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
