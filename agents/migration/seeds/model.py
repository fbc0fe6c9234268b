"""What seeds are made of: files, their entries, and the live tables they go to. Pure."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from agents.migration.errors import InvalidInput, Place
from agents.migration.identifiers import qualified

MAX_PROBLEMS = 20
"""How many problems are collected before reading stops."""


class Environment(Struct, frozen=True):
    """Where a run goes. Production may have another name."""

    name: str
    is_production: bool = False


class SeedFile(Struct, frozen=True, kw_only=True):
    """A file of the folder. `environment` is None when it is for all of them."""

    path: Path
    environment: str | None = None
    is_template: bool = False

    @property
    def name(self) -> str:
        """How the file is called in its folder."""
        return self.path.name


class Entry(Struct, frozen=True, kw_only=True):
    """One `{"table", "data", …}` of a file, without its rows.

    `number` counts from 1; `columns` are all that occur, in the order of their appearance;
    `offset` and `line` are where its rows begin (bytes from 0, lines from 1).
    """

    file: SeedFile
    number: int
    table: str
    schema: str | None = None
    truncate: bool = False
    key: tuple[str, ...] = ()
    rows: int = 0
    columns: tuple[str, ...] = ()
    offset: int = 0
    line: int = 1

    @property
    def place(self) -> Place:
        """Where the entry's rows begin."""
        return Place(file=str(self.file.path), line=self.line)


class Family(StrEnum):
    """How values of a type are written, and what JSON may stand for them."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    JSON = "json"
    UUID = "uuid"
    ENUM = "enum"
    TIME = "time"
    ARRAY = "array"
    VECTOR = "vector"
    OTHER = "other"


class Column(Struct, frozen=True, kw_only=True):
    """A live column. `type` is as PostgreSQL prints it; `bits` and `length` where it has any.

    `copy_type` is what a value must have to be copied: the type, or below a domain that would
    refuse the NULL which stands for "not given".
    """

    name: str
    type: str
    copy_type: str
    family: Family
    nullable: bool
    has_default: bool
    identity: str = ""
    generated: bool = False
    labels: tuple[str, ...] = ()
    length: int | None = None
    bits: int | None = None
    sequence: str | None = None

    @property
    def required(self) -> bool:
        """Whether every new row must bring a value."""
        return not (self.nullable or self.has_default or self.identity or self.generated)


class Key(Struct, frozen=True, kw_only=True):
    """A unique index on plain columns; `immediate` is what ON CONFLICT needs."""

    name: str
    columns: tuple[str, ...]
    primary: bool
    immediate: bool


class Reference(Struct, frozen=True, kw_only=True):
    """A foreign key to the table `target` (its oid)."""

    name: str
    columns: tuple[str, ...]
    target: int
    target_columns: tuple[str, ...]
    deferrable: bool


class Table(Struct, frozen=True, kw_only=True):
    """A live table."""

    oid: int
    schema: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def sql(self) -> str:
        """The table's name for a statement."""
        return qualified(self.schema, self.name)

    @property
    def label(self) -> str:
        """The table's name for people."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((each for each in self.columns if each.name == name), None)


class Problem(Struct, frozen=True, kw_only=True):
    """A value or row that does not fit; `row` counts from 1 in its entry."""

    file: str
    message: str
    line: int | None = None
    entry: int | None = None
    row: int | None = None
    column: str | None = None
    table: str | None = None
    sqlstate: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = [f"{self.table}" if self.table else "", f"row {self.row}" if self.row else ""]
        where.append(f'column "{self.column}"' if self.column else "")
        named = ", ".join(part for part in where if part)
        return f"{place}: {named + ': ' if named else ''}{self.message}"


class SeedInvalid(InvalidInput):
    """Seeds that cannot be used as they are; `problems` has at most MAX_PROBLEMS."""

    def __init__(self, problems: list[Problem], *, left: str = "nothing was changed") -> None:
        first = problems[0]
        count = len(problems)
        more = " or more" if count >= MAX_PROBLEMS else ""
        lines = [str(problem) for problem in problems]
        head = f"{count}{more} problems in the seeds" if count > 1 else lines[0]
        body = "".join(f"\n  {line}" for line in lines) + "\n" if count > 1 else "; "
        super().__init__(
            "invalid_seed", f"{head}{':' + body if count > 1 else body}{left}",
            hint="correct the file, then run `genesis migrate seed validate`",
            place=Place(file=first.file, line=first.line, sqlstate=first.sqlstate),
        )  # fmt: skip
        self.problems = tuple(problems)


def invalid(file: Path, message: str, line: int | None = None, **more: object) -> SeedInvalid:
    """One problem as an error; `more` are the other fields of Problem."""
    return SeedInvalid([Problem(file=str(file), message=message, line=line, **more)])  # type: ignore[arg-type]  # fields of Problem
