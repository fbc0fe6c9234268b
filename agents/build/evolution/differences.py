"""From one schema to another: first what must not be in the way is dropped, then what goes is
kept aside, then all that is new or different is made in the order of the new schema. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from agents.build.evolution import steps
from agents.build.evolution.columns import Columns
from agents.build.evolution.lexer import mentions
from agents.build.evolution.names import automatic
from agents.build.evolution.objects import Column, Constraint, Place, Schema, Table, ThingKey
from agents.build.evolution.references import reference, release
from agents.build.evolution.steps import Step
from agents.build.evolution.things import create, drop, replace
from agents.build.render.literals import name, short_name


class Change(Struct, frozen=True, kw_only=True):
    """A forward migration: a title for its file's name, SQL up and down, and what to know."""

    title: str
    up: str
    down: str
    notes: tuple[str, ...]

    @property
    def script(self) -> str:
        """The file."""
        words = "".join(f"-- {note}.\n" for note in self.notes)
        return f"-- migrate:up\n{words}{self.up}\n-- migrate:down\n{self.down}"


def evolve(before: Schema, after: Schema, number: int) -> Change | None:
    """The migration `number` from one schema to the other; None when both are the same."""
    work = _Work(before, after, number)
    found = list(work.steps())
    if not found:
        return None
    up, down = steps.together(found)
    if work.functions:
        quiet = "-- Functions may name what is made below them.\n"
        quiet += "set local check_function_bodies = off;\n"
        up, down = quiet + up, quiet + down
    return Change(title=work.title(), up=up, down=down, notes=tuple(dict.fromkeys(work.notes)))


class _Work:
    """The comparison of two schemas."""

    def __init__(self, before: Schema, after: Schema, number: int) -> None:
        self.before, self.after, self.number = before, after, number
        self.notes: list[str] = []
        self.common = {
            key: Columns(before=table, after=after.tables[key], number=number, notes=self.notes)
            for key, table in before.tables.items()
            if key in after.tables and _keys(table) == _keys(after.tables[key])
        }
        # Of the same name with another primary key, a table is another one.
        self.gone = [table for key, table in before.tables.items() if key not in self.common]
        self.new = [table for key, table in after.tables.items() if key not in self.common]
        self.touched = {key: columns.touched for key, columns in self.common.items()}
        self.functions = any(
            _text(before, key) != _text(after, key)
            for key in {**before.things, **after.things}
            if key[0] == "function"
        )
        self.replaced = self._reshaped()
        self.lost = {
            key[2].partition("(")[0].lower()
            for key in before.things
            if key[0] == "function" and key not in after.things
        }
        self.dropped = self._dropped()
        self.loosened = self._loosened()

    def _reshaped(self) -> set[str]:
        """Functions that `create or replace` cannot change: they return something else."""
        return {
            thing.name
            for key, thing in self.before.things.items()
            if key in self.after.things and thing.header != self.after.things[key].header
        }

    def _moves(self, table: str, text: str) -> bool:
        """Whether a statement refers to a column that goes or changes its type, or the like."""
        words = mentions(text)
        called = {function.partition("(")[0].lower() for function in self.replaced}
        if words & called:
            return True
        return any(
            (place == table or place.lower() in words)
            and words & {column.lower() for column in columns}
            for place, columns in self.touched.items()
        )

    def _dropped(self) -> set[ThingKey]:
        """What is dropped, and made again where the new schema has it too."""
        gone = {table.name for table in self.gone}
        found = set()
        for key, thing in self.before.things.items():
            if thing.table in gone:
                if thing.kind != "index":
                    found.add(key)
            elif thing.kind == "function":
                if thing.name in self.replaced or key not in self.after.things:
                    found.add(key)
            elif _text(self.after, key) != _text(self.before, key) or self._moves(
                thing.table, thing.text
            ):
                found.add(key)
        return found

    def _loosened(self) -> list[tuple[Table, Constraint]]:
        """Constraints of tables that stay which are dropped, and maybe made again."""
        return [
            (columns.before, constraint)
            for key, columns in self.common.items()
            for constraint in columns.before.constraints.values()
            if not _alike(constraint, columns.after.constraints.get(constraint.name))
            or self._moves(key, " ".join(constraint.columns))
            # A key refers to nothing but its columns, and others may depend on it.
            or (
                constraint.kind not in ("primary", "unique")
                and self._moves(key, constraint.definition)
            )
        ]

    def steps(self) -> Iterator[Step]:
        """Everything, in the order of the way up."""
        yield from self._drop("trigger", "policy", "view")
        yield from self._loosen()
        yield from self._drop("index")
        for table in self.gone:
            yield from release(table)
        for table in reversed(self.gone):
            yield from self._away(table)
        for columns in self.common.values():
            yield from columns.away(self.lost)
        yield from self._hold()
        for _, step in sorted(self._made(), key=lambda pair: pair[0]):
            yield step
        yield from self._drop("function", "type", "domain", "sequence", unless=self.replaced)

    def _drop(self, *kinds: str, unless: Iterable[str] = ()) -> Iterator[Step]:
        found = [self.before.things[key] for key in self.dropped if key[0] in kinds]
        for thing in sorted(found, key=lambda each: each.place, reverse=True):
            if thing.name not in unless:
                yield Step(drop(thing), f"{thing.text};")

    def _loosen(self) -> Iterator[Step]:
        order = {"foreign": 0}
        for table, constraint in sorted(self.loosened, key=lambda pair: order.get(pair[1].kind, 1)):
            undo = f"alter table {name(table.name)} drop constraint {name(constraint.name)};"
            yield Step(undo, steps.constrained(table.name, constraint))

    def _away(self, table: Table) -> Iterator[Step]:
        """Keep a removed table aside, with its indexes and constraints."""
        keys = ("primary", "unique", "exclude")
        indexes = [each.name for each in table.constraints.values() if each.kind in keys]
        indexes += [
            thing.name
            for thing in self.before.things.values()
            if (thing.kind, thing.table) == ("index", table.name)
        ]
        for index in indexes:
            yield steps.renamed("index", "", index, self._aside(index))
        for constraint in table.constraints.values():
            if constraint.kind not in keys:
                # PostgreSQL gives a name once, also to constraints that nobody sees any more.
                yield steps.renamed_constraint(
                    table.name, constraint.name, self._aside(constraint.name)
                )
        for column in table.columns.values():
            if column.default and mentions(column.default) & self.lost:
                bare = Column(name=column.name, type=column.type, place=column.place)
                yield Step(steps.default(table.name, bare), steps.default(table.name, column))
            if "identity" in column.type:
                sequence = automatic(table.name, column.name, "seq", ())
                yield steps.renamed("sequence", "", sequence, self._aside(sequence))
        yield steps.renamed("table", "", table.name, self._aside(table.name))
        self.notes.append(
            f"{table.name} is no longer in the app: its rows are kept in {self._aside(table.name)}"
        )

    def _aside(self, key: str) -> str:
        return short_name(key, "removed", str(self.number))

    def _hold(self) -> Iterator[Step]:
        """Removed references do not outlive what they refer to, so that they can come back."""
        gone = {table.name for table in self.gone}
        for table, constraint in self.loosened:
            columns = self.common[table.name]
            removed = {column.name for column in columns.removed}
            if constraint.kind != "foreign" or not removed & set(constraint.columns):
                continue
            kept = [columns.aside(each) for each in constraint.columns if each in removed]
            own = [columns.aside(each) if each in removed else each for each in constraint.columns]
            target = constraint.target
            free = reference(
                constraint, own, self._aside(target) if target in gone else target,
                f"set null ({', '.join(map(name, kept))})",
            )  # fmt: skip
            called = name(self._aside(constraint.name))
            start = f"alter table {name(table.name)}"
            yield Step(
                f"{start} add constraint {called} {free};", f"{start} drop constraint {called};"
            )

    def _made(self) -> Iterator[tuple[Place, Step]]:
        for table in self.new:
            yield table.place, Step(f"{table.text};", f"drop table {name(table.name)};")
            yield from self._late(table)
            yield from self._security(None, table)
        for columns in self.common.values():
            yield from columns.changes()
            yield from self._constraints(columns)
            yield from self._security(columns.before, columns.after)
        yield from self._things()
        for text, place in self.after.others.items():
            if text not in self.before.others:
                yield place, Step(f"{text};", "")

    def _things(self) -> Iterator[tuple[Place, Step]]:
        gone = {table.name for table in self.gone}
        for key, thing in self.after.things.items():
            old = self.before.things.get(key)
            if old is None or key in self.dropped or thing.table in gone:
                again = [Step(drop(old), f"{old.text};")] if old and key[0] == "function" else []
                made = Step(create(thing, filled=thing.table in self.common), drop(thing))
                for step in (*again, made):
                    yield thing.place, step
            elif _text(self.before, key) != _text(self.after, key):
                yield thing.place, Step(replace(thing.text), replace(old.text))

    def _late(self, table: Table) -> Iterator[tuple[Place, Step]]:
        """What a new table gets after it is made."""
        for key in table.late:
            column = table.columns[key]
            yield column.place, Step(steps.added(table.name, column), "")
        for constraint in table.constraints.values():
            if not constraint.inline:
                yield constraint.place, self._add(table, constraint)

    def _constraints(self, columns: Columns) -> Iterator[tuple[Place, Step]]:
        loosened = {c.name for table, c in self.loosened if table.name == columns.before.name}
        for constraint in columns.after.constraints.values():
            if constraint.name in loosened or constraint.name not in columns.before.constraints:
                yield constraint.place, self._add(columns.after, constraint)

    def _add(self, table: Table, constraint: Constraint) -> Step:
        undo = f"alter table {name(table.name)} drop constraint {name(constraint.name)};"
        return Step(steps.constrained(table.name, constraint), undo)

    def _security(self, before: Table | None, after: Table) -> Iterator[tuple[Place, Step]]:
        for attribute, on, off in (
            ("enabled", "enable", "disable"),
            ("forced", "force", "no force"),
        ):
            now, then = getattr(after, attribute), before is not None and getattr(before, attribute)
            if now != then:
                words = (on, off) if now else (off, on)
                up, down = (
                    f"alter table {name(after.name)} {word} row level security;" for word in words
                )
                yield (after.place[0], 3, 0), Step(up, down if before else "")

    def title(self) -> str:
        """What changes, as part of a file's name."""
        changed = [
            key
            for key, columns in self.common.items()
            if _outline(columns.before) != _outline(columns.after)
        ]
        names = [*(f"add_{table.name}" for table in self.new),
                 *(f"remove_{table.name}" for table in self.gone),
                 *(f"change_{key}" for key in changed)]  # fmt: skip
        return names[0][:60] if len(names) == 1 else "change_the_model" if names else "change_rules"


def _keys(table: Table) -> list[tuple[str, ...]]:
    return [each.columns for each in table.constraints.values() if each.kind == "primary"]


def _outline(table: Table) -> object:
    columns = {key: column.definition for key, column in table.columns.items()}
    return columns, {key: each.definition for key, each in table.constraints.items()}


def _alike(one: Constraint, other: Constraint | None) -> bool:
    return other is not None and one.definition == other.definition


def _text(schema: Schema, key: ThingKey) -> str:
    thing = schema.things.get(key)
    return " ".join(thing.text.split()) if thing else ""
