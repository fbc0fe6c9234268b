"""The order in which a schema is turned into another. Pure.

First what goes, in the reverse order of its making; then what comes; then what is changed in
its place. What cannot be changed in its place goes and comes again, and with it whatever
PostgreSQL does not let stand on something that changes: views, policies, triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.migration.catalog import statements
from agents.migration.catalog.schema import Item, Key, Schema

_RANKS = (
    "schema", "extension", "enum", "composite", "range", "domain", "sequence", "function",
    "procedure", "aggregate", "table", "column", "late function", "sequence owner", "constraint",
    "index", "foreign key", "view", "materialized view", "late index", "trigger", "rule",
    "row security", "policy", "statistics", "owner", "default privileges", "grant", "comment",
    "column order",
)  # fmt: skip
RANK = {kind: number for number, kind in enumerate(_RANKS)}
"""Things of a lower rank are made before, and removed after, those of a higher one."""
_VIEWS = ("view", "materialized view")
_HOLDERS = ("table", "schema", *_VIEWS)
_STANDING = ("policy", "trigger", "rule")
_PUBLIC = {
    "function": "function", "procedure": "procedure", "aggregate": "function", "enum": "type",
    "domain": "type", "range": "type",
}  # fmt: skip
"""Kinds that PUBLIC gets rights on when they are made, as `grant` calls them."""
_ATTACHED = ("grant", "owner", "comment")

Pair = tuple[Item | None, Item | None]


def script(before: Schema, after: Schema, pairs: Sequence[Pair]) -> list[str]:
    """Statements that turn `before` into `after`; `pairs` are the items that differ."""
    gone = {old.key: old for old, new in pairs if old is not None and new is None}
    new = {item.key: item for old, item in pairs if old is None and item is not None}
    kept: list[list[str]] = []
    for old, item in sorted(_both(pairs), key=lambda pair: _creation(pair[1])):
        changed = statements.alter(old, item, after)
        if changed is None:
            gone[old.key], new[item.key] = old, item
        else:
            kept.append(changed)
    _rebuild(before, after, pairs, gone, new)
    removed, made = _holders(gone.values()), _holders(new.values())
    routines = any(item.kind in ("function", "procedure") for item in new.values())
    # What a body mentions may come later.
    text = ["set local check_function_bodies = off"] if routines else []
    for item in sorted(_views_ordered(gone.values(), before, readers_first=True), key=_removal):
        if not _within(item, removed):
            text += statements.drop(item)
    for item in sorted(_views_ordered(new.values(), after, readers_first=False), key=_creation):
        if not (item.kind == "column" and item.parent in made):
            text += [*statements.create(item, after), *_not_public(item, after)]
    text += [each for changed in kept for each in changed]
    return [*text, *_defaults(new.values(), made), *_column_grants(gone.values(), pairs, after)]


def _both(pairs: Iterable[Pair]) -> list[tuple[Item, Item]]:
    return [(old, new) for old, new in pairs if old is not None and new is not None]


def _rebuild(
    before: Schema,
    after: Schema,
    pairs: Sequence[Pair],
    gone: dict[Key, Item],
    new: dict[Key, Item],
) -> None:
    """Add what must go and come again because of what it stands on, and what is attached to it."""
    touched = _touched(pairs, gone.values())
    again = [
        item
        for item in before.items.values()
        if item.kind in _STANDING and item.parent in touched and item.key not in gone
    ]
    views = [item for item in before.items.values() if item.kind in _VIEWS]
    found = True
    while found:
        found = False
        for view in views:
            if view.name not in touched and any(_mentions(view, name) for name in touched):
                touched.add(view.name)
                again.append(view)
                found = True
    for item in again:
        if item.key in after.items:
            gone.setdefault(item.key, item)
            new.setdefault(item.key, after.items[item.key])
    for item in [each for key, each in new.items() if key in before.items]:
        new.update({each.key: each for each in _attached(item, after)})


def _touched(pairs: Sequence[Pair], gone: Iterable[Item]) -> set[str]:
    """Relations on which nothing may stand while they change."""
    retyped = {
        new.parent
        for old, new in _both(pairs)
        if new.kind == "column" and old.detail.get("type") != new.detail.get("type")
    }
    dropped = {item.parent for item in gone if item.kind == "column"}
    return retyped | dropped | {item.name for item in gone if item.kind in _VIEWS}


def _mentions(view: Item, relation: str) -> bool:
    return relation in view.definition


def _attached(item: Item, schema: Schema) -> list[Item]:
    """What PostgreSQL drops together with an item, and has to be made again with it."""
    names = {item.name, f"{item.name} on {item.parent}"}
    return [
        each
        for each in schema.items.values()
        if (each.kind in _ATTACHED and (each.name in names or each.detail.get("object") in names))
        or (item.kind in _HOLDERS and each.parent == item.name and each.kind != "column")
        or (each.kind == "comment" and each.detail.get("table") in names)
    ]


def _holders(items: Iterable[Item]) -> set[str]:
    return {item.name for item in items if item.kind in _HOLDERS}


def _within(item: Item, removed: set[str]) -> bool:
    """Whether the item goes with the object that it is a part of."""
    if item.kind in _HOLDERS:
        return False
    if item.kind in ("grant", "owner"):
        return str(item.detail.get("object", item.name)) in removed
    if item.kind == "comment":
        return str(item.detail.get("table") or item.name) in removed
    return item.parent in removed


def _views_ordered(items: Iterable[Item], schema: Schema, *, readers_first: bool) -> list[Item]:
    """Views that read other views before those, or after them."""
    views = {item.name: item for item in schema.items.values() if item.kind in _VIEWS}

    def depth(item: Item, seen: frozenset[str] = frozenset()) -> int:
        if item.kind not in _VIEWS or item.name in seen:
            return 0
        read = [view for name, view in views.items() if name != item.name and _mentions(item, name)]
        return 1 + max((depth(view, seen | {item.name}) for view in read), default=0)

    return sorted(items, key=depth, reverse=readers_first)


def _creation(item: Item) -> tuple[int, int]:
    """Sorts by what is needed first: a partition needs its table, a foreign key other keys."""
    needs = item.detail.get("bound") or item.detail.get("parents")
    late = needs if item.kind == "table" else item.kind == "constraint" and not item.detail["key"]
    # A view is a matter of its own order, materialised or not.
    kind = "view" if item.kind in _VIEWS else item.kind
    if item.detail.get("needs_tables"):
        kind = "late function"
    if item.detail.get("on_view"):
        kind = "late index"
    return (RANK.get(kind, len(RANK)), 1 if late else 0)


def _removal(item: Item) -> tuple[int, int]:
    rank, late = _creation(item)
    return (-rank, -late)


def _not_public(item: Item, after: Schema) -> list[str]:
    """Everybody may use a new function or type, until that is revoked."""
    kind = _PUBLIC.get(item.kind)
    if kind is None or ("grant", f"{kind} {item.name}", "public") in after.items:
        return []
    return [f"revoke all on {kind} {item.name} from public"]


def _defaults(new: Iterable[Item], made: set[str]) -> list[str]:
    """Defaults that call functions of the schema, which are made after the tables."""
    return [
        f"alter table {item.parent} alter column {item.name} set default {item.detail['default']}"
        for item in new
        if item.kind == "column" and item.parent in made and statements.is_deferred(item)
    ]


def _column_grants(gone: Iterable[Item], pairs: Sequence[Pair], after: Schema) -> list[str]:
    """What is granted on columns and went away with a privilege on their table."""
    revoked = {
        (item.detail["object"], item.name)
        for item in [*gone, *(old for old, _ in _both(pairs))]
        if item.kind == "grant" and item.detail["kind"] == "table"
    }
    return [
        sql
        for item in after.items.values()
        if item.kind == "grant" and item.detail["kind"] == "column"
        if (item.detail["object"], item.name) in revoked
        for sql in statements.create(item, after)
    ]
