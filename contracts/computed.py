"""Which fields are computed from others of their record, and how. Pure.

Errors:
    ModelError   a formula that cannot be understood, or that its field does not take
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.formulas import (
    FormulaError,
    Tree,
    check_numbers,
    check_texts,
    fields_of,
    inlined,
    is_text,
    parse,
)
from contracts.model import NUMBERS, TEXTUAL, Entity, Field, ModelError

_TEXTS = frozenset({"text", "longtext", "markdown"})
"""Texts that may be put together from others: no addresses, which have a form of their own."""
_LONGEST = 300
"""Fields in one formula once those it builds on are written out."""


def formulas(entity: Entity) -> dict[str, Tree]:
    """The formula of each computed field, over fields that are not. Raises ModelError."""
    known = {field.key: field for field in entity.fields}
    found: dict[str, Tree] = {}
    for key, text in _texts(entity):
        place = f"entity {entity.key}, field {key}: the formula “{text}”"
        if key not in known:
            raise ModelError(f"{place} is for a field that there is not")
        if key in found:
            raise ModelError(f"{place} is the second one of this field")
        try:
            found[key] = parse(text)
        except FormulaError as error:
            raise ModelError(f"{place} cannot be understood: {error}") from None
    whole: dict[str, Tree] = {}
    for key in found:
        place = f"entity {entity.key}, field {key}: the formula"
        try:
            whole[key] = _whole(found, whole, key, ())
            _check(known, known[key], whole[key])
        except FormulaError as error:
            raise ModelError(f"{place} cannot be computed: {error}") from None
    return {key: whole[key] for key in found}


def _texts(entity: Entity) -> Iterator[tuple[str, str]]:
    for field in entity.fields:
        if field.computed:
            yield field.key, field.computed
    for rule in entity.rules:
        left, sign, right = rule.expr.partition("=")
        if rule.kind == "total" and sign and "." not in left:
            yield left.strip(), right


def _whole(
    found: dict[str, Tree], whole: dict[str, Tree], key: str, above: tuple[str, ...]
) -> Tree:
    """A generated column cannot build on another, so what that computes is written out."""
    if key in above:
        raise FormulaError(f"{key!r} is computed from itself")
    if key not in whole:
        others = {
            other: _whole(found, whole, other, (*above, key))
            for other in dict.fromkeys(fields_of(found[key]))
            if other in found
        }
        whole[key] = inlined(found[key], others)
        if sum(1 for _ in fields_of(whole[key])) > _LONGEST:
            raise FormulaError("it is too long")
    return whole[key]


def _check(known: dict[str, Field], field: Field, tree: Tree) -> None:
    for key in fields_of(tree):
        if key not in known:
            raise FormulaError(f"there is no field {key!r}")

    def is_number(key: str) -> bool:
        return known[key].type in NUMBERS

    if field.type in NUMBERS:
        check_numbers(tree, is_number)
    elif field.type not in _TEXTS:
        raise FormulaError(f"a field of type {field.type} is not computed")
    elif not is_text(tree):
        raise FormulaError("texts are put together by ||")
    else:
        check_texts(tree, is_number, lambda key: known[key].type in TEXTUAL)
