"""Which table comes first: what is referred to before what refers to it. Pure.

Errors:
    InvalidInput `seed_cycle`    tables refer to each other, and no constraint can wait
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.migration.errors import InvalidInput
from agents.migration.seeds.model import Reference, Table


def order(tables: Sequence[Table]) -> tuple[list[Table], bool]:
    """The tables, each behind those that it refers to, else as given.

    The second value says whether deferrable constraints must wait until the end for that.
    """
    strict = _sorted(tables, with_deferrable=True)
    if strict is not None:
        return strict, False
    relaxed = _sorted(tables, with_deferrable=False)
    if relaxed is not None:
        return relaxed, True
    raise _cycle_error(tables)


def _sorted(tables: Sequence[Table], *, with_deferrable: bool) -> list[Table] | None:
    """Kahn's algorithm, taking the first possible table each time; None for a cycle."""
    needs = {table.oid: _targets(table, tables, with_deferrable) for table in tables}
    found: list[Table] = []
    done: set[int] = set()
    waiting = list(tables)
    while waiting:
        ready = next((table for table in waiting if needs[table.oid] <= done), None)
        if ready is None:
            return None
        waiting.remove(ready)
        done.add(ready.oid)
        found.append(ready)
    return found


def _targets(table: Table, tables: Sequence[Table], with_deferrable: bool) -> set[int]:
    present = {each.oid for each in tables}
    return {
        reference.target for reference in table.references
        if reference.target in present
        and reference.target != table.oid
        and (with_deferrable or not reference.deferrable)
    }  # fmt: skip


def _cycle_error(tables: Sequence[Table]) -> InvalidInput:
    steps = cycle(tables)
    path = " → ".join([*(table.label for table, _ in steps), steps[0][0].label])
    names = ", ".join(reference.name for _, reference in steps)
    return InvalidInput(
        "seed_cycle",
        f"the tables refer to each other: {path} (by {names}), so none can be filled first; "
        "nothing was changed",
        hint=f"make one of them wait: ALTER TABLE … ALTER CONSTRAINT {steps[-1][1].name} "
        "DEFERRABLE",
    )


def cycle(tables: Sequence[Table]) -> list[tuple[Table, Reference]]:
    """One circle of constraints that cannot wait, each with its table; empty when there is none."""
    by_oid = {table.oid: table for table in tables}
    finished: set[int] = set()

    def visit(table: Table, path: list[tuple[Table, Reference]]) -> list[tuple[Table, Reference]]:
        for reference in table.references:
            target = by_oid.get(reference.target)
            if target is None or target is table or reference.deferrable:
                continue
            here = [*path, (table, reference)]
            for position, (earlier, _) in enumerate(here):
                if earlier is target:
                    return here[position:]
            if target.oid not in finished:
                found = visit(target, here)
                if found:
                    return found
        finished.add(table.oid)
        return []

    for table in tables:
        found = visit(table, [])
        if found:
            return found
    return []
