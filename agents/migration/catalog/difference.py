"""What differs between two schemas, and the SQL that turns one into the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from agents.migration.catalog.schema import Item, Schema
from agents.migration.catalog.script import script

ORDER = "column order"


class Change(Struct, frozen=True, kw_only=True):
    """A thing that is in one schema only (`before` or `after` is None) or differs."""

    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        """The later version, or the only one."""
        found = self.after or self.before
        assert found is not None
        return found

    def __str__(self) -> str:
        if self.before is None:
            return f"added    {self.item}"
        if self.after is None:
            return f"missing  {self.item}"
        return f"differs  {self.item}: {_short(self.before)} -> {_short(self.after)}"


class Difference(Struct, frozen=True, kw_only=True):
    """All changes from one schema to the other."""

    before: Schema
    after: Schema
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same in everything."""
        return not self.changes

    @property
    def order_only(self) -> bool:
        """Whether they differ in nothing but the order of columns."""
        return bool(self.changes) and all(c.item.kind == ORDER for c in self.changes)

    def sql(self) -> list[str]:
        """Statements without semicolons that make `before` into `after`, in a working order."""
        return script(self.before, self.after, [(c.before, c.after) for c in self.changes])


def difference(before: Schema, after: Schema) -> Difference:
    """Everything that differs."""
    changes = []
    for key in sorted(before.items.keys() | after.items.keys()):
        old, new = before.items.get(key), after.items.get(key)
        if old is None or new is None or old.same != new.same:
            changes.append(Change(before=old, after=new))
    return Difference(before=before, after=after, changes=_without_echoes(changes))


def _without_echoes(changes: Sequence[Change]) -> tuple[Change, ...]:
    """An order that differs because columns came or went says nothing of its own."""
    kept = []
    for change in changes:
        if change.item.kind == ORDER and change.before and change.after:
            old, new = (set(each.definition.split(", ")) for each in (change.before, change.after))
            common = old & new
            first, second = (
                [name for name in each.definition.split(", ") if name in common]
                for each in (change.before, change.after)
            )
            if first == second:
                continue
        kept.append(change)
    return tuple(kept)


def _short(item: Item) -> str:
    text = " ".join(item.definition.split()) or str(item.detail)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004  a line of a terminal
