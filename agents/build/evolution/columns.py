"""Columns of a table that stays: added, removed, of another type, required or not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from agents.build.evolution import steps
from agents.build.evolution.conversions import converted, filler, stays
from agents.build.evolution.lexer import mentions
from agents.build.evolution.objects import Column, Place, Table
from agents.build.evolution.steps import Step
from agents.build.render.literals import name, short_name

_LITERAL = re.compile(r"-?[\d.]+|E?'(?:[^']|'')*'(?:::\w+)?|true|false|now\(\)|current_date")


class Columns(Struct, frozen=True, kw_only=True):
    """What becomes of a table's columns. `number` is that of the migration."""

    before: Table
    after: Table
    number: int
    notes: list[str]

    @property
    def common(self) -> list[str]:
        return [key for key in self.after.columns if key in self.before.columns]

    @property
    def removed(self) -> list[Column]:
        """Gone from the table, or made anew because their values cannot stay in place.

        Generated ones first: they are made of the others.
        """
        found = [
            column
            for key, column in self.before.columns.items()
            if key not in self.after.columns or self._anew(key)
        ]
        return sorted(found, key=lambda column: not column.generated)

    @property
    def retyped(self) -> list[str]:
        """Columns whose values change their type in place."""
        return [
            key
            for key in self.common
            if self.before.columns[key].type != self.after.columns[key].type and not self._anew(key)
        ]

    @property
    def touched(self) -> set[str]:
        """Columns that nothing may refer to while they change."""
        return {column.name for column in self.removed} | set(self.retyped)

    def _anew(self, key: str) -> bool:
        old, new = self.before.columns[key], self.after.columns[key]
        if old.generated or new.generated:
            moved = {
                column.name.lower()
                for column in self.before.columns.values()
                if self.after.columns.get(column.name, new).type != column.type
                or column.name not in self.after.columns
            }
            same = (old.generated, old.type) == (new.generated, new.type)
            return not same or bool(mentions(old.generated) & moved)
        return old.type != new.type and not stays(old.type, new.type)

    def aside(self, column: str) -> str:
        """The name under which a removed column is kept."""
        return short_name(column, "removed", str(self.number))

    def away(self, lost: set[str]) -> Iterator[Step]:
        """Keep what is removed aside; `lost` are functions that nothing may need any more."""
        table = self.before.name
        for column in self.removed:
            if column.generated:
                yield Step(
                    f"alter table {name(table)} drop column {name(column.name)};",
                    steps.added(table, column),
                )
                continue
            kept = self.aside(column.name)
            if column.default and mentions(column.default) & lost:
                bare = Column(name=column.name, type=column.type, place=column.place)
                yield Step(steps.default(table, bare), steps.default(table, column))
            yield steps.renamed("table", table, column.name, kept)
            if column.not_null:
                why = (
                    f"There are {table} made since {column.name} was removed, which have none:"
                    f" fill the column {kept} first; nothing was taken back."
                )
                yield Step(steps.optional(table, kept), steps.not_null(table, kept, why))

    def changes(self) -> Iterator[tuple[Place, Step]]:
        """Every other change, with its place in the order in which the new schema is made."""
        for key, column in self.after.columns.items():
            old = self.before.columns.get(key)
            if old is None:
                found = self._new(column)
            elif self._anew(key):
                found = self._replaced(old, column)
            else:
                found = self._same(old, column)
            for step in found:
                yield column.place, step

    def _new(self, column: Column) -> Iterator[Step]:
        table = self.after.name
        down = f"alter table {name(table)} drop column {name(column.name)};"
        known = column.generated or not column.not_null or _LITERAL.fullmatch(column.default)
        if known:
            yield Step(steps.added(table, column), down)
            return
        value = "" if column.default else filler(column, self.after.constraints.values())
        if value:
            self._note(f"every row of {table} gets {value} as {column.name}, which is required")
            yield Step(steps.added(table, column, value), down)
            return
        why = (
            f"There are {table}, and each would need a {column.name} that nobody can make up:"
            " let it be optional, fill it, and require it then; nothing was migrated."
        )
        yield Step(steps.guarded(steps.added(table, column), "not_null_violation", why), down)

    def _replaced(self, old: Column, column: Column) -> Iterator[Step]:
        """A new column with the values of the old one as far as they can be had."""
        table = self.after.name
        start = f"alter table {name(table)}"
        down = f"{start} drop column {name(column.name)};"
        if column.generated:
            yield Step(steps.added(table, column), down)
            return
        bare = Column(name=column.name, type=column.type, default=column.default, place=(0, 0, 0))
        yield Step(steps.added(table, bare), down)
        kept = self.aside(old.name)
        there = "" if old.generated else converted(kept, old.type, column.type)
        if there:
            back = converted(column.name, column.type, old.type)
            own, former = name(column.name), name(kept)
            up = steps.update(table, f"{own} = coalesce({there}, {own})", "true")
            undo = steps.update(table, f"{former} = {back}", f"{former} is null")
            yield Step(steps.rows(self.before, up), steps.rows(self.before, undo) if back else "")
        self._note(
            f"{table}.{column.name} becomes {column.type}:"
            f" {'what cannot become that' if there else 'no value can become that, so it'} is empty"
            + ("" if old.generated else f"; all is kept in {kept}")
        )
        if column.not_null:
            yield from self._required(column)

    def _same(self, old: Column, column: Column) -> Iterator[Step]:
        table, quoted = self.after.name, name(column.name)
        retyped = old.type != column.type
        bare = Column(name=column.name, type=column.type, place=(0, 0, 0))
        if old.default and (retyped or not column.default):
            yield Step(steps.default(table, bare), steps.default(table, old))
        if retyped:
            change = f"alter table {name(table)} alter column {quoted} type"
            why = f"There are {table} whose {column.name} is no {{}}; nothing was changed."
            up = f"{change} {column.type} using {quoted}::{column.type};"
            down = f"{change} {old.type} using {quoted}::{old.type};"
            yield Step(
                steps.guarded(up, "data_exception", why.format(column.type)),
                steps.guarded(down, "data_exception", why.format(old.type)),
            )
        if column.default and (retyped or old.default != column.default):
            previous = bare if retyped or not old.default else old
            yield Step(steps.default(table, column), steps.default(table, previous))
        if column.not_null and not old.not_null:
            yield from self._required(column)
        elif old.not_null and not column.not_null:
            why = f"There are {table} without {column.name}: fill it first; nothing was taken back."
            yield Step(steps.optional(table, column.name), steps.not_null(table, column.name, why))

    def _required(self, column: Column) -> Iterator[Step]:
        table = self.after.name
        value = filler(column, self.after.constraints.values())
        if value:
            self._note(f"rows of {table} without {column.name} get {value}: it is required now")
            own = name(column.name)
            fill = steps.update(table, f"{own} = {value}", f"{own} is null")
            yield Step(steps.rows(self.before, fill), "")
        why = f"There are {table} without {column.name}: fill it first; nothing was migrated."
        yield Step(steps.not_null(table, column.name, why), steps.optional(table, column.name))

    def _note(self, text: str) -> None:
        self.notes.append(text[:1].upper() + text[1:])
