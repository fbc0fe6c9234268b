"""Names as our templates write them: quoted only where SQL needs it. Pure."""

from __future__ import annotations

import re

from agents.migration.errors import InvalidInput
from agents.migration.identifiers import parse, quoted

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_BYTES = 63
RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign freeze from full grant group having ilike in
    initially inner intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window
    with
    """.split()  # noqa: SIM905  a list of words is easier to compare with the manual's
)
"""What SQL does not take as a name without quotes, in PostgreSQL 14 to 18."""


def name(text: str) -> str:
    """One name, quoted where needed. Raises InvalidInput for one that PostgreSQL would cut off."""
    if not text or "\0" in text:
        raise InvalidInput("bad_name", f"{text!r} is no name; nothing was written")
    if len(text.encode()) > _BYTES:
        raise InvalidInput(
            "bad_name", f"{text!r} is longer than {_BYTES} bytes; nothing was written",
            hint="PostgreSQL would cut it off: choose a shorter one",
        )  # fmt: skip
    return text if _PLAIN.fullmatch(text) and text not in RESERVED else quoted(text)


def table(text: str) -> str:
    """`users`, `app.users` or `"My Table"` as SQL. Raises InvalidInput."""
    return ".".join(name(part) for part in table_parts(text))


def table_parts(text: str) -> tuple[str, ...]:
    """The parts of a table's name: schema, if any, and name. Raises InvalidInput."""
    try:
        parts = parse(text)
    except ValueError:
        parts = ()
    if len(parts) not in {1, 2}:
        raise InvalidInput(
            "bad_name", f"{text!r} is no table's name; nothing was written",
            hint='write users, app.users or "My table"',
        )  # fmt: skip
    return parts


def derived(*parts: str) -> str:
    """A name made of others, cut so that PostgreSQL takes it whole."""
    joined = "_".join(re.sub(r"\W+", "_", part).strip("_").lower() for part in parts if part)
    while len(joined.encode()) > _BYTES:
        joined = joined[:-1]
    return name(joined)
