"""What is to be done: files against history. Pure.

    compare(folder, rows) -> Comparison    every migration with its state, and what is wrong
    up(comparison, …) -> Plan              what to apply, in order
    down(comparison, …) -> tuple           what to take back, newest first

Errors:
    HistoryConflict `edited` `missing` `out_of_order` `unfinished` `later_unfinished`
    InvalidInput `unknown_version` `nothing_to_undo`
    Refused `irreversible`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from agents.migration.errors import HistoryConflict, InvalidInput, Place, Refused
from agents.migration.files import Folder, Migration
from agents.migration.files.versions import numbered, order_of
from agents.migration.history import Row

State = Literal[
    "applied", "baseline", "pending", "changed", "comments", "way_back", "edited", "missing",
    "out_of_order", "applying", "reverting",
]  # fmt: skip
"""
changed        a repeatable migration whose text is new: it is applied again
comments       edited since, in comments only
way_back       edited since, in its way back only
edited         edited since in what it does
out_of_order   pending, and numbered below one that is applied
"""
APPLICABLE: tuple[State, ...] = ("pending", "changed", "out_of_order", "applying")
_SEQUENTIAL = 10**8
"""Numbers from here on are dates, and have gaps by nature."""


class Entry(Struct, frozen=True, kw_only=True):
    """One version with its file, its row, or both."""

    version: str
    name: str
    state: State
    migration: Migration | None = None
    row: Row | None = None


class Comparison(Struct, frozen=True, kw_only=True):
    """Every version in the files' order; `gaps` names numbers that no file has."""

    entries: tuple[Entry, ...]
    gaps: tuple[str, ...] = ()

    def having(self, *states: State) -> tuple[Entry, ...]:
        """The entries of some states."""
        return tuple(entry for entry in self.entries if entry.state in states)


class Plan(Struct, frozen=True, kw_only=True):
    """What `up` will do, in order, and what deserves a look."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()

    @property
    def migrations(self) -> tuple[Migration, ...]:
        """Those to apply."""
        return tuple(entry.migration for entry in self.entries if entry.migration is not None)


def compare(folder: Folder, rows: Iterable[Row]) -> Comparison:
    """Each version's state."""
    by_version = {row.version: row for row in rows}
    newest = max((order_of(v) for v in by_version if not v.startswith("R__")), default=())
    entries = [
        _entry(migration, by_version.get(migration.version), newest)
        for migration in folder.migrations
    ]
    known = {migration.version for migration in folder.migrations}
    missing = [
        Entry(version=row.version, name=row.name, state="missing", row=row)
        for row in by_version.values()
        if row.version not in known
    ]
    if missing:
        entries = sorted([*entries, *missing], key=_place)
    return Comparison(entries=tuple(entries), gaps=gaps(folder.migrations))


def _place(entry: Entry) -> tuple[bool, tuple[int, ...], str]:
    repeatable = entry.version.startswith("R__")
    return (repeatable, () if repeatable else order_of(entry.version), entry.name)


def _entry(migration: Migration, row: Row | None, newest: tuple[int, ...]) -> Entry:
    return Entry(
        version=migration.version, name=migration.name, migration=migration, row=row,
        state=_state(migration, row, newest),
    )  # fmt: skip


def _state(migration: Migration, row: Row | None, newest: tuple[int, ...]) -> State:
    if row is None:
        early = not migration.repeatable and migration.order < newest
        return "out_of_order" if early else "pending"
    if row.status in {"applying", "reverting"}:
        return row.status
    if row.checksum == migration.checksum:
        return row.status
    if row.code_checksum == migration.code_checksum:
        return "comments"
    if migration.repeatable:
        return "changed"
    return "way_back" if row.up_checksum == migration.up.code_checksum else "edited"


def gaps(migrations: Sequence[Migration]) -> tuple[str, ...]:
    """Numbers left out between consecutive ones, as `005 … 007 (between 004_a and 008_b)`."""
    found = []
    numbers = [each for each in migrations if not each.repeatable and len(each.order) == 1]
    for before, after in pairwise(numbers):
        low, high = before.order[0] + 1, after.order[0] - 1
        if low <= high < _SEQUENTIAL:
            said = f"{low}" if low == high else f"{low} … {high}"
            found.append(f"{said} (between {before.name} and {after.name})")
    return tuple(found)


def up(
    comparison: Comparison,
    *,
    steps: int | None = None,
    to: str | None = None,
    allow_out_of_order: bool = False,
    allow_missing: bool = False,
) -> Plan:
    """What to apply. Raises HistoryConflict when files and history contradict each other."""
    _refuse_conflicts(
        comparison, allow_out_of_order=allow_out_of_order, allow_missing=allow_missing
    )
    todo = [entry for entry in comparison.entries if entry.state in APPLICABLE]
    # What was begun is finished first: the others may rely on all of it.
    todo.sort(key=lambda entry: entry.state != "applying")
    if to is not None:
        limit = find(comparison, to)
        allowed = {id(each) for each in comparison.entries[: limit + 1]}
        todo = [entry for entry in todo if id(entry) in allowed]
    if steps is not None:
        todo = todo[: _at_least_one(steps)]
    return Plan(entries=tuple(todo), warnings=warnings(comparison))


def warnings(comparison: Comparison) -> tuple[str, ...]:
    """What is no reason to stop, and worth a look."""
    said = []
    for state, what in (
        ("comments", "only comments were edited since it was applied"),
        ("way_back", "its way back was edited since it was applied; the file's is used"),
    ):
        said += [f"{entry.name}: {what}" for entry in comparison.entries if entry.state == state]
    said += [f"no file has the number {gap}" for gap in comparison.gaps]
    for entry in comparison.having("pending", "out_of_order"):
        migration = entry.migration
        if (
            migration
            and migration.down is None
            and not migration.irreversible
            and not migration.repeatable
        ):
            said.append(f"{entry.name}: it has no way back and does not say `-- irreversible: why`")
    return tuple(said)


def _at_least_one(steps: int) -> int:
    if steps < 1:
        raise InvalidInput(
            "bad_option", f"--steps {steps}: at least one is needed; nothing was run"
        )
    return steps


def _refuse_conflicts(
    comparison: Comparison, *, allow_out_of_order: bool, allow_missing: bool
) -> None:
    reverting = comparison.having("reverting")
    if reverting:
        raise HistoryConflict(
            "unfinished", f"{reverting[0].name} was taken back in part; nothing was run",
            hint="finish that first with `genesis migrate down`", place=place(reverting[0]),
        )  # fmt: skip
    edited = comparison.having("edited")
    missing = () if allow_missing else comparison.having("missing")
    if edited or missing:
        raise changed(edited, missing)
    early = comparison.having("out_of_order")
    if early and not allow_out_of_order:
        raise HistoryConflict(
            "out_of_order",
            f"{_names(early)}: numbered below a migration that is applied already; nothing was run",
            hint="give it the highest number, or apply it anyway with --allow-out-of-order",
            place=place(early[0]),
        )


def changed(edited: Sequence[Entry], missing: Sequence[Entry]) -> HistoryConflict:
    """The error of files that are not what was applied."""
    parts, hints = [], []
    if edited:
        parts.append(f"edited since they were applied: {_names(edited)}")
        hints.append("restore the files and put the change into a new migration")
    if missing:
        parts.append(f"applied, but their files are missing: {_names(missing)}")
        hints.append("bring the missing files back, or go on without them with --allow-missing")
    return HistoryConflict(
        "edited" if edited else "missing", f"{'; '.join(parts)}. Nothing was run.",
        hint=f"{'; '.join(hints)}; `genesis migrate repair` accepts what is meant",
        place=place([*edited, *missing][0]),
    )  # fmt: skip


def down(
    comparison: Comparison,
    *,
    steps: int | None = 1,
    to: str | None = None,
    everything: bool = False,
    allow_edited: bool = False,
) -> tuple[Entry, ...]:
    """What to take back, in the reverse order of application. Raises Refused, HistoryConflict."""
    applied = sorted(
        (entry for entry in comparison.entries if entry.row and not _repeats(entry)),
        key=lambda entry: entry.row.id if entry.row else 0,
        reverse=True,
    )
    if to is not None:
        limit = 0 if to == "0" else find(comparison, to) + 1
        kept = {id(each) for each in comparison.entries[:limit]}
        applied = [entry for entry in applied if id(entry) not in kept]
    elif not everything:
        applied = applied[: _at_least_one(steps if steps is not None else 1)]
    for entry in applied:
        _refuse_one_way(entry, allow_edited=allow_edited)
    return tuple(applied)


def _repeats(entry: Entry) -> bool:
    return entry.version.startswith("R__")


def _refuse_one_way(entry: Entry, *, allow_edited: bool) -> None:
    assert entry.row is not None
    if entry.state == "edited" and not allow_edited:
        raise changed([entry], [])
    if entry.state == "applying":
        raise HistoryConflict(
            "unfinished",
            f"{entry.name} was applied in part ({entry.row.statements_done} statements); "
            "nothing was taken back",
            hint="finish it with `genesis migrate up`, or undo those statements by hand and then "
            f"`genesis migrate repair {entry.version} --forget`",
            place=place(entry),
        )
    stored = entry.migration is None or entry.state == "edited"
    down_exists = entry.row.reversible if stored else entry.migration and entry.migration.down
    if entry.row.status == "baseline" and not down_exists:
        reason: str | None = "it was there before the history began"
    else:
        reason = (
            entry.migration.irreversible if entry.migration else None
        ) or entry.row.irreversible
    if not down_exists:
        why = f": {reason}" if reason else ": it has no way back and does not say why"
        raise Refused(
            "irreversible", f"{entry.name} cannot be taken back{why}. Nothing was taken back.",
            hint="restore a backup, or write a migration that goes forward", place=place(entry),
        )  # fmt: skip


def find(comparison: Comparison, wanted: str) -> int:
    """The place of a version among the entries, by `3`, `003` or its name. Raises InvalidInput."""
    key = numbered(wanted.partition("_")[0]).key if wanted[:1].isdigit() else wanted
    by_name = [at for at, each in enumerate(comparison.entries) if each.name == wanted]
    by_key = [at for at, each in enumerate(comparison.entries) if each.version == key]
    exact = wanted.replace(".", "").isdigit()
    found = by_name or (by_key if exact else [])
    if not found:
        raise InvalidInput(
            "unknown_version", f"no migration is {wanted!r}; nothing was run",
            hint="`genesis migrate list` shows them",
        )  # fmt: skip
    return found[0]


def place(entry: Entry) -> Place:
    """Where an entry's file is, or was."""
    return Place(file=str(entry.migration.path) if entry.migration else f"{entry.name}.sql")


def _names(entries: Iterable[Entry]) -> str:
    return ", ".join(entry.name for entry in entries)
