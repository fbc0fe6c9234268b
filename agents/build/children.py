"""Which entities are edited as rows of another's form. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from agents.build.structure import Child, Reference, Table


def with_children(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables, each with the entities whose records are its rows."""
    return tuple(
        msgspec.structs.replace(table, children=tuple(_children(table, tables))) for table in tables
    )


def _children(table: Table, tables: Iterable[Table]) -> Iterable[Child]:
    for other in tables:
        if other.key == table.key or not other.access.create:
            continue
        for reference in other.references:
            if reference.target != table.key or reference.join or _once(other, reference):
                continue
            if other.parent:
                inside = reference.key == other.parent.key
            else:
                inside = (
                    reference.required and reference.on_delete == "cascade" and _alike(other, table)
                )
            if inside:
                yield Child(entity=other.key, field=reference.key)


def _once(child: Table, reference: Reference) -> bool:
    """Whether each person has one only: theirs are no rows that somebody fills in."""
    return any(
        rule.kind == "once_per_user" and rule.reference in ("", reference.key)
        for rule in child.rules
    )


def _alike(child: Table, parent: Table) -> bool:
    """Whether the same people write both: what others add to a record is no row of its form."""
    kind = child.entity.ownership
    if kind != parent.entity.ownership:
        return False
    if kind == "user":
        return not {"guest", "member"} & {*child.access.list, *child.access.read}
    return set(child.access.update) == set(parent.access.update)
