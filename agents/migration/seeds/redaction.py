"""Other values for what must not leave a database: always the same ones for the same value. Pure.

A value's replacement comes from HMAC-SHA-256 of the value, so that a column that refers to
another still does, in every file made with the same key. Without the key nobody can try out
which value it was.

Errors:
    InvalidInput `cannot_redact`    a type for which there is no other value
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TypeAlias

from agents.migration.errors import InvalidInput
from agents.migration.seeds.model import Column, Family, Table

SENSITIVE = (
    "*email*", "*e_mail*", "*password*", "*passwd*", "*secret*", "*token*", "*api_key*",
    "*apikey*", "*phone*", "*mobile*", "*ssn*", "*iban*", "*card_number*", "*birth*",
    "*passport*",
)  # fmt: skip
"""Columns whose names look like this are redacted unless they are told to be kept."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DAYS = 9000

Replace: TypeAlias = Callable[[str], str | None]


class Redactor:
    """`columns` and the sensitive patterns say what is replaced, `keep` what is not."""

    def __init__(self, key: bytes, columns: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        self._key = key
        self._wanted = tuple(columns)
        self._keep = tuple(keep)

    def plan(self, table: Table) -> dict[str, Replace]:
        """For each column what replaces its text. Raises InvalidInput."""
        found: dict[str, Replace] = {}
        for column in table.columns:
            if _matches(column.name, self._keep):
                continue
            if _matches(column.name, (*self._wanted, *SENSITIVE)):
                found[column.name] = self._replacement(column)
            elif column.family in (Family.TEXT, Family.JSON, Family.ARRAY):
                found[column.name] = self._emails_within
        return found

    def is_whole(self, column: Column) -> bool:
        """Whether a column is replaced as a whole, not only the addresses within."""
        return not _matches(column.name, self._keep) and _matches(
            column.name, (*self._wanted, *SENSITIVE)
        )

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), hashlib.sha256)

    def _emails_within(self, text: str) -> str:
        if "@" not in text:
            return text
        return EMAIL.sub(lambda found: self._email(found[0]), text)

    def _email(self, text: str) -> str:
        return f"user-{self._digest(text.lower()).hex()[:12]}@example.com"

    def _replacement(self, column: Column) -> Replace:  # noqa: PLR0911  one per family
        match column.family:
            case Family.TEXT:
                return lambda text: self._text(text, column.length)
            case Family.INTEGER | Family.NUMBER:
                return self._digits
            case Family.UUID:
                return lambda text: str(uuid.UUID(bytes=self._digest(text)[:16], version=4))
            case Family.TIME if column.type.startswith(("date", "timestamp")):
                return self._day
            case Family.BOOLEAN:
                return lambda _: "false"
            case Family.ENUM:
                return lambda _: column.labels[0]
            case Family.JSON:
                return lambda _: "{}"
            case Family.ARRAY:
                return lambda _: "{}"
            case _ if column.nullable:
                return lambda _: None
        raise InvalidInput(
            "cannot_redact",
            f'the column "{column.name}" ({column.type}) has no other value that is safe, and may '
            "not be NULL; nothing was written",
            hint=f"leave it out: --exclude {column.name}",
        )

    def _text(self, text: str, length: int | None) -> str:
        """An address stays an address, a number keeps its punctuation, the rest is a word."""
        if EMAIL.fullmatch(text.strip()):
            changed = self._email(text)
        elif re.fullmatch(r"[\d\s()+./-]*\d[\d\s()+./-]*", text):
            changed = self._digits(text)
        else:
            changed = f"redacted-{self._digest(text).hex()[:12]}"
        if length is not None and len(changed) > length:
            return self._digest(text).hex()[:length]
        return changed

    def _digits(self, text: str) -> str:
        """Other digits in the same places; the first stays what it is, so the range does too."""
        digits = iter(str(int.from_bytes(self._digest(text), "big")))
        seen = False
        changed: list[str] = []
        for character in text:
            if character.isascii() and character.isdigit():
                changed.append(next(digits, "0") if seen else character)
                seen = True
            else:
                changed.append(character)
        return "".join(changed)

    def _day(self, text: str) -> str:
        days = int.from_bytes(self._digest(text)[:4], "big") % _DAYS
        return (_EPOCH + timedelta(days=days)).date().isoformat()


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)
