"""What must hold in the database: unique values, and comparisons of fields. Pure.

A rule of another kind, or between fields that cannot be compared, becomes a note.

Errors:
    ModelError   a rule about fields that do not exist
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agents.build.render.literals import short_name
from agents.build.structure import NUMBERS, Comparison, Constraint, Reference
from contracts.model import Entity, Field, ModelError

_COMPARISON = re.compile(
    r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|<>|!=|<|>|=)\s*([a-z][a-z0-9_]*|-?\d+(?:\.\d+)?)\s*"
)
_WORDS = {
    "<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "equal to",
    "!=": "different from",
}  # fmt: skip
_ORDERED = frozenset({"date", "datetime", "time"})


def constraints(
    entity: Entity,
    fields: Sequence[Field],
    references: Sequence[Reference],
    parent: Reference | None,
    notes: list[str],
) -> tuple[Constraint, ...]:
    """Everything that must hold for an entity's table. Raises ModelError."""
    single = [each for each in references if not each.join]
    titles = {field.key: field.title for field in fields}
    titles |= {each.key: each.title for each in single}
    # Else whether a value is taken would tell of records that one may not see.
    scope = ("owner_id",) if entity.ownership == "user" else (parent.key,) if parent else ()
    found = [_unique(entity, (*scope, field.key), titles) for field in fields if field.unique]
    found += [_unique(entity, (each.key,), titles) for each in single if each.unique]
    columns = {each.relation: each.key for each in single}
    for keys in entity.unique_together:
        together = tuple(columns.get(key, key) for key in keys)
        unknown = [key for key in together if key not in titles]
        if unknown or not together:
            raise ModelError(f"entity {entity.key}: unique_together names {unknown}, no field")
        within = scope if entity.ownership == "user" else ()
        found.append(_unique(entity, (*within, *together), titles))
    return (*found, *_rules(entity, fields, notes))


def _unique(entity: Entity, columns: tuple[str, ...], titles: dict[str, str]) -> Constraint:
    named = [titles[key] for key in columns if key in titles]
    words = f"{named[0]} is already used"
    if len(named) > 1:
        words = f"There is already one with this {' and '.join(named)}"
    return Constraint(
        name=short_name(entity.plural, *columns, "key"), field=columns[-1], message=words,
        columns=columns,
    )  # fmt: skip


def _rules(entity: Entity, fields: Sequence[Field], notes: list[str]) -> Iterable[Constraint]:
    known = {field.key: field for field in fields}
    for number, rule in enumerate(entity.rules, start=1):
        check = _comparison(rule.expr, known) if rule.kind == "check" else None
        if check is None:
            notes.append(f"{entity.title}: the rule “{rule.message or rule.expr}” is not enforced")
            continue
        right = known[check.right].title if isinstance(check.right, str) else f"{check.right:g}"
        yield Constraint(
            name=short_name(entity.plural, f"rule_{number}"),
            field=check.left,
            message=rule.message
            or f"{known[check.left].title} must be {_WORDS[check.operator]} {right}",
            check=check,
        )


def _comparison(text: str, known: dict[str, Field]) -> Comparison | None:
    """`starts_at < ends_at` or `seats >= 1`; None for what is none, or compares unlike things."""
    parts = _COMPARISON.fullmatch(text)
    if parts is None or parts[1] not in known:
        return None
    left, operator, right = parts[1], parts[2].replace("<>", "!="), parts[3]
    kind = known[left].type
    if right not in known:
        if right[0].isalpha() or kind not in NUMBERS:
            return None
        return Comparison(left=left, operator=operator, right=float(right))
    alike = {kind, known[right].type} <= NUMBERS or (kind in _ORDERED and kind == known[right].type)
    return Comparison(left=left, operator=operator, right=right) if alike else None
