"""Formulas and conditions in SQL. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agents.build.render.literals import name, sql
from agents.build.structure import When
from contracts.formulas import Leaf, Node, Tree, is_text


def formula(tree: Tree) -> str:
    """Exact: numbers are computed as `numeric`. A text that is missing is left out."""
    return f"btrim({_text(tree)})" if is_text(tree) else _number(tree)


def _number(tree: Tree) -> str:
    if isinstance(tree, Leaf):
        return f"{name(tree.value)}::numeric" if tree.kind == "field" else tree.value
    left, right = _number(tree.left), _number(tree.right)
    if tree.operator == "/":
        # Nothing divided by zero is nothing, rather than a record that cannot be saved.
        # Six decimals: a third, too, is the same number in JSON, so that a filter finds it.
        return f"round({left} / nullif({right}, 0), 6)"
    return f"({left} {tree.operator} {right})"


def _text(tree: Tree) -> str:
    if isinstance(tree, Node):
        if tree.operator != "||":
            return f"coalesce({_number(tree)}::text, '')"
        return f"{_text(tree.left)} || {_text(tree.right)}"
    return f"coalesce({name(tree.value)}::text, '')" if tree.kind == "field" else sql(tree.value)


def one_of(column: str, values: Sequence[str | bool]) -> str:
    """The condition that a column is one of the values; false for none."""
    listed = ", ".join(
        sql(value) if isinstance(value, str) else str(value).lower() for value in values
    )
    return f"{column} in ({listed})" if listed else "false"


def applies(when: When | None, prefix: str = "") -> str:
    """The condition under which a rule holds for a row; "" for always."""
    return one_of(f"{prefix}{name(when.field)}", when.values) if when else ""
