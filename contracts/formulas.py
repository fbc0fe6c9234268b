"""Formulas of computed fields and totals: `quantity * (price - discount)`, `a || ' ' || b`. Pure.

Errors:
    FormulaError   a text that is no formula, or computes with what is no number
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,18}(?:\.\d{1,9})?)|(?P<field>[a-z][a-z0-9_]*)|"
    r"(?P<text>'(?:[^']|'')*')|(?P<sign>\|\||[-+*/()]))"
)
_LONGEST = 60
"""Parts of one formula: more could exhaust the stack, and nobody could read them."""


class FormulaError(ValueError):
    """A text that is no formula; says why."""


class Leaf(Struct, frozen=True):
    """A field's key, a number as it was written, or a text."""

    kind: Literal["field", "number", "text"]
    value: str


class Node(Struct, frozen=True):
    """Two formulas and what is done with them: `+ - * /` or `||`."""

    operator: str
    left: Leaf | Node
    right: Leaf | Node


Tree: TypeAlias = Leaf | Node


def parse(text: str) -> Tree:
    """The formula in a text. Raises FormulaError."""
    tokens = _tokens(text)
    tree, rest = _level(tokens, 0)
    if rest:
        raise FormulaError(f"{rest[0].value!r} is not expected there")
    return tree


class _Token(Struct, frozen=True):
    kind: str
    value: str


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or len(found) >= _LONGEST:
            raise FormulaError(f"{text[place : place + 20].strip()!r} cannot be read")
        found.append(_Token(str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    return found


_LEVELS = (("||",), ("+", "-"), ("*", "/"))


def _level(tokens: list[_Token], depth: int) -> tuple[Tree, list[_Token]]:
    """What the operators of this level join, those that bind less first."""
    if depth == len(_LEVELS):
        return _single(tokens)
    tree, rest = _level(tokens, depth + 1)
    while rest and rest[0].kind == "sign" and rest[0].value in _LEVELS[depth]:
        operator = rest[0].value
        right, rest = _level(rest[1:], depth + 1)
        tree = Node(operator, tree, right)
    return tree, rest


def _single(tokens: list[_Token]) -> tuple[Tree, list[_Token]]:
    if not tokens:
        raise FormulaError("it ends too early")
    first, rest = tokens[0], tokens[1:]
    match first.kind, first.value:
        case "number", value:
            return Leaf("number", value), rest
        case "field", value:
            return Leaf("field", value), rest
        case "text", value:
            return Leaf("text", value[1:-1].replace("''", "'")), rest
        case _, "-":
            inner, rest = _single(rest)
            return Node("-", Leaf("number", "0"), inner), rest
        case _, "(":
            inner, rest = _level(rest, 0)
            if not rest or rest[0].value != ")":
                raise FormulaError("a parenthesis is not closed")
            return inner, rest[1:]
    raise FormulaError(f"{first.value!r} is not expected there")


def fields_of(tree: Tree) -> Iterator[str]:
    """The keys that a formula names."""
    if isinstance(tree, Leaf):
        if tree.kind == "field":
            yield tree.value
        return
    yield from fields_of(tree.left)
    yield from fields_of(tree.right)


def is_text(tree: Tree) -> bool:
    """Whether the formula gives a text."""
    return tree.operator == "||" if isinstance(tree, Node) else tree.kind == "text"


def check_numbers(tree: Tree, is_number: Callable[[str], bool]) -> None:
    """Raises FormulaError where arithmetic meets what is no number."""
    if isinstance(tree, Leaf):
        if tree.kind == "text" or (tree.kind == "field" and not is_number(tree.value)):
            raise FormulaError(f"{tree.value!r} is no number")
        return
    if tree.operator == "||":
        raise FormulaError("texts cannot be computed with")
    check_numbers(tree.left, is_number)
    check_numbers(tree.right, is_number)


def check_texts(
    tree: Tree, is_number: Callable[[str], bool], is_word: Callable[[str], bool]
) -> None:
    """Raises FormulaError where a concatenation meets what is neither text nor number."""
    if isinstance(tree, Node) and tree.operator == "||":
        check_texts(tree.left, is_number, is_word)
        check_texts(tree.right, is_number, is_word)
    elif isinstance(tree, Node):
        check_numbers(tree, is_number)
    elif tree.kind == "field" and not is_number(tree.value) and not is_word(tree.value):
        raise FormulaError(f"{tree.value!r} is neither text nor number")


def inlined(tree: Tree, others: Mapping[str, Tree]) -> Tree:
    """The formula with other formulas in place of their keys."""
    if isinstance(tree, Node):
        return Node(tree.operator, inlined(tree.left, others), inlined(tree.right, others))
    return others.get(tree.value, tree) if tree.kind == "field" else tree


def data(tree: Tree) -> object:
    """The formula as plain data: a key, a number, `{text}`, or `[operator, left, right]`."""
    if isinstance(tree, Node):
        return [tree.operator, data(tree.left), data(tree.right)]
    match tree.kind:
        case "field":
            return tree.value
        case "number":
            return float(tree.value)
        case _:
            return {"text": tree.value}
