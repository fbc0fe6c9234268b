"""The next file of a folder, from a template.

Errors: those of `bodies`, `columns` and `files`, and
    InvalidInput `bad_name` `unknown_template` `foreign_folder` `file_exists`
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from agents.migration import atomic
from agents.migration.errors import InvalidInput
from agents.migration.files import Folder, read_folder
from agents.migration.templates.bodies import TEMPLATES, Body, Subject
from agents.migration.templates.columns import Column, parse
from agents.migration.templates.naming import Guess, guess

_DATE = 10**8
"""Numbers from here on are dates."""
_WIDTH = 3
_LONGEST = 100


class Request(Struct, frozen=True, kw_only=True):
    """What `create` is asked for; what is not said is guessed from the name."""

    name: str
    template: str | None = None
    table: str | None = None
    columns: tuple[str, ...] = ()
    unique: bool = False
    where: str | None = None
    using: str | None = None
    returns: str | None = None
    irreversible: str | None = None
    timestamp: bool = False


class Created(Struct, frozen=True, kw_only=True):
    """A new file and what is in it."""

    path: Path
    template: str
    text: str


def create(folder: Path, request: Request, *, now: datetime | None = None) -> Created:
    """Write the next file of the folder, which is made when it is missing."""
    slug = _slug(request.name)
    found = read_folder(folder) if folder.exists() else None
    if found is not None and found.format != "native":
        raise InvalidInput(
            "foreign_folder",
            f"{folder} holds files of {found.format}; nothing was written",
            hint="`create` writes `-- migrate:up` files: name another folder with --dir",
        )
    about = guess(slug, request.template)
    if about.template not in TEMPLATES:
        raise InvalidInput(
            "unknown_template", f"there is no template {about.template!r}; nothing was written",
            hint=f"one of {', '.join(TEMPLATES)}",
        )  # fmt: skip
    body = TEMPLATES[about.template](_subject(request, about))
    text = rendered(body, request.irreversible)
    path = folder / f"{_number(found, request, now or datetime.now(UTC))}_{slug}.sql"
    with atomic.replacing(path) as stream:
        stream.write(text.encode())
    return Created(path=path, template=about.template, text=text)


def rendered(body: Body, irreversible: str | None = None) -> str:
    """The file's text."""
    option = "" if body.transaction else " transaction:false"
    down = f"-- irreversible: {irreversible}\n" if irreversible else body.down
    return f"-- migrate:up{option}\n{body.up}\n-- migrate:down{option}\n{down}"


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())
    slug = slug.strip("_")
    if not slug or len(slug) > _LONGEST:
        raise InvalidInput(
            "bad_name", f"{name!r} is no name for a migration; nothing was written",
            hint=f"say what it does in at most {_LONGEST} letters, like create_users",
        )  # fmt: skip
    return slug


def _subject(request: Request, about: Guess) -> Subject:
    columns = tuple(parse(each) for each in request.columns)
    if not columns and about.template in {"add_column", "add_index"}:
        columns = tuple(Column(name=each) for each in about.columns)
    return Subject(
        table=request.table or about.table, columns=columns, thing=about.thing,
        unique=request.unique, where=request.where, using=request.using, returns=request.returns,
    )  # fmt: skip


def _number(folder: Folder | None, request: Request, now: datetime) -> str:
    orders = [each.order[0] for each in folder.migrations if each.order] if folder else []
    newest = max(orders, default=0)
    if request.timestamp or newest >= _DATE:
        # Two made within a second must not share a number.
        return str(max(int(f"{now:%Y%m%d%H%M%S}"), newest + 1 if newest >= _DATE else 0))
    widths = [len(each.name.partition("_")[0]) for each in folder.migrations] if folder else []
    return str(newest + 1).zfill(max([_WIDTH, *widths]))
