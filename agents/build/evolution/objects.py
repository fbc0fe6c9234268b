"""What a schema is made of. Data only; names are as the catalog holds them, unquoted."""

from __future__ import annotations

from msgspec import Struct

Place = tuple[int, int, int]
"""Statement, rank in it (table, column, constraint), number: by it all is made in order."""


class EvolutionError(Exception):
    """The SQL holds something that cannot be followed."""


class Column(Struct, frozen=True, kw_only=True):
    """A column; `default` and `generated` are expressions, "" where there is none."""

    name: str
    type: str
    place: Place
    not_null: bool = False
    default: str = ""
    generated: str = ""

    @property
    def definition(self) -> str:
        """What makes two columns the same, and all that follows the name in SQL."""
        parts = [self.type]
        if self.generated:
            parts.append(f"generated always as {self.generated} stored")
        if self.default:
            parts.append(f"default {self.default}")
        if self.not_null:
            parts.append("not null")
        return " ".join(parts)


class Constraint(Struct, frozen=True, kw_only=True):
    """A constraint under the name that PostgreSQL gives it; `inline` in its CREATE TABLE."""

    name: str
    kind: str
    definition: str
    columns: tuple[str, ...]
    place: Place
    inline: bool = True
    target: str = ""


class Table(Struct, kw_only=True):
    """A table while its SQL is read; `text` is its CREATE TABLE."""

    name: str
    text: str
    place: Place
    columns: dict[str, Column]
    constraints: dict[str, Constraint]
    late: set[str]
    enabled: bool = False
    forced: bool = False


ThingKey = tuple[str, str, str]


class Thing(Struct, frozen=True, kw_only=True):
    """Whatever is made by one statement: function, type, view, index, policy, trigger."""

    kind: str
    table: str
    name: str
    text: str
    place: Place
    header: str = ""

    @property
    def key(self) -> ThingKey:
        return self.kind, self.table, self.name


class Schema(Struct, kw_only=True):
    """Everything that migrations make. `others` are statements about data and rights."""

    tables: dict[str, Table]
    things: dict[ThingKey, Thing]
    others: dict[str, Place]

    def taken(self) -> set[str]:
        """Names that PostgreSQL does not give to another constraint or index."""
        names = {name for table in self.tables.values() for name in table.constraints}
        indexes = {thing.name for thing in self.things.values() if thing.kind == "index"}
        return names | indexes | set(self.tables)
