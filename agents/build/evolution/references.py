"""References of what is kept aside: nobody sees it, so it must not stand in anybody's way. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.build.evolution.objects import Constraint, Table
from agents.build.evolution.steps import Step
from agents.build.render.literals import name

_REFERENCES = re.compile(r'references (?:"(?:[^"]|"")*"|\w+) ?(\([^)]*\))?')


def release(table: Table) -> Iterator[Step]:
    """What a removed table refers to can be deleted all the same."""
    for constraint in table.constraints.values():
        if constraint.kind == "foreign" and _blocks(constraint):
            start = f"alter table {name(table.name)}"
            drop = f"{start} drop constraint {name(constraint.name)};\n"
            add = f"{start} add constraint {name(constraint.name)} "
            free = reference(constraint, constraint.columns, constraint.target, "cascade")
            yield Step(f"{drop}{add}{free};", f"{drop}{add}{constraint.definition};")


def reference(constraint: Constraint, columns: Sequence[str], target: str, action: str) -> str:
    """The reference from other columns, to another table, with another fate when that goes."""
    found = _REFERENCES.search(constraint.definition)
    to = found[1] if found and found[1] else ""
    own = ", ".join(name(column) for column in columns)
    return f"foreign key ({own}) references {name(target)} {to} on delete {action}"


def _blocks(constraint: Constraint) -> bool:
    return not re.search(r"on delete (cascade|set)", constraint.definition)
