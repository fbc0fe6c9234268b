"""How the rows of one entry become lines of COPY: which columns each brings, and what is wrong.

Rows of an entry may bring different columns. Each set of columns is a `Shape`; what a row does
not bring gets the column's default, and stays as it is when the row is there already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from agents.migration.seeds import csvfile, jsonfile
from agents.migration.seeds.model import MAX_PROBLEMS, Column, Entry, Key, Problem, Table
from agents.migration.seeds.values import NULL, Encode, Unfit, encoder

CHUNK = 1 << 18
"""Bytes that are sent to the server at a time."""


class Shape(Struct, frozen=True):
    """One set of columns. `unique` says whether `key` has an index that ON CONFLICT can use."""

    number: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: bool
    writers: tuple[tuple[int, str, Encode], ...]


def read(entry: Entry) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entry's rows with their lines. Raises SeedInvalid."""
    if entry.file.path.suffix.lower() == ".csv":
        return csvfile.rows(entry)
    return jsonfile.rows(entry)


def line_of(entry: Entry, row: int) -> int | None:
    """The line on which a row (from 1) begins."""
    return next((line for number, (line, _) in enumerate(read(entry), 1) if number == row), None)


class Rows:
    """An entry on its way to its table. Read `problems` and `shapes` after `chunks` has ended."""

    def __init__(self, entry: Entry, table: Table) -> None:
        self.entry = entry
        self.table = table
        self.problems: list[Problem] = []
        self.shapes: list[Shape] = []
        self.columns = tuple(each for each in table.columns if each.name in entry.columns)
        self._by_names: dict[tuple[str, ...], Shape | None] = {}

    def problem(self, message: str, **more: Any) -> Problem:
        """A problem of this entry."""
        return Problem(
            file=str(self.entry.file.path), table=self.table.label, entry=self.entry.number,
            message=message, **more,
        )  # fmt: skip

    def chunks(self) -> Iterator[bytes]:
        """The rows in COPY's text format; collects problems instead of raising them."""
        lines: list[str] = []
        size = 0
        for number, (line, row) in enumerate(read(self.entry), 1):
            text = self._line(number, line, row)
            if len(self.problems) >= MAX_PROBLEMS:
                return
            if text is not None:
                lines.append(text)
                size += len(text)
            if size >= CHUNK:
                yield "".join(lines).encode()
                lines, size = [], 0
        if lines:
            yield "".join(lines).encode()

    def _line(self, number: int, line: int, row: dict[str, Any]) -> str | None:
        names = tuple(row)
        if names not in self._by_names:
            self._by_names[names] = self._shape(names, number, line)
        shape = self._by_names[names]
        if shape is None:
            return None
        fields = [NULL] * len(self.columns)
        try:
            for position, name, encode in shape.writers:
                fields[position] = encode(row[name])
        except Unfit:
            self._unfit(shape, number, line, row)
            return None
        return f"{number}\t{shape.number}\t" + "\t".join(fields) + "\n"

    def _unfit(self, shape: Shape, number: int, line: int, row: dict[str, Any]) -> None:
        for _, name, encode in shape.writers:
            try:
                encode(row[name])
            except Unfit as error:
                self.problems.append(self.problem(str(error), line=line, row=number, column=name))

    def _shape(self, names: tuple[str, ...], number: int, line: int) -> Shape | None:
        present = frozenset(names)
        same = next(
            (each for each in self.shapes if {column.name for column in each.columns} == present),
            None,
        )
        if same is not None:
            return same
        found = list(self._misfits(present, number, line))
        if found:
            self.problems.extend(found)
            return None
        key = choose_key(self.table, self.entry.key, present)
        shape = Shape(
            number=len(self.shapes) + 1,
            columns=tuple(each for each in self.columns if each.name in present),
            key=key.columns if key else (),
            unique=key is not None and key.immediate,
            writers=self._writers(present, key.columns if key else ()),
        )
        self.shapes.append(shape)
        return shape

    def _writers(
        self, present: frozenset[str], key: tuple[str, ...]
    ) -> tuple[tuple[int, str, Encode], ...]:
        is_text = self.entry.file.path.suffix.lower() == ".csv"
        return tuple(
            (
                position, column.name,
                encoder(
                    msgspec.structs.replace(column, nullable=False)
                    if column.name in key else column,
                    is_text=is_text,
                ),
            )
            for position, column in enumerate(self.columns) if column.name in present
        )  # fmt: skip

    def _misfits(self, present: frozenset[str], number: int, line: int) -> Iterator[Problem]:
        at = {"line": line, "row": number}
        if not present:
            yield self.problem("the row is empty", **at)
            return
        for name in sorted(present):
            column = self.table.column(name)
            if column is None:
                yield self.problem(f"there is no such column{_near(self.table, name)}",
                                   column=name, **at)  # fmt: skip
            elif column.generated:
                yield self.problem("is computed by the database; leave it out", column=name, **at)
        for column in self.table.columns:
            if column.required and column.name not in present:
                yield self.problem(
                    f"is missing, and the column is NOT NULL without a default ({column.type})",
                    column=column.name, **at,
                )  # fmt: skip
        for name in self.entry.key:
            if name not in present:
                yield self.problem("is missing, and is the entry's key", column=name, **at)


def choose_key(table: Table, given: tuple[str, ...], present: frozenset[str]) -> Key | None:
    """What a row is recognised by: what the entry says, the primary key, or another unique index
    on columns that are never NULL; None when the row brings none of them.
    """
    if given:
        same = [key for key in table.keys if set(key.columns) == set(given)]
        fitting = next((key for key in same if key.immediate), None)
        return fitting or Key(name="", columns=given, primary=False, immediate=False)
    mandatory = {column.name for column in table.columns if not column.nullable}
    usable = [key for key in table.keys if set(key.columns) <= present & mandatory]
    return usable[0] if usable else None


def _near(table: Table, name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only an error needs it

    names = [column.name for column in table.columns if not column.generated]
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}"
